/**
 * The control messages as one union, between `Message` and values. The table is the list of what we speak; anything
 * else is media (audio, video), one of command.ts, data.ts, aggregate.ts and ../shared-object.ts, or to be ignored.
 */
import { ChunkStreamId } from '../chunk/chunk-stream-id.js'
import type { ChunkedMessage, Message } from '../message.js'
import { MessageType } from '../message.js'
import { decodeAbort, encodeAbort } from './abort.js'
import { decodeAcknowledgement, encodeAcknowledgement } from './acknowledgement.js'
import { decodeSetChunkSize, encodeSetChunkSize } from './set-chunk-size.js'
import type { SetPeerBandwidth } from './set-peer-bandwidth.js'
import { decodeSetPeerBandwidth, encodeSetPeerBandwidth } from './set-peer-bandwidth.js'
import type { UserControl } from './user-control.js'
import { decodeUserControl, encodeUserControl } from './user-control.js'
import {
  decodeWindowAcknowledgementSize,
  encodeWindowAcknowledgementSize,
} from './window-acknowledgement-size.js'

export * from './aggregate.js'
export * from './command.js'
export * from './data.js'
export { UserControlType } from './user-control.js'
export type { SetPeerBandwidth, UserControl }

/** Units and ranges: at each message's own file. */
export type ControlMessage =
  | { readonly kind: 'setChunkSize'; readonly chunkSize: number }
  | { readonly kind: 'abort'; readonly chunkStreamId: number }
  | { readonly kind: 'acknowledgement'; readonly sequenceNumber: number }
  | { readonly kind: 'windowAcknowledgementSize'; readonly windowSize: number }
  | ({ readonly kind: 'setPeerBandwidth' } & SetPeerBandwidth)
  | { readonly kind: 'userControl'; readonly control: UserControl }

const decoders = new Map<number, (payload: Uint8Array) => ControlMessage>([
  [MessageType.SetChunkSize, (payload) => ({ kind: 'setChunkSize', chunkSize: decodeSetChunkSize(payload) })],
  [MessageType.Abort, (payload) => ({ kind: 'abort', chunkStreamId: decodeAbort(payload) })],
  [
    MessageType.Acknowledgement,
    (payload) => ({ kind: 'acknowledgement', sequenceNumber: decodeAcknowledgement(payload) }),
  ],
  [
    MessageType.WindowAcknowledgementSize,
    (payload) => ({
      kind: 'windowAcknowledgementSize',
      windowSize: decodeWindowAcknowledgementSize(payload),
    }),
  ],
  [
    MessageType.SetPeerBandwidth,
    (payload) => ({ kind: 'setPeerBandwidth', ...decodeSetPeerBandwidth(payload) }),
  ],
  [MessageType.UserControl, (payload) => ({ kind: 'userControl', control: decodeUserControl(payload) })],
])

/**
 * @param message shared bytes; SWF verification and unknown user control events keep a view of them
 * @returns undefined when it is not a control message
 * @throws RtmpError RTMP_BAD_CONTROL, RTMP_CHUNK_SIZE_RANGE  close the connection
 */
export function decodeControl(message: Message): ControlMessage | undefined {
  return decoders.get(message.type)?.(message.payload)
}

/** A control message ready to be cut: chunk stream 2, message stream 0, timestamp 0 [RTMP §5.4]. Owned. */
export function encodeControl(control: ControlMessage): ChunkedMessage {
  const [type, payload] = encode(control)
  return { chunkStreamId: ChunkStreamId.Control, type, timestamp: 0, messageStreamId: 0, payload }
}

function encode(control: ControlMessage): [MessageType, Uint8Array] {
  switch (control.kind) {
    case 'setChunkSize':
      return [MessageType.SetChunkSize, encodeSetChunkSize(control.chunkSize)]
    case 'abort':
      return [MessageType.Abort, encodeAbort(control.chunkStreamId)]
    case 'acknowledgement':
      return [MessageType.Acknowledgement, encodeAcknowledgement(control.sequenceNumber)]
    case 'windowAcknowledgementSize':
      return [MessageType.WindowAcknowledgementSize, encodeWindowAcknowledgementSize(control.windowSize)]
    case 'setPeerBandwidth':
      return [MessageType.SetPeerBandwidth, encodeSetPeerBandwidth(control)]
    case 'userControl':
      return [MessageType.UserControl, encodeUserControl(control.control)]
  }
}
