/** Base64 [RFC 4648 §4] without Node's Buffer, so that it runs in a browser. */
import { decodeUtf8 } from './utf8.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PAD = 0x3d
const SKIPPED = 64
const ILLEGAL = 65
const digitBytes = Uint8Array.from(alphabet, (digit) => digit.charCodeAt(0))

/** Value of each character: 0..63, blank characters are skipped, others are illegal. */
const values = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  const value = alphabet.indexOf(character)
  if (value >= 0) return value
  return /\s/.test(character) ? SKIPPED : ILLEGAL
})

/** The text with padding and without line breaks; `bytes` are borrowed. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  let out = 0
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    text[out++] = digitBytes[group >> 18] ?? 0
    text[out++] = digitBytes[(group >> 12) & 63] ?? 0
    text[out++] = digitBytes[(group >> 6) & 63] ?? 0
    text[out++] = digitBytes[group & 63] ?? 0
  }
  const missing = (3 - (bytes.length % 3)) % 3
  text.fill(PAD, text.length - missing)
  return decodeUtf8(text)
}

/**
 * Owned bytes, or undefined when the text is no base64. Blanks and line breaks are skipped; the padding may be
 * missing; bits beyond the last byte must be zero, so that equal bytes have one text.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  let end = text.length
  while (end > 0 && (text[end - 1] === '=' || values[text.charCodeAt(end - 1)] === SKIPPED)) end--
  const digits = text.slice(0, end)
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let out = 0
  let bits = 0
  let group = 0
  for (let at = 0; at < digits.length; at++) {
    const value = values[digits.charCodeAt(at)] ?? ILLEGAL
    if (value === SKIPPED) continue
    if (value === ILLEGAL) return undefined
    group = ((group << 6) | value) & 0xffffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[out++] = group >> bits
  }
  const rest = group & ((1 << bits) - 1)
  return bits === 6 || rest !== 0 ? undefined : bytes.subarray(0, out)
}
