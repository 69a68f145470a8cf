/**
 * The foreign codecs behind one shape: lists of plain values to bytes and back. They judge ours in the differential
 * tests and are the yardstick of the bench.
 */
import amfCodec from 'amf-codec'
import amfjs from 'amfjs'

export interface PeerCodec {
  readonly name: string
  encode(values: readonly unknown[]): Uint8Array
  decode(bytes: Uint8Array): unknown[]
}

/** amf-codec: AMF0 only. */
export const amfCodecPeer: PeerCodec = {
  name: 'amf-codec',
  encode: (values) => Buffer.concat(values.map((value) => amfCodec.toAMF(value))),
  decode(bytes) {
    const buffer = asBuffer(bytes)
    const memo = new amfCodec.Memo(0)
    const values: unknown[] = []
    while (memo.position < buffer.length) values.push(amfCodec.decodeAMF(buffer, memo))
    return values
  },
}

/** amfjs reads from and writes to streams; these are the least that it takes for one. */
function amfjsPeer(name: string, version: unknown): PeerCodec {
  return {
    name,
    encode(values) {
      const parts: Buffer[] = []
      const encoder = new amfjs.AMFEncoder({ write: (bytes) => void parts.push(bytes) })
      for (const value of values) encoder.writeObject(value, version)
      return Buffer.concat(parts)
    },
    decode(bytes) {
      const buffer = asBuffer(bytes)
      let at = 0
      const read = (length: number): Buffer | null =>
        at + length > buffer.length ? null : buffer.subarray(at, (at += length))
      const decoder = new amfjs.AMFDecoder({ read })
      const values: unknown[] = []
      while (at < buffer.length) values.push(decoder.decode(version))
      return values
    },
  }
}

export const amfjsPeer0 = amfjsPeer('amfjs', amfjs.AMF0)
export const amfjsPeer3 = amfjsPeer('amfjs', amfjs.AMF3)

/** An object that amfjs writes as an anonymous object, not as an associative array. */
export function amfjsObject(properties: Readonly<Record<string, unknown>>): unknown {
  return Object.assign(new amfjs.Serializable(), properties)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
