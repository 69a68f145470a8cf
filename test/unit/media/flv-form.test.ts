import { flvForm } from '../../../src/media/flv-form.js'
import { flvHeader, flvTag } from '../../../src/media/flv-writer.js'
import { encodeData } from '../../../src/rtmp/wire/message/data.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { toHex } from '../../../src/util/bytes.js'
import { LimitError } from '../../../src/util/errors.js'

const { Audio, Video, Data, DataAmf3, Command } = MessageType

function message(type: number, payload: Uint8Array, timestamp = 0): Message {
  return { type, timestamp, messageStreamId: 5, payload }
}

test.each([
  [{ audio: true, video: true }, '464c56 01 05 00000009 00000000'],
  [{ audio: true, video: false }, '464c56 01 04 00000009 00000000'],
  [{ audio: false, video: true }, '464c56 01 01 00000009 00000000'],
])('the header of %j', (contents, hex) => {
  expect(toHex(flvHeader(contents))).toBe(hex.replaceAll(' ', ''))
})

test.each<[number, number, string]>([
  [Audio, 0, '08 000002 000000 00 000000 af01 0000000d'],
  [Video, 0x01020304, '09 000002 020304 01 000000 af01 0000000d'],
  [Data, 0xffffffff, '12 000002 ffffff ff 000000 af01 0000000d'],
])('a tag of type %d at %d', (type, timestamp, hex) => {
  expect(toHex(flvForm.cut(message(type, Uint8Array.of(0xaf, 1), timestamp))!)).toBe(hex.replaceAll(' ', ''))
})

const metadata = { handler: 'onMetaData', args: [320, 'x'] }

test('data of AMF3 becomes a script tag of AMF0', () => {
  const cut = flvForm.cut(message(DataAmf3, encodeData(metadata, DataAmf3), 7))
  expect(cut).toEqual(flvTag(message(Data, encodeData(metadata, Data), 7)))
})

test.each<[string, Message]>([
  ['data that cannot be read', message(DataAmf3, Uint8Array.of(0, 2, 0, 1, 0x61, 0x11, 0xff))],
  ['a command', message(Command, new Uint8Array())],
  ['a payload beyond 24 bits', message(Video, new Uint8Array(0x1000000))],
])('%s is left out', (_name, left) => {
  expect(flvForm.cut(left)).toBeUndefined()
})

test('a tag has at most 24 bits of data', () => {
  expect(() => flvTag(message(Video, new Uint8Array(0x1000000)))).toThrow(LimitError)
  expect(flvTag(message(Video, new Uint8Array(0xffffff)))).toHaveLength(0xffffff + 15)
})
