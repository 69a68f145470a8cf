import { decodeAmf0, encodeAmf0 } from '../../../src/amf/amf0.js'
import { decodeAmf3, encodeAmf3 } from '../../../src/amf/amf3.js'
import { type AmfEncoding, describeValues } from '../../../src/amf/describe.js'
import { equalValues } from '../../../src/amf/equal.js'
import type { AmfEcmaArray } from '../../../src/amf/value.js'
import { AmfArray, AmfObject, type AmfValue, AmfXml } from '../../../src/amf/value.js'
import { concat, fromHex, toHex } from '../../../src/util/bytes.js'
import { AmfError, LimitError } from '../../../src/util/errors.js'
import { limitsWith } from '../../../src/util/limits.js'

const codecs = {
  amf0: { decode: decodeAmf0, encode: encodeAmf0 },
  amf3: { decode: decodeAmf3, encode: encodeAmf3 },
}
const encodings: AmfEncoding[] = ['amf0', 'amf3']

/** Each array holds the next one twice: written out it would be 2^levels arrays. */
function bomb(levels: number): AmfArray {
  let array = new AmfArray()
  for (let level = 0; level < levels; level++) array = new AmfArray([array, array])
  return array
}

/** Arrays in arrays, as deep as told. */
function nested(depth: number): AmfArray {
  let array = new AmfArray()
  for (let level = 1; level < depth; level++) array = new AmfArray([array])
  return array
}

function thrown(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

function limitOf(run: () => unknown): string {
  const error = thrown(run)
  return error instanceof LimitError ? error.limitName : String(error)
}

describe.each(encodings)('a reference bomb of 2^29 arrays in %s', (encoding) => {
  const { decode, encode } = codecs[encoding]
  const bytes = encode([bomb(29)])
  const [value] = decode(bytes)

  it('is as small as it looks', () => {
    expect(bytes.length).toBeLessThan(330)
    expect(toHex(encode([value]))).toBe(toHex(bytes))
  })

  it('is compared and described in linear time', () => {
    expect(equalValues(value, bomb(29))).toBe(true)
    expect(equalValues(value, bomb(28))).toBe(false)
    expect(JSON.stringify(describeValues([value], encoding)).length).toBeLessThan(3_000)
  })
})

describe('names that JavaScript gives a meaning', () => {
  it('are names like any other', () => {
    const bytes = fromHex('0300095f5f70726f746f5f5f030001780101000009 000009')
    const [object] = decodeAmf0(bytes) as AmfObject[]
    expect(object!.names).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(object)).toBe(AmfObject.prototype)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('do not resize arrays', () => {
    const bytes = fromHex('0800000001 0006 6c656e677468 0041efffffffe00000 000009')
    const [array] = decodeAmf0(bytes) as AmfEcmaArray[]
    expect(array!.get('length')).toBe(4_294_967_295)
    expect(toHex(encodeAmf3([array]))).toBe('09010d6c656e6774680541efffffffe0000001')
  })
})

describe('nesting', () => {
  it.each(encodings)('of %s is limited, both ways', (encoding) => {
    const { decode, encode } = codecs[encoding]
    expect(equalValues(decode(encode([nested(64)]))[0], nested(64))).toBe(true)
    expect(limitOf(() => encode([nested(65)]))).toBe('amfDepth')
    expect(limitOf(() => describeValues([nested(65)], encoding))).toBe('amfDepth')
  })

  it.each([
    ['AMF0 objects', '03000161', decodeAmf0],
    ['AMF0 ECMA arrays', '0800000000000161', decodeAmf0],
    ['AMF0 arrays', '0a00000001', decodeAmf0],
    ['AMF0 typed objects', '100001410001 61'.replace(' ', ''), decodeAmf0],
    ['AMF3 arrays', '090301', decodeAmf3],
    ['AMF3 objects', '0a0b010361', decodeAmf3],
    ['AMF3 vectors', '10030001', decodeAmf3],
    ['AMF3 dictionaries', '110300', decodeAmf3],
    ['AMF3 proxies', '0a073b666c65782e6d6573736167696e672e696f2e4f626a65637450726f7879', decodeAmf3],
  ])('of %s in the bytes is refused', (_, hex, decode) => {
    expect(limitOf(() => decode(fromHex(hex.repeat(2_000))))).toBe('amfDepth')
  })

  it('counts through 0x11', () => {
    const arrays = fromHex('0a00000001'.repeat(40) + '11' + '090301'.repeat(25))
    expect(limitOf(() => decodeAmf0(arrays))).toBe('amfDepth')
  })

  it('is not what a chain of references makes: it is as long as it likes', () => {
    const links = [new AmfArray()]
    for (let link = 0; link < 20_000; link++) links.push(new AmfArray([links[link]]))
    const all = new AmfArray([...links])
    const [again] = decodeAmf0(encodeAmf0([all])) as AmfArray[]
    expect(equalValues(again!.items.at(-1), links.at(-1))).toBe(true)
  })
})

describe('counts', () => {
  it.each([
    ['amf0', '0affffffff05'],
    ['amf0', '0cffffffff61'],
    ['amf0', '0fffffffff61'],
    ['amf3', '09ffffffff01'],
    ['amf3', '0cffffffff00'],
    ['amf3', '0dffffffff00'],
    ['amf3', '0effffffff00'],
    ['amf3', '0fffffffff00'],
    ['amf3', '10ffffffff0001'],
    ['amf3', '11ffffffff00'],
    ['amf3', '0affffffe301'],
  ] as const)('in %s that the bytes cannot hold are refused: %s', (encoding, hex) => {
    const error = thrown(() => codecs[encoding].decode(fromHex(hex)))
    expect(error).toBeInstanceOf(AmfError)
    expect((error as AmfError).code).toBe('AMF_TRUNCATED')
  })

  it('of values are limited', () => {
    const limits = limitsWith({ amfNodes: 3 })
    expect(decodeAmf0(fromHex('050505'), { limits })).toHaveLength(3)
    expect(limitOf(() => decodeAmf0(fromHex('05050505'), { limits }))).toBe('amfNodes')
    expect(limitOf(() => decodeAmf0(fromHex('0505110904010101'), { limits }))).toBe('amfNodes')
    expect(limitOf(() => decodeAmf3(fromHex('0d0700000000010000000200000003'), { limits }))).toBe('amfNodes')
  })

  it('of bytes are limited', () => {
    const limits = limitsWith({ amfBytes: 3 })
    expect(limitOf(() => decodeAmf0(fromHex('05050505'), { limits }))).toBe('amfBytes')
    expect(limitOf(() => decodeAmf3(fromHex('01010101'), { limits }))).toBe('amfBytes')
  })
})

describe('output', () => {
  const long = 'x'.repeat(500_000)

  it('is limited where one encoding has a reference and the other has none', () => {
    const text = new AmfArray(Array.from({ length: 50_000 }, () => long))
    const xml = new AmfXml(long, false)
    const [texts] = decodeAmf3(encodeAmf3([text]))
    expect(limitOf(() => encodeAmf0([texts]))).toBe('amfOutputBytes')
    expect(limitOf(() => encodeAmf0(Array.from({ length: 50_000 }, () => xml)))).toBe('amfOutputBytes')
  })

  it('of a description is limited too', () => {
    const texts = new AmfArray(Array.from({ length: 50_000 }, () => long))
    const xml = new AmfXml(long, true)
    expect(limitOf(() => describeValues([texts], 'amf3'))).toBe('amfOutputBytes')
    expect(
      limitOf(() =>
        describeValues(
          texts.items.map(() => xml),
          'amf0',
        ),
      ),
    ).toBe('amfOutputBytes')
  })

  it('is limited where every argument has tables of its own', () => {
    const args: AmfValue[] = Array.from({ length: 50_000 }, () => new AmfObject())
    const shared = new AmfArray([...args])
    const values = args.map(() => shared)
    expect(limitOf(() => encodeAmf0(values, { avmPlus: true }))).toBe('amfOutputBytes')
  })

  it('does not count what was there before', () => {
    const limits = limitsWith({ amfOutputBytes: 5 })
    expect(encodeAmf0([null, null], { limits })).toHaveLength(2)
    expect(limitOf(() => encodeAmf0(['hello', null], { limits }))).toBe('amfOutputBytes')
  })
})

it('long texts that repeat, and differ only at their end, are compared once', () => {
  const [a, b] = ['a', 'b'].map((end) => 'x'.repeat(400_000) + end)
  const texts = new AmfArray(Array.from({ length: 90_000 }, (_, at) => (at % 2 === 0 ? a : b)))
  const bytes = encodeAmf3([texts])
  expect(bytes.length).toBeLessThan(1_000_000)
  expect(equalValues(decodeAmf3(bytes)[0], decodeAmf3(bytes)[0])).toBe(true)
})

it('a reader that fails does so at every cut of a message with everything in it', () => {
  const bytes = concat([
    encodeAmf0(['call', 1, AmfObject.of({ a: true, b: bomb(3) })]),
    encodeAmf0([AmfObject.of({ c: 'd' })], { avmPlus: true }),
  ])
  const outcomes = Array.from({ length: bytes.length }, (_, cut) => {
    const error = thrown(() => decodeAmf0(bytes.subarray(0, cut)))
    return error === undefined ? 'accepted' : (error as AmfError).code
  })
  expect(outcomes.filter((outcome) => outcome !== 'AMF_TRUNCATED')).toEqual(Array(4).fill('accepted'))
})
