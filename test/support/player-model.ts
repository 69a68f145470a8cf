/**
 * A Flash Player as far as remote shared objects go [rtmp.md 4.5]: it changes its own copy at once and asks the server
 * afterwards; event 4 replaces what it has, 5 leaves it, 9 and 8 delete.
 */
import type { AmfValue } from '../../src/amf/value.js'
import type { SharedObjectEvent, SharedObjectMessage } from '../../src/rtmp/wire/shared-object.js'
import type { EncodeSharedObject, SharedObjectSubscriber } from '../../src/translate/shared-object.js'

/** Messages go through as they are: the bytes are only a ticket for them. */
const messages = new WeakMap<Uint8Array, SharedObjectMessage>()

export const encodeTicket: EncodeSharedObject = (message) => {
  const bytes = new Uint8Array(16 * message.events.length)
  messages.set(bytes, message)
  return bytes
}

export function messageOfTicket(bytes: Uint8Array): SharedObjectMessage {
  const message = messages.get(bytes)
  if (message === undefined) throw new Error('no message was encoded so')
  return message
}

export class PlayerModel implements SharedObjectSubscriber {
  readonly objectEncoding = 0
  readonly slots = new Map<string, AmfValue>()
  readonly sent: AmfValue[][] = []
  readonly statuses: string[] = []
  version = 0
  hasSynced = false
  /** To the server, not yet there. */
  readonly up: SharedObjectMessage[] = []
  /** From the server, not yet here. */
  readonly down: Uint8Array[] = []

  constructor(
    readonly person: string,
    readonly objectName: string,
    readonly flags = 0,
  ) {}

  get queuedBytes(): number {
    return this.down.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  sendCut(bytes: Uint8Array): void {
    this.down.push(bytes)
  }

  /** A new SharedObject: it knows nothing. */
  use(): void {
    this.slots.clear()
    this.version = 0
    this.hasSynced = false
    this.ask({ kind: 'use' })
  }

  release(): void {
    this.ask({ kind: 'release' })
  }

  set(...slots: readonly (readonly [string, AmfValue])[]): void {
    for (const [name, value] of slots) {
      if (value === null) this.slots.delete(name)
      else this.slots.set(name, value)
    }
    this.ask(
      ...slots.map(([name, value]): SharedObjectEvent => ({
        kind: 'requestChange',
        slots: [{ name, value }],
      })),
    )
  }

  remove(name: string): void {
    this.slots.delete(name)
    this.ask({ kind: 'requestRemove', names: [name] })
  }

  /** Stands for clients of another server: may clear the object. */
  get isProxy(): boolean {
    return (this.flags & 0x10) !== 0
  }

  clear(): void {
    this.slots.clear()
    this.ask({ kind: 'requestClear' })
  }

  send(...args: AmfValue[]): void {
    this.ask({ kind: 'sendMessage', handler: 'on', args })
  }

  ask(...events: SharedObjectEvent[]): void {
    this.up.push({ name: this.objectName, version: this.version, flags: this.flags, reserved: 0, events })
  }

  /** Take the oldest message from the server. @returns its events */
  receive(): readonly SharedObjectEvent[] {
    const bytes = this.down.shift()
    return bytes === undefined ? [] : this.hear(messageOfTicket(bytes))
  }

  /** @returns its events */
  hear(message: SharedObjectMessage): readonly SharedObjectEvent[] {
    this.version = message.version
    for (const event of message.events) this.apply(event)
    return message.events
  }

  receiveAll(): SharedObjectEvent[] {
    const events: SharedObjectEvent[] = []
    while (this.down.length > 0) events.push(...this.receive())
    return events
  }

  private apply(event: SharedObjectEvent): void {
    if (event.kind === 'useSuccess') this.hasSynced = true
    else if (event.kind === 'clear') this.slots.clear()
    else if (event.kind === 'change') for (const { name, value } of event.slots) this.slots.set(name, value)
    else if (event.kind === 'remove') for (const name of event.names) this.slots.delete(name)
    else if (event.kind === 'sendMessage') this.sent.push([...event.args])
    else if (event.kind === 'status') this.statuses.push(event.code)
  }
}
