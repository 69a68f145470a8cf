/**
 * User Control [RTMP §6.2, §7.1.7]: an event and its data.
 *
 *   event type u16 | data
 *   0 StreamBegin, 1 StreamEof, 2 StreamDry, 4 StreamIsRecorded,
 *     31 BufferEmpty, 32 BufferReady (FMS)                         message stream ID u32
 *   3 SetBufferLength                                              message stream ID u32 | ms u32
 *   6 PingRequest, 7 PingResponse                                  timestamp u32
 *   26 SwfVerificationRequest                                      nothing, or one byte
 *   27 SwfVerificationResponse                                     1 u8 | 1 u8 | size u32 | size u32 | digest of 32
 *
 * Peers send data shorter and longer than this [rtmp.md 2.4]: fields that are missing read as 0, more is ignored.
 */
import { ByteWriter, noBytes } from '../../../util/bytes.js'
import { controlReader } from './control-reader.js'

export const UserControlType = {
  StreamBegin: 0,
  StreamEof: 1,
  StreamDry: 2,
  SetBufferLength: 3,
  StreamIsRecorded: 4,
  PingRequest: 6,
  PingResponse: 7,
  SwfVerificationRequest: 26,
  SwfVerificationResponse: 27,
  BufferEmpty: 31,
  BufferReady: 32,
} as const

type Name = keyof typeof UserControlType
type NameOfStreamEvent = Extract<Name, `Stream${string}` | `Buffer${string}`>

export type UserControl =
  | { readonly event: NameOfStreamEvent; readonly messageStreamId: number }
  | {
      readonly event: 'SetBufferLength'
      readonly messageStreamId: number
      /** ms of media that the client wants ahead; 36 000 000 means as fast as it goes. */
      readonly bufferLength: number
    }
  | { readonly event: 'PingRequest' | 'PingResponse'; readonly timestamp: number }
  | { readonly event: 'SwfVerificationRequest' }
  /** The two version bytes, the size of the SWF twice and the digest, unread. Shared. */
  | { readonly event: 'SwfVerificationResponse'; readonly data: Uint8Array }
  /** To be ignored. Shared bytes. */
  | { readonly event: 'unknown'; readonly eventType: number; readonly data: Uint8Array }

const names: ReadonlyMap<number, Name> = new Map(
  Object.entries(UserControlType).map(([name, type]) => [type, name as Name]),
)

/** @param payload shared @throws RtmpError RTMP_BAD_CONTROL  shorter than the event type */
export function decodeUserControl(payload: Uint8Array): UserControl {
  const reader = controlReader(payload)
  const eventType = reader.u16()
  const field = (): number => (reader.remaining >= 4 ? reader.u32() : 0)
  const event = names.get(eventType)
  switch (event) {
    case undefined:
      return { event: 'unknown', eventType, data: payload.subarray(2) }
    case 'SetBufferLength':
      return { event, messageStreamId: field(), bufferLength: field() }
    case 'PingRequest':
    case 'PingResponse':
      return { event, timestamp: field() }
    case 'SwfVerificationRequest':
      return { event }
    case 'SwfVerificationResponse':
      return { event, data: payload.subarray(2) }
    default:
      return { event, messageStreamId: field() }
  }
}

/** @returns owned */
export function encodeUserControl(control: UserControl): Uint8Array {
  const writer = new ByteWriter(10)
  writer.u16(control.event === 'unknown' ? control.eventType : UserControlType[control.event])
  for (const field of fieldsOf(control)) writer.u32(field)
  writer.raw('data' in control ? control.data : noBytes)
  return writer.finish()
}

function fieldsOf(control: UserControl): number[] {
  switch (control.event) {
    case 'SetBufferLength':
      return [control.messageStreamId, control.bufferLength]
    case 'PingRequest':
    case 'PingResponse':
      return [control.timestamp]
    case 'SwfVerificationRequest':
    case 'SwfVerificationResponse':
    case 'unknown':
      return []
    default:
      return [control.messageStreamId]
  }
}
