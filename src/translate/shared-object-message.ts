/** Messages of shared objects that many clients get: encoded once per encoding [design 4, 10]. */
import type { SharedObjectEvent, SharedObjectMessage } from '../rtmp/wire/shared-object.js'
import { GatewayError } from '../util/errors.js'
import type { OutgoingEvent } from './shared-object-queue.js'

/**
 * Encode a message and cut it for the chunk stream; type 19 for encoding 0, type 16 for 3.
 * @returns shared bytes, the same for all connections
 */
export type EncodeSharedObject = (message: SharedObjectMessage, objectEncoding: 0 | 3) => Uint8Array

const STATE_MESSAGE_BYTES = 60_000 // below 64 KiB: the player shows one sync per message [rtmp.md 4.4]
/** Ours: half of what a client of our own takes, since one more batch that names every slot may follow. */
export const MESSAGE_EVENTS = 4_000
const RESERVED = 0

export class SharedMessage {
  private readonly encoded: (Uint8Array | undefined)[] = []

  constructor(
    readonly message: SharedObjectMessage,
    private readonly encode: EncodeSharedObject,
  ) {}

  /** Shared bytes. Events that have no form in the encoding are left out; undefined when none is left. */
  bytes(objectEncoding: 0 | 3): Uint8Array | undefined {
    if (!(objectEncoding in this.encoded)) this.encoded[objectEncoding] = this.tryEncode(objectEncoding)
    return this.encoded[objectEncoding]
  }

  private tryEncode(objectEncoding: 0 | 3): Uint8Array | undefined {
    try {
      return this.encode(this.message, objectEncoding)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      const events = this.message.events.filter((event) => this.isEncodable(event, objectEncoding))
      return events.length === 0 ? undefined : this.encode({ ...this.message, events }, objectEncoding)
    }
  }

  private isEncodable(event: SharedObjectEvent, objectEncoding: 0 | 3): boolean {
    try {
      this.encode({ ...this.message, events: [event] }, objectEncoding)
      return true
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      return false
    }
  }
}

/** What all messages of one object have in common. */
export interface MessageFrame {
  readonly name: string
  readonly isPersistent: boolean
  readonly encode: EncodeSharedObject
}

/** @param version of this message, as the clients will tell it in theirs */
export function messageOf(frame: MessageFrame, version: number, events: SharedObjectEvent[]): SharedMessage {
  const flags = frame.isPersistent ? 2 : 0
  const { name, encode } = frame
  return new SharedMessage({ name, version: version >>> 0, flags, reserved: RESERVED, events }, encode)
}

/**
 * The whole object: clear, then all slots, in messages of bounded size. Each message replaces slots and so has a
 * version of its own, `first` and up: a client that wrote between two of them had not seen the second.
 * @param start events before all others, e.g. useSuccess
 */
export function stateMessages(
  frame: MessageFrame,
  first: number,
  start: readonly SharedObjectEvent[],
  slots: Iterable<OutgoingEvent>,
): SharedMessage[] {
  const messages: SharedMessage[] = []
  let events: SharedObjectEvent[] = [...start, { kind: 'clear' }]
  let bytes = 0
  for (const { event, size } of slots) {
    if ((bytes > 0 && bytes + size > STATE_MESSAGE_BYTES) || events.length >= MESSAGE_EVENTS) {
      messages.push(messageOf(frame, first + messages.length, events))
      events = []
      bytes = 0
    }
    events.push(event)
    bytes += size
  }
  messages.push(messageOf(frame, first + messages.length, events))
  return messages
}
