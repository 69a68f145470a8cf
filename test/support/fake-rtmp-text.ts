/** RTMP messages as short lines, so that tables of tests can be read; and the other way round. */
import { AmfArray, AmfEcmaArray, AmfObject, AmfUnsupported } from '../../src/amf/value.js'
import type { AmfValue } from '../../src/amf/value.js'
import {
  decodeCommand,
  decodeControl,
  decodeData,
  encodeCommand,
  encodeData,
} from '../../src/rtmp/wire/message/index.js'
import type { UserControl } from '../../src/rtmp/wire/message/index.js'
import { encodeUserControl } from '../../src/rtmp/wire/message/user-control.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import type { ChunkedMessage, Message } from '../../src/rtmp/wire/message.js'
import { decodeSharedObject, encodeSharedObject } from '../../src/rtmp/wire/shared-object.js'
import type { SharedObjectEvent } from '../../src/rtmp/wire/shared-object.js'
import { toHex } from '../../src/util/bytes.js'
import { defaultLimits } from '../../src/util/limits.js'

export function show(value: AmfValue): string {
  if (value === undefined || value === null) return String(value)
  if (value instanceof AmfObject || value instanceof AmfEcmaArray)
    return `{${[...value.entries()].map(([name, item]) => `${name}:${show(item)}`).join(',')}}`
  if (value instanceof AmfArray) return `[${value.items.map(show).join(',')}]`
  if (value instanceof Uint8Array) return `<${toHex(value)}>`
  if (value instanceof AmfUnsupported) return 'unsupported'
  return JSON.stringify(value)
}

/**
 * "20/1 onStatus 0 null {…}" for type 20 on message stream 1; "StreamBegin 1", "setChunkSize 60000" for control
 * messages; "8/1@40 af00" for media at 40 ms.
 */
export function line(message: Message): string {
  const { type, messageStreamId, timestamp, payload } = message
  const control = decodeControl(message)
  if (control !== undefined) {
    const fields: unknown[] = Object.values(control.kind === 'userControl' ? control.control : control)
    return fields.map(String).join(' ')
  }
  if (type === MessageType.Command || type === MessageType.CommandAmf3) {
    const { commandName, transactionId, args } = decodeCommand(message, defaultLimits)
    return [`${type}/${messageStreamId}`, commandName, transactionId, ...args.map(show)].join(' ')
  }
  if (type === MessageType.Data || type === MessageType.DataAmf3) {
    const { handler, args } = decodeData(message, defaultLimits)
    return [`${type}/${messageStreamId}`, handler, ...args.map(show)].join(' ')
  }
  if (type === MessageType.SharedObject || type === MessageType.SharedObjectAmf3) {
    const { name, version, events } = decodeSharedObject(message, defaultLimits)
    return [`${type}/${messageStreamId}`, name, version, ...events.map((event) => event.kind)].join(' ')
  }
  return `${type}/${messageStreamId}@${timestamp} ${toHex(payload)}`
}

/** A command as a client sends it: type 20, null command object. */
export function command(
  commandName: string,
  transactionId: number,
  args: readonly AmfValue[] = [],
  messageStreamId = 0,
): ChunkedMessage {
  return bareCommand(commandName, transactionId, [null, ...args], messageStreamId)
}

/** A command with nothing added: the first value is the command object. */
export function bareCommand(
  commandName: string,
  transactionId: number,
  args: readonly AmfValue[],
  messageStreamId = 0,
  type: 17 | 20 = 20,
): ChunkedMessage {
  const payload = encodeCommand({ commandName, transactionId, args }, type)
  return { chunkStreamId: messageStreamId === 0 ? 3 : 8, type, timestamp: 0, messageStreamId, payload }
}

export function connect(
  properties: Readonly<Record<string, AmfValue>> = {},
  ...args: AmfValue[]
): ChunkedMessage {
  const object = AmfObject.of({ app: 'chat', tcUrl: 'rtmp://gw/chat', ...properties })
  return bareCommand('connect', 1, [object, ...args])
}

export function data(handler: string, args: readonly AmfValue[], messageStreamId = 1): ChunkedMessage {
  const payload = encodeData({ handler, args }, MessageType.Data)
  return { chunkStreamId: 4, type: MessageType.Data, timestamp: 0, messageStreamId, payload }
}

export function userControl(control: UserControl): ChunkedMessage {
  const payload = encodeUserControl(control)
  return { chunkStreamId: 2, type: MessageType.UserControl, timestamp: 0, messageStreamId: 0, payload }
}

export function media(
  type: 8 | 9,
  timestamp: number,
  bytes: readonly number[],
  messageStreamId = 1,
): ChunkedMessage {
  return {
    chunkStreamId: type === 8 ? 4 : 6,
    type,
    timestamp,
    messageStreamId,
    payload: Uint8Array.from(bytes),
  }
}

export function sharedObject(
  name: string,
  events: readonly SharedObjectEvent[],
  type: 16 | 19 = 19,
): ChunkedMessage {
  const payload = encodeSharedObject({ name, version: 0, flags: 0, reserved: 0, events }, type)
  return { chunkStreamId: 3, type, timestamp: 0, messageStreamId: 0, payload }
}
