/**
 * Window Acknowledgement Size [RTMP §5.4.4]: the receiver owes an Acknowledgement each time it got that many bytes.
 *
 *   window size u32, bytes
 */
import { controlReader, u32Payload } from './control-reader.js'

/** @param payload borrowed @returns bytes @throws RtmpError RTMP_BAD_CONTROL */
export function decodeWindowAcknowledgementSize(payload: Uint8Array): number {
  return controlReader(payload).u32()
}

/** @param windowSize bytes @returns owned */
export function encodeWindowAcknowledgementSize(windowSize: number): Uint8Array {
  return u32Payload(windowSize)
}
