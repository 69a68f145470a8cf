/**
 * Flash's remote SharedObject for pages, with the player's rules [rtmp.md 4.5]: a change of the server replaces the
 * value, a success confirms one's own, a remove deletes, a clear forgets all. One `onsync` per message of the server.
 */
import { SharedObjectFlag } from '../rtmp/wire/shared-object.js'
import type { SharedObjectEvent, SharedObjectMessage } from '../rtmp/wire/shared-object.js'
import type { Methods, NetConnection, SharedObjectEnd } from './net-connection.js'
import { CallError } from './net-connection.js'
import { fromPlain, toPlain } from './plain.js'
import type { Plain } from './plain.js'

export interface Change {
  /** `reject`: somebody else's value replaced one's own, which is `oldValue`. */
  readonly code: 'change' | 'reject' | 'success' | 'delete' | 'clear'
  readonly name?: string
  readonly oldValue?: Plain
}

export class RemoteSharedObject implements SharedObjectEnd {
  /** The slots as this client sees them. Write by `setProperty`. */
  readonly data: ReadonlyMap<string, Plain>
  /** Called after the first answer, even of an empty object, and after every message that changed something. */
  onsync: (changes: readonly Change[]) => void = () => undefined
  onstatus: (info: { readonly code: string; readonly level: string }) => void = () => undefined
  /** What `send` of any client calls. Only own properties count. */
  client: Methods = {}
  /** Settled by the first answer; rejected when it was refused. */
  readonly ready: Promise<void>
  private readonly slots = new Map<string, Plain>()
  /** Slots whose change the server has not answered. */
  private readonly pending = new Set<string>()
  private version = 0
  private resolveReady: () => void = () => undefined
  private rejectReady: (error: CallError) => void = () => undefined

  /** The object of that name on this connection; the same one when asked again. */
  static getRemote(name: string, connection: NetConnection, persistent = false): RemoteSharedObject {
    return connection.useObject(name, persistent, () => new RemoteSharedObject(name, connection, persistent))
  }

  private constructor(
    readonly name: string,
    private readonly connection: NetConnection,
    readonly persistent: boolean,
  ) {
    this.data = this.slots
    this.ready = new Promise((resolve, reject) => {
      this.resolveReady = resolve
      this.rejectReady = reject
    })
    this.ready.catch(() => undefined) // a page may look at `onstatus` instead
    this.request({ kind: 'use' })
  }

  /** Set a slot here at once, and on the server; undefined and null delete it. */
  setProperty(name: string, value?: unknown): void {
    if (value === undefined || value === null) {
      this.slots.delete(name)
      this.pending.add(name)
      this.request({ kind: 'requestRemove', names: [name] })
      return
    }
    const amf = fromPlain(value)
    this.slots.set(name, toPlain(amf))
    this.pending.add(name)
    this.request({ kind: 'requestChange', slots: [{ name, value: amf }] })
  }

  /** Call `handler` in every client that uses the object, this one included. */
  send(handler: string, ...args: unknown[]): void {
    this.request({ kind: 'sendMessage', handler, args: args.map(fromPlain) })
  }

  close(): void {
    this.request({ kind: 'release' })
    this.connection.releaseObject(this.name, this.persistent)
  }

  /** @internal the connection got a message for this object */
  receive(message: SharedObjectMessage): void {
    this.version = message.version
    const changes: Change[] = []
    let isFirst = false
    for (const event of message.events) {
      if (event.kind === 'useSuccess') isFirst = true
      else this.apply(event, changes)
    }
    if (!isFirst && changes.length === 0) return
    this.onsync(changes)
    this.resolveReady()
  }

  /** @internal the connection is over */
  ended(): void {
    this.rejectReady(new CallError(undefined))
  }

  private apply(event: SharedObjectEvent, changes: Change[]): void {
    switch (event.kind) {
      case 'change':
        for (const { name, value } of event.slots) {
          const code = this.pending.delete(name) ? 'reject' : 'change'
          changes.push({ code, name, oldValue: this.slots.get(name) })
          this.slots.set(name, toPlain(value))
        }
        break
      case 'success':
        for (const name of event.names) {
          this.pending.delete(name)
          changes.push({ code: 'success', name })
        }
        break
      case 'remove':
        for (const name of event.names) {
          this.pending.delete(name)
          changes.push({ code: 'delete', name, oldValue: this.slots.get(name) })
          this.slots.delete(name)
        }
        break
      case 'clear':
        this.slots.clear()
        this.pending.clear()
        changes.push({ code: 'clear' })
        break
      case 'sendMessage':
        if (Object.hasOwn(this.client, event.handler))
          this.client[event.handler]?.(...event.args.map(toPlain))
        break
      case 'status':
        this.onstatus({ code: event.code, level: event.level })
        this.rejectReady(new CallError({ code: event.code, level: event.level, description: event.code }))
        break
      default: // from clients, or between servers
    }
  }

  private request(event: SharedObjectEvent): void {
    const flags = this.persistent ? SharedObjectFlag.Persistent : 0
    this.connection.sendSharedObject({
      name: this.name,
      version: this.version,
      flags,
      reserved: 0,
      events: [event],
    })
  }
}
