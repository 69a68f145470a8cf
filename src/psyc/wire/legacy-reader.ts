/**
 * Reads PSYC 0.9 [psyc.md 2.10]: lines, two blocks, delimiter ".". What it gives is what stands there; legacy.ts makes
 * packets of it. Incremental and linear like the parser of 1.0.
 *
 * Accepted beyond the grammar: a blank for the TAB, a variable without TAB (empty), Net::PSYC's `_length`, CR LF when
 * the greeting of the circuit ended so (telnet), and NULs between packets when one followed the first (XMLSocket).
 */
import { concat } from '../../util/bytes.js'
import type { ErrorCode } from '../../util/error-codes.js'
import { LimitError, PsycError } from '../../util/errors.js'
import type { LimitName, Limits } from '../../util/limits.js'
import { decodeUtf8 } from '../../util/utf8.js'
import { Byte, LENGTH_DIGITS, keywordBytes } from './ascii.js'
import { Interner } from './interner.js'
import { operatorOfByte } from './operator.js'
import type { Operator } from './packet.js'
import { PacketReader } from './packet-reader.js'

/** A variable with all its lines: one element, or several where the operator was repeated. */
export interface LegacyVariable {
  readonly operator: Operator
  readonly name: string
  /** Shared, or owned where a value has several lines. */
  readonly elements: readonly Uint8Array[]
}

/** A packet as it stands in the two blocks. */
export interface LegacyPacket {
  readonly routing: readonly LegacyVariable[]
  readonly entity: readonly LegacyVariable[]
  /** "" for none. */
  readonly method: string
  /** Undefined when there is none. */
  readonly body: Uint8Array | undefined
}

/** A variable whose lines may go on. */
interface OpenVariable {
  readonly operator: Operator
  readonly name: string
  readonly elements: Uint8Array[]
  /** The lines of the last element. */
  lines: Uint8Array[]
}

type Block = 'routing' | 'entity' | 'counted' | 'body' | 'done'

const linefeed = Uint8Array.of(Byte.Lf)

export class LegacyReader extends PacketReader<LegacyPacket> {
  /** Has an XMLSocket announced itself? Then packets to it are to be followed by a NUL too. */
  nulSeparated = false
  private readonly interner = new Interner()
  private block: Block = 'routing'
  private packets = 0
  private endsInCrLf = false

  private routing: LegacyVariable[] = []
  private entity: LegacyVariable[] = []
  private open: OpenVariable | undefined
  private method = ''
  private body: Uint8Array | undefined
  private lines = 0
  private contentStart = 0
  /** Bytes of the content by `_length`, 0 when not given. */
  private length = 0

  constructor(private readonly limits: Limits) {
    super()
  }

  /** What there is of the packet that is not complete; undefined when none has begun. */
  partial(): LegacyPacket | undefined {
    const { input, routing, entity, method, body } = this
    const begun = this.lines > 0 || this.block !== 'routing' || input.mark < input.end
    return begun ? { routing, entity, method, body } : undefined
  }

  protected override advance(): LegacyPacket | undefined {
    if (this.block === 'done') this.begin()
    while (this.step()) if (this.block === 'done') return this.finish()
    this.input.settle()
    return undefined
  }

  private begin(): void {
    this.block = 'routing'
    this.routing = []
    this.entity = []
    this.method = ''
    this.body = undefined
    this.lines = 0
    this.length = 0
  }

  private finish(): LegacyPacket {
    this.packets++
    const { routing, entity, method, body } = this
    return { routing, entity, method, body }
  }

  /** @returns false when more bytes are needed */
  private step(): boolean {
    const { input } = this
    if (this.block === 'counted') return this.countedContent()
    if (this.lines === 0 && this.block === 'routing') this.skipSeparators()
    if (this.block === 'body') return this.dataBlock()
    const lf = input.findLf()
    this.limit('psycLineBytes', (lf < 0 ? input.end : lf) - input.mark)
    if (lf < 0) return false
    input.at = lf + 1
    this.headerLine(input.mark, lf)
    input.mark = input.at
    return true
  }

  private skipSeparators(): void {
    const { input } = this
    if (this.packets !== 1 && !this.nulSeparated) return
    while (input.at === input.mark && input.at < input.end && input.bytes[input.at] === Byte.Nul) {
      this.nulSeparated = true
      input.mark = ++input.at
    }
  }

  /** One line [start, lf) of either block. */
  private headerLine(start: number, lf: number): void {
    const { bytes } = this.input
    const hasCr = lf > start && bytes[lf - 1] === Byte.Cr
    if (hasCr && this.packets === 0 && this.lines === 0 && bytes[start] === Byte.Dot && lf === start + 2)
      this.endsInCrLf = true
    const end = hasCr && this.endsInCrLf ? lf - 1 : lf
    this.count()
    const first = start === end ? undefined : bytes[start]
    const operator = operatorOfByte(first)
    if (first === Byte.Tab) this.continueValue(start + 1, end)
    else if (operator !== undefined) this.variable(operator, start + 1, end)
    else this.otherLine(start, end)
  }

  /** A line that is no variable's: separator, delimiter or method. */
  private otherLine(start: number, end: number): void {
    const { bytes } = this.input
    this.close()
    if (end === start + 1 && bytes[start] === Byte.Dot) this.block = 'done'
    else if (this.block === 'entity') this.methodLine(start, end)
    else if (start === end) this.beginContent()
    else throw this.error('PSYC_DELIMITER', 'a line that is neither a variable nor the end of the block')
  }

  private beginContent(): void {
    this.contentStart = this.input.offset
    this.lines = 0
    this.length = this.givenLength()
    this.block = this.length > 0 ? 'counted' : 'entity'
  }

  /** The module `_length` of Net::PSYC: the bytes of the content without its last LF; 0 when absent. */
  private givenLength(): number {
    const value = this.routing.find(({ name }) => name === '_length')?.elements[0]
    if (value === undefined) return 0
    const text = decodeUtf8(value)
    if (text.length > LENGTH_DIGITS || !/^\d+$/.test(text))
      throw this.error('PSYC_CONTENT_LENGTH', 'the _length is no number')
    this.limit('psycContentBytes', Number(text))
    return Number(text)
  }

  private countedContent(): boolean {
    const { input, length } = this
    input.wanted = length + 3
    if (input.end - input.mark < length + 3) return false
    input.wanted = Infinity
    const { bytes, mark } = input
    const end = mark + length
    if (bytes[end] !== Byte.Lf || bytes[end + 1] !== Byte.Dot || bytes[end + 2] !== Byte.Lf)
      throw this.error('PSYC_DELIMITER', 'the packet does not end after its _length')
    this.block = 'entity'
    let start = mark
    while (start < end && this.isInHeader()) {
      const lf = bytes.indexOf(Byte.Lf, start)
      this.headerLine(start, lf)
      start = lf + 1
    }
    if (this.isDone()) throw this.error('PSYC_DELIMITER', 'the packet ends before its _length')
    if (!this.isInHeader() && start <= end) this.body = input.view(start, end)
    this.close()
    input.at = end + 3
    input.mark = input.at
    this.block = 'done'
    return true
  }

  private isInHeader(): boolean {
    return this.block === 'entity'
  }

  private isDone(): boolean {
    return this.block === 'done'
  }

  private variable(operator: Operator, start: number, end: number): void {
    const { bytes } = this.input
    let at = start
    while (at < end && keywordBytes[bytes[at] ?? 0] === 1) at++
    const next = at === end ? undefined : bytes[at]
    const separated = next === Byte.Tab || next === Byte.Space
    if (at === start) {
      if (!separated) throw this.error('PSYC_MODIFIER_NAME', 'a name must follow the operator')
      this.continueList(operator, at + 1, end)
      return
    }
    if (!separated && next !== undefined) throw this.error('PSYC_MODIFIER_TAB', 'TAB must follow the name')
    this.close()
    const name = this.interner.name(bytes, start, at)
    this.open = { operator, name, elements: [], lines: [this.input.view(Math.min(at + 1, end), end)] }
  }

  private continueList(operator: Operator, start: number, end: number): void {
    const { open } = this
    if (open === undefined) throw this.error('PSYC_LIST', 'a list goes on that has not begun')
    if (open.operator !== operator) throw this.error('PSYC_LIST', 'a list goes on with another operator')
    open.elements.push(concat(open.lines))
    open.lines = [this.input.view(start, end)]
  }

  private continueValue(start: number, end: number): void {
    if (this.open === undefined) throw this.error('PSYC_MODIFIER_NAME', 'a value goes on that has not begun')
    this.open.lines.push(linefeed, this.input.view(start, end))
  }

  /** The present variable is complete. */
  private close(): void {
    const { open } = this
    if (open === undefined) return
    const { operator, name, elements, lines } = open
    elements.push(concat(lines))
    const variables = this.block === 'routing' ? this.routing : this.entity
    variables.push({ operator, name, elements })
    this.open = undefined
  }

  private methodLine(start: number, end: number): void {
    const { bytes } = this.input
    let at = start
    while (at < end && keywordBytes[bytes[at] ?? 0] === 1) at++
    if (at < end || at === start) throw this.error('PSYC_METHOD', 'a method must stand here')
    this.method = this.interner.name(bytes, start, end)
    this.block = 'body'
  }

  /** Data goes on to a line that is just ".". */
  private dataBlock(): boolean {
    const { input } = this
    const { bytes, mark, end } = input
    let { at } = input
    while (at < end && !(bytes[at] === Byte.Lf && this.endsDelimiter(mark, at))) at++
    const found = at < end
    const seen = input.offset - input.at + at - this.contentStart
    input.at = found ? at + 1 : end
    this.limit('psycContentBytes', seen)
    if (!found) return false
    const delimiter = this.endsInCrLf && bytes[at - 1] === Byte.Cr ? at - 2 : at - 1
    if (delimiter > mark) this.body = this.data(mark, delimiter - 1)
    input.mark = input.at
    this.block = 'done'
    return true
  }

  /** Is the LF at `lf` the end of a line that is just ".", in data that begins at `start`? */
  private endsDelimiter(start: number, lf: number): boolean {
    const { bytes } = this.input
    const end = this.endsInCrLf && bytes[lf - 1] === Byte.Cr ? lf - 1 : lf
    return end > start && bytes[end - 1] === Byte.Dot && (end - 1 === start || bytes[end - 2] === Byte.Lf)
  }

  private data(start: number, end: number): Uint8Array {
    const view = this.input.view(start, end)
    if (!this.endsInCrLf) return view
    return view.filter((byte, at) => byte !== Byte.Cr || (view[at + 1] ?? Byte.Lf) !== Byte.Lf)
  }

  private count(): void {
    this.lines++
    this.limit(this.block === 'routing' ? 'psycRoutingLines' : 'psycEntityLines', this.lines)
    if (this.block !== 'routing') this.limit('psycContentBytes', this.input.offset - this.contentStart)
  }

  private limit(name: LimitName, actual: number): void {
    const limit = this.limits[name]
    if (actual > limit) throw new LimitError(name, limit, actual)
  }

  private error(code: ErrorCode, message: string): PsycError {
    return new PsycError(code, message, this.input.offset)
  }
}
