/** `decode shared-object` and `shared-object-amf3`: `{"message": {…}}` of a body of type 19 or 16. */
import { describeSharedObject } from '../rtmp/wire/describe.js'
import { MessageType } from '../rtmp/wire/message.js'
import { decodeSharedObject } from '../rtmp/wire/shared-object.js'
import type { SharedObjectMessage } from '../rtmp/wire/shared-object.js'
import { GatewayError, ProtocolError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { complete, incomplete, malformed, reasonOf, wholeDocument } from './decode-document.js'
import type { Document, Outcome } from './decode-document.js'

type Type = typeof MessageType.SharedObject | typeof MessageType.SharedObjectAmf3

/** Where it ends early or is wrong: the events before that, or null where there are not even those. */
export function decodeSharedObjectBody(type: Type, bytes: Uint8Array): Document {
  const whole = attempt(type, bytes)
  if (!(whole instanceof GatewayError)) return wholeDocument(documentOf(whole), complete)
  const { message, end } = readableStart(type, bytes)
  return wholeDocument(documentOf(message), outcomeOf(whole, bytes, end))
}

function documentOf(message: SharedObjectMessage | undefined): object {
  return { message: message === undefined ? null : describeSharedObject(message) }
}

function attempt(type: Type, bytes: Uint8Array): SharedObjectMessage | GatewayError {
  try {
    return decodeSharedObject({ type, payload: bytes }, defaultLimits, true)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

/** More bytes could help if it was the end of the bytes that a field ran into. */
function outcomeOf(error: GatewayError, bytes: Uint8Array, readable: number): Outcome {
  const reason = reasonOf(error, readable)
  const ranOut = error instanceof ProtocolError && isAboutLength(error) && error.offset >= bytes.length
  return ranOut ? incomplete(reason) : malformed(reason)
}

function isAboutLength({ code }: GatewayError): boolean {
  return code === 'RTMP_BAD_SHARED_OBJECT' || code === 'AMF_TRUNCATED'
}

interface ReadableStart {
  readonly message: SharedObjectMessage | undefined
  /** Offset of the first event that is not in `message`. */
  readonly end: number
}

/** As many whole events as can be read: an event that cannot makes all that follow unreadable, so halving finds it. */
function readableStart(type: Type, bytes: Uint8Array): ReadableStart {
  const ends = eventEnds(type, bytes)
  let best: ReadableStart = { message: undefined, end: 0 }
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    const end = ends[middle] ?? 0
    const message = attempt(type, bytes.subarray(0, end))
    if (message instanceof GatewayError) high = middle
    else {
      best = { message, end }
      low = middle + 1
    }
  }
  return best
}

const FIELDS_LENGTH = 12 // version, flags, reserved
const EVENT_HEADER_LENGTH = 5 // type u8, length u32

/** The end of the header and of each event that lies within the bytes; none where the header does not. */
function eventEnds(type: Type, bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nameAt = type === MessageType.SharedObjectAmf3 ? 1 : 0
  if (bytes.length < nameAt + 2) return []
  const ends: number[] = []
  let end = nameAt + 2 + view.getUint16(nameAt) + FIELDS_LENGTH
  while (end <= bytes.length) {
    ends.push(end)
    if (end + EVENT_HEADER_LENGTH > bytes.length) break
    end += EVENT_HEADER_LENGTH + view.getUint32(end + 1)
  }
  return ends
}
