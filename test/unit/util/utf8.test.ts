import { decodeUtf8, decodeUtf8Strict, encodeUtf8, utf8Length, writeUtf8 } from '../../../src/util/utf8.js'

const samples = [
  '',
  'a',
  'ä',
  '€',
  '😀',
  'a\0b',
  '\ufeffbom',
  '\x7f\x80\u07ff\u0800\uffff',
  '\ud800',
  'a\udc00b',
  '\ud83d',
]
/** Every length around those at which the fast paths end. */
const lengths = Array.from({ length: 50 }, (_, length) =>
  'abcdefghijklmnopqrstuvwxyz'.repeat(2).slice(0, length),
)
const texts = [
  ...samples,
  ...lengths,
  ...lengths.map((text) => `${text}ß`),
  ...lengths.map((text) => `😀${text}`),
]

describe('UTF-8', () => {
  it.each(texts)('of %j is what the platform says', (text) => {
    const expected = new TextEncoder().encode(text)
    const wellFormed = new TextDecoder('utf-8', { ignoreBOM: true }).decode(expected)
    expect(encodeUtf8(text)).toEqual(expected)
    expect(utf8Length(text)).toBe(expected.length)
    expect(decodeUtf8(expected)).toBe(wellFormed)
    expect(decodeUtf8Strict(expected)).toBe(wellFormed)
    const into = new Uint8Array(2 + 3 * text.length)
    expect(writeUtf8(text, into, 2)).toBe(expected.length)
    expect(into.subarray(2, 2 + expected.length)).toEqual(expected)
  })

  it.each(['ff', '61ff', 'c3', 'eda080', `${'61'.repeat(30)}c3`])(
    'replaces or refuses what is invalid: %s',
    (hex) => {
      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
      expect(decodeUtf8(bytes)).toBe(new TextDecoder().decode(bytes))
      expect(decodeUtf8Strict(bytes)).toBeUndefined()
    },
  )

  it('decodes a part', () => {
    expect(decodeUtf8(encodeUtf8('abcdef'), 2, 4)).toBe('cd')
  })
})
