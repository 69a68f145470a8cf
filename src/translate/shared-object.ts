/**
 * The shared objects of one application instance on this node: takes clients' messages apart and gives each object's
 * part to its replica [rtmp.md 4; design 4]. The objects themselves live at the place's home, which may be this node.
 *
 *   event of the client                what becomes of it
 *   use, release                       subscription; flag 0x10 on use makes the client a proxy
 *   request change, request remove     one `_request_change_shared` for all of them in a row, the last of each slot
 *   send message                       `_notice_invoke`, after the changes before it
 *   14 of a proxy                      `_request_clear_shared`, likewise
 *   what only servers send, unknown    ignored
 *
 * A client that does not use the object is not heard: the player cannot do that.
 */
import type { AmfValue } from '../amf/value.js'
import type { PsycNode } from '../psyc/entity/node.js'
import type { Relaying } from '../psyc/state/context-relays.js'
import { parseUniform, type Uniform } from '../psyc/wire/uniform.js'
import {
  SharedObjectFlag,
  type SharedObjectEvent,
  type SharedObjectMessage,
} from '../rtmp/wire/shared-object.js'
import { GatewayError } from '../util/errors.js'
import type { Turn } from '../util/turn.js'
import { checkedUniform, objectChannel } from './name.js'
import { statusEvent } from './shared-object-answer.js'
import { WrittenSlots } from './shared-object-changes.js'
import type { SharedObjectSubscriber } from './shared-object-fanout.js'
import { messageOf, type EncodeSharedObject } from './shared-object-message.js'
import { SharedObjectReplica } from './shared-object-replica.js'

export type { SharedObjectSubscriber } from './shared-object-fanout.js'
export type { EncodeSharedObject } from './shared-object-message.js'

export interface SharedObjectsOptions {
  readonly node: PsycNode
  readonly turn: Turn
  /** The place, at its home: "psyc://gw.example/@chat-lobby". */
  readonly place: Uniform
  readonly encode: EncodeSharedObject
  /** For objects that other nodes bring us; without it all comes from the home. */
  readonly relaying?: Relaying | undefined
}

export class SharedObjects {
  private readonly replicas = new Map<string, SharedObjectReplica>()
  /** Of all objects that ended: one that is used anew goes on counting, for old messages may be on their way. */
  private endedVersion = 0
  private readonly used = new Map<SharedObjectSubscriber, Set<SharedObjectReplica>>()

  constructor(private readonly options: SharedObjectsOptions) {}

  /** Number of objects that clients of this node use. */
  get size(): number {
    return this.replicas.size
  }

  /** Nodes that get casts of our objects from here, counted for each object. */
  get childCount(): number {
    return [...this.replicas.values()].reduce((sum, { childCount }) => sum + childCount, 0)
  }

  /** A message of a client that is in the place. */
  handle(subscriber: SharedObjectSubscriber, message: SharedObjectMessage): void {
    let written = new WrittenSlots()
    let isUsed = false
    const writeSoFar = (): void => {
      if (written.isEmpty) return
      this.replica(message)?.write(subscriber, written, message.version)
      written = new WrittenSlots()
    }
    for (const event of message.events) {
      if (event.kind === 'requestChange') for (const { name, value } of event.slots) written.set(name, value)
      else if (event.kind === 'requestRemove') for (const name of event.names) written.set(name, undefined)
      else if (event.kind !== 'use' || !isUsed) {
        writeSoFar()
        this.act(subscriber, message, event)
        // One answer serves all: a message of a thousand would have us write the whole object a thousand times.
        isUsed ||= event.kind === 'use'
      }
    }
    writeSoFar()
  }

  /** The client is gone, or out of the place. */
  leave(subscriber: SharedObjectSubscriber): void {
    const used = this.used.get(subscriber)
    this.used.delete(subscriber)
    for (const replica of used ?? []) replica.leave(subscriber)
  }

  /** Names of the objects that this client uses. */
  namesUsedBy(subscriber: SharedObjectSubscriber): readonly string[] {
    const used = this.used.get(subscriber)
    return used === undefined ? [] : Array.from(used, ({ name }) => name)
  }

  /** A `send` to this client alone, as if it had come through the object. */
  sendTo(subscriber: SharedObjectSubscriber, name: string, handler: string, args: readonly AmfValue[]): void {
    for (const replica of this.used.get(subscriber) ?? []) {
      if (replica.name === name) replica.sendTo(subscriber, handler, args)
    }
  }

  /** No object is kept any more, nobody is told. */
  close(): void {
    this.used.clear()
    for (const replica of [...this.replicas.values()]) replica.close()
  }

  private act(
    subscriber: SharedObjectSubscriber,
    message: SharedObjectMessage,
    event: SharedObjectEvent,
  ): void {
    if (event.kind === 'use') return this.use(subscriber, message)
    const replica = this.replica(message)
    if (replica === undefined) return
    if (event.kind === 'release') this.release(subscriber, replica)
    else if (event.kind === 'sendMessage') replica.send(subscriber, event.handler, event.args)
    else if (event.kind === 'requestClear') replica.clear(subscriber)
  }

  private use(subscriber: SharedObjectSubscriber, message: SharedObjectMessage): void {
    const replica = this.replica(message) ?? this.open(message)
    const used = this.used.get(subscriber) ?? new Set()
    const isTooMany = used.size >= this.options.node.limits.objectsPerClient
    if (replica === undefined || (isTooMany && !used.has(replica))) {
      if (replica?.isUnused === true) replica.close()
      return this.refuse(subscriber, message)
    }
    this.used.set(subscriber, used.add(replica))
    replica.use(subscriber, (message.flags & SharedObjectFlag.Proxy) !== 0)
  }

  private release(subscriber: SharedObjectSubscriber, replica: SharedObjectReplica): void {
    replica.release(subscriber)
    if (!replica.uses(subscriber)) this.forget(subscriber, replica)
  }

  private forget(subscriber: SharedObjectSubscriber, replica: SharedObjectReplica): void {
    const used = this.used.get(subscriber)
    used?.delete(replica)
    if (used?.size === 0) this.used.delete(subscriber)
  }

  private replica(message: SharedObjectMessage): SharedObjectReplica | undefined {
    return this.replicas.get(keyOf(message))
  }

  /** Undefined when there are too many, or the name makes no uniform. */
  private open(message: SharedObjectMessage): SharedObjectReplica | undefined {
    const { node, turn, place, encode, relaying } = this.options
    if (this.replicas.size >= 2 * node.limits.objectsPerPlace) return undefined
    const key = keyOf(message)
    const { name } = message
    const isPersistent = isPersistentName(message)
    const uniform = objectUniform(place, name, isPersistent)
    if (uniform === undefined) return undefined
    const replica: SharedObjectReplica = new SharedObjectReplica({
      node,
      turn,
      uniform,
      relaying,
      frame: { name, isPersistent, encode },
      firstVersion: this.endedVersion,
      ended: () => this.ended(key, replica),
    })
    this.replicas.set(key, replica)
    return replica
  }

  private ended(key: string, replica: SharedObjectReplica): void {
    this.replicas.delete(key)
    this.endedVersion = Math.max(this.endedVersion, replica.version)
    for (const subscriber of [...this.used.keys()]) this.forget(subscriber, replica)
  }

  /** The client may not have the object: it is told so [rtmp.md 4.4]. */
  refuse(subscriber: SharedObjectSubscriber, message: SharedObjectMessage): void {
    const { encode } = this.options
    const frame = { name: message.name, isPersistent: isPersistentName(message), encode }
    const status = messageOf(frame, 0, [statusEvent('SharedObject.ObjectCreationFailed')])
    const bytes = status.bytes(subscriber.objectEncoding)
    if (bytes !== undefined) subscriber.sendCut(bytes)
  }
}

function isPersistentName({ flags }: SharedObjectMessage): boolean {
  return (flags & SharedObjectFlag.Persistent) !== 0
}

/** Two namespaces: one may use a volatile and a persistent object of one name [rtmp.md 4.1]. */
function keyOf(message: SharedObjectMessage): string {
  return (isPersistentName(message) ? 'p' : 'v') + message.name
}

function objectUniform(place: Uniform, name: string, isPersistent: boolean): Uniform | undefined {
  try {
    return parseUniform(checkedUniform(`${place.text}#${objectChannel(name, isPersistent)}`))
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}
