/**
 * Acknowledgement [RTMP §5.4.3]: how many bytes the sender has received since the connection began.
 *
 *   sequence number u32, wraps: only differences mean something
 */
import { controlReader, u32Payload } from './control-reader.js'

/** @param payload borrowed @returns bytes, u32 @throws RtmpError RTMP_BAD_CONTROL */
export function decodeAcknowledgement(payload: Uint8Array): number {
  return controlReader(payload).u32()
}

/** @param sequenceNumber bytes, u32 @returns owned */
export function encodeAcknowledgement(sequenceNumber: number): Uint8Array {
  return u32Payload(sequenceNumber)
}
