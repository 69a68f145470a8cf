import { createHash } from 'node:crypto'
import { FlvReader } from '../../../src/media/flv-reader.js'
import { flvHeader, flvTag } from '../../../src/media/flv-writer.js'
import { isSequenceHeader } from '../../../src/media/tags.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { concat, fromHex } from '../../../src/util/bytes.js'
import { limitsWith } from '../../../src/util/limits.js'
import type { Limits } from '../../../src/util/limits.js'
import { byteByByte, flvVectors, inTwo, readFlv } from '../../support/flv.js'
import type { FlvOutcome, FlvPacket } from '../../support/flv.js'

const { Audio, Video, Data, DataAmf3 } = MessageType

function message(type: number, payload: Uint8Array, timestamp = 0): Message {
  return { type, timestamp, messageStreamId: 0, payload }
}

function file(...tags: Uint8Array[]): Uint8Array {
  return concat([flvHeader({ audio: true, video: true }), ...tags])
}

const frame = message(Video, fromHex('27 01 000000 aabbcc'), 40)
const sound = message(Audio, fromHex('af 01 1122'), 41)

describe.each(flvVectors())('$file', ({ bytes, packets }) => {
  const whole = readFlv([bytes])

  it('holds the packets that ffprobe finds', () => {
    expect(whole.error).toBe('')
    expect(whole.contents).toEqual([{ audio: true, video: true }])
    expect(packetsOf(whole.messages)).toEqual(packets)
    expect(whole.messages[0]?.type).toBe(Data)
  })

  it('is the same at every cut', () => {
    const expected = summary(whole)
    for (let at = 0; at <= bytes.length; at++) expect(summary(readFlv(inTwo(bytes, at)))).toBe(expected)
    expect(summary(readFlv(byteByByte(bytes)))).toBe(expected)
  })

  it('is written again as it was', () => {
    expect(file(...whole.messages.map(flvTag))).toEqual(bytes)
  })

  it('ends well behind each tag and nowhere else', () => {
    const { messages, offsets } = whole
    const ends = offsets.map((offset, index) => offset + 11 + (messages[index]?.payload.length ?? 0))
    const good = new Set([
      9,
      10,
      11,
      12,
      13,
      ...ends.flatMap((end) => [end, end + 1, end + 2, end + 3, end + 4]),
    ])
    for (let at = 0; at <= bytes.length; at++) {
      const { error } = readFlv([bytes.subarray(0, at)])
      if (error !== (good.has(at) ? '' : `FLV_TRUNCATED at ${at}`)) throw new Error(`${at}: ${error}`)
    }
  })
})

/** As text, which is compared faster. */
function summary({ messages, offsets, error }: FlvOutcome): string {
  const lines = messages.map(({ type, timestamp, payload }, index) => {
    const md5 = createHash('md5').update(payload).digest('hex')
    return `${offsets[index] ?? ''} ${type} ${timestamp} ${md5}`
  })
  return [...lines, error].join('\n')
}

/** Bytes in front of what ffprobe counts: the codec's own header in the tag. */
const AVC = 7
const AAC = 10

function packetsOf(messages: readonly Message[]): FlvPacket[] {
  return messages
    .filter((each) => each.type !== Data && !isSequenceHeader(each) && !isSequenceEnd(each))
    .map(({ type, timestamp, payload }) => {
      const first = payload[0] ?? 0
      const head = type === Video ? ((first & 15) === AVC ? 5 : 1) : first >> 4 === AAC ? 2 : 1
      const data = payload.subarray(head)
      const md5 = createHash('md5').update(data).digest('hex')
      return { kind: type === Video ? 'video' : 'audio', timestamp, length: data.length, md5 }
    })
}

function isSequenceEnd({ type, payload }: Message): boolean {
  return type === Video && ((payload[0] ?? 0) & 15) === AVC && payload[1] === 2
}

test('timestamps have 32 bits', () => {
  const times = [0, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xffffffff]
  const tags = times.map((timestamp) => flvTag({ ...frame, timestamp }))
  expect(readFlv([file(...tags)]).messages.map(({ timestamp }) => timestamp)).toEqual(times)
})

test('a payload that is most of what came is a view of it, others are their own bytes; neither is a Buffer', () => {
  const long = flvTag(message(Video, new Uint8Array(5000).fill(7)))
  const bytes = Buffer.from(file(long, flvTag(sound)))
  const { messages } = readFlv([bytes])
  expect(messages.map(({ payload }) => payload.buffer === bytes.buffer)).toEqual([true, false])
  expect(messages.map(({ payload }) => payload.constructor)).toEqual([Uint8Array, Uint8Array])
})

test('memory follows what has come, not what is announced', () => {
  const reader = new FlvReader({ message: () => undefined }, limitsWith())
  reader.receive(file(fromHex('09 7fffff 000000 00 000000 27')))
  expect(held(reader)).toBeLessThan(10)
})

function held(reader: FlvReader): number {
  return (reader as unknown as { partial: { capacity: number } }).partial.capacity
}

const wrongSize = fromHex('deadbeef')

/** With the last four bytes replaced. */
function withSize(tag: Uint8Array, size: Uint8Array): Uint8Array {
  return concat([tag.subarray(0, -4), size])
}

/** With another length in its header. */
function lying(tag: Uint8Array, length: number): Uint8Array {
  const copy = tag.slice()
  copy.set([length >> 16, length >> 8, length], 1)
  return copy
}

const unknown = flvTag(message(31, fromHex('010203')))

test.each<[string, Uint8Array, Message[]]>([
  ['tags of an unknown type are skipped', file(unknown, flvTag(frame)), [frame]],
  [
    'a tag may be empty',
    file(flvTag(message(Audio, new Uint8Array())), flvTag(frame)),
    [message(Audio, new Uint8Array()), frame],
  ],
  [
    'data of AMF3',
    file(flvTag(message(DataAmf3, fromHex('00 02 0000')))),
    [message(DataAmf3, fromHex('00 02 0000'))],
  ],
  [
    'wrong previous sizes',
    file(withSize(flvTag(frame), wrongSize), withSize(flvTag(sound), wrongSize)),
    [frame, sound],
  ],
  [
    'a header that is longer',
    concat([fromHex('464c56 01 05 0000000b 0000'), file(flvTag(frame)).subarray(9)]),
    [frame],
  ],
  [
    'a stream ID that is not zero',
    file(concat([flvTag(frame).subarray(0, 8), fromHex('000001'), flvTag(frame).subarray(11)])),
    [frame],
  ],
  [
    'neither the first previous size nor the last',
    concat([file().subarray(0, 9), wrongSize, flvTag(frame).subarray(0, -4)]),
    [frame],
  ],
])('%s: taken', (_name, bytes, messages) => {
  expect(readFlv([bytes])).toMatchObject({ error: '', messages })
  expect(readFlv(byteByByte(bytes))).toMatchObject({ error: '', messages })
})

const flags = { audio: false, video: false }

test.each<[string, string, Uint8Array]>([
  ['another file', 'FLV_SIGNATURE at 0', fromHex('52494646 00 00000009')],
  ['an empty file', 'FLV_TRUNCATED at 0', new Uint8Array()],
  ['the body begins in the header', 'FLV_HEADER at 5', fromHex('464c56 01 05 00000008 00000000')],
  ['a tag that lies: too short', 'FLV_TAG at 35', file(lying(flvTag(frame), 7), flvTag(sound))],
  ['a tag that lies: too long', 'FLV_TAG at 37', file(lying(flvTag(frame), 9), flvTag(sound), flvTag(sound))],
  ['a tag that lies: beyond the end', 'FLV_TRUNCATED at 36', file(lying(flvTag(frame), 4000))],
  ['an unknown tag that lies', 'FLV_TAG at 29', file(lying(unknown, 1), flvTag(frame))],
  [
    'noise instead of tags',
    'FLV_TAG at 13',
    concat([flvHeader(flags).subarray(0, 9), new Uint8Array(32).fill(0xa5)]),
  ],
])('%s: %s', (_name, error, bytes) => {
  expect(readFlv([bytes]).error).toBe(error)
  expect(readFlv(byteByByte(bytes)).error).toBe(error)
})

test.each<[keyof Limits, Uint8Array, Uint8Array]>([
  ['messageBytes', flvTag(message(Video, new Uint8Array(100))), flvTag(message(Audio, new Uint8Array(101)))],
  ['commandBytes', flvTag(message(Data, new Uint8Array(50))), flvTag(message(Data, new Uint8Array(51)))],
  ['flvHeaderBytes', new Uint8Array(), concat([fromHex('464c56 01 05 0000000f'), new Uint8Array(10)])],
])('%s', (name, most, more) => {
  const limits = limitsWith({ messageBytes: 100, commandBytes: 50, flvHeaderBytes: 14 })
  expect(readFlv([file(most)], limits).error).toBe('')
  expect(readFlv([name === 'flvHeaderBytes' ? more : file(more)], limits).error).toBe(name)
})
