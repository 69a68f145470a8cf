/** AMF values as plain JavaScript and back. */
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  AmfVector,
  AmfXml,
} from '../../../src/amf/value.js'
import type { AmfValue } from '../../../src/amf/value.js'
import { fromPlain, toPlain } from '../../../src/client/plain.js'

const bare = (properties: object): object => Object.assign(Object.create(null) as object, properties)

describe('plain', () => {
  const rows: [string, AmfValue, unknown][] = [
    ['scalars', new AmfArray([undefined, null, true, 1.5, 'x']), [undefined, null, true, 1.5, 'x']],
    ['an object', AmfObject.of({ a: 1, __proto__x: 2 }), bare({ a: 1, __proto__x: 2 })],
    ['a typed object', new AmfObject('Point', false, 1, ['x'], [1]), bare({ x: 1 })],
    ['an ECMA array that is a list', new AmfEcmaArray(['0', '1'], ['a', 'b']), ['a', 'b']],
    [
      'an ECMA array with names',
      new AmfEcmaArray(['0', 'k'], ['a', 'b']),
      new Map([
        ['0', 'a'],
        ['k', 'b'],
      ]),
    ],
    [
      'an array with names',
      new AmfArray(['a'], ['k'], ['b']),
      new Map([
        ['0', 'a'],
        ['k', 'b'],
      ]),
    ],
    ['a date', new AmfDate(86_400_000), new Date(86_400_000)],
    ['XML', new AmfXml('<a/>', false), '<a/>'],
    ['bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ['a vector', new AmfVector('int', true, [1, 2]), [1, 2]],
    ['a dictionary', new AmfDictionary(false, [[1, 'a']]), new Map([[1, 'a']])],
    ['an externalizable', new AmfExternalizable('flex.ArrayCollection', new AmfArray([1])), [1]],
    ['unsupported', AmfUnsupported.instance, undefined],
  ]
  test.each(rows)('%s', (_title, amf, plain) => {
    expect(toPlain(amf)).toEqual(plain)
  })

  test('names that JavaScript gives a meaning are names', () => {
    const plain = toPlain(new AmfObject('', true, 0, ['__proto__', 'constructor'], [1, 2])) as Record<
      string,
      unknown
    >
    expect(Object.keys(plain)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(plain)).toBeNull()
  })

  test('cycles stay cycles, both ways', () => {
    const loop = new AmfArray()
    loop.items.push(loop)
    const plain = toPlain(loop) as unknown[]
    expect(plain[0]).toBe(plain)
    const back = fromPlain(plain) as AmfArray
    expect(back.items[0]).toBe(back)
  })
})

describe('AMF', () => {
  const rows: [string, unknown, AmfValue][] = [
    ['an object', { a: [1, null], b: undefined }, AmfObject.of({ a: new AmfArray([1, null]), b: undefined })],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b'],
      ]),
      new AmfEcmaArray(['a', '2'], [1, 'b']),
    ],
    ['a date', new Date(5), new AmfDate(5)],
    ['bytes', Uint8Array.of(1), Uint8Array.of(1)],
    ['AMF inside plain', [new AmfXml('<a/>', true)], new AmfArray([new AmfXml('<a/>', true)])],
  ]
  test.each(rows)('%s', (_title, plain, amf) => {
    expect(fromPlain(plain)).toEqual(amf)
  })

  test.each([() => 1, Symbol('x'), 1n])('has no form for %p', (value) => {
    expect(() => fromPlain([value])).toThrow(TypeError)
  })
})
