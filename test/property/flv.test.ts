import fc from 'fast-check'
import { flvHeader, flvTag } from '../../src/media/flv-writer.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { concat } from '../../src/util/bytes.js'
import { readFlv } from '../support/flv.js'
import { piecesOf } from '../support/rtmp-chunking.js'

const message: fc.Arbitrary<Message> = fc.record({
  type: fc.constantFrom(8, 9, 15, 18),
  timestamp: fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.constantFrom(0xfffffe, 0xffffff, 0x1000000, 0x80000000),
  ),
  messageStreamId: fc.constant(0),
  payload: fc.uint8Array({ maxLength: 600 }),
})
const contents = fc.record({ audio: fc.boolean(), video: fc.boolean() })
const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 })

describe('FLV', () => {
  test('read(write(messages)) = messages, cut into any pieces', () => {
    fc.assert(
      fc.property(contents, fc.array(message, { maxLength: 6 }), lengths, (header, messages, cuts) => {
        const bytes = concat([flvHeader(header), ...messages.map(flvTag)])
        const { contents: headers, messages: read, error } = readFlv(piecesOf(bytes, cuts))
        expect(error).toBe('')
        expect(headers).toEqual([header])
        expect(read).toEqual(messages)
      }),
      { numRuns: 300 },
    )
  })

  test('with one byte changed anywhere the outcome is the same at every cut', () => {
    const change = fc.record({ at: fc.nat(1_000_000), to: fc.nat(255) })
    const messages = fc.array(message, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(messages, change, lengths, (given, { at, to }, cuts) => {
        const bytes = concat([flvHeader({ audio: true, video: true }), ...given.map(flvTag)])
        bytes[at % bytes.length] = to
        expect(readFlv(piecesOf(bytes, cuts))).toEqual(readFlv([bytes]))
      }),
      { numRuns: 300 },
    )
  })
})
