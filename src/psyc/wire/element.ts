/**
 * Elements, what lists and dicts are made of [psyc.md 2.6]:
 * elem = [ "=" type ] [ [ ":" ] length ] [ SP value ]
 * The reader never throws: it stops at a `Failure`, so that what came before can still be shown.
 */
import type { ByteWriter } from '../../util/bytes.js'
import { noBytes } from '../../util/bytes.js'
import { LimitError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { decodeUtf8, encodeUtf8 } from '../../util/utf8.js'
import { Byte, LENGTH_DIGITS, isDigit, keywordBytes } from './ascii.js'

export interface Element {
  /** Type of the element by its own word; the list's default type is not copied here. */
  readonly type?: string | undefined
  readonly value: string | Uint8Array
}

/**
 * Why reading stopped. start: the byte that begins an element or key is missing; type, length: a bad byte after
 * them; key: the length of a key does not fit; truncated: the text ends within an element, `partial` is what there was.
 */
export interface Failure {
  readonly reason: 'start' | 'type' | 'length' | 'key' | 'truncated'
  readonly offset: number
  readonly partial?: Uint8Array
}

/** Values longer than this get a length, as libpsyc does [psyc.md 2.3]. */
const SHORT = 9

/** Reads elements from shared bytes; values are views on them. */
export class ElementReader {
  at = 0
  failure: Failure | undefined
  private count = 0

  constructor(
    readonly bytes: Uint8Array,
    /** What begins the next element: "|" in lists, "{" in dicts. */
    private readonly terminator: number,
    private readonly limits: Limits,
  ) {}

  ended(): boolean {
    return this.at >= this.bytes.length
  }

  fail(reason: Failure['reason'], partial?: Uint8Array): null {
    this.failure = { reason, offset: this.at, ...(partial === undefined ? {} : { partial }) }
    return null
  }

  /** The longest keyword here, "" for none. */
  keyword(): string {
    const start = this.at
    while (keywordBytes[this.bytes[this.at] ?? 0] === 1) this.at++
    return decodeUtf8(this.bytes, start, this.at)
  }

  /** Step over the terminator that must stand here; false with a failure when it does not. */
  begin(): boolean {
    if (this.bytes[this.at] !== this.terminator) {
      this.fail('start')
      return false
    }
    this.at++
    this.count++
    const { psycListElements } = this.limits
    if (this.count > psycListElements) throw new LimitError('psycListElements', psycListElements, this.count)
    return true
  }

  /** @returns null after a failure */
  element(): Element | null {
    if (this.bytes[this.at] !== Byte.Equals) return this.value(undefined)
    this.at++
    if (this.ended()) return this.fail('truncated', noBytes)
    const type = this.keyword()
    if (type === '') return this.fail('type')
    const next = this.bytes[this.at]
    if (next === Byte.Colon) {
      this.at++
      return this.ended() ? this.fail('truncated', noBytes) : this.value(type)
    }
    if (this.ends(next) || next === Byte.Space) return this.value(type)
    return this.fail('type')
  }

  private value(type: string | undefined): Element | null {
    const sized = isDigit(this.bytes[this.at])
    const length = sized ? this.length() : undefined
    if (sized && length === undefined) return this.fail('length')
    const next = this.bytes[this.at]
    // "|0" at the very end is an empty element, any other length there is not [psyc.md 2.6]
    if (next === undefined && length !== undefined && length > 0) return this.fail('truncated', noBytes)
    if (this.ends(next)) return { type, value: noBytes }
    if (next !== Byte.Space) return this.fail('length')
    this.at++
    const value = length === undefined ? this.unsized() : this.sized(length)
    return value === null ? null : { type, value }
  }

  private ends(byte: number | undefined): boolean {
    return byte === undefined || byte === this.terminator
  }

  /** The number here, or undefined when it has too many digits. */
  length(): number | undefined {
    const start = this.at
    let length = 0
    for (let byte = this.bytes[start]; byte !== undefined && isDigit(byte); byte = this.bytes[++this.at])
      length = 10 * length + byte - 0x30
    return this.at - start > LENGTH_DIGITS ? undefined : length
  }

  /** The next `length` bytes; null, a failure, when there are fewer. */
  sized(length: number): Uint8Array | null {
    const { bytes, at } = this
    if (length > bytes.length - at) return this.fail('truncated', bytes.subarray(at))
    this.at = at + length
    return bytes.subarray(at, this.at)
  }

  private unsized(): Uint8Array {
    const { bytes, at } = this
    const end = bytes.indexOf(this.terminator, at)
    this.at = end < 0 ? bytes.length : end
    return bytes.subarray(at, this.at)
  }
}

/** Write `elem`; typed ones always with a length, others as libpsyc [design.md 2.2; psyc.md 2.3]. */
export function writeElement(into: ByteWriter, element: Element, terminator: number): void {
  const value = typeof element.value === 'string' ? encodeUtf8(element.value) : element.value
  if (element.type !== undefined) into.utf8(`=${element.type}:${value.length} `)
  else if (value.length > SHORT || value.includes(terminator)) into.utf8(`${value.length} `)
  else if (value.length > 0) into.u8(Byte.Space)
  into.raw(value)
}
