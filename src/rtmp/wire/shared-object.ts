/**
 * Shared object messages, types 19 and 16 [RTMP §7.1.3; rtmp.md 4.2].
 *
 *   [type 16: format selector u8 = 0]
 *   name length u16 | name UTF-8 | version u32 | flags u32 | reserved u32 | events …
 */
import type { AmfWriteLimits } from '../../amf/amf0.js'
import { ByteReader, ByteWriter } from '../../util/bytes.js'
import { LimitError, RtmpError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { defaultLimits } from '../../util/limits.js'
import { FORMAT_SELECTOR, hasFormatSelector } from './message/format-selector.js'
import { MessageType } from './message.js'
import type { Message } from './message.js'
import type { SharedObjectEvent } from './shared-object-event.js'
import { SharedObjectEventReader, tooShort, writeEvent, writeText } from './shared-object-event.js'

export type { SharedObjectEvent, Slot } from './shared-object-event.js'
export { SharedObjectEventType } from './shared-object-event.js'

export interface SharedObjectMessage {
  readonly name: string
  readonly version: number
  /** Bit 1 (value 2): persistent. 0x10: the sender is a proxy. */
  readonly flags: number
  readonly reserved: number
  readonly events: readonly SharedObjectEvent[]
}

export const SharedObjectFlag = { Persistent: 2, Proxy: 0x10 } as const

/**
 * @param message of type 19 or 16; its payload is shared, unknown events keep a view of it
 * @param isExact keep apart what the value model merges (amf/exact.ts): for tools
 * @throws RtmpError RTMP_BAD_SHARED_OBJECT, RTMP_BAD_FORMAT_SELECTOR, RTMP_BAD_HANDLER
 * @throws LimitError messageEvents, objectKeyBytes, amfDepth, amfNodes, amfBytes
 * @throws AmfError of a value. One that runs past its event is RTMP_BAD_SHARED_OBJECT, or AMF_TRUNCATED where it
 *   announces more items than can follow.
 */
export function decodeSharedObject(
  { type, payload }: Pick<Message, 'type' | 'payload'>,
  limits: Limits,
  isExact = false,
): SharedObjectMessage {
  const reader = new ByteReader(payload, tooShort)
  if (hasFormatSelector(type)) checkSelector(reader.u8())
  const name = reader.utf8(reader.u16())
  const version = reader.u32()
  const flags = reader.u32()
  const reserved = reader.u32()
  const events = new SharedObjectEventReader(reader, limits, isExact).readAll()
  return { name, version, flags, reserved, events }
}

function checkSelector(selector: number): void {
  if (selector !== FORMAT_SELECTOR)
    throw new RtmpError('RTMP_BAD_FORMAT_SELECTOR', `expected format selector 0, got ${selector}`)
}

/**
 * An event with several slots or names is written as several events of one.
 *
 * @param type 19 for AMF0, converted down; 16 for AMF3, every value behind 0x11
 * @returns the payload, owned
 * @throws AmfError AMF_UNENCODABLE
 * @throws LimitError objectKeyBytes  a name, key, code or level of more than 65 535 bytes
 * @throws LimitError amfDepth, amfOutputBytes
 */
export function encodeSharedObject(
  message: SharedObjectMessage,
  type: typeof MessageType.SharedObject | typeof MessageType.SharedObjectAmf3,
  limits: AmfWriteLimits = defaultLimits,
): Uint8Array {
  const avmPlus = type === MessageType.SharedObjectAmf3
  const writer = new ByteWriter()
  if (avmPlus) writer.u8(FORMAT_SELECTOR)
  writeText(writer, message.name)
  writer.u32(message.version)
  writer.u32(message.flags)
  writer.u32(message.reserved)
  for (const event of message.events) {
    writeEvent(writer, event, { avmPlus, limits })
    if (writer.length > limits.amfOutputBytes)
      throw new LimitError('amfOutputBytes', limits.amfOutputBytes, writer.length)
  }
  return writer.finish()
}
