/**
 * Names of properties, and words like "status", come again with every message. A small table of what was decoded
 * before saves making the string anew, and lets equal names share memory.
 */
import type { ByteReader } from '../util/bytes.js'

// Bounded whoever sends: 512 pairs of texts of 4 to 64 bytes. Newcomers take the two places of a pair in turn.
const PAIRS = 512
const SHORTEST = 4
const LONGEST = 64

const texts = new Array<string>(2 * PAIRS).fill('')
const lengths = new Uint8Array(2 * PAIRS) // bytes; 0: nothing here
const sources = new DataView(new ArrayBuffer(2 * PAIRS * LONGEST))
const turns = new Uint8Array(PAIRS)

/** The next `length` bytes of the reader as text; invalid sequences become U+FFFD. */
export function readText(reader: ByteReader, length: number): string {
  if (length < SHORTEST || length > LONGEST) return reader.utf8(length)
  const start = reader.take(length)
  const { view } = reader
  const first = view.getInt32(start)
  const last = view.getInt32(start + length - 4)
  const pair = pairOf(first, last, length)
  let place = 2 * pair
  if (!isAt(place, view, start, length, last)) {
    place++
    if (!isAt(place, view, start, length, last)) {
      reader.offset = start
      return remember(pair, reader, length)
    }
  }
  return texts[place] ?? ''
}

/** The first and the last four bytes tell words apart; looking at all would cost as much as decoding. */
function pairOf(first: number, last: number, length: number): number {
  const mixed = Math.imul(first ^ Math.imul(last, 0x9e3779b1) ^ length, 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) & (PAIRS - 1)
}

/** @param last the last four bytes */
function isAt(place: number, view: DataView, start: number, length: number, last: number): boolean {
  if (lengths[place] !== length) return false
  const source = place * LONGEST
  for (let at = 0; at < length - 4; at += 4)
    if (view.getInt32(start + at) !== sources.getInt32(source + at)) return false
  return sources.getInt32(source + length - 4) === last
}

function remember(pair: number, reader: ByteReader, length: number): string {
  const turn = (turns[pair] ?? 0) ^ 1
  turns[pair] = turn
  const place = 2 * pair + turn
  const { view, offset } = reader
  const source = place * LONGEST
  const last = length - 4
  for (let at = 0; at < last; at += 4) sources.setInt32(source + at, view.getInt32(offset + at))
  sources.setInt32(source + last, view.getInt32(offset + last))
  lengths[place] = length
  return (texts[place] = reader.utf8(length))
}
