/**
 * Messages of ours, ready to be sent, in the encoding that the peer asked for [design 6]: towards 3, calls and their
 * results are type 17 with every argument behind 0x11, shared objects type 16; the answer to connect, onStatus and
 * data are AMF0 always. Towards 0 everything is AMF0.
 */
import type { AmfObject, AmfValue } from '../../amf/value.js'
import { ChunkStreamId, chunkStreamIdFor } from '../wire/chunk/chunk-stream-id.js'
import { encodeCommand, encodeControl, encodeData } from '../wire/message/index.js'
import type { UserControl } from '../wire/message/index.js'
import { MessageType } from '../wire/message.js'
import type { ChunkedMessage } from '../wire/message.js'
import { encodeSharedObject } from '../wire/shared-object.js'
import type { SharedObjectMessage } from '../wire/shared-object.js'

/** connect and its answer: AMF0, and the command object is not null. @throws AmfError, LimitError */
export function commandMessage(
  commandName: string,
  transactionId: number,
  ...args: readonly AmfValue[]
): ChunkedMessage {
  const payload = encodeCommand({ commandName, transactionId, args }, MessageType.Command)
  return command(MessageType.Command, 0, payload)
}

/** A call, or the answer to one: the command object is null. @throws AmfError, LimitError */
export function callMessage(
  commandName: string,
  transactionId: number,
  args: readonly AmfValue[],
  objectEncoding: 0 | 3,
): ChunkedMessage {
  const type = objectEncoding === 3 ? MessageType.CommandAmf3 : MessageType.Command
  return command(type, 0, encodeCommand({ commandName, transactionId, args: [null, ...args] }, type))
}

/** onStatus of the connection (0) or of a stream. @throws AmfError, LimitError */
export function statusMessage(info: AmfObject, messageStreamId: number): ChunkedMessage {
  const status = { commandName: 'onStatus', transactionId: 0, args: [null, info] }
  return command(MessageType.Command, messageStreamId, encodeCommand(status, MessageType.Command))
}

/** @throws AmfError, LimitError */
export function dataMessage(
  handler: string,
  args: readonly AmfValue[],
  messageStreamId: number,
): ChunkedMessage {
  const payload = encodeData({ handler, args }, MessageType.Data)
  return {
    type: MessageType.Data,
    timestamp: 0,
    messageStreamId,
    payload,
    chunkStreamId: ChunkStreamId.Data,
  }
}

/** @throws AmfError, LimitError */
export function sharedObjectMessage(message: SharedObjectMessage, objectEncoding: 0 | 3): ChunkedMessage {
  const type = objectEncoding === 3 ? MessageType.SharedObjectAmf3 : MessageType.SharedObject
  const payload = encodeSharedObject(message, type)
  return { type, timestamp: 0, messageStreamId: 0, payload, chunkStreamId: ChunkStreamId.SharedObject }
}

export function userControlMessage(control: UserControl): ChunkedMessage {
  return encodeControl({ kind: 'userControl', control })
}

function command(type: MessageType, messageStreamId: number, payload: Uint8Array): ChunkedMessage {
  return {
    type,
    timestamp: 0,
    messageStreamId,
    payload,
    chunkStreamId: chunkStreamIdFor(type, messageStreamId),
  }
}
