import { unpackAggregate } from '../../../../../src/rtmp/wire/message/aggregate.js'
import type { Message } from '../../../../../src/rtmp/wire/message.js'
import { fromHex, toHex } from '../../../../../src/util/bytes.js'
import { RtmpError } from '../../../../../src/util/errors.js'

function unpack(hex: string, timestamp = 1000): [number, number, number, string][] {
  const parts: [number, number, number, string][] = []
  const aggregate: Message = { type: 22, timestamp, messageStreamId: 5, payload: fromHex(hex) }
  unpackAggregate(aggregate, (part) =>
    parts.push([part.type, part.timestamp, part.messageStreamId, toHex(part.payload)]),
  )
  return parts
}

/** type | length | timestamp and its top byte | message stream ID | payload | back pointer */
const part = (type: string, time: string, payload: string): string =>
  `${type} 00000${payload.length / 2} ${time} 000009 ${payload} 0000000c`

describe('aggregates [RTMP §7.1.6]', () => {
  test.each([
    ['nothing', '', 1000, []],
    ['one part', part('08', '00000500', 'aa'), 1000, [[8, 1000, 5, 'aa']]],
    ['an empty part', part('08', '00000500', ''), 1000, [[8, 1000, 5, '']]],
    [
      'parts keep their distance, backwards too',
      part('08', '00000500', 'aa') + part('09', '00000700', 'bb') + part('12', '00000400', 'cc'),
      1000,
      [
        [8, 1000, 5, 'aa'],
        [9, 1002, 5, 'bb'],
        [18, 999, 5, 'cc'],
      ],
    ],
    [
      'timestamps above 24 bits',
      part('08', 'ffffff00', 'aa') + part('08', '00000101', 'bb'),
      0xffffffff,
      [
        [8, 0xffffffff, 5, 'aa'],
        [8, 1, 5, 'bb'],
      ],
    ],
    [
      'parts of other types are skipped',
      part('14', '00000500', 'aa') + part('0f', '00000600', 'bb'),
      7,
      [[15, 8, 5, 'bb']],
    ],
  ])('%s', (_, hex, timestamp, expected) => {
    expect(unpack(hex, timestamp)).toEqual(expected)
  })

  test('cannot be cut off, or nested', () => {
    const whole = part('08', '00000500', 'aabb').replaceAll(' ', '')
    for (let digits = 2; digits < whole.length; digits += 2)
      expect(() => unpack(whole.slice(0, digits))).toThrow(
        expect.objectContaining({ code: 'RTMP_BAD_AGGREGATE' }) as RtmpError,
      )
    expect(() => unpack(part('16', '00000500', 'aa'))).toThrow(RtmpError)
  })
})
