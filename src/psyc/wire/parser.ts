/**
 * The parser of PSYC 1.0 [PSYC Spec:Packet; psyc.md 2.1, 2.2, 2.8, 2.9]. Incremental: bytes in pieces of any size
 * give the same packets, and no byte is looked at twice.
 *
 * Each state names what the next byte belongs to:
 *
 *   line ──glyph──▶ name ──TAB──▶ text ──LF──▶ line                routing header, then entity header
 *                        ──SP───▶ valueLength ▶ value ▶ valueEnd ▶ line      (entity header only)
 *   line ──LF, digits──▶ contentLength ▶ line of the entity header
 *   line ──keyword──▶ method ──▶ body (length known), openBody (up to LF "|" LF), emptyBody ──▶ delimiter
 *   line ──"|"──▶ delimiter ──▶ done
 *
 * XMLSocket: one NUL right after the first packet makes the circuit NUL-separated; from then on NULs between packets
 * are skipped. A NUL at any other place before a packet is an error as ever.
 *
 * One file, longer than most: the states are easier to follow side by side.
 * Does not judge what the packet means: duplicates, unknown names and types are the session's business.
 */
import type { ErrorCode } from '../../util/error-codes.js'
import { LimitError, PsycError } from '../../util/errors.js'
import type { LimitName, Limits } from '../../util/limits.js'
import { Byte, LENGTH_DIGITS, isDigit, keywordBytes } from './ascii.js'
import { Interner } from './interner.js'
import { operatorOfByte } from './operator.js'
import type { Modifier, Operator, StateOperation } from './packet.js'
import { Packet } from './packet.js'
import { PacketReader } from './packet-reader.js'

const State = {
  Line: 0,
  Name: 1,
  Text: 2,
  ValueLength: 3,
  Value: 4,
  ValueEnd: 5,
  ContentLength: 6,
  Method: 7,
  Body: 8,
  BodyEnd: 9,
  OpenBody: 10,
  EmptyBody: 11,
  Delimiter: 12,
  DelimiterEnd: 13,
  Done: 14,
} as const
type State = (typeof State)[keyof typeof State]

/** What is known of a packet, complete or not. */
export interface PartialPacket {
  readonly routing: readonly Modifier[]
  /** The content length as given, undefined when none was. */
  readonly contentLength: number | undefined
  readonly stateOperation: StateOperation | undefined
  readonly entity: readonly Modifier[]
  /** The entity modifiers, by their place, that were given with a length. */
  readonly sized: ReadonlySet<number>
  /** "" when none has come. */
  readonly method: string
  /** Undefined until it is complete. */
  readonly body: string | Uint8Array | undefined
}

export class PacketParser extends PacketReader<Packet> {
  /** Has an XMLSocket announced itself? Then packets to it are to be followed by a NUL too. */
  nulSeparated = false
  private readonly interner = new Interner()
  private state: State = State.Line
  private packets = 0

  private routing: Modifier[] = []
  private entity: Modifier[] = []
  private sized: number[] = []
  private inContent = false
  private stateOperation: StateOperation | undefined
  private method = ''
  private body: string | Uint8Array | undefined
  /** -1 when none is given. */
  private contentLength = -1
  private contentStart = 0

  private operator: Operator = ':'
  private name = ''
  /** The length being read, or that of the value or body. */
  private length = 0

  constructor(private readonly limits: Limits) {
    super()
  }

  /** The packet that is not complete yet, or after `next` the one it returned; undefined before the first byte of one. */
  partial(): PartialPacket | undefined {
    const begun = this.state !== State.Line || this.inContent || this.routing.length > 0
    if (!begun) return undefined
    const { routing, entity, stateOperation, method, body } = this
    const contentLength = this.contentLength < 0 ? undefined : this.contentLength
    return { routing, contentLength, stateOperation, entity, sized: new Set(this.sized), method, body }
  }

  protected override advance(): Packet | undefined {
    if (this.state === State.Done) this.begin()
    while (this.step()) if (this.state === State.Done) return this.finish()
    this.input.settle()
    return undefined
  }

  private begin(): void {
    this.state = State.Line
    this.routing = []
    this.entity = []
    this.sized = []
    this.inContent = false
    this.stateOperation = undefined
    this.method = ''
    this.body = undefined
    this.contentLength = -1
  }

  private finish(): Packet {
    this.packets++
    return new Packet(this.routing, this.entity, this.method, this.body ?? '', this.stateOperation)
  }

  /** @returns false when more bytes are needed */
  private step(): boolean {
    if (this.input.at >= this.input.end && this.state !== State.Value && this.state !== State.Body)
      return false
    switch (this.state) {
      case State.Line:
        return this.atLine()
      case State.Name:
        return this.atName()
      case State.Text:
        return this.atText()
      case State.ValueLength:
        return this.atValueLength()
      case State.Value:
        return this.atValue()
      case State.ValueEnd:
        return this.atValueEnd()
      case State.ContentLength:
        return this.atContentLength()
      case State.Method:
        return this.atMethod()
      case State.Body:
        return this.atBody()
      case State.BodyEnd:
        return this.expect(Byte.Lf, State.Delimiter)
      case State.OpenBody:
        return this.atOpenBody()
      case State.EmptyBody:
        return this.atEmptyBody()
      case State.Delimiter:
        return this.expect(Byte.Pipe, State.DelimiterEnd)
      case State.DelimiterEnd:
        return this.expect(Byte.Lf, State.Done)
      case State.Done:
        return false
    }
  }

  private atLine(): boolean {
    const { input } = this
    const byte = input.bytes[input.at] ?? 0
    const operator = operatorOfByte(byte)
    if (operator === undefined) return this.inContent ? this.endOfEntity(byte) : this.endOfRouting(byte)
    if (this.inContent) this.limit('psycEntityLines', this.limits.psycEntityLines, this.entity.length + 1)
    else this.limit('psycRoutingLines', this.limits.psycRoutingLines, this.routing.length + 1)
    this.operator = operator
    input.mark = input.at
    input.at++
    this.state = State.Name
    return true
  }

  private endOfRouting(byte: number): boolean {
    const { input } = this
    if (byte === Byte.Nul && this.isSeparator()) return this.skip()
    if (byte === Byte.Lf) return this.beginContent()
    if (byte === Byte.Pipe) return this.goTo(State.Delimiter)
    if (!isDigit(byte)) throw this.error('PSYC_DELIMITER', 'a packet cannot begin or go on with this byte')
    this.length = 0
    input.mark = input.at
    return this.goTo(State.ContentLength)
  }

  private isSeparator(): boolean {
    if (this.routing.length > 0 || (this.packets !== 1 && !this.nulSeparated)) return false
    this.nulSeparated = true
    return true
  }

  private skip(): boolean {
    this.input.mark = ++this.input.at
    return true
  }

  private atContentLength(): boolean {
    if (!this.digits()) return false
    if (this.input.bytes[this.input.at] !== Byte.Lf)
      throw this.error('PSYC_CONTENT_LENGTH', 'LF must follow the digits')
    this.limitContent(this.length)
    this.contentLength = this.length
    return this.beginContent()
  }

  private beginContent(): boolean {
    this.skip()
    this.inContent = true
    this.contentStart = this.input.offset
    return this.goTo(State.Line)
  }

  /** What follows the entity header: the method, or the delimiter where there is none. */
  private endOfEntity(byte: number): boolean {
    const { input } = this
    input.mark = input.at
    if (keywordBytes[byte] === 1) return this.goTo(State.Method)
    if (byte !== Byte.Pipe) throw this.error('PSYC_DELIMITER', 'neither a method nor the delimiter')
    if (this.contentLength >= 0 && this.contentLength !== this.parsed())
      throw this.error('PSYC_DELIMITER', `the content has ${this.parsed()} bytes, not ${this.contentLength}`)
    return this.goTo(State.Delimiter)
  }

  private atName(): boolean {
    const { input } = this
    const { bytes, end } = input
    let { at } = input
    while (at < end && keywordBytes[bytes[at] ?? 0] === 1) at++
    input.at = at
    this.limitLine(at)
    if (at === end) return false
    const byte = bytes[at]
    const start = input.mark + 1
    if (at === start) return this.atNoName(byte)
    this.name = this.interner.name(bytes, start, at)
    input.at++
    if (byte === Byte.Tab) return this.goTo(State.Text)
    if (byte === Byte.Space && this.inContent) {
      input.mark = input.at
      this.length = 0
      return this.goTo(State.ValueLength)
    }
    input.at--
    throw this.error('PSYC_MODIFIER_TAB', 'TAB must follow the name')
  }

  /** A lone "=" or "?" is a state operation, once, before all modifiers. */
  private atNoName(byte: number | undefined): boolean {
    const { operator, stateOperation } = this
    const isFirst = this.inContent && stateOperation === undefined && this.entity.length === 0
    if (byte !== Byte.Lf || !isFirst || (operator !== '=' && operator !== '?'))
      throw this.error('PSYC_MODIFIER_NAME', 'a name must follow the operator')
    this.stateOperation = operator === '=' ? 'reset' : 'resync'
    return this.endLine()
  }

  private atText(): boolean {
    const { input } = this
    const start = input.mark + this.name.length + 2
    const lf = input.findLf()
    this.limitLine(lf < 0 ? input.end : lf)
    if (lf < 0) return false
    input.at = lf
    const { operator, name } = this
    if (this.inContent) this.entity.push({ operator, name, value: input.view(start, lf) })
    else {
      const value = this.interner.text(input.bytes, start, lf) ?? input.view(start, lf)
      this.routing.push({ operator, name, value })
    }
    return this.endLine()
  }

  /** Step over the LF of a header line. */
  private endLine(): boolean {
    this.skip()
    if (this.inContent) {
      const parsed = this.parsed()
      if (this.contentLength >= 0 && parsed > this.contentLength)
        throw this.error('PSYC_DELIMITER', `the content is longer than its ${this.contentLength} bytes`)
      this.limitContent(parsed)
    }
    return this.goTo(State.Line)
  }

  private atValueLength(): boolean {
    const { input } = this
    if (!this.digits()) return false
    if (input.at === input.mark) throw this.error('PSYC_MODIFIER_LENGTH', 'digits must follow the blank')
    if (input.bytes[input.at] !== Byte.Tab)
      throw this.error('PSYC_MODIFIER_TAB', 'TAB must follow the length')
    this.limit('psycValueBytes', this.limits.psycValueBytes, this.length)
    this.skip()
    return this.goTo(State.Value)
  }

  private atValue(): boolean {
    if (!this.counted()) return false
    const { input, operator, name } = this
    this.sized.push(this.entity.length)
    this.entity.push({ operator, name, value: input.view(input.mark, input.at) })
    input.mark = input.at
    return this.goTo(State.ValueEnd)
  }

  private atValueEnd(): boolean {
    if (this.input.bytes[this.input.at] !== Byte.Lf)
      throw this.error('PSYC_MODIFIER_NEWLINE', `LF must follow the ${this.length} bytes of the value`)
    return this.endLine()
  }

  private atMethod(): boolean {
    const { input } = this
    const { bytes, end } = input
    let { at } = input
    while (at < end && keywordBytes[bytes[at] ?? 0] === 1) at++
    input.at = at
    this.limitLine(at)
    if (at === end) return false
    if (bytes[at] !== Byte.Lf) throw this.error('PSYC_METHOD', 'LF must follow the method')
    this.method = this.interner.name(bytes, input.mark, at)
    this.skip()
    if (this.contentLength < 0) return this.goTo(State.OpenBody)
    const left = this.contentLength - this.parsed()
    if (left < 0)
      throw this.error('PSYC_DELIMITER', `the content is longer than its ${this.contentLength} bytes`)
    if (left === 0) this.body = ''
    this.length = left - 1
    return this.goTo(left === 0 ? State.Delimiter : left === 1 ? State.EmptyBody : State.Body)
  }

  private atBody(): boolean {
    if (!this.counted()) return false
    const { input } = this
    this.body = input.view(input.mark, input.at)
    input.mark = input.at
    return this.goTo(State.BodyEnd)
  }

  /**
   * The length leaves one byte after the method: the LF of an empty line, which the grammar allows and libpsyc
   * refuses; or none, where the length is one too many: libpsyc takes that [psyc.md 2.2; vector length-one-too-few].
   */
  private atEmptyBody(): boolean {
    this.body = ''
    if (this.input.bytes[this.input.at] === Byte.Lf) this.skip()
    return this.goTo(State.Delimiter)
  }

  /** A body without a length ends before the first LF "|" LF, or is empty if "|" LF comes first. */
  private atOpenBody(): boolean {
    const { input } = this
    const { bytes, mark, end } = input
    let { at } = input
    while (at < end && !(bytes[at] === Byte.Lf && endsDelimiter(bytes, mark, at))) at++
    const found = at < end
    input.at = found ? at + 1 : end
    this.limitContent(this.parsed() - 2)
    if (!found) return false
    this.body = input.view(mark, Math.max(mark, at - 2))
    input.mark = input.at
    return this.goTo(State.Done)
  }

  private expect(wanted: number, then: State): boolean {
    if (this.input.bytes[this.input.at] !== wanted)
      throw this.error('PSYC_DELIMITER', 'the packet must end here')
    this.skip()
    return this.goTo(then)
  }

  /** Read digits into `length`; false when they may go on. */
  private digits(): boolean {
    const { input } = this
    const { bytes, end } = input
    let { at } = input
    for (; at < end && isDigit(bytes[at]); at++) {
      if (at - input.mark >= LENGTH_DIGITS)
        throw this.error(this.inContent ? 'PSYC_MODIFIER_LENGTH' : 'PSYC_CONTENT_LENGTH', 'too many digits')
      this.length = 10 * this.length + (bytes[at] ?? 0) - 0x30
    }
    input.at = at
    return at < end
  }

  /** Move over `length` bytes from the mark; false when they are not all there. */
  private counted(): boolean {
    const { input } = this
    const whole = input.end - input.mark >= this.length
    input.wanted = whole ? Infinity : this.length + 3 // LF and the delimiter mostly follow
    input.at = whole ? input.mark + this.length : input.end
    return whole
  }

  private goTo(state: State): true {
    this.state = state
    return true
  }

  /** The bytes of the content so far. */
  private parsed(): number {
    return this.input.offset - this.contentStart
  }

  private limit(name: LimitName, limit: number, actual: number): void {
    if (actual > limit) throw new LimitError(name, limit, actual)
  }

  private limitContent(bytes: number): void {
    this.limit('psycContentBytes', this.limits.psycContentBytes, bytes)
  }

  /** @param end where the line has been read to, without its LF */
  private limitLine(end: number): void {
    this.limit('psycLineBytes', this.limits.psycLineBytes, end - this.input.mark)
  }

  private error(code: ErrorCode, message: string): PsycError {
    return new PsycError(code, message, this.input.offset)
  }
}

/** Is the LF at `lf` the end of a line that is just "|", in a body that begins at `start`? */
function endsDelimiter(bytes: Uint8Array, start: number, lf: number): boolean {
  return lf > start && bytes[lf - 1] === Byte.Pipe && (lf - 1 === start || bytes[lf - 2] === Byte.Lf)
}
