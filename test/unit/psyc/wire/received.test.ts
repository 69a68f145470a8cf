import { Received } from '../../../../src/psyc/wire/received.js'
import { encodeUtf8 } from '../../../../src/util/utf8.js'

/** Take all bytes but the last `rest`. */
function use(received: Received, rest: number): void {
  received.mark = received.end - rest
  received.at = received.end
}

describe('received bytes', () => {
  test('a buffer is used in place, and let go of when it is used', () => {
    const received = new Received()
    const bytes = encodeUtf8('hello')
    received.append(bytes)
    expect(received.bytes).toBe(bytes)
    use(received, 0)
    received.settle()
    expect(received.bytes).toHaveLength(0)
    expect([received.copied, received.offset]).toEqual([0, 5])
  })

  test('what is left over is joined with what comes', () => {
    const received = new Received()
    received.append(encodeUtf8('hello'))
    use(received, 2)
    received.settle()
    received.append(encodeUtf8(' world'))
    expect(received.view(received.mark, received.end)).toEqual(encodeUtf8('lo world'))
    expect(received.offset).toBe(5)
    expect(received.findLf()).toBe(-1)
    expect(received.offset).toBe(11)
  })

  test('no more room is made than is wanted', () => {
    const received = new Received()
    received.append(encodeUtf8('hello'))
    received.wanted = 12
    received.append(encodeUtf8(' world'))
    expect(received.bytes).toHaveLength(12)
  })

  test.each([
    ['', new Uint8Array(100_000)],
    [', of a socket', Buffer.alloc(100_000)],
  ])('a large buffer%s is not held for a small rest of it', (_, large) => {
    const received = new Received()
    received.append(large)
    use(received, 10)
    received.settle()
    expect(received.bytes.buffer.byteLength).toBe(10)
    expect([received.mark, received.end, received.offset]).toEqual([0, 10, 100_000])
  })

  test('LF is found near and far', () => {
    const received = new Received()
    received.append(encodeUtf8(`${'x'.repeat(300)}\n`))
    expect(received.findLf()).toBe(300)
    received.at = 299
    expect(received.findLf()).toBe(300)
  })
})
