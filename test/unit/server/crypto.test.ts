import { randomBytes } from '../../../src/server/crypto.js'
import { toHex } from '../../../src/util/bytes.js'

describe('randomBytes', () => {
  it('never gives the same twice, whether short or long', () => {
    const given = Array.from({ length: 2_000 }, (_, at) => randomBytes(at % 10 === 0 ? 100 : 16))
    expect(new Set(given.map((bytes) => toHex(bytes.subarray(0, 16)))).size).toBe(given.length)
  })

  it.each([0, 1, 8, 64, 65, 1_528, 10_000])('gives %d bytes', (length) => {
    expect(randomBytes(length)).toHaveLength(length)
  })

  it('gives bytes that are the caller’s own', () => {
    const [first, second] = [randomBytes(8), randomBytes(8)]
    const before = toHex(second)
    first.fill(1)
    expect(toHex(second)).toBe(before)
  })
})
