import { PartialMessage } from '../../../../../src/rtmp/wire/chunk/partial-message.js'

const MiB = 1_048_576

describe('a message under way', () => {
  test('holds at most twice what has come, whatever was announced', () => {
    const partial = new PartialMessage()
    for (let received = 0; received < 3000; received++) {
      partial.append(Uint8Array.of(received), 0, 1, 16 * MiB)
      expect(partial.capacity).toBeLessThanOrEqual(2 * partial.received)
    }
  })

  test('copies a byte a bounded number of times, however many pieces', () => {
    const partial = new PartialMessage()
    let copied = 0
    for (let received = 0; received < MiB; received++) {
      const before = partial.capacity
      partial.append(Uint8Array.of(1), 0, 1, MiB)
      if (partial.capacity !== before) copied += received
    }
    expect(copied).toBeLessThan(2 * MiB)
    expect(partial.take()).toHaveLength(MiB)
  })

  test('takes pieces of any length, from any place', () => {
    const source = Uint8Array.from({ length: 300 }, (_, index) => index)
    const partial = new PartialMessage()
    for (const [from, to] of [
      [0, 1],
      [1, 130],
      [130, 153],
      [153, 300],
    ] as const)
      partial.append(source, from, to - from, 300)
    expect(partial.take()).toEqual(source)
    expect([partial.received, partial.capacity]).toEqual([0, 0])
  })

  test('what was dropped does not come back', () => {
    const partial = new PartialMessage()
    partial.append(Uint8Array.of(1, 2, 3), 0, 3, 5)
    partial.drop()
    partial.append(Uint8Array.of(9), 0, 1, 1)
    expect([...partial.take()]).toEqual([9])
  })
})
