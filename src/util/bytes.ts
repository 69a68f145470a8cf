/** Bounds-checked access to bytes. The only place besides hot loops of a codec that indexes raw bytes. */
import { decodeUtf8, writeUtf8 } from './utf8.js'

export const noBytes = new Uint8Array(0)

/**
 * Reads big-endian fields from borrowed bytes, up to `end`, whatever may lie behind. A read past the end calls `onEnd`,
 * which must throw the caller's own error; so one reader serves all codecs.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  offset: number
  readonly end: number

  constructor(
    bytes: Uint8Array,
    private readonly onEnd: (offset: number) => never,
    start = 0,
    end = bytes.length,
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  ) {
    this.bytes = bytes
    this.view = view
    this.offset = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.offset
  }

  /** Reserve `length` bytes and return where they start. */
  take(length: number): number {
    const start = this.offset
    if (length > this.end - start) this.onEnd(this.end)
    this.offset = start + length
    return start
  }

  u8(): number {
    const at = this.offset
    if (at >= this.end) this.onEnd(this.end)
    this.offset = at + 1
    return this.bytes[at] ?? 0
  }

  u16(): number {
    return this.view.getUint16(this.take(2))
  }

  i16(): number {
    return this.view.getInt16(this.take(2))
  }

  u24(): number {
    const at = this.take(3)
    return (this.view.getUint16(at) << 8) | this.view.getUint8(at + 2)
  }

  u32(): number {
    return this.view.getUint32(this.take(4))
  }

  i32(): number {
    return this.view.getInt32(this.take(4))
  }

  f64(): number {
    return this.view.getFloat64(this.take(8))
  }

  /** A view of the next bytes, borrowed like the source. */
  subarray(length: number): Uint8Array {
    const at = this.take(length)
    return this.bytes.subarray(at, at + length)
  }

  utf8(length: number): string {
    const at = this.take(length)
    return decodeUtf8(this.bytes, at, at + length)
  }
}

// To make a DataView costs 85 ns on Node 20, four times as much as to copy a typical message below one that is there.
const desk = new Uint8Array(4_096)
const deskView = new DataView(desk.buffer)
let isDeskFree = true

/**
 * What `read` makes of the bytes. The reader is lent for the call, and so is all that it hands out as borrowed.
 *
 * @param bytes borrowed for the call
 */
export function readBytes<T>(
  bytes: Uint8Array,
  onEnd: (offset: number) => never,
  read: (reader: ByteReader) => T,
): T {
  // a call from within, and a large message, get a view of their own
  if (!isDeskFree || bytes.length > desk.length) return read(new ByteReader(bytes, onEnd))
  isDeskFree = false
  try {
    desk.set(bytes)
    return read(new ByteReader(desk, onEnd, 0, bytes.length, deskView))
  } finally {
    isDeskFree = true
  }
}

/** A growing buffer for big-endian fields. `finish()` hands over an owned copy, `view()` borrows. */
export class ByteWriter {
  private bytes: Uint8Array
  private data: DataView
  length = 0

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity)
    this.data = new DataView(this.bytes.buffer)
  }

  /** Make room for `more` bytes, advance, and return where they start. */
  private reserve(more: number): number {
    const at = this.length
    const needed = at + more
    if (needed > this.bytes.length) this.grow(needed)
    this.length = needed
    return at
  }

  private grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
    this.data = new DataView(bytes.buffer)
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.reserve(2)
    this.data.setUint16(at, value)
  }

  u24(value: number): void {
    const at = this.reserve(3)
    this.data.setUint16(at, value >>> 8)
    this.data.setUint8(at + 2, value)
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.data.setUint32(at, value)
  }

  u32LittleEndian(value: number): void {
    const at = this.reserve(4)
    this.data.setUint32(at, value, true)
  }

  f64(value: number): void {
    const at = this.reserve(8)
    this.data.setFloat64(at, value)
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length)
    this.bytes.set(bytes, at)
  }

  /** Write text as UTF-8 without a length; returns the number of bytes. */
  utf8(text: string): number {
    const at = this.reserve(text.length * 3)
    const written = writeUtf8(text, this.bytes, at)
    this.length = at + written
    return written
  }

  /** Overwrite fields written before, for lengths that are known late. */
  setU16(at: number, value: number): void {
    this.data.setUint16(at, value)
  }

  setU32(at: number, value: number): void {
    this.data.setUint32(at, value)
  }

  /** Forget what was written and keep the room. */
  clear(): void {
    this.length = 0
  }

  /** Borrowed until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** Owned by the caller. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

const KEPT_BYTES = 65_536 // a writer that held more is not kept, so that one large message does not cost memory for ever
let idle: ByteWriter | undefined

/**
 * What `write` writes, as bytes owned by the caller. The writer is lent for the call, and used again for the next: to
 * make one costs as much as a small message takes to write.
 */
export function writeBytes(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = idle ?? new ByteWriter(1_024)
  idle = undefined // a call from within gets a writer of its own
  try {
    write(writer)
    return writer.finish()
  } finally {
    if (writer.length <= KEPT_BYTES) idle = writer
    writer.clear()
  }
}

const SLAB_BYTES = 8_192
const SHORT_BYTES = 1_024
let slab = noBytes
let slabUsed = 0

/**
 * Zeros to be written once and sent, owned. Short ones are parts of a slab, since a typed array of more than 64 bytes gets
 * memory of its own, which costs more than a short message does to write. So do not transfer the buffer, and copy what
 * a stranger can make us keep: a part keeps its slab alive.
 */
export function bytesToSend(length: number): Uint8Array {
  if (length > SHORT_BYTES) return new Uint8Array(length)
  if (length > slab.length - slabUsed) {
    slab = new Uint8Array(SLAB_BYTES)
    slabUsed = 0
  }
  const bytes = new Uint8Array(slab.buffer, slabUsed, length)
  slabUsed += length
  return bytes
}

/** All the parts in one buffer, owned; a single part is handed through as it is, with the ownership it had. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0]
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Its own bytes, and no others: `slice` of a `Buffer` is a view that holds the whole buffer. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex
}

/** @throws RangeError when the text is not an even number of hex digits (blanks are skipped) */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits))
    throw new RangeError('not an even number of hex digits')
  const bytes = new Uint8Array(digits.length / 2)
  for (let at = 0; at < bytes.length; at++) bytes[at] = parseInt(digits.slice(2 * at, 2 * at + 2), 16)
  return bytes
}
