/**
 * What HTTP/1.1 and WebSocket put around bytes. Neither depends on who gets them (a server does not mask), so enclosed
 * bytes are shared by all players and written to their connections as they are [RFC 9112 §7.1; RFC 6455 §5.2].
 */
import { bytesToSend, noBytes } from '../util/bytes.js'

export interface Envelope {
  /** What stands before so many bytes. */
  head(length: number): Uint8Array
  readonly tail: Uint8Array
}

const CR = 0x0d
const LF = 0x0a

/** A chunk: the length in hexadecimal, CR LF, the bytes, CR LF. None of 0 bytes: that would end the body. */
export const httpChunk: Envelope = {
  head: (length) => Uint8Array.of(...Array.from(length.toString(16), (digit) => digit.charCodeAt(0)), CR, LF),
  tail: Uint8Array.of(CR, LF),
}

/** What ends a body in chunks. */
export const HTTP_LAST_CHUNK = '0\r\n\r\n'

const WHOLE_BINARY_MESSAGE = 0x82
const LENGTH_16 = 126
const LENGTH_64 = 127

/** A binary message in one frame: 0x82, the length as u7, or 126 and u16, or 127 and u64, and the bytes. */
export const webSocketMessage: Envelope = {
  head: (length) => {
    if (length < LENGTH_16) return Uint8Array.of(WHOLE_BINARY_MESSAGE, length)
    if (length <= 0xffff) return Uint8Array.of(WHOLE_BINARY_MESSAGE, LENGTH_16, length >>> 8, length)
    const low = [length >>> 24, length >>> 16, length >>> 8, length]
    return Uint8Array.of(WHOLE_BINARY_MESSAGE, LENGTH_64, 0, 0, 0, 0, ...low)
  },
  tail: noBytes,
}

/** @returns owned; short bytes are a part of a larger buffer */
export function enclosed(envelope: Envelope, bytes: Uint8Array): Uint8Array {
  const { tail } = envelope
  const start = envelope.head(bytes.length)
  const whole = bytesToSend(start.length + bytes.length + tail.length)
  whole.set(start)
  whole.set(bytes, start.length)
  whole.set(tail, start.length + bytes.length)
  return whole
}
