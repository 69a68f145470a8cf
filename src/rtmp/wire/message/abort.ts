/**
 * Abort [RTMP §5.4.2]: the rest of the message under way on that chunk stream will not come.
 *
 *   chunk stream ID u32
 */
import { controlReader, u32Payload } from './control-reader.js'

/** @param payload borrowed @throws RtmpError RTMP_BAD_CONTROL */
export function decodeAbort(payload: Uint8Array): number {
  return controlReader(payload).u32()
}

/** @returns owned */
export function encodeAbort(chunkStreamId: number): Uint8Array {
  return u32Payload(chunkStreamId)
}
