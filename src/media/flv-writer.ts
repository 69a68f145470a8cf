/**
 * FLV, the form of media in files and over HTTP [FLV 10.1 §E.2-E.4; rtmp.md 7].
 *
 *   header  "FLV" | version u8 = 1 | flags u8: 4 audio, 1 video | offset of the body u32 = 9 | previous size u32 = 0
 *   tag     type u8 | size u24 | timestamp u24, its top byte u8 | stream ID u24 = 0 | data | previous size u32 = 11 + size
 *
 * The data of a tag is the payload of the RTMP message of the same type, as it is.
 */
import type { Message } from '../rtmp/wire/message.js'
import { bytesToSend } from '../util/bytes.js'
import { LimitError } from '../util/errors.js'

export const FLV_SIGNATURE = [0x46, 0x4c, 0x56] as const // "FLV"
export const FLV_HEADER_LENGTH = 9
export const FLV_PREVIOUS_SIZE_LENGTH = 4
export const FLV_TAG_HEADER_LENGTH = 11
/** The size of a tag has 24 bits. Spec. */
export const FLV_MOST_TAG_BYTES = 0xffffff

/** What a header says to follow. Players wait for both kinds where both are named, so name what is known. */
export interface FlvContents {
  readonly audio: boolean
  readonly video: boolean
}

const AUDIO_FLAG = 4
const VIDEO_FLAG = 1

/** The file header with the zero that stands before the first tag. @returns 13 bytes, owned */
export function flvHeader({ audio, video }: FlvContents): Uint8Array {
  const flags = (audio ? AUDIO_FLAG : 0) | (video ? VIDEO_FLAG : 0)
  const header = new Uint8Array(FLV_HEADER_LENGTH + FLV_PREVIOUS_SIZE_LENGTH)
  header.set([...FLV_SIGNATURE, 1, flags, 0, 0, 0, FLV_HEADER_LENGTH])
  return header
}

/** The inverse of the flags of `flvHeader`. */
export function flvContents(flags: number): FlvContents {
  return { audio: (flags & AUDIO_FLAG) !== 0, video: (flags & VIDEO_FLAG) !== 0 }
}

/**
 * A whole tag and the previous size behind it.
 * @param message type 8, 9, 18 (or 15: see `flvForm`); its timestamp u32 ms
 * @returns owned; a short one is a part of a larger buffer
 * @throws LimitError messageBytes  longer than a tag can be
 */
export function flvTag(message: Message): Uint8Array {
  const { length } = message.payload
  if (length > FLV_MOST_TAG_BYTES) throw new LimitError('messageBytes', FLV_MOST_TAG_BYTES, length)
  const tag = bytesToSend(flvTagLength(message))
  writeFlvTag(tag, 0, message)
  return tag
}

/** Bytes of the tag and the previous size behind it. */
export function flvTagLength({ payload }: Message): number {
  return FLV_TAG_HEADER_LENGTH + payload.length + FLV_PREVIOUS_SIZE_LENGTH
}

/**
 * Write at `at` what `flvTag` returns; there is room.
 * @param message with a payload of at most FLV_MOST_TAG_BYTES
 * @returns the offset behind it
 */
export function writeFlvTag(bytes: Uint8Array, at: number, { type, timestamp, payload }: Message): number {
  const { length } = payload
  bytes[at] = type
  bytes[at + 1] = length >>> 16
  bytes[at + 2] = length >>> 8
  bytes[at + 3] = length
  bytes[at + 4] = timestamp >>> 16
  bytes[at + 5] = timestamp >>> 8
  bytes[at + 6] = timestamp
  bytes[at + 7] = timestamp >>> 24
  bytes.fill(0, at + 8, at + FLV_TAG_HEADER_LENGTH) // stream ID
  bytes.set(payload, at + FLV_TAG_HEADER_LENGTH)
  const size = FLV_TAG_HEADER_LENGTH + length
  const end = at + size
  bytes[end] = size >>> 24
  bytes[end + 1] = size >>> 16
  bytes[end + 2] = size >>> 8
  bytes[end + 3] = size
  return end + FLV_PREVIOUS_SIZE_LENGTH
}
