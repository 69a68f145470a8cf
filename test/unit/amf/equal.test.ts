import { equalValues } from '../../../src/amf/equal.js'
import { exactly } from '../../../src/amf/exact.js'
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

const leaf = new AmfArray()

/** Each value is made twice, equals its twin and no other of the list. */
const makers: readonly (() => AmfValue)[] = [
  () => undefined,
  () => null,
  () => false,
  () => 0,
  () => -0,
  () => NaN,
  () => '',
  () => '0',
  () => new AmfObject(),
  () => new AmfObject('C'),
  () => new AmfObject('', false),
  () => AmfObject.of({ a: 1 }),
  () => AmfObject.of({ b: 1 }),
  () => AmfObject.of({ a: 2 }),
  () => AmfObject.of({ a: 1, b: 2 }),
  () => AmfObject.of({ b: 2, a: 1 }),
  () => new AmfObject('', true, 1, ['a'], [1]),
  () => new AmfEcmaArray(),
  () => new AmfEcmaArray(['a'], [1]),
  () => new AmfArray(),
  () => new AmfArray([1]),
  () => new AmfArray([1, 2]),
  () => new AmfArray([], ['a'], [1]),
  () => new AmfArray([leaf, leaf]),
  () => new AmfArray([new AmfArray(), new AmfArray()]),
  () => new AmfDate(0),
  () => new AmfDate(NaN),
  () => new AmfXml('', true),
  () => new AmfXml('', false),
  () => new AmfXml('<a/>', false),
  () => AmfUnsupported.instance,
  () => new Uint8Array(),
  () => Uint8Array.of(1),
  () => Uint8Array.of(2),
  () => new AmfVector('int', false),
  () => new AmfVector('int', true),
  () => new AmfVector('uint', false),
  () => new AmfVector('object', false),
  () => new AmfVector('object', false, [], 'C'),
  () => new AmfVector('object', false, [1], 'C'),
  () => new AmfDictionary(false),
  () => new AmfDictionary(true),
  () => new AmfDictionary(false, [[1, 2]]),
  () => new AmfDictionary(false, [[2, 1]]),
  () => new AmfExternalizable('A'),
  () => new AmfExternalizable('B'),
  () => new AmfExternalizable('A', 1),
  () => exactly('double', 1),
  () => exactly('amf3', 1),
  () => exactly('ecma-array', new AmfEcmaArray(), 7),
  () => exactly('ecma-array', new AmfEcmaArray(), 8),
]

test.each(makers.map((make, at) => [at, make] as const))('value %d equals itself alone', (at, make) => {
  const value = make()
  expect(makers.flatMap((other, index) => (equalValues(value, other()) ? [index] : []))).toEqual([at])
  expect(equalValues(value, value)).toBe(true)
})

describe('identity', () => {
  it('matters in both directions', () => {
    const one = new AmfArray()
    const shared = new AmfArray([one, one])
    const apart = new AmfArray([new AmfArray(), new AmfArray()])
    expect([equalValues(shared, apart), equalValues(apart, shared)]).toEqual([false, false])
  })

  it('makes cycles of other lengths unequal', () => {
    const short = new AmfArray()
    short.items.push(short)
    const long = new AmfArray([new AmfArray()])
    ;(long.items[0] as AmfArray).items.push(long)
    expect([equalValues(short, long), equalValues(long, short)]).toEqual([false, false])
  })

  it('does not matter for dates and XML, nor does a zone', () => {
    const date = new AmfDate(1, 60)
    expect(equalValues(new AmfArray([date, date]), new AmfArray([new AmfDate(1), new AmfDate(1)]))).toBe(true)
  })
})
