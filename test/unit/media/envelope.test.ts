import { enclosed, httpChunk, webSocketMessage } from '../../../src/media/envelope.js'
import { flvForm, httpFlvForm, webSocketFlvForm } from '../../../src/media/flv-form.js'
import { flvTag } from '../../../src/media/flv-writer.js'
import { cutTogether } from '../../../src/media/form.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { concat, noBytes, toHex } from '../../../src/util/bytes.js'

test.each<[number, string]>([
  [1, '31 0d0a'],
  [255, '6666 0d0a'],
  [0x12ab, '3132 6162 0d0a'],
])('an HTTP chunk of %d bytes [RFC 9112 §7.1]', (length, head) => {
  const bytes = new Uint8Array(length).fill(0x61)
  const expected = head.replaceAll(' ', '') + '61'.repeat(length) + '0d0a'
  expect(toHex(enclosed(httpChunk, bytes))).toBe(expected)
})

test.each<[number, string]>([
  [0, '82 00'],
  [125, '82 7d'],
  [126, '82 7e 007e'],
  [0xffff, '82 7e ffff'],
  [0x10000, '82 7f 0000000000010000'],
  [0x123456, '82 7f 0000000000123456'],
])('a WebSocket message of %d bytes [RFC 6455 §5.2]', (length, head) => {
  const expected = head.replaceAll(' ', '')
  const frame = enclosed(webSocketMessage, new Uint8Array(length).fill(0x61))
  expect(toHex(frame.subarray(0, expected.length / 2))).toBe(expected)
  expect(frame).toHaveLength(expected.length / 2 + length)
})

const messages: Message[] = [1, 200, 70_000].map((length, index) => ({
  type: 9 - (index % 2),
  timestamp: index,
  messageStreamId: 1,
  payload: new Uint8Array(length).fill(index),
}))
const command: Message = { type: 20, timestamp: 0, messageStreamId: 1, payload: noBytes }

test('many messages share one envelope, and what is no tag is left out', () => {
  const tags = concat(messages.map(flvTag))
  const given = [command, ...messages]
  expect(cutTogether(flvForm, given)).toEqual(tags)
  expect(cutTogether(httpFlvForm, given)).toEqual(enclosed(httpChunk, tags))
  expect(cutTogether(webSocketFlvForm, given)).toEqual(enclosed(webSocketMessage, tags))
})

test.each([flvForm, httpFlvForm, webSocketFlvForm])('$name: nothing comes of nothing', (form) => {
  expect(cutTogether(form, [command])).toHaveLength(0)
  expect(form.cut(command)).toBeUndefined()
})
