import { describeValue, describeValues } from '../../../src/amf/describe.js'
import {
  AmfArray,
  AmfEcmaArray,
  AmfObject,
  AmfUnsupported,
  type AmfValue,
  AmfVector,
  AmfXml,
} from '../../../src/amf/value.js'

describe('descriptors of AMF0', () => {
  it.each<[AmfValue, object]>([
    [-0, { t: 'number', v: '-0' }],
    ['x'.repeat(65_536), { t: 'long-string', v: 'x'.repeat(65_536) }],
    [AmfUnsupported.instance, { t: 'unsupported' }],
    [new AmfXml('<a/>', true), { t: 'xml-document', v: '<a/>' }],
    [Uint8Array.of(1), { t: 'amf3', value: { t: 'bytes', hex: '01' } }],
    [
      new AmfObject('C', false),
      { t: 'amf3', value: { t: 'object', class: 'C', dynamic: false, sealed: [], members: [] } },
    ],
    [new AmfXml('', false), { t: 'amf3', value: { t: 'xml', v: '' } }],
  ])('show what is on the wire, or what only 0x11 could bring', (value, descriptor) => {
    expect(describeValue(value, 'amf0')).toEqual(descriptor)
  })

  it('number instances over the whole message', () => {
    const array = new AmfArray()
    expect(describeValues([new AmfObject(), array, array], 'amf0')).toEqual([
      { t: 'object', props: [] },
      { t: 'strict-array', items: [] },
      { t: 'ref', index: 1 },
    ])
  })
})

describe('descriptors of AMF3', () => {
  it.each<[AmfValue, object]>([
    [1, { t: 'integer', v: 1 }],
    [2 ** 28, { t: 'double', v: 2 ** 28 }],
    [NaN, { t: 'double', v: 'NaN' }],
    [AmfUnsupported.instance, { t: 'undefined' }],
    [new AmfVector('int', true, ['x']), { t: 'vector-int', fixed: true, items: [0] }],
    [
      new AmfEcmaArray(['a', '0'], [1, 2]),
      { t: 'array', dense: [{ t: 'integer', v: 2 }], assoc: [['a', { t: 'integer', v: 1 }]] },
    ],
  ])('show what would be written', (value, descriptor) => {
    expect(describeValue(value, 'amf3')).toEqual(descriptor)
  })
})
