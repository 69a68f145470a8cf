/**
 * UTF-8 without Node's Buffer, so that it runs in a browser. Short ASCII text, nearly all there is on these
 * wires, is faster by hand than through TextDecoder and TextEncoder.
 */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
const encoder = new TextEncoder()
// Bytes and characters up to which the functions below win; measured on Node 20, ASCII text.
const SHORT_DECODE = 48
const SHORT_ENCODE = 40

/** Text of bytes[start, end); invalid sequences become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const text = end - start > SHORT_DECODE ? undefined : decodeAscii(bytes, start, end)
  return text ?? decoder.decode(bytes.subarray(start, end))
}

/**
 * Text of bytes[start, end), or undefined when they are not all ASCII. Eight characters a call: appending them one by
 * one builds a chain of strings that costs more than the text.
 */
function decodeAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  let at = start
  for (; end - at >= 8; at += 8) {
    const a = bytes[at] ?? 0
    const b = bytes[at + 1] ?? 0
    const c = bytes[at + 2] ?? 0
    const d = bytes[at + 3] ?? 0
    const e = bytes[at + 4] ?? 0
    const f = bytes[at + 5] ?? 0
    const g = bytes[at + 6] ?? 0
    const h = bytes[at + 7] ?? 0
    if ((a | b | c | d | e | f | g | h) > 0x7f) return undefined
    text += String.fromCharCode(a, b, c, d, e, f, g, h)
  }
  if (end - at >= 4) {
    const a = bytes[at] ?? 0
    const b = bytes[at + 1] ?? 0
    const c = bytes[at + 2] ?? 0
    const d = bytes[at + 3] ?? 0
    if ((a | b | c | d) > 0x7f) return undefined
    text += String.fromCharCode(a, b, c, d)
    at += 4
  }
  for (; at < end; at++) {
    const unit = bytes[at] ?? 0
    if (unit > 0x7f) return undefined
    text += String.fromCharCode(unit)
  }
  return text
}

/** Text of the bytes, or undefined when they are not valid UTF-8. */
export function decodeUtf8Strict(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Owned bytes; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Number of bytes that `text` takes as UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (unit >= 0xd800 && unit < 0xdc00 && isTrail(text.charCodeAt(at + 1))) {
      length += 2 // four bytes for two units
      at++
    } else length += 2
  }
  return length
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

/**
 * Write `text` at `at`; the caller has made room for 3 bytes per UTF-16 unit.
 * @returns the number of bytes written
 */
export function writeUtf8(text: string, into: Uint8Array, at: number): number {
  if (text.length > SHORT_ENCODE) return encoder.encodeInto(text, into.subarray(at)).written
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return encoder.encodeInto(text, into.subarray(at)).written
    into[at + index] = unit
  }
  return text.length
}
