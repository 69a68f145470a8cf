/**
 * How a stream goes to a worker: once, whoever plays it there. The worker cuts it once for its players.
 *
 *   type u8 · length u24 · timestamp u32 · payload
 */
import type { Form } from '../../media/form.js'
import type { Message } from '../../rtmp/wire/message.js'

const HEAD_BYTES = 8

export const feedForm: Form = {
  name: 'feed',
  cut: ({ type, timestamp, payload }) => {
    const bytes = new Uint8Array(HEAD_BYTES + payload.length)
    const head = new DataView(bytes.buffer)
    head.setUint32(0, type * 0x1000000 + payload.length)
    head.setUint32(4, timestamp)
    bytes.set(payload, HEAD_BYTES)
    return bytes
  },
}

/** The messages of whole ones one behind the other; payloads are views. */
export function* readFeed(bytes: Buffer): Generator<Message> {
  for (let at = 0; at < bytes.length;) {
    const end = at + HEAD_BYTES + bytes.readUIntBE(at + 1, 3)
    const payload = bytes.subarray(at + HEAD_BYTES, end)
    yield { type: bytes.readUInt8(at), timestamp: bytes.readUInt32BE(at + 4), messageStreamId: 0, payload }
    at = end
  }
}
