/** Arbitrary graphs, shared and cyclic ones among them, through both encodings. */
import fc from 'fast-check'
import { decodeAmf0, encodeAmf0 } from '../../src/amf/amf0.js'
import { decodeAmf3, encodeAmf3 } from '../../src/amf/amf3.js'
import { describeValues } from '../../src/amf/describe.js'
import { equalValues } from '../../src/amf/equal.js'
import { AmfArray, type AmfValue } from '../../src/amf/value.js'
import { toHex } from '../../src/util/bytes.js'
import { AmfError, LimitError } from '../../src/util/errors.js'
import { fromDescriptors } from '../support/amf-descriptor.js'
import { amfGraph } from '../support/amf-codec-graphs.js'

fc.configureGlobal({ seed: 18, numRuns: 200 })

const codecs = {
  amf0: { decode: decodeAmf0, encode: encodeAmf0 },
  amf3: { decode: decodeAmf3, encode: encodeAmf3 },
}
const encodings = ['amf0', 'amf3'] as const

const equalLists = (a: AmfValue[], b: AmfValue[]): boolean => equalValues(new AmfArray(a), new AmfArray(b))

describe.each(encodings)('%s', (encoding) => {
  const { decode, encode } = codecs[encoding]

  it('gives back what it was given', () => {
    fc.assert(fc.property(amfGraph(encoding), (values) => equalLists(decode(encode(values)), values)))
  })

  it('is described so that the description tells all', () => {
    fc.assert(
      fc.property(amfGraph(encoding), (values) => {
        const described = JSON.parse(JSON.stringify(describeValues(values, encoding))) as ReturnType<
          typeof describeValues
        >
        return toHex(encode(fromDescriptors(described, encoding))) === toHex(encode(values))
      }),
    )
  })

  it('decodes any bytes to values or a documented error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decode(bytes)
        } catch (error) {
          if (!(error instanceof AmfError) && !(error instanceof LimitError)) throw error
        }
      }),
    )
  })
})

it('puts AMF3 behind 0x11 without loss, one value at a time [AMF0 §3.1]', () => {
  fc.assert(
    fc.property(amfGraph('amf3'), ([value]) => {
      const [decoded] = decodeAmf0(encodeAmf0([value], { avmPlus: true }))
      return equalValues(decoded, value)
    }),
  )
})

it.each([
  ['amf3', 'amf0'],
  ['amf0', 'amf3'],
] as const)('converts %s to %s once and for all', (from, to) => {
  fc.assert(
    fc.property(amfGraph(from), (values) => {
      const converted = codecs[to].encode(values)
      return toHex(codecs[to].encode(codecs[to].decode(converted))) === toHex(converted)
    }),
  )
})

describe('equality', () => {
  it('tells a graph from one with another value in it', () => {
    fc.assert(
      fc.property(amfGraph('amf3'), (values) => {
        const changed = [...decodeAmf3(encodeAmf3(values)), 'one more']
        return !equalLists(values, changed) && equalLists(values, changed.slice(0, -1))
      }),
    )
  })
})
