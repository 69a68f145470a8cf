/** AMF3, front door; in RTMP messages AMF3 comes inside AMF0, behind 0x11 (amf0.ts). */
import { readBytes, writeBytes } from '../util/bytes.js'
import { defaultLimits } from '../util/limits.js'
import type { AmfDecodeOptions } from './amf0.js'
import { Amf3Reader } from './amf3-reader.js'
import { Amf3Writer } from './amf3-writer.js'
import { type AmfWriteLimits, throwTruncated } from './budget.js'
import type { AmfValue } from './value.js'

export { Amf3Reader } from './amf3-reader.js'
export { Amf3Writer } from './amf3-writer.js'

/**
 * All values with one set of tables, as a Flash ByteArray holds them; at least one has to be there.
 *
 * @param bytes borrowed
 * @throws AmfError, LimitError  as Amf3Reader
 */
export function decodeAmf3(bytes: Uint8Array, options: AmfDecodeOptions = {}): AmfValue[] {
  return readBytes(bytes, throwTruncated, (source) =>
    readAll(new Amf3Reader(source, options.limits ?? defaultLimits, options.exact)),
  )
}

function readAll(reader: Amf3Reader): AmfValue[] {
  const values: AmfValue[] = []
  do values.push(reader.readValue())
  while (!reader.atEnd)
  return values
}

/**
 * The values with one set of tables.
 *
 * @returns owned bytes
 * @throws LimitError  as Amf3Writer
 */
export function encodeAmf3(values: readonly AmfValue[], limits?: AmfWriteLimits): Uint8Array {
  return writeBytes((bytes) => {
    const writer = new Amf3Writer(bytes, limits)
    for (const value of values) writer.writeValue(value)
  })
}
