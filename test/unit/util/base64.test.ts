import { decodeBase64, encodeBase64 } from '../../../src/util/base64.js'

const cases: readonly (readonly [string, string])[] = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
]

describe('base64 [RFC 4648 §10]', () => {
  test.each(cases)('%j is %j', (text, encoded) => {
    const bytes = new TextEncoder().encode(text)
    expect(encodeBase64(bytes)).toBe(encoded)
    expect(decodeBase64(encoded)).toEqual(bytes)
    expect(decodeBase64(encoded.replace(/=/g, ''))).toEqual(bytes)
  })

  test('agrees with Node on all bytes', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) % 256)
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes)
  })

  test('line breaks and blanks are skipped', () => {
    expect(decodeBase64('Zm9v\n\tYmFy\n')).toEqual(new TextEncoder().encode('foobar'))
  })

  test.each(['Z', 'Zm9vY', 'Zm9-', 'Zg==Zg==', 'Zh', 'ü', 'Zm9='])('%j is refused', (text) => {
    expect(decodeBase64(text)).toBeUndefined()
  })
})
