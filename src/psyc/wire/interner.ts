/**
 * One string for equal bytes: a circuit names the same entities, variables and methods again and again, and looking
 * bytes up is cheaper than decoding them. A direct-mapped table: bounded, and a collision costs one decoding.
 */
import { decodeUtf8, decodeUtf8Strict } from '../../util/utf8.js'

const SLOTS = 256 // a power of two
const LONGEST = 128 // bytes; longer text is decoded each time

export class Interner {
  private readonly slots: string[] = new Array<string>(SLOTS).fill('')

  /** Text of bytes[start, end), which are borrowed, or undefined when they are not valid UTF-8. */
  text(bytes: Uint8Array, start: number, end: number): string | undefined {
    if (end - start > LONGEST) return decodeUtf8Strict(bytes.subarray(start, end))
    let hash = end - start
    let seen = 0
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0
      hash = (Math.imul(hash, 31) + byte) | 0
      seen |= byte
    }
    const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SLOTS - 1)
    const known = this.slots[slot] ?? ''
    if (seen > 0x7f) return decodeUtf8Strict(bytes.subarray(start, end))
    if (isText(known, bytes, start, end)) return known
    const text = decodeUtf8(bytes, start, end)
    this.slots[slot] = text
    return text
  }

  /** The same for names, which are ASCII. */
  name(bytes: Uint8Array, start: number, end: number): string {
    return this.text(bytes, start, end) ?? ''
  }
}

/** Is the ASCII text what the bytes say? */
function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let at = start; at < end; at++) if (text.charCodeAt(at - start) !== bytes[at]) return false
  return true
}
