/** What a stranger could do to a chunk decoder. These tests end, or they fail: nothing in them is timed. */
import { ChunkDecoder } from '../../../../../src/rtmp/wire/chunk/decoder.js'
import { ChunkType, writeBasicHeader } from '../../../../../src/rtmp/wire/chunk/basic-header.js'
import { cut } from '../../../../../src/rtmp/wire/chunk/encoder.js'
import { encodeControl } from '../../../../../src/rtmp/wire/message/index.js'
import type { ChunkedMessage } from '../../../../../src/rtmp/wire/message.js'
import type { LimitError } from '../../../../../src/util/errors.js'
import { defaultLimits, limitsWith } from '../../../../../src/util/limits.js'

const MiB = 1_048_576
const chunkSize = (size: number): Uint8Array =>
  cut(encodeControl({ kind: 'setChunkSize', chunkSize: size }), 128)

/** A first chunk that announces `length` bytes and brings one. */
function announce(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(16)
  const at = writeBasicHeader(bytes, 0, ChunkType.Full, id)
  bytes.set([length >> 16, length >> 8, length], at + 3)
  bytes[at + 6] = 9
  return bytes.subarray(0, at + 12)
}

describe('a hostile sender', () => {
  test('who opens 65 000 chunk streams is stopped at the limit', () => {
    const decoder = new ChunkDecoder(() => undefined, defaultLimits)
    decoder.receive(chunkSize(1))
    let opened = 1
    const openAll = (): void => {
      for (let id = 3; id < 65_000; id++, opened++) decoder.receive(announce(id, MiB))
    }
    expect(openAll).toThrow(expect.objectContaining({ limitName: 'chunkStreams' }) as LimitError)
    expect(opened).toBe(defaultLimits.chunkStreams)
  })

  test('who announces 16 MB on each of them gets no memory for it', () => {
    const limits = limitsWith({ chunkStreams: 65_600, messageBytes: 0xffffff })
    const decoder = new ChunkDecoder(() => undefined, limits)
    decoder.receive(chunkSize(1))
    const before = process.memoryUsage().arrayBuffers
    for (let id = 3; id < 65_000; id++) decoder.receive(announce(id, 0xffffff))
    const held = process.memoryUsage().arrayBuffers - before
    expect(held).toBeLessThan(16 * MiB) // one announced message would be as much as this
  })

  test('who sends ever more unfinished messages is stopped at 16 MiB', () => {
    const decoder = new ChunkDecoder(() => undefined, defaultLimits)
    decoder.receive(chunkSize(MiB))
    const part = new Uint8Array(MiB)
    const send = (): void => {
      for (let id = 3; ; id++) {
        decoder.receive(announce(id, 2 * MiB))
        decoder.receive(part.subarray(1))
      }
    }
    expect(send).toThrow(
      expect.objectContaining({ limitName: 'partialBytes', limit: 16 * MiB }) as LimitError,
    )
  })

  test('who sends a million chunks of one byte, a byte a segment, is served', () => {
    const payload = new Uint8Array(MiB).fill(5)
    const messages: ChunkedMessage[] = []
    const decoder = new ChunkDecoder((message) => messages.push(message), defaultLimits)
    decoder.receive(chunkSize(1))
    const bytes = cut({ chunkStreamId: 6, type: 9, timestamp: 1, messageStreamId: 1, payload }, 1)
    for (let at = 0; at < bytes.length; at++) decoder.receive(bytes.subarray(at, at + 1))
    expect(Buffer.compare(messages[1]!.payload, payload)).toBe(0)
  })

  test('who interleaves 60 messages byte by byte is served', () => {
    const length = 5000
    const messages: ChunkedMessage[] = []
    const decoder = new ChunkDecoder((message) => messages.push(message), defaultLimits)
    decoder.receive(chunkSize(1))
    for (let id = 3; id < 63; id++) decoder.receive(announce(id, length))
    const round = Uint8Array.from({ length: 120 }, (_, at) => (at % 2 === 0 ? 0xc0 | (3 + at / 2) : at))
    for (let sent = 1; sent < length; sent++) decoder.receive(round)
    expect(messages.slice(1).map(({ payload }) => payload.length)).toEqual(new Array(60).fill(length))
    expect(messages[60]!.payload[length - 1]).toBe(119)
  })

  test('who sends a million empty messages is served', () => {
    let count = 0
    const decoder = new ChunkDecoder(() => count++, defaultLimits)
    decoder.receive(announce(4, 0).subarray(0, 12))
    decoder.receive(new Uint8Array(MiB).fill(0xc4))
    expect(count).toBe(MiB + 1)
  })

  test('who aborts again and again frees what he aborts', () => {
    const decoder = new ChunkDecoder(() => undefined, defaultLimits)
    decoder.receive(chunkSize(MiB))
    const part = new Uint8Array(MiB)
    for (let round = 0; round < 40; round++) {
      decoder.receive(announce(4, 2 * MiB))
      decoder.receive(part.subarray(1))
      decoder.receive(cut(encodeControl({ kind: 'abort', chunkStreamId: 4 }), MiB))
    }
  })
})
