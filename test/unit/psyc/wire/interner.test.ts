import { Interner } from '../../../../src/psyc/wire/interner.js'
import { encodeUtf8 } from '../../../../src/util/utf8.js'

describe('interned text', () => {
  const interner = new Interner()
  const text = (bytes: Uint8Array): string | undefined => interner.text(bytes, 0, bytes.length)

  test.each(['', 'psyc://h/~alice', 'ü€😀', 'x'.repeat(128), 'x'.repeat(1000)])('%j, twice', (expected) => {
    expect(text(encodeUtf8(expected))).toBe(expected)
    expect(text(encodeUtf8(expected))).toBe(expected)
  })

  test('what is no UTF-8 is no text', () => {
    expect(text(Uint8Array.of(0xff))).toBeUndefined()
    expect(text(new Uint8Array(200).fill(0xff))).toBeUndefined()
  })

  test('many texts do not mix', () => {
    const texts = Array.from({ length: 5000 }, (_, at) => `psyc://host${at % 7}/~n${at}`)
    for (const expected of [...texts, ...texts]) expect(text(encodeUtf8(expected)) === expected).toBe(true)
  })
})
