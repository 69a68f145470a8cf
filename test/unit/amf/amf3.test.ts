import { Amf3Reader, Amf3Writer, decodeAmf3, encodeAmf3 } from '../../../src/amf/amf3.js'
import { amfByteReader } from '../../../src/amf/budget.js'
import { equalValues } from '../../../src/amf/equal.js'
import {
  AmfArray,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  type AmfValue,
  AmfVector,
} from '../../../src/amf/value.js'
import { ByteWriter, fromHex, toHex } from '../../../src/util/bytes.js'
import { AmfError } from '../../../src/util/errors.js'
import { defaultLimits } from '../../../src/util/limits.js'

const hexOf = (...values: AmfValue[]): string => toHex(encodeAmf3(values))

function codeOf(hex: string): string {
  try {
    decodeAmf3(fromHex(hex.replace(/ /g, '')))
  } catch (error) {
    if (error instanceof AmfError) return error.code
    throw error
  }
  return 'accepted'
}

describe('reading AMF3', () => {
  it('wants at least one value', () => {
    expect(codeOf('')).toBe('AMF_TRUNCATED')
  })

  it('keeps the tables from value to value until they are reset', () => {
    const reader = new Amf3Reader(amfByteReader(fromHex('060361 0600 0600'.replace(/ /g, ''))), defaultLimits)
    expect([reader.readValue(), reader.readValue()]).toEqual(['a', 'a'])
    reader.reset()
    expect(() => reader.readValue()).toThrow(AmfError)
    expect(reader.atEnd).toBe(true)
  })

  it('refuses a class that reads itself and that it does not know', () => {
    expect(codeOf('0a07 05 5858'.replace(/ /g, ''))).toBe('AMF_UNKNOWN_EXTERNALIZABLE')
  })

  it('takes null and undefined behind a reference for what they are', () => {
    expect(codeOf('0902')).toBe('AMF_BAD_REFERENCE')
  })
})

describe('writing AMF3', () => {
  it.each<[string, AmfValue, string]>([
    ['unsupported as undefined', AmfUnsupported.instance, '00'],
    ['-0 as a double', -0, '058000000000000000'],
    ['an unknown externalizable as undefined', new AmfExternalizable('X', 'body'), '00'],
    ['a small message without a body as undefined', new AmfExternalizable('DSA', 'body'), '00'],
    ['no property without a name', AmfObject.of({ '': 1, a: 2 }), '0a0b010361040201'],
    ['vector items that are no numbers as 0', new AmfVector('int', false, ['x']), '0d030000000000'],
    ['integer items modulo 2^32', new AmfVector('uint', false, [-1]), '0e0300ffffffff'],
  ])('writes %s', (_, value, hex) => {
    expect(hexOf(value)).toBe(hex)
  })

  it('keeps the tables from value to value until they are reset', () => {
    const bytes = new ByteWriter()
    const writer = new Amf3Writer(bytes)
    const object = new AmfObject('C')
    for (const value of ['C', object, object, new AmfObject('C')]) writer.writeValue(value)
    writer.reset()
    for (const value of ['C', object]) writer.writeValue(value)
    expect(toHex(bytes.finish())).toBe('060343 0a0b0001 0a00 0a0101 060343 0a0b0001'.replace(/ /g, ''))
  })

  it('tells apart traits that differ only in where names end', () => {
    const classes = [
      new AmfObject('a', false, 2, ['b', 'c'], [1, 2]),
      new AmfObject('a', false, 1, ['b1:c'], [1]),
      new AmfObject('a1:b', false, 1, ['c'], [1]),
      new AmfObject('a', true, 1, ['b', 'c'], [1, 2]),
      new AmfObject('a', true, 2, ['b', 'c'], [1, 2]),
      new AmfObject('', false, 1, ['anonymous'], [1]),
      new AmfObject(),
    ]
    const all = new AmfArray([...classes])
    expect(equalValues(decodeAmf3(encodeAmf3([all]))[0], all)).toBe(true)
  })

  it('writes no more sealed members than there are', () => {
    expect(hexOf(new AmfObject('C', false, 5, ['a'], [null]))).toBe('0a130343036101')
  })

  it('writes "0", "1", … of an ECMA array as items, the rest as the named part', () => {
    const array = new AmfEcmaArray(['1', 'x', '0', '3', '0'], ['b', 'n', 'lost', 'd', 'a'])
    const [mixed] = decodeAmf3(encodeAmf3([array])) as AmfArray[]
    expect(mixed).toEqual(new AmfArray(['a', 'b'], ['x', '3'], ['n', 'd']))
  })
})
