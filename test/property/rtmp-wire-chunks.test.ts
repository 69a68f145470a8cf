import fc from 'fast-check'
import { ChunkType, writeBasicHeader } from '../../src/rtmp/wire/chunk/basic-header.js'
import { cut } from '../../src/rtmp/wire/chunk/encoder.js'
import { encodeControl } from '../../src/rtmp/wire/message/index.js'
import type { ChunkedMessage } from '../../src/rtmp/wire/message.js'
import { concat } from '../../src/util/bytes.js'
import { limitsWith } from '../../src/util/limits.js'
import { decodePieces, piecesOf } from '../support/rtmp-chunking.js'
import { readNaively } from '../support/rtmp-naive-chunks.js'

/** Limits out of the way: the naive reader has none. */
const wide = limitsWith({ chunkStreams: 1e6, messageBytes: 1e9, commandBytes: 1e9, partialBytes: 1e9 })

const u32 = fc.integer({ min: 0, max: 0xffffffff })
const timestamp = fc.oneof(
  u32,
  fc.integer({ min: 0xfffffe - 2, max: 0x1000001 }),
  fc.constantFrom(0, 0xfffffffe, 0xffffffff),
)
const chunkStreamId = fc.oneof(
  fc.integer({ min: 2, max: 8 }),
  fc.constantFrom(63, 64, 319, 320, 65_599),
  fc.integer({ min: 2, max: 65_599 }),
)
/** Neither Set Chunk Size nor Abort, which change what follows. */
const plainType = fc.integer({ min: 3, max: 255 })

const message: fc.Arbitrary<ChunkedMessage> = fc.record({
  chunkStreamId,
  type: plainType,
  timestamp,
  messageStreamId: u32,
  payload: fc.uint8Array({ maxLength: 600 }),
})

const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 })

describe('chunks [RTMP §5.3]', () => {
  test('decode(cut(messages)) = messages, for every chunk size and cut into any pieces', () => {
    const chunkSize = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 70_000 }))
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), chunkSize, lengths, (messages, size, cuts) => {
        const setChunkSize = encodeControl({ kind: 'setChunkSize', chunkSize: size })
        const bytes = concat([cut(setChunkSize, 128), ...messages.map((each) => cut(each, size))])
        const { messages: decoded, error } = decodePieces(piecesOf(bytes, cuts), wide)
        expect(error).toBe('')
        expect(decoded.slice(1)).toEqual(messages)
      }),
      { numRuns: 300 },
    )
  })

  test('long messages in long chunks', () => {
    const payload = fc
      .record({ length: fc.integer({ min: 60_000, max: 300_000 }), seed: fc.nat(255) })
      .map(({ length, seed }) => new Uint8Array(length).map((_, at) => at * 7 + seed))
    const chunkSize = fc.integer({ min: 4000, max: 70_000 })
    const cuts = fc.array(fc.integer({ min: 1000, max: 70_000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(message, payload, chunkSize, cuts, (head, body, size, lengthsOfPieces) => {
        const long = { ...head, payload: body }
        const setChunkSize = encodeControl({ kind: 'setChunkSize', chunkSize: size })
        const bytes = concat([cut(setChunkSize, 128), cut(long, size), cut(head, size)])
        const { messages } = decodePieces(piecesOf(bytes, lengthsOfPieces), wide)
        expect(messages.slice(1).map(({ payload: got }) => Buffer.compare(got, body))).toContain(0)
        expect(messages[2]).toEqual(head)
      }),
      { numRuns: 20 },
    )
  })

  test('agree with a second reader on interleaved chunks of all four types', () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 40 }), lengths, (chunks, cuts) => {
        const bytes = concat([new Uint8Array(), ...chunks])
        const expected = readNaively(bytes)
        const whole = decodePieces([bytes], wide)
        expect(decodePieces(piecesOf(bytes, cuts), wide)).toEqual(whole)
        expect(whole.error !== '').toBe(expected === null)
        if (expected !== null) expect(whole.messages.map(naively)).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('agree with a second reader on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), lengths, (bytes, cuts) => {
        const expected = readNaively(bytes)
        const whole = decodePieces([bytes], wide)
        expect(decodePieces(piecesOf(bytes, cuts), wide)).toEqual(whole)
        expect(whole.error !== '').toBe(expected === null)
      }),
      { numRuns: 500 },
    )
  })
})

const naively = ({
  chunkStreamId: csid,
  type,
  messageStreamId: streamId,
  timestamp: time,
  payload,
}: ChunkedMessage): unknown => ({
  csid,
  type,
  streamId,
  timestamp: time,
  payload: [...payload],
})

/** One chunk of few chunk streams and short messages: most sequences make sense, the others must be refused alike. */
const chunk = fc
  .record({
    fmt: fc.constantFrom(...Object.values(ChunkType)),
    id: fc.integer({ min: 3, max: 4 }),
    time: fc.constantFrom(0, 1, 40, 0xfffffe, 0xffffff),
    extended: fc.constantFrom(0x01000000, 0xffffff, 0xfffffff0),
    isExtendedRepeated: fc.boolean(),
    length: fc.constantFrom(0, 1, 128, 129, 130, 300),
    control: fc.constantFrom<'none' | 'abort' | 'chunk size'>(
      'none',
      'none',
      'none',
      'none',
      'abort',
      'chunk size',
    ),
  })
  .map(({ fmt, id, time, extended, isExtendedRepeated, length, control }) => {
    if (control === 'abort') return cut(encodeControl({ kind: 'abort', chunkStreamId: id }), 128)
    if (control === 'chunk size') return cut(encodeControl({ kind: 'setChunkSize', chunkSize: 128 }), 128)
    const basic = new Uint8Array(1)
    writeBasicHeader(basic, 0, fmt, id)
    const fields = [u24(time), [...u24(length), 9], [1, 0, 0, 0]].slice(0, 3 - fmt).flat()
    const isExtended = fmt === ChunkType.Continue ? isExtendedRepeated : time === 0xffffff
    const four = [extended >>> 24, extended >>> 16, extended >>> 8, extended]
    const payload = new Uint8Array(Math.min(length, 128)).fill(extended >>> 24)
    return concat([basic, Uint8Array.from(fields), Uint8Array.from(isExtended ? four : []), payload])
  })

function u24(value: number): number[] {
  return [value >>> 16, value >>> 8, value]
}
