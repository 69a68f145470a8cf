/** AMF0, front door: whole messages at once, and the reader and writer for those who mix values with other fields. */
import { readBytes, writeBytes } from '../util/bytes.js'
import { defaultLimits } from '../util/limits.js'
import { Amf0Reader } from './amf0-reader.js'
import { type Amf0WriteOptions, Amf0Writer } from './amf0-writer.js'
import { type AmfLimits, throwTruncated } from './budget.js'
import type { AmfValue } from './value.js'

export { Amf0Reader } from './amf0-reader.js'
export { Amf0Writer, type Amf0WriteOptions } from './amf0-writer.js'
export { amfByteReader, type AmfLimits, type AmfWriteLimits, throwTruncated } from './budget.js'

export interface AmfDecodeOptions {
  /** Default: `defaultLimits`. */
  readonly limits?: AmfLimits
  /** Keep apart what the value model merges (exact.ts): for tools. */
  readonly exact?: boolean
}

/**
 * All values of one message, none for no bytes.
 *
 * @param bytes borrowed
 * @throws AmfError, LimitError  as Amf0Reader
 */
export function decodeAmf0(bytes: Uint8Array, options: AmfDecodeOptions = {}): AmfValue[] {
  return readBytes(bytes, throwTruncated, (source) =>
    readAll(new Amf0Reader(source, options.limits ?? defaultLimits, options.exact)),
  )
}

function readAll(reader: Amf0Reader): AmfValue[] {
  const values: AmfValue[] = []
  while (!reader.atEnd) values.push(reader.readValue())
  return values
}

/**
 * @returns owned bytes
 * @throws AmfError, LimitError  as Amf0Writer
 */
export function encodeAmf0(values: readonly AmfValue[], options?: Amf0WriteOptions): Uint8Array {
  return writeBytes((bytes) => {
    const writer = new Amf0Writer(bytes, options)
    for (const value of values) writer.writeValue(value)
  })
}
