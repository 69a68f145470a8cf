/**
 * Chunk message header and extended timestamp [RTMP §5.3.1.2, §5.3.1.3], behind the basic header.
 *
 *   fmt 0   timestamp u24 | length u24 | type u8 | message stream ID u32 LITTLE-endian    (11 bytes)
 *   fmt 1   delta u24     | length u24 | type u8                                          (7)
 *   fmt 2   delta u24                                                                     (3)
 *   fmt 3   nothing: the next part of the message, or a new one like the last, delta included
 *
 * A timestamp or delta field of 0xffffff says that the value follows as u32 [§5.3.1.3]. Every fmt 3 chunk repeats that
 * u32 while the last full field was 0xffffff; older ffmpeg and librtmp leave it out of continuations [rtmp.md 2.2].
 */
import { add32 } from '../../../util/serial32.js'
import type { ChunkedMessage } from '../message.js'
import { ChunkType } from './basic-header.js'
import { PartialMessage } from './partial-message.js'

/** By fmt. */
export const messageHeaderLengths = [11, 7, 3, 0] as const
export const EXTENDED = 0xffffff
export const EXTENDED_LENGTH = 4
/** Basic header of 3, message header of 11, extended timestamp of 4. */
export const MAX_CHUNK_HEADER_LENGTH = 18

/** What both ends remember of one chunk stream; an Abort takes only the partial message. */
export class ChunkStream {
  /** Of the message under way, or the last one: ms, u32, wraps. */
  timestamp = 0
  /** What a fmt 3 that starts a message adds. After fmt 0 that is its timestamp [§5.3.1.2.4]. */
  timestampDelta = 0
  messageLength = 0
  type = 0
  messageStreamId = 0
  /** The u32 that fmt 3 repeats; undefined when the last field had room for its value. */
  extendedTimestamp: number | undefined
  readonly partial = new PartialMessage()

  constructor(readonly chunkStreamId: number) {}
}

/**
 * Let a header of fmt 0..2 that starts a message take effect.
 * @param bytes borrowed; hold the whole header at `at`, behind the basic header
 */
export function startMessage(stream: ChunkStream, fmt: ChunkType, bytes: Uint8Array, at: number): void {
  const value = readTimestampField(stream, bytes, at, messageHeaderLengths[fmt])
  stream.timestampDelta = value
  stream.timestamp = fmt === ChunkType.Full ? value : add32(stream.timestamp, value)
  if (fmt === ChunkType.SameLength) return
  stream.messageLength = readU24(bytes, at + 3)
  stream.type = bytes[at + 6] ?? 0
  if (fmt === ChunkType.Full) stream.messageStreamId = readU32LittleEndian(bytes, at + 7)
}

/** A fmt 3 that starts a message. @param extended its own extended timestamp, when it has one */
export function repeatMessage(stream: ChunkStream, extended: number | undefined): void {
  if (extended !== undefined) {
    stream.extendedTimestamp = extended
    stream.timestampDelta = extended
  }
  stream.timestamp = add32(stream.timestamp, stream.timestampDelta)
}

/** The timestamp or delta, and whether later fmt 3 chunks repeat it. */
export function readTimestampField(
  stream: ChunkStream,
  bytes: Uint8Array,
  at: number,
  headerLength: number,
): number {
  const field = readU24(bytes, at)
  stream.extendedTimestamp = field === EXTENDED ? readU32(bytes, at + headerLength) : undefined
  return stream.extendedTimestamp ?? field
}

/** Write a fmt 0 header and its extended timestamp. @returns the offset behind it */
export function writeFullHeader(into: Uint8Array, at: number, message: ChunkedMessage): number {
  const { timestamp, messageStreamId, payload, type } = message
  const isExtended = needsExtended(timestamp)
  writeU24(into, at, isExtended ? EXTENDED : timestamp)
  writeU24(into, at + 3, payload.length)
  into[at + 6] = type
  into[at + 7] = messageStreamId
  into[at + 8] = messageStreamId >>> 8
  into[at + 9] = messageStreamId >>> 16
  into[at + 10] = messageStreamId >>> 24
  return isExtended ? writeU32(into, at + 11, timestamp) : at + 11
}

export function needsExtended(timestamp: number): boolean {
  return timestamp >= EXTENDED
}

export function readU24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | readU24(bytes, at + 1)) >>> 0
}

function readU32LittleEndian(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
  return (low | ((bytes[at + 3] ?? 0) << 24)) >>> 0
}

function writeU24(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 16
  into[at + 1] = value >>> 8
  into[at + 2] = value
}

export function writeU32(into: Uint8Array, at: number, value: number): number {
  into[at] = value >>> 24
  writeU24(into, at + 1, value)
  return at + 4
}
