/**
 * The syntax of typed text: PSYC 1.0 lists and dicts whose elements carry type and length [psyc.md 2.6].
 * Written in two steps, sizes first, so that one buffer of the right size is made once all limits have held;
 * read by a cursor that allocates nothing, so that a stranger's text costs nothing before its limits have held.
 *
 *   list = [ type ] *( "|" elem )                elem = [ "=" type ] [ [ ":" ] length ] [ SP value ]
 *   dict = [ type ] *( "{" key "}" elem )        key  = length SP bytes / *<any but "}">
 *
 * We write `=type:length value` and `length SP` keys always; what leaves them out is read as well.
 */
import { TranslateError } from '../util/errors.js'
import { decodeUtf8, utf8Length, writeUtf8 } from '../util/utf8.js'

const SPACE = 0x20
const COLON = 0x3a
const EQUALS = 0x3d
const OPEN = 0x7b
const BAR = 0x7c
const CLOSE = 0x7d

/** A value that knows how long it will be. */
export interface Part {
  readonly type: string
  /** Bytes of the content. */
  readonly size: number
  /** A leaf's text or bytes (borrowed), or the elements of a list or dict. */
  readonly content: string | Uint8Array | readonly Part[]
  /** Of a dict: as many as there are elements. */
  readonly keys?: readonly string[]
}

export function textPart(type: string, text: string): Part {
  return { type, size: utf8Length(text), content: text }
}

/** For text that is known to be ASCII: numbers. */
export function asciiPart(type: string, text: string): Part {
  return { type, size: text.length, content: text }
}

/** @param bytes borrowed until the part is written */
export function bytesPart(type: string, bytes: Uint8Array): Part {
  return { type, size: bytes.length, content: bytes }
}

export function listPart(type: string, elements: readonly Part[]): Part {
  let size = 0
  for (const element of elements) size += 1 + elementSize(element)
  return { type, size, content: elements }
}

export function dictPart(type: string, keys: readonly string[], elements: readonly Part[]): Part {
  let size = 0
  elements.forEach((element, at) => {
    const keySize = utf8Length(keys[at] ?? '')
    size += 3 + digits(keySize) + keySize + elementSize(element)
  })
  return { type, size, content: elements, keys }
}

/** `=type:length value` */
export function elementSize(part: Part): number {
  return 3 + part.type.length + digits(part.size) + part.size
}

function digits(length: number): number {
  return String(length).length
}

/** The content of a part. Owned. */
export function writeContent(part: Part): Uint8Array {
  const writer = new PartWriter(new Uint8Array(part.size))
  writer.content(part)
  return writer.bytes
}

class PartWriter {
  private at = 0

  constructor(readonly bytes: Uint8Array) {}

  content({ content, keys }: Part): void {
    if (typeof content === 'string') this.text(content)
    else if (content instanceof Uint8Array) this.raw(content)
    else if (keys === undefined) for (const element of content) this.element('|', element)
    else
      content.forEach((element, at) => {
        const key = keys[at] ?? ''
        this.text(`{${utf8Length(key)} `)
        this.text(key)
        this.element('}', element)
      })
  }

  private element(before: string, part: Part): void {
    this.text(`${before}=${part.type}:${part.size} `)
    this.content(part)
  }

  private text(text: string): void {
    this.at += writeUtf8(text, this.bytes, this.at)
  }

  private raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }
}

/**
 * Goes through the elements of a list or dict: after each `next()` that is true, `type` and the range
 * [`start`, `end`) of the value, and for a dict `key`, describe one element.
 */
export class ElementCursor {
  /** Type of the element by its own word, else the default type of the container, else "". */
  type = ''
  key = ''
  start = 0
  end = 0
  private at: number
  private readonly opener: number
  private readonly defaultType: string

  /**
   * @param bytes borrowed
   * @throws TranslateError TRANSLATE_VALUE when the text does not begin like a list (dict)
   */
  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly limit: number,
    private readonly isDict: boolean,
  ) {
    this.opener = isDict ? OPEN : BAR
    this.at = start
    this.defaultType = this.word()
    if (this.at < limit && bytes[this.at] !== this.opener) this.fail(`"${isDict ? '{' : '|'}"`)
  }

  /** @throws TranslateError TRANSLATE_VALUE */
  next(): boolean {
    if (this.at >= this.limit) return false
    this.at++ // the opener: seen by the constructor or by the end of the last element
    if (this.isDict) this.readKey()
    this.readElement()
    return true
  }

  private readKey(): void {
    const { bytes, limit } = this
    let start = this.at
    let end = start
    if (isDigit(bytes[start])) {
      const length = this.length()
      if (bytes[this.at] !== SPACE) this.fail('a space after the length of a key')
      start = this.at + 1
      end = start + length
      if (end >= limit) this.fail('a key as long as it says')
    } else while (end < limit && bytes[end] !== CLOSE) end++
    if (end >= limit || bytes[end] !== CLOSE) this.fail('"}" after a key')
    this.key = decodeUtf8(bytes, start, end)
    this.at = end + 1
  }

  private readElement(): void {
    const { bytes, limit } = this
    this.type = this.defaultType
    let length: number | undefined
    if (bytes[this.at] === EQUALS && this.at < limit) {
      this.at++
      this.type = this.word()
      if (this.type === '') this.fail('a type after "="')
      if (this.at < limit && bytes[this.at] === COLON) {
        this.at++
        length = this.length()
      }
    } else if (this.at < limit && isDigit(bytes[this.at])) length = this.length()
    this.readValue(length)
  }

  private readValue(length: number | undefined): void {
    const { bytes, limit, opener } = this
    const hasValue = this.at < limit && bytes[this.at] === SPACE
    if (hasValue) this.at++
    this.start = this.at
    let end = this.at
    if (length !== undefined) end += length
    else if (hasValue) while (end < limit && bytes[end] !== opener) end++
    if (end > limit) this.fail('a value as long as it says')
    if (end < limit && bytes[end] !== opener) this.fail('the end of an element')
    if (length !== undefined && length > 0 && !hasValue) this.fail('a space before the value')
    this.end = this.at = end
  }

  /** 1*( ALPHA / DIGIT / "_" ), or "" where no such byte stands. */
  private word(): string {
    const from = this.at
    while (this.at < this.limit && isWordByte(this.bytes[this.at])) this.at++
    return decodeUtf8(this.bytes, from, this.at)
  }

  private length(): number {
    let length = 0
    const from = this.at
    for (; this.at < this.limit; this.at++) {
      const byte = this.bytes[this.at] ?? 0
      if (!isDigit(byte)) break
      length = length * 10 + byte - 0x30
      if (length > this.limit) this.fail('a length within the text')
    }
    if (this.at === from) this.fail('a length')
    return length
  }

  private fail(expected: string): never {
    throw new TranslateError('TRANSLATE_VALUE', `expected ${expected} at byte ${this.at}`)
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return isDigit(byte) || byte === 0x5f || (lower >= 0x61 && lower <= 0x7a)
}
