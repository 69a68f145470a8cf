import { ChunkDecoder } from '../../../../../src/rtmp/wire/chunk/decoder.js'
import { cut } from '../../../../../src/rtmp/wire/chunk/encoder.js'
import type { ChunkedMessage } from '../../../../../src/rtmp/wire/message.js'
import { concat, fromHex } from '../../../../../src/util/bytes.js'
import type { GatewayError, ProtocolError } from '../../../../../src/util/errors.js'
import { LimitError } from '../../../../../src/util/errors.js'
import { defaultLimits, limitsWith } from '../../../../../src/util/limits.js'
import { decodePieces, waysToCut } from '../../../../support/rtmp-chunking.js'

/** csid, timestamp, payload in hex: what the tests below look at. */
const short = ({ chunkStreamId, timestamp, payload }: ChunkedMessage): [number, number, string] => [
  chunkStreamId,
  timestamp,
  Buffer.from(payload).toString('hex'),
]

const bytes128 = '2a'.repeat(128)

describe('chunk streams that are read [RTMP §5.3; rtmp.md 2.1-2.3]', () => {
  test.each<[string, string, [number, number, string][]]>([
    [
      'fmt 3 after fmt 1 repeats the delta',
      '04 000064 000001 08 01000000 aa  44 000014 000001 08 bb  c4 cc',
      [
        [4, 100, 'aa'],
        [4, 120, 'bb'],
        [4, 140, 'cc'],
      ],
    ],
    [
      'fmt 2 keeps length, type and stream',
      '04 000064 000001 08 01000000 aa  84 000014 bb  c4 cc',
      [
        [4, 100, 'aa'],
        [4, 120, 'bb'],
        [4, 140, 'cc'],
      ],
    ],
    [
      'fmt 3 after an extended fmt 0 has the field too, and adds it',
      '04 ffffff 000001 08 01000000 01000000 aa  c4 01000000 bb',
      [
        [4, 0x1000000, 'aa'],
        [4, 0x2000000, 'bb'],
      ],
    ],
    [
      'an ordinary delta ends the extended timestamps',
      '04 ffffff 000001 08 01000000 01000000 aa  44 000001 000001 08 bb  c4 cc',
      [
        [4, 0x1000000, 'aa'],
        [4, 0x1000001, 'bb'],
        [4, 0x1000002, 'cc'],
      ],
    ],
    [
      'timestamps wrap',
      '04 ffffff 000001 08 01000000 fffffff0 aa  44 000020 000001 08 bb',
      [
        [4, 0xfffffff0, 'aa'],
        [4, 0x10, 'bb'],
      ],
    ],
    ['an extended field for a small timestamp', '04 ffffff 000001 08 01000000 00000005 aa', [[4, 5, 'aa']]],
    [
      'a message as long as the chunk size that fmt 3 repeats',
      `04 000001 000080 08 01000000 ${bytes128} c4 ${bytes128}`,
      [
        [4, 1, bytes128],
        [4, 2, bytes128],
      ],
    ],
    [
      'fmt 1 of the same length inside a message continues it',
      `04 000001 000081 08 01000000 ${bytes128} 44 000000 000081 08 bb`,
      [[4, 1, `${bytes128}bb`]],
    ],
    [
      'fmt 2 inside a message continues it',
      `04 000001 000081 08 01000000 ${bytes128} 84 000005 bb`,
      [[4, 1, `${bytes128}bb`]],
    ],
    [
      'empty messages repeat without a payload',
      '04 000001 000000 08 01000000 c4 c4',
      [
        [4, 1, ''],
        [4, 2, ''],
        [4, 3, ''],
      ],
    ],
    [
      'a new chunk size applies inside a message of another chunk stream',
      `04 000001 000083 08 01000000 ${bytes128} 02 000000 000004 01 00000000 00000002 c4 0102 c4 03`,
      [
        [2, 0, '00000002'],
        [4, 1, `${bytes128}010203`],
      ],
    ],
    [
      'the longest chunk size',
      `02 000000 000004 01 00000000 7fffffff 04 000001 000083 08 01000000 ${bytes128}010203`,
      [
        [2, 0, '7fffffff'],
        [4, 1, `${bytes128}010203`],
      ],
    ],
    [
      'after an abort the delta is still known',
      `04 000001 000081 08 01000000 ${bytes128} 02 000000 000004 02 00000000 00000004 c4 ${bytes128} c4 bb`,
      [
        [2, 0, '00000004'],
        [4, 2, `${bytes128}bb`],
      ],
    ],
    [
      'an abort of a chunk stream that nobody opened',
      '02 000000 000004 02 00000000 00000fff 04 000001 000001 08 01000000 aa',
      [
        [2, 0, '00000fff'],
        [4, 1, 'aa'],
      ],
    ],
    [
      'bytes behind the fields of a control message',
      `02 000000 000006 01 00000000 000000810000 04 000001 000081 08 01000000 ${bytes128}bb`,
      [
        [2, 0, '000000810000'],
        [4, 1, `${bytes128}bb`],
      ],
    ],
    [
      'an omitted extended timestamp where a short end follows that begins like it',
      `04 ffffff 000082 08 01000000 01020304 ${bytes128} c4 0102  05 000000 000001 08 01000000 aa`,
      [
        [4, 0x1020304, `${bytes128}0102`],
        [5, 0, 'aa'],
      ],
    ],
    ['unknown types', '04 000000 000001 63 00000000 aa', [[4, 0, 'aa']]],
  ])('%s', (_, hex, expected) => {
    const bytes = fromHex(hex)
    for (const pieces of waysToCut(bytes)) {
      const { messages, error } = decodePieces(pieces)
      expect(error).toBe('')
      expect(messages.map(short)).toEqual(expected)
    }
  })

  test('an omitted extended timestamp does not make the end of a message wait', () => {
    const { messages } = decodePieces([fromHex(`04 ffffff 000082 08 01000000 01020304 ${bytes128} c4 0202`)])
    expect(messages).toHaveLength(1)
  })
})

describe('chunk streams that are refused', () => {
  test.each([
    ['fmt 2 opens a chunk stream', '84 000000', 'RTMP_CHUNK_NO_PREDECESSOR', 0],
    ['fmt 3 opens a chunk stream', '04 000000 000001 08 01000000 aa c5', 'RTMP_CHUNK_NO_PREDECESSOR', 13],
    [
      'fmt 0 inside a message',
      `04 000000 000081 08 01000000 ${bytes128} 04 000000 000001 08 01000000`,
      'RTMP_CHUNK_INTERRUPTED',
      140,
    ],
    [
      'a length that changes inside a message',
      `04 000000 000081 08 01000000 ${bytes128} 44 000000 000082 08`,
      'RTMP_LENGTH_CHANGED',
      140,
    ],
    ['Abort without its field', '02 000000 000003 02 00000000 000000', 'RTMP_BAD_CONTROL', 3],
    ['Set Chunk Size of 0', '02 000000 000004 01 00000000 00000000', 'RTMP_CHUNK_SIZE_RANGE', 0],
    ['Set Chunk Size with bit 31', '02 000000 000004 01 00000000 80000000', 'RTMP_CHUNK_SIZE_RANGE', 0],
  ])('%s', (_, hex, code, offset) => {
    for (const pieces of waysToCut(fromHex(hex))) {
      const decoder = new ChunkDecoder(() => undefined, defaultLimits)
      const feed = (): void => pieces.forEach((piece) => decoder.receive(piece))
      expect(feed).toThrow(expect.objectContaining({ code, offset }) as ProtocolError)
    }
  })
})

describe('limits of a chunk stream [rtmp.md 12]', () => {
  const header = (id: number, length: number, type: number): string =>
    `${id.toString(16).padStart(2, '0')} 000000 ${length.toString(16).padStart(6, '0')} ${type.toString(16).padStart(2, '0')} 01000000`

  test.each([
    ['messageBytes', header(4, 11, 9)],
    ['messageBytes', header(4, 11, 22)],
    ['commandBytes', header(4, 6, 20)],
    ['commandBytes', header(4, 6, 99)],
    ['chunkStreams', `${header(4, 1, 8)} aa ${header(5, 1, 8)} aa ${header(6, 1, 8)}`],
  ])('%s', (limitName, hex) => {
    const limits = limitsWith({ messageBytes: 10, commandBytes: 5, chunkStreams: 2 })
    const decoder = new ChunkDecoder(() => undefined, limits)
    expect(() => decoder.receive(fromHex(hex))).toThrow(
      expect.objectContaining({ limitName, constructor: LimitError }) as GatewayError,
    )
  })

  test('messages of exactly the limit pass', () => {
    const limits = limitsWith({ messageBytes: 10, commandBytes: 5, chunkStreams: 2, partialBytes: 10 })
    const { messages, error } = decodePieces(
      [fromHex(`${header(4, 10, 9)} ${'aa'.repeat(10)} ${header(5, 5, 20)} ${'bb'.repeat(5)}`)],
      limits,
    )
    expect([messages.length, error]).toEqual([2, ''])
  })

  test('partialBytes counts what has come of all unfinished messages, and nothing that is finished or aborted', () => {
    const limits = limitsWith({ partialBytes: 300 })
    const part = (id: number): string => `${header(id, 1000, 9)} ${bytes128}`
    const abort4 = '02 000000 000004 02 00000000 00000004'
    expect(decodePieces([fromHex(`${part(4)} ${part(5)}`)], limits).error).toBe('')
    expect(decodePieces([fromHex(`${part(4)} ${part(5)} ${part(6)}`)], limits).error).toBe('LIMIT_EXCEEDED')
    expect(decodePieces([fromHex(`${part(4)} ${abort4} ${part(5)} ${part(6)}`)], limits).error).toBe('')
    const whole = `${header(7, 128, 9)} ${bytes128}`
    expect(decodePieces([fromHex(`${part(4)} ${whole} ${whole} ${part(5)}`)], limits).error).toBe('')
  })
})

describe('whose bytes the payloads are', () => {
  const decode = (
    type: number,
    length: number,
    memory: number,
  ): { payload: Uint8Array; source: Uint8Array } => {
    const message = {
      chunkStreamId: 4,
      type,
      timestamp: 0,
      messageStreamId: 1,
      payload: new Uint8Array(length).fill(7),
    }
    const setChunkSize = fromHex('02 000000 000004 01 00000000 00010000')
    const bytes = concat([setChunkSize, cut(message, 65_536)])
    const source = Buffer.from(new ArrayBuffer(memory), 0, bytes.length)
    source.set(bytes)
    const messages: ChunkedMessage[] = []
    new ChunkDecoder((decoded) => messages.push(decoded), defaultLimits).receive(source)
    return { payload: messages[1]!.payload, source }
  }

  test.each([
    ['media that is half of the memory that it keeps', 9, 100, 200, true],
    ['media that is less', 9, 99, 200, false],
    ['a long command', 20, 50_000, 50_100, false],
  ])('%s', (_, type, length, memory, isView) => {
    const { payload, source } = decode(type, length, memory)
    expect(payload.buffer === source.buffer).toBe(isView)
    expect(payload.constructor).toBe(Uint8Array)
    expect(payload).toEqual(new Uint8Array(length).fill(7))
  })
})
