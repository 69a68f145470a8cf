/** Reads the fields of control messages. */
import { ByteReader } from '../../../util/bytes.js'
import { RtmpError } from '../../../util/errors.js'

function tooShort(offset: number): never {
  throw new RtmpError('RTMP_BAD_CONTROL', 'the control message is shorter than its fields', offset)
}

/**
 * Bytes after the fields that are read are ignored.
 * @param payload borrowed
 * @throws RtmpError RTMP_BAD_CONTROL  on a read past the end: close the connection
 */
export function controlReader(payload: Uint8Array): ByteReader {
  return new ByteReader(payload, tooShort)
}

/** Four bytes, owned. */
export function u32Payload(value: number): Uint8Array {
  const payload = new Uint8Array(4)
  new DataView(payload.buffer).setUint32(0, value)
  return payload
}
