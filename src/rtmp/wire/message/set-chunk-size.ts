/**
 * Set Chunk Size [RTMP §5.4.1]: the sender's next chunk is the first of that size, even inside a message.
 *
 *   0 u1 | chunk size u31
 */
import { RtmpError } from '../../../util/errors.js'
import { controlReader, u32Payload } from './control-reader.js'

const MAX_CHUNK_SIZE = 0x7fffffff

/**
 * @param payload borrowed
 * @returns 1..0x7fffffff. Sizes above 0xffffff are legal and mean one chunk a message. The text asks for ≥ 128;
 *   smaller ones are sent and work.
 * @throws RtmpError RTMP_CHUNK_SIZE_RANGE, RTMP_BAD_CONTROL
 */
export function decodeSetChunkSize(payload: Uint8Array): number {
  const chunkSize = controlReader(payload).u32()
  if (chunkSize === 0 || chunkSize > MAX_CHUNK_SIZE)
    throw new RtmpError('RTMP_CHUNK_SIZE_RANGE', `expected 1..0x7fffffff, got ${chunkSize}`)
  return chunkSize
}

/** @param chunkSize 1..0x7fffffff @returns owned */
export function encodeSetChunkSize(chunkSize: number): Uint8Array {
  return u32Payload(chunkSize)
}
