import {
  digestOffset,
  findDigest,
  flashMediaServer,
  flashPlayer,
  writeDigest,
} from '../../../../src/rtmp/wire/digest.js'
import { testCrypto } from '../../../support/rtmp-crypto.js'

const crypto = testCrypto()

describe('the digest of C1 and S1 [rtmp.md 1.3]', () => {
  test.each([
    { scheme: 0, at: 8, bytes: [0, 0, 0, 0], offset: 12 },
    { scheme: 0, at: 8, bytes: [255, 255, 217, 0], offset: 739 },
    { scheme: 0, at: 8, bytes: [255, 255, 218, 0], offset: 12 },
    { scheme: 1, at: 772, bytes: [0, 0, 0, 1], offset: 777 },
    { scheme: 1, at: 772, bytes: [255, 255, 255, 255], offset: 776 + 292 },
  ] as const)('lies at $offset in scheme $scheme for $bytes', ({ scheme, at, bytes, offset }) => {
    const block = new Uint8Array(1536)
    block.set(bytes, at)
    expect(digestOffset(block, scheme)).toBe(offset)
  })

  test.each([0, 1] as const)('is found where it was written, scheme %s', (scheme) => {
    const block = crypto.randomBytes(1536)
    const digest = writeDigest(crypto, block, flashPlayer, scheme)
    expect(findDigest(crypto, block, flashPlayer)).toEqual(digest)
    expect(findDigest(crypto, block, flashMediaServer)).toBeUndefined()
    block[1535] = (block[1535] ?? 0) ^ 1
    expect(findDigest(crypto, block, flashPlayer)).toBeUndefined()
  })

  test('has keys of the lengths that Adobe chose', () => {
    expect([flashPlayer, flashMediaServer].map(({ key, longKey }) => [key.length, longKey.length])).toEqual([
      [30, 62],
      [36, 68],
    ])
  })
})
