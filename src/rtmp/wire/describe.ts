/**
 * RTMP as JSON for people and tests: the shapes that test/vectors/rtmp/README.md defines. Bytes are lower-case hex,
 * values are the tagged descriptors of amf/describe.ts.
 */
import { describeValue, describeValues } from '../../amf/describe.js'
import { ByteReader, toHex } from '../../util/bytes.js'
import type { ControlMessage, UserControl } from './message/index.js'
import type { ChunkedMessage } from './message.js'
import type { SharedObjectEvent, SharedObjectMessage, Slot } from './shared-object.js'
import { SharedObjectEventType, SharedObjectFlag } from './shared-object.js'

export type Description = Readonly<Record<string, unknown>>

export interface ChunkStreamDescription {
  readonly messages: readonly {
    readonly csid: number
    readonly type: number
    readonly streamId: number
    readonly timestamp: number
    readonly length: number
    readonly payload: string
  }[]
}

export function describeChunks(messages: readonly ChunkedMessage[]): ChunkStreamDescription {
  return {
    messages: messages.map(({ chunkStreamId, type, messageStreamId, timestamp, payload }) => ({
      csid: chunkStreamId,
      type,
      streamId: messageStreamId,
      timestamp,
      length: payload.length,
      payload: toHex(payload),
    })),
  }
}

/**
 * The content of `message` in a shared object vector.
 * @param message decoded with `isExact`, or AMF3 values show as their AMF0 likes
 */
export function describeSharedObject(message: SharedObjectMessage): Description {
  const { name, version, flags, reserved, events } = message
  const persistent = (flags & SharedObjectFlag.Persistent) !== 0
  return { name, version, flags, reserved, persistent, events: events.map(describeEvent) }
}

function describeEvent(event: SharedObjectEvent): Description {
  if (event.kind === 'unknown') return { type: event.type, kind: event.kind, dataHex: toHex(event.data) }
  return { type: SharedObjectEventType[event.kind], kind: event.kind, ...describeFields(event) }
}

function describeFields(event: SharedObjectEvent): Description {
  switch (event.kind) {
    case 'requestChange':
    case 'change':
    case 'proxySuccess':
      return { props: event.slots.map(describeSlot) }
    case 'success':
    case 'remove':
    case 'requestRemove':
      return { names: event.names }
    case 'sendMessage':
      return { handler: describeValue(event.handler, 'amf0'), args: describeValues(event.args, 'amf0') }
    case 'status':
      return { code: event.code, level: event.level }
    case 'proxyVersion':
      return { name: event.name, version: event.version }
    default:
      return {}
  }
}

function describeSlot({ name, value }: Slot): [string, unknown] {
  return [name, describeValue(value, 'amf0')]
}

/** The `fields` of a control vector. */
export function describeControl(control: ControlMessage): Description {
  switch (control.kind) {
    case 'setChunkSize':
      return { chunkSize: control.chunkSize }
    case 'abort':
      return { csid: control.chunkStreamId }
    case 'acknowledgement':
      return { sequence: control.sequenceNumber }
    case 'windowAcknowledgementSize':
      return { window: control.windowSize }
    case 'setPeerBandwidth':
      return { window: control.windowSize, limit: control.limitType }
    case 'userControl':
      return describeUserControl(control.control)
  }
}

function describeUserControl(control: UserControl): Description {
  switch (control.event) {
    case 'StreamEof':
      return { event: 'StreamEOF', streamId: control.messageStreamId }
    case 'SetBufferLength':
      return { event: control.event, streamId: control.messageStreamId, ms: control.bufferLength }
    case 'PingRequest':
    case 'PingResponse':
      return { event: control.event, timestamp: control.timestamp }
    case 'SwfVerificationRequest':
      return { event: 'SWFVerificationRequest' }
    case 'SwfVerificationResponse':
      return { event: 'SWFVerificationResponse', ...describeSwfVerification(control.data) }
    case 'unknown':
      return { event: control.eventType, dataHex: toHex(control.data) }
    default:
      return { event: control.event, streamId: control.messageStreamId }
  }
}

const SWF_VERIFICATION_LENGTH = 42

/** u8 1 | u8 1 | SWF size u32, twice | digest of 32 bytes [rtmp.md 2.4]. Ours never verifies, so only shown here. */
function describeSwfVerification(data: Uint8Array): Description {
  if (data.length < SWF_VERIFICATION_LENGTH) return { dataHex: toHex(data) }
  const reader = new ByteReader(data, (offset) => {
    throw new RangeError(`no byte at ${offset}`) // the length was checked
  })
  const [major, minor, size1, size2] = [reader.u8(), reader.u8(), reader.u32(), reader.u32()]
  return { major, minor, size1, size2, digest: toHex(reader.subarray(32)) }
}
