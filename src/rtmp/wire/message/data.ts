/**
 * Data messages, types 18 and 15 [RTMP §7.1.2; rtmp.md 3.1, 3.8]: a handler and its arguments, no transaction ID.
 *
 *   [type 15: format selector u8 = 0] | handler, AMF0 string | arguments …
 */
import { Amf0Reader, Amf0Writer, throwTruncated } from '../../../amf/amf0.js'
import type { AmfWriteLimits } from '../../../amf/amf0.js'
import type { AmfValue } from '../../../amf/value.js'
import { readBytes, writeBytes } from '../../../util/bytes.js'
import type { AmfError, LimitError } from '../../../util/errors.js'
import { GatewayError, RtmpError } from '../../../util/errors.js'
import type { Limits } from '../../../util/limits.js'
import { defaultLimits } from '../../../util/limits.js'
import type { Message } from '../message.js'
import { MessageType } from '../message.js'
import { readArguments } from './command.js'
import { FORMAT_SELECTOR, valuesStart } from './format-selector.js'
import { plainValue } from './plain-value.js'

export interface DataMessage {
  readonly handler: string
  readonly args: readonly AmfValue[]
}

export interface ReceivedData extends DataMessage {
  /** Why the values behind `args` could not be read. */
  readonly unreadable: AmfError | LimitError | undefined
}

/**
 * Most data messages are passed on as they came: decode only what must be understood.
 * @param message of type 18 or 15
 * @param isExact keep apart what the value model merges (amf/exact.ts)
 * @throws RtmpError RTMP_BAD_HANDLER, RTMP_BAD_FORMAT_SELECTOR
 * @throws AmfError of the handler
 */
export function decodeData({ type, payload }: Message, limits: Limits, isExact = false): ReceivedData {
  return readBytes(payload, throwTruncated, (bytes) => {
    bytes.offset = valuesStart(type, payload)
    return readData(new Amf0Reader(bytes, limits, isExact))
  })
}

function readData(reader: Amf0Reader): ReceivedData {
  const handler = plainValue(reader.readValue())
  if (typeof handler !== 'string')
    throw new RtmpError('RTMP_BAD_HANDLER', 'the handler of a data message is no string')
  const args: AmfValue[] = []
  const unreadable = readArguments(reader, args)
  return { handler, args, unreadable }
}

/**
 * @param type 18 for AMF0, converted down; 15 for AMF3, every argument behind 0x11
 * @returns the payload, owned
 * @throws AmfError AMF_UNENCODABLE
 * @throws LimitError amfDepth, amfOutputBytes
 */
export function encodeData(
  { handler, args }: DataMessage,
  type: typeof MessageType.Data | typeof MessageType.DataAmf3,
  limits: AmfWriteLimits = defaultLimits,
): Uint8Array {
  const isAmf3 = type === MessageType.DataAmf3
  return writeBytes((bytes) => {
    if (isAmf3) bytes.u8(FORMAT_SELECTOR)
    new Amf0Writer(bytes, { limits }).writeValue(handler)
    const argument = new Amf0Writer(bytes, { avmPlus: isAmf3, limits })
    for (const value of args) argument.writeValue(value)
  })
}

/**
 * What a peer of object encoding 0 gets in place of the message: type 15 becomes 18, anything else stays as it is.
 * @returns undefined when the values have no AMF0 form or cannot be read: drop it
 */
export function dataToAmf0(message: Message, limits: Limits): Message | undefined {
  if (message.type !== MessageType.DataAmf3) return message
  try {
    const data = decodeData(message, limits)
    if (data.unreadable !== undefined) return undefined
    return { ...message, type: MessageType.Data, payload: encodeData(data, MessageType.Data, limits) }
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}
