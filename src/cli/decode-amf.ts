/** `decode amf0` and `amf3`: `{"values": […]}` of tagged descriptors, as many as are whole. */
import { Amf0Reader, amfByteReader } from '../amf/amf0.js'
import { Amf3Reader } from '../amf/amf3.js'
import { describeValues } from '../amf/describe.js'
import type { AmfEncoding } from '../amf/describe.js'
import type { AmfValue } from '../amf/value.js'
import { GatewayError } from '../util/errors.js'
import { limitsWith } from '../util/limits.js'
import { complete, incomplete, malformed, reasonOf, wholeDocument } from './decode-document.js'
import type { Document, Outcome } from './decode-document.js'

/** AMF3 has to hold a value; AMF0 may be the empty rest of a message. */
export function decodeAmf(encoding: AmfEncoding, bytes: Uint8Array): Document {
  const values: AmfValue[] = []
  const outcome = readValues(encoding, bytes, values)
  return wholeDocument({ values: describeValues(values, encoding) }, outcome)
}

function readValues(encoding: AmfEncoding, bytes: Uint8Array, values: AmfValue[]): Outcome {
  const limits = limitsWith({ amfBytes: bytes.length }) // a file may hold more than a message
  const bytesReader = amfByteReader(bytes)
  const isExact = true
  const reader =
    encoding === 'amf0'
      ? new Amf0Reader(bytesReader, limits, isExact)
      : new Amf3Reader(bytesReader, limits, isExact)
  try {
    while (!reader.atEnd || (encoding === 'amf3' && values.length === 0)) values.push(reader.readValue())
    return complete
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const reason = reasonOf(error, bytesReader.offset)
    return error.code === 'AMF_TRUNCATED' ? incomplete(reason) : malformed(reason)
  }
}
