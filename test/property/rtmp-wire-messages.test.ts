import fc from 'fast-check'
import type { AmfValue } from '../../src/amf/value.js'
import { AmfArray, AmfDate, AmfObject } from '../../src/amf/value.js'
import {
  decodeCommand,
  decodeData,
  encodeCommand,
  encodeData,
  unpackAggregate,
} from '../../src/rtmp/wire/message/index.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import type { SharedObjectEvent, SharedObjectMessage } from '../../src/rtmp/wire/shared-object.js'
import { decodeSharedObject, encodeSharedObject } from '../../src/rtmp/wire/shared-object.js'
import { ByteWriter } from '../../src/util/bytes.js'
import { defaultLimits } from '../../src/util/limits.js'
import { add32 } from '../../src/util/serial32.js'

/** Well-formed text: a lone surrogate has no UTF-8. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
/** AMF3 ends the properties of an object with an empty name. */
const propertyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const u32 = fc.integer({ min: 0, max: 0xffffffff })

const { value } = fc.letrec<{ value: AmfValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(undefined, null),
    fc.boolean(),
    fc.double(),
    fc.integer(),
    text,
    fc.double({ min: -8.64e15, max: 8.64e15 }).map((ms) => new AmfDate(ms)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new AmfArray(items)),
    fc.dictionary(propertyName, tie('value'), { maxKeys: 3 }).map((properties) => AmfObject.of(properties)),
  ),
}))

const slots = fc.tuple(fc.record({ name: text, value }))
const names = fc.tuple(text)
const event: fc.Arbitrary<SharedObjectEvent> = fc.oneof(
  fc.constantFrom('use', 'release', 'clear', 'useSuccess', 'requestClear').map((kind) => ({ kind })),
  fc.record({ kind: fc.constantFrom('requestChange', 'change', 'proxySuccess'), slots }),
  fc.record({ kind: fc.constantFrom('success', 'remove', 'requestRemove'), names }),
  fc.record({ kind: fc.constant('sendMessage'), handler: text, args: fc.array(value, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('status'), code: text, level: text }),
  fc.record({ kind: fc.constant('proxyVersion'), name: text, version: u32 }),
  fc.record({
    kind: fc.constant('unknown'),
    type: fc.integer({ min: 15, max: 255 }),
    data: fc.uint8Array({ maxLength: 9 }),
  }),
)
const sharedObject: fc.Arbitrary<SharedObjectMessage> = fc.record({
  name: text,
  version: u32,
  flags: u32,
  reserved: u32,
  events: fc.array(event, { maxLength: 6 }),
})

test('shared object messages survive both encodings [RTMP §7.1.3]', () => {
  fc.assert(
    fc.property(sharedObject, fc.constantFrom(16, 19), (message, type) => {
      const payload = encodeSharedObject(message, type)
      expect(decodeSharedObject({ type, payload }, defaultLimits)).toEqual(message)
    }),
  )
})

const args = fc.array(value, { maxLength: 4 })

test('commands survive both encodings [RTMP §7.1.1]', () => {
  const types = fc.constantFrom(MessageType.Command, MessageType.CommandAmf3)
  fc.assert(
    fc.property(text, fc.nat(), args, types, (commandName, transactionId, values, type) => {
      const payload = encodeCommand({ commandName, transactionId, args: values }, type)
      const decoded = decodeCommand({ type, timestamp: 0, messageStreamId: 0, payload }, defaultLimits)
      expect(decoded).toEqual({ commandName, transactionId, args: values, unreadable: undefined })
    }),
  )
})

test('data survives both encodings [RTMP §7.1.2]', () => {
  fc.assert(
    fc.property(
      text,
      args,
      fc.constantFrom(MessageType.Data, MessageType.DataAmf3),
      (handler, values, type) => {
        const payload = encodeData({ handler, args: values }, type)
        const decoded = decodeData({ type, timestamp: 0, messageStreamId: 0, payload }, defaultLimits)
        expect(decoded).toEqual({ handler, args: values, unreadable: undefined })
      },
    ),
  )
})

test('the parts of an aggregate keep their distances, across the wrap too [RTMP §7.1.6]', () => {
  const part = fc.record({
    type: fc.constantFrom(8, 9, 15, 18),
    time: u32,
    payload: fc.uint8Array({ maxLength: 9 }),
  })
  fc.assert(
    fc.property(u32, fc.array(part, { maxLength: 5 }), (timestamp, parts) => {
      const writer = new ByteWriter()
      for (const { type, time, payload } of parts) {
        writer.u8(type)
        writer.u24(payload.length)
        writer.u24(time & 0xffffff)
        writer.u8(time >>> 24)
        writer.u24(0)
        writer.raw(payload)
        writer.u32(11 + payload.length)
      }
      const unpacked: unknown[] = []
      const aggregate = { type: 22, timestamp, messageStreamId: 7, payload: writer.finish() }
      unpackAggregate(aggregate, (message) => unpacked.push(message))
      const first = parts[0]?.time ?? 0
      expect(unpacked).toEqual(
        parts.map(({ type, time, payload }) => {
          return { type, timestamp: add32(timestamp, time - first), messageStreamId: 7, payload }
        }),
      )
    }),
  )
})
