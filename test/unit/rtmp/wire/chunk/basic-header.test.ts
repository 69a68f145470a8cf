import {
  ChunkType,
  basicHeaderLength,
  basicHeaderLengthFor,
  chunkTypeOf,
  readChunkStreamId,
  writeBasicHeader,
} from '../../../../../src/rtmp/wire/chunk/basic-header.js'
import { toHex } from '../../../../../src/util/bytes.js'

describe('chunk basic header [RTMP §5.3.1.1]', () => {
  test.each([
    [ChunkType.Full, 2, '02'],
    [ChunkType.Continue, 63, 'ff'],
    [ChunkType.SameStream, 64, '4000'],
    [ChunkType.Full, 319, '00ff'],
    [ChunkType.SameLength, 320, '810001'],
    [ChunkType.Full, 321, '010101'],
    [ChunkType.Full, 575, '01ff01'],
    [ChunkType.Full, 65_599, '01ffff'],
  ])('fmt %s, chunk stream %s is %s', (fmt, id, hex) => {
    const into = new Uint8Array(5)
    const end = writeBasicHeader(into, 1, fmt, id)
    const header = into.subarray(1, end)
    expect(toHex(header)).toBe(hex)
    expect(basicHeaderLengthFor(id)).toBe(header.length)
    expect(basicHeaderLength(header[0]!)).toBe(header.length)
    expect(chunkTypeOf(header[0]!)).toBe(fmt)
    expect(readChunkStreamId(into, 1)).toBe(id)
  })
})
