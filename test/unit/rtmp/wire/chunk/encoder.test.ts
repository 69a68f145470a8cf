import { cut } from '../../../../../src/rtmp/wire/chunk/encoder.js'
import { toHex } from '../../../../../src/util/bytes.js'
import { LimitError } from '../../../../../src/util/errors.js'

const message = {
  chunkStreamId: 6,
  type: 9,
  timestamp: 1000,
  messageStreamId: 1,
  payload: Uint8Array.of(1, 2, 3),
}
const header = '06 0003e8 000003 09 01000000'

describe('cutting a message into chunks [RTMP §5.3.1]', () => {
  test.each([
    ['one chunk', message, 128, `${header} 010203`],
    ['exactly one chunk has no continuation', message, 3, `${header} 010203`],
    ['two chunks', message, 2, `${header} 0102 c6 03`],
    ['a byte a chunk', message, 1, `${header} 01 c6 02 c6 03`],
    ['no payload', { ...message, payload: new Uint8Array() }, 1, '06 0003e8 000000 09 01000000'],
    [
      'message stream ID is little-endian',
      { ...message, messageStreamId: 0x04030201 },
      9,
      '06 0003e8 000003 09 01020304 010203',
    ],
    ['two-byte form', { ...message, chunkStreamId: 64 }, 2, '0000 0003e8 000003 09 01000000 0102 c000 03'],
    [
      'three-byte form',
      { ...message, chunkStreamId: 321 },
      2,
      '010101 0003e8 000003 09 01000000 0102 c10101 03',
    ],
    [
      'largest timestamp of 24 bits',
      { ...message, timestamp: 0xfffffe },
      2,
      '06 fffffe 000003 09 01000000 0102 c6 03',
    ],
    [
      'extended timestamp, repeated in every chunk',
      { ...message, timestamp: 0xffffff },
      2,
      '06 ffffff 000003 09 01000000 00ffffff 0102 c6 00ffffff 03',
    ],
    [
      'largest timestamp',
      { ...message, timestamp: 0xffffffff },
      1,
      '06 ffffff 000003 09 01000000 ffffffff 01 c6 ffffffff 02 c6 ffffffff 03',
    ],
  ])('%s', (_, subject, chunkSize, hex) => {
    expect(toHex(cut(subject, chunkSize))).toBe(hex.replaceAll(' ', ''))
  })

  test('refuses what the length field cannot say', () => {
    expect(() => cut({ ...message, payload: new Uint8Array(0x1000000) }, 128)).toThrow(LimitError)
  })
})
