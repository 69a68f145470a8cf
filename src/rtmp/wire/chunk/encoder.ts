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

/**
 * Ours, and the usual one of servers: most messages are one or two chunks, and a sound or chat line waits at most for
 * 4 KiB of video, which a player that takes 10 KB/s has in 0.4 s.
 */
export const OUT_CHUNK_SIZE = 4_096

/** The length field has 24 bits. Spec. */
export const MAX_MESSAGE_LENGTH = 0xffffff

/**
 * @param message chunkStreamId 2..65599, timestamp and messageStreamId u32, type u8
 * @param chunkSize ≥ 1, the one that the receiver was told
 * @returns owned; a short one is a part of a larger buffer
 * @throws LimitError messageBytes  longer than the protocol can carry
 */
export function cut(message: ChunkedMessage, chunkSize: number): Uint8Array {
  const chunks = bytesToSend(cutLength(message, chunkSize))
  writeChunks(chunks, 0, message, chunkSize)
  return chunks
}

/**
 * Bytes of the message in chunks.
 * @throws LimitError messageBytes  longer than the protocol can carry
 */
export function cutLength(message: ChunkedMessage, chunkSize: number): number {
  const { length } = message.payload
  if (length > MAX_MESSAGE_LENGTH) throw new LimitError('messageBytes', MAX_MESSAGE_LENGTH, length)
  const continuations = Math.max(0, Math.ceil(length / chunkSize) - 1)
  return messageHeaderLengths[ChunkType.Full] + (continuations + 1) * continuationLength(message) + length
}

/** Bytes of the header of every chunk but the first. */
export function continuationLength({ chunkStreamId, timestamp }: ChunkedMessage): number {
  return basicHeaderLengthFor(chunkStreamId) + (needsExtended(timestamp) ? EXTENDED_LENGTH : 0)
}

/** Write the chunks at `at`, where `cutLength` bytes are free. @returns the offset behind them */
export function writeChunks(
  chunks: Uint8Array,
  at: number,
  message: ChunkedMessage,
  chunkSize: number,
): number {
  const { payload, chunkStreamId, timestamp } = message
  const { length } = payload
  const isExtended = needsExtended(timestamp)
  at = writeBasicHeader(chunks, at, ChunkType.Full, chunkStreamId)
  at = writeFullHeader(chunks, at, message)
  if (length <= chunkSize) {
    chunks.set(payload, at)
    return at + length
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
  return at
}

/** Where the chunks of the message begin in what was cut: other chunk streams may come between them. */
export function cutPositions(message: ChunkedMessage, chunkSize: number): readonly number[] {
  const positions = [0]
  const repeated = continuationLength(message)
  let at = messageHeaderLengths[ChunkType.Full] + repeated + chunkSize
  for (let rest = message.payload.length - chunkSize; rest > 0; rest -= chunkSize) {
    positions.push(at)
    at += repeated + chunkSize
  }
  return positions
}
