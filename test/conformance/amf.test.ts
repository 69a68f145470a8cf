/** Every vector of test/vectors/amf: decoded, described, encoded, cut everywhere; malformed ones refused. */
import { Amf0Reader, amfByteReader, decodeAmf0, encodeAmf0 } from '../../src/amf/amf0.js'
import { Amf3Reader, decodeAmf3, encodeAmf3 } from '../../src/amf/amf3.js'
import { type AmfEncoding, describeValues } from '../../src/amf/describe.js'
import { equalValues } from '../../src/amf/equal.js'
import { AmfArray, type AmfValue } from '../../src/amf/value.js'
import { toHex } from '../../src/util/bytes.js'
import { AmfError, LimitError } from '../../src/util/errors.js'
import { defaultLimits } from '../../src/util/limits.js'
import { fromDescriptors } from '../support/amf-descriptor.js'
import { type AmfVector, amfVectors } from '../support/amf-vectors.js'

const decoders = { amf0: decodeAmf0, amf3: decodeAmf3 }
const encoders = { amf0: encodeAmf0, amf3: encodeAmf3 }

/** Where top-level values end. */
function boundaries(encoding: AmfEncoding, bytes: Uint8Array): Set<number> {
  const reader = amfByteReader(bytes)
  const values =
    encoding === 'amf0' ? new Amf0Reader(reader, defaultLimits) : new Amf3Reader(reader, defaultLimits)
  const ends = new Set(encoding === 'amf0' ? [0] : [])
  while (!values.atEnd) {
    values.readValue()
    ends.add(reader.offset)
  }
  return ends
}

function outcome(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (error) {
    if (error instanceof AmfError) return error.code
    if (error instanceof LimitError) return error.limitName
    throw error
  }
}

/** All cuts of a short vector; of a long one those near its ends. */
function cutsOf({ length }: Uint8Array): number[] {
  const all = Array.from({ length }, (_, cut) => cut)
  return length <= 600 ? all : [...all.slice(0, 64), ...all.slice(-64)]
}

const equalLists = (a: AmfValue[], b: AmfValue[]): boolean => equalValues(new AmfArray(a), new AmfArray(b))

const vectors = [...amfVectors('amf0'), ...amfVectors('amf3')]

test.each(vectors)('$id decodes to its values', ({ encoding, bytes, values }) => {
  expect(describeValues(decoders[encoding](bytes, { exact: true }), encoding)).toEqual(values)
})

test.each(vectors)('$id encodes', ({ encoding, bytes, values, isCanonical }) => {
  const built = fromDescriptors(values, encoding)
  const encoded = encoders[encoding](built)
  if (isCanonical) expect(toHex(encoded)).toBe(toHex(bytes))
  expect(equalLists(decoders[encoding](encoded, { exact: true }), built)).toBe(true)
})

test.each(vectors)('$id survives the value model', ({ encoding, bytes, isCanonical }) => {
  const exact = decoders[encoding](bytes, { exact: true })
  if (isCanonical) expect(toHex(encoders[encoding](exact))).toBe(toHex(bytes))
  const merged = decoders[encoding](bytes)
  const again = encoders[encoding](merged)
  expect(toHex(encoders[encoding](decoders[encoding](again)))).toBe(toHex(again))
})

test.each(vectors)('$id cut anywhere is refused, except between values', ({ encoding, bytes }) => {
  const ends = boundaries(encoding, bytes)
  for (const cut of cutsOf(bytes)) {
    const expected = ends.has(cut) ? 'accepted' : 'AMF_TRUNCATED'
    expect([cut, outcome(() => decoders[encoding](bytes.subarray(0, cut)))]).toEqual([cut, expected])
  }
})

const codeOf: Readonly<Record<string, string>> = {
  truncated: 'AMF_TRUNCATED',
  'unknown-marker': 'AMF_UNKNOWN_MARKER',
  reserved: 'AMF_RESERVED_MARKER',
  'bad-reference': 'AMF_BAD_REFERENCE',
  'unexpected-object-end': 'AMF_UNEXPECTED_OBJECT_END',
  'unknown-externalizable': 'AMF_UNKNOWN_EXTERNALIZABLE',
  depth: 'amfDepth',
}

test.each(amfVectors('errors'))('$id is refused: $error', ({ encoding, bytes, error }: AmfVector) => {
  expect(outcome(() => decoders[encoding](bytes))).toBe(codeOf[error])
})
