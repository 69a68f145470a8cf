/**
 * Cut a message into chunks [RTMP §5.3.1]: one contiguous buffer that all receivers with the same chunk size can
 * share. The first chunk is always fmt 0, so the bytes do not depend on what was sent before on that chunk stream.
 */
import { bytesToSend } from '../../../util/bytes.js'
import { LimitError } from '../../../util/errors.js'
import type { ChunkedMessage } from '../message.js'
import { ChunkType, basicHeaderLengthFor, writeBasicHeader } from './basic-header.js'
import {
  EXTENDED_LENGTH,
  messageHeaderLengths,
  needsExtended,
  writeFullHeader,
  writeU32,
} from './message-header.js'

/** Until a Set Chunk Size, both ways. Spec. */
export const DEFAULT_CHUNK_SIZE = 128

/** Ours: nearly every message is one chunk, and a sound or chat line waits at most for 60 000 bytes of video. */
export const OUT_CHUNK_SIZE = 60_000

/** The length field has 24 bits. Spec. */
export const MAX_MESSAGE_LENGTH = 0xffffff

/**
 * @param message chunkStreamId 2..65599, timestamp and messageStreamId u32, type u8
 * @param chunkSize ≥ 1, the one that the receiver was told
 * @returns owned; a short one is a part of a larger buffer
 * @throws LimitError messageBytes  longer than the protocol can carry
 */
export function cut(message: ChunkedMessage, chunkSize: number): Uint8Array {
  const { payload, chunkStreamId, timestamp } = message
  const { length } = payload
  if (length > MAX_MESSAGE_LENGTH) throw new LimitError('messageBytes', MAX_MESSAGE_LENGTH, length)

  const isExtended = needsExtended(timestamp)
  const basicLength = basicHeaderLengthFor(chunkStreamId)
  const repeated = basicLength + (isExtended ? EXTENDED_LENGTH : 0)
  const continuations = Math.max(0, Math.ceil(length / chunkSize) - 1)
  const chunks = bytesToSend(
    repeated + messageHeaderLengths[ChunkType.Full] + continuations * repeated + length,
  )

  let at = writeBasicHeader(chunks, 0, ChunkType.Full, chunkStreamId)
  at = writeFullHeader(chunks, at, message)
  if (continuations === 0) {
    chunks.set(payload, at)
    return chunks
  }
  for (let start = 0; start < length; start += chunkSize) {
    if (start > 0) {
      at = writeBasicHeader(chunks, at, ChunkType.Continue, chunkStreamId)
      if (isExtended) at = writeU32(chunks, at, timestamp)
    }
    const piece = payload.subarray(start, start + chunkSize)
    chunks.set(piece, at)
    at += piece.length
  }
  return chunks
}
