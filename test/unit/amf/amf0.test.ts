import { Amf0Reader, Amf0Writer, amfByteReader, decodeAmf0, encodeAmf0 } from '../../../src/amf/amf0.js'
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  type AmfValue,
  AmfVector,
  AmfXml,
} from '../../../src/amf/value.js'
import { ByteWriter, fromHex, toHex } from '../../../src/util/bytes.js'
import { AmfError } from '../../../src/util/errors.js'
import { defaultLimits } from '../../../src/util/limits.js'

const hexOf = (...values: AmfValue[]): string => toHex(encodeAmf0(values))

function errorOf(run: () => unknown): AmfError {
  try {
    run()
  } catch (error) {
    if (error instanceof AmfError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('reading AMF0', () => {
  it('goes value by value from any place of a message', () => {
    const reader = amfByteReader(fromHex('ffff 020001 61 05 0101 ff'.replace(/ /g, '')), 2, 9)
    const values = new Amf0Reader(reader, defaultLimits)
    expect(values.readValue()).toBe('a')
    expect([values.atEnd, reader.offset]).toEqual([false, 6])
    expect([values.readValue(), values.readValue(), values.atEnd]).toEqual([null, true, true])
  })

  it('reads nothing from no bytes', () => {
    expect(decodeAmf0(new Uint8Array(0))).toEqual([])
  })

  it('lets a cycle lead back to the same instance [AMF0 §2.9]', () => {
    const [object] = decodeAmf0(fromHex('03000161070000000009')) as AmfObject[]
    expect(object!.get('a')).toBe(object)
  })

  it('shares references over the values of a message, and no further', () => {
    const [first, second] = decodeAmf0(fromHex('0a00000000070000'))
    expect(first).toBe(second)
  })

  it('gives every value behind 0x11 empty tables', () => {
    const error = errorOf(() => decodeAmf0(fromHex('110603611106 00'.replace(' ', ''))))
    expect(error.code).toBe('AMF_BAD_REFERENCE')
  })

  it('keeps the zone of a date, in minutes with a sign', () => {
    expect(decodeAmf0(fromHex('0b0000000000000000ff88'))).toEqual([new AmfDate(0, -120)])
    expect(hexOf(new AmfDate(0, -120))).toBe('0b0000000000000000ff88')
  })

  it('replaces invalid UTF-8', () => {
    expect(decodeAmf0(fromHex('020003 61ff62'.replace(' ', '')))).toEqual(['a\ufffdb'])
    expect(hexOf('\ud800')).toBe('020003efbfbd')
  })

  it('tells where it failed', () => {
    expect(errorOf(() => decodeAmf0(fromHex('0505ff')))).toMatchObject({
      code: 'AMF_UNKNOWN_MARKER',
      offset: 2,
    })
    expect(errorOf(() => decodeAmf0(fromHex('05070003')))).toMatchObject({
      code: 'AMF_BAD_REFERENCE',
      offset: 2,
    })
  })

  it('owns the ByteArrays it gives', () => {
    const bytes = fromHex('110c03ff')
    const [array] = decodeAmf0(bytes) as Uint8Array[]
    bytes.fill(0)
    expect(array).toEqual(Uint8Array.of(0xff))
  })
})

describe('writing AMF0', () => {
  it.each<[string, AmfValue, string]>([
    ['a vector as a strict array', new AmfVector('int', true, [1]), '0a00000001003ff0000000000000'],
    ['a ByteArray as unsupported', Uint8Array.of(1), '0d'],
    ['a Dictionary as unsupported', new AmfDictionary(false), '0d'],
    ['a collection as unsupported', new AmfExternalizable('flex.messaging.io.ArrayList'), '0d'],
    ['unsupported as itself', AmfUnsupported.instance, '0d'],
    ['E4X as an XML document', new AmfXml('<a/>', false), '0f000000043c612f3e'],
    ['sealed members as properties', new AmfObject('C', false, 1, ['a'], [null]), '100001430001 6105000009'],
    [
      'an array with a named part as an ECMA array',
      new AmfArray(['x'], ['n'], [null]),
      '0800000002000130020001780001 6e05000009',
    ],
    ['an empty name', AmfObject.of({ '': null }), '03000005000009'],
  ])('writes %s', (_, value, hex) => {
    expect(hexOf(value)).toBe(hex.replace(/ /g, ''))
  })

  it('writes an instance once, and references from then on', () => {
    const array = new AmfArray()
    array.items.push(array)
    expect(hexOf(array, array)).toBe('0a00000001070000070000')
    const vector = new AmfVector('double', false)
    expect(hexOf(AmfObject.of({ v: vector, w: vector }))).toBe(
      '03000176 0a00000000 000177 070001 000009'.replace(/ /g, ''),
    )
  })

  it('goes on behind what the writer holds already', () => {
    const bytes = new ByteWriter()
    bytes.u8(0)
    const writer = new Amf0Writer(bytes)
    writer.writeValue('a')
    expect(toHex(bytes.finish())).toBe('0002000161')
  })

  it('puts every value behind 0x11 if asked', () => {
    const object = AmfObject.of({ a: 'a' })
    expect(toHex(encodeAmf0(['a', object, object], { avmPlus: true }))).toBe(
      '11060361' + '110a0b010361060001' + '110a0b010361060001',
    )
  })

  it('refuses names that have no form', () => {
    const name = 'ä'.repeat(32_768)
    expect(errorOf(() => hexOf(AmfObject.of({ [name]: 1 }))).code).toBe('AMF_UNENCODABLE')
    expect(errorOf(() => hexOf(new AmfObject(name))).code).toBe('AMF_UNENCODABLE')
    expect(hexOf(name)).toMatch(/^0c00010000/)
    expect(hexOf(AmfObject.of({ [name.slice(1)]: null }))).toMatch(/^03fffe/)
  })

  it('refuses references that have no form', () => {
    const arrays = Array.from({ length: 0x10001 }, () => new AmfArray())
    expect(hexOf(...arrays, arrays[0xffff])).toMatch(/07ffff$/)
    expect(errorOf(() => hexOf(...arrays, arrays[0x10000])).code).toBe('AMF_UNENCODABLE')
  })
})

describe('an ECMA array', () => {
  it('announces as many properties as it has, whatever it was sent with', () => {
    const [array] = decodeAmf0(fromHex('08000000630001610 5000009'.replace(' ', '')))
    expect(array).toEqual(new AmfEcmaArray(['a'], [null]))
    expect(hexOf(array)).toBe('080000000100016105000009')
  })
})
