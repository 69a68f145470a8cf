/**
 * Names of properties, and words like "status", come again with every message. A small table of what was decoded
 * before saves making the string anew, and lets equal names share memory.
 */
import type { ByteReader } from '../util/bytes.js'
import { decodeUtf8 } from '../util/utf8.js'

// Bounded whoever sends: 1024 texts of 4 to 32 bytes. Longer ones are sentences and seldom come again.
const PLACES = 1_024
const SHORTEST = 4
const LONGEST = 32

const texts = new Array<string>(PLACES).fill('')
const lengths = new Uint8Array(PLACES) // bytes; 0: nothing here
const sources = new DataView(new ArrayBuffer(PLACES * LONGEST))
const newcomers = new Int32Array(PLACES) // the mix of the text that last asked for the place

/** The next `length` bytes of the reader as text; invalid sequences become U+FFFD. */
export function readText(reader: ByteReader, length: number): string {
  if (length < SHORTEST || length > LONGEST) return reader.utf8(length)
  const start = reader.take(length)
  const { view } = reader
  const last = view.getInt32(start + length - 4)
  const mix = mixOf(view.getInt32(start), last, length)
  const place = mix & (PLACES - 1)
  if (isAt(place, view, start, length, last)) return texts[place] ?? ''
  const text = decodeUtf8(reader.bytes, start, start + length)
  // What comes once is not worth the copy, and is not to drive out what comes often.
  if (newcomers[place] === mix) remember(place, text, view, start, length)
  else newcomers[place] = mix
  return text
}

/** The first and the last four bytes tell words apart; looking at all would cost as much as decoding. */
function mixOf(first: number, last: number, length: number): number {
  const mixed = Math.imul(first ^ Math.imul(last, 0x9e3779b1) ^ length, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}

/** @param last the last four bytes */
function isAt(place: number, view: DataView, start: number, length: number, last: number): boolean {
  if (lengths[place] !== length) return false
  const source = place * LONGEST
  for (let at = 0; at < length - 4; at += 4)
    if (view.getInt32(start + at) !== sources.getInt32(source + at)) return false
  return sources.getInt32(source + length - 4) === last
}

function remember(place: number, text: string, view: DataView, start: number, length: number): void {
  const source = place * LONGEST
  const last = length - 4
  for (let at = 0; at < last; at += 4) sources.setInt32(source + at, view.getInt32(start + at))
  sources.setInt32(source + last, view.getInt32(start + last))
  lengths[place] = length
  texts[place] = text
}
