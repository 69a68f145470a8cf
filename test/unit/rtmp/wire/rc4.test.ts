import { Rc4 } from '../../../../src/rtmp/wire/rc4.js'
import { concat, fromHex, toHex } from '../../../../src/util/bytes.js'

/** Key streams of RFC 6229 §2: key, offset, 16 bytes there. */
const keyStreams: readonly [string, number, string][] = [
  ['0102030405', 0, 'b2396305f03dc027ccc3524a0a1118a8'],
  ['0102030405', 1536, 'd8729db41882259bee4f825325f5a130'],
  ['0102030405060708090a0b0c0d0e0f10', 0, '9ac7cc9a609d1ef7b2932899cde41b97'],
  ['0102030405060708090a0b0c0d0e0f10', 1536, 'ffa0b514647ec04f6306b892ae661181'],
  ['0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20', 0, 'eaa6bd25880bf93d3f5d1e4ca2611d91'],
]

test.each(keyStreams)('the key stream of %s at %i [RFC 6229]', (key, offset, expected) => {
  const cipher = new Rc4(fromHex(key))
  cipher.skip(offset)
  expect(toHex(cipher.apply(new Uint8Array(16)))).toBe(expected)
})

test('deciphers what it enciphered, however it is cut, and leaves its input alone', () => {
  const key = fromHex('00112233445566778899aabbccddeeff')
  const text = Uint8Array.from({ length: 1_000 }, (_, at) => at)
  const cipher = new Rc4(key)
  const parts = [0, 1, 2, 500, 999].map((from, index, cuts) => text.subarray(from, cuts[index + 1]))
  const enciphered = concat(parts.map((part) => cipher.apply(part)))
  expect(text[999]).toBe(999 & 0xff)
  expect(enciphered).not.toEqual(text)
  expect(new Rc4(key).apply(enciphered)).toEqual(text)
})
