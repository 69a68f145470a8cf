/** FLV tags in packets between nodes. */
import { flvTag } from '../../../src/media/flv-writer.js'
import { CastFlag } from '../../../src/psyc/state/stream-cast.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { TagForm, castFlagsOf, joinTags, readTags } from '../../../src/translate/flv-packets.js'
import { concat } from '../../../src/util/bytes.js'
import { GatewayError } from '../../../src/util/errors.js'
import { limitsWith } from '../../../src/util/limits.js'

const limits = limitsWith({ messageBytes: 100, commandBytes: 50 })

function message(type: number, timestamp: number, ...payload: number[]): Message {
  return { type, timestamp, messageStreamId: 0, payload: Uint8Array.from(payload) }
}

const messages = [
  message(9, 0, 0x17, 1, 2, 3),
  message(8, 0xfffffffe, 0xaf, 1),
  message(18, 40, 2, 0, 0),
  message(15, 41, 0, 2, 0, 0),
  message(8, 42),
]

test('what is written is read again, AMF3 data too', () => {
  const bytes = concat(messages.map((each) => flvTag(each)))
  const tags = readTags(bytes, limits)
  expect(tags.map((tag) => tag.message)).toEqual(messages)
  expect(concat(tags.map((tag) => tag.bytes))).toEqual(bytes)
})

test('what is cut for one source lies together, so that it need not be copied to be joined', () => {
  const form = new TagForm()
  const tags = messages.flatMap((each) => readTags(form.cut(each) ?? new Uint8Array(), limits))
  const joined = joinTags(tags)
  expect(joined).toEqual(concat(messages.map((each) => flvTag(each))))
  expect(joined.buffer).toBe(tags[0]?.bytes.buffer)
  const large = { ...message(9, 0), payload: new Uint8Array(100_000) }
  const parts = [large, large].flatMap((each) => readTags(form.cut(each) ?? new Uint8Array(), limitsWith()))
  expect(joinTags(parts)).toEqual(concat([flvTag(large), flvTag(large)]))
  expect(joinTags([])).toHaveLength(0)
  expect(form.cutAll(messages)).toEqual(joined)
})

test('a payload that no tag can hold is left out', () => {
  const huge = { ...message(9, 0), payload: new Uint8Array(0x1000000) }
  expect(new TagForm().cut(huge)).toBeUndefined()
})

const tag = flvTag(message(9, 0, 0x17, 1, 2, 3))
const changed = (at: number, byte: number): Uint8Array => tag.map((old, index) => (index === at ? byte : old))

test.each([
  ['cut anywhere', ...[1, 10, 11, 14, 18].map((end) => tag.subarray(0, end))],
  ['another type', changed(0, 10)],
  ['a length that lies', changed(3, 5), changed(1, 1)],
  ['a size that lies', changed(tag.length - 1, 7)],
  ['something behind the tags', concat([tag, Uint8Array.of(1)])],
  ['a frame above the limit', flvTag({ ...message(9, 0), payload: new Uint8Array(101) })],
  ['data above the limit', flvTag({ ...message(18, 0), payload: new Uint8Array(51) })],
])('refused: %s', (_what, ...all) => {
  for (const bytes of all) expect(() => readTags(bytes, limits)).toThrow(expect.any(GatewayError) as Error)
})

const [key, inter, spare] = [0x17, 0x27, 0x37].map((first) => message(9, 0, first, 1))
const sound = message(8, 0, 0xaf, 1)
const header = message(9, 0, 0x17, 0)
const data = message(18, 0, 2)

test.each<[string, (Message | undefined)[], number]>([
  ['a keyframe and what follows it', [key, sound, inter], CastFlag.Keyframe],
  ['sound', [sound, sound], CastFlag.Sound],
  ['disposable pictures', [spare, spare], CastFlag.Disposable],
  ['disposable pictures with sound: the sound is needed', [spare, sound], 0],
  ['pictures', [inter, sound, spare], 0],
  ['a keyframe that does not come first', [sound, key], 0],
  ['a header', [header], CastFlag.Kept],
  ['anything with a header', [inter, header], CastFlag.Kept],
  ['data', [data], CastFlag.Kept],
  ['nothing', [], CastFlag.Kept],
])('to those who pass it on: %s', (_what, given, expected) => {
  expect(castFlagsOf(given.filter((each) => each !== undefined))).toBe(expected)
})
