/**
 * All shared objects of one place at their home. They come to be by the first who enters or changes one, and end
 * when nobody uses them; persistent ones are then still in the store.
 *
 * Volatile and persistent names are two namespaces, `#_so_x` and `#_sop_x`. In the `joint` one, Red5's way, a name is
 * whatever it was first made as while it is in use [design 4].
 */
import { inherits } from '../wire/keyword.js'
import { Packet } from '../wire/packet.js'
import { parseUniform, uniformOf, type Uniform } from '../wire/uniform.js'
import type { Relaying } from '../state/context-relays.js'
import type { Origin, PsycNode } from './node.js'
import type { ObjectStore } from './object-store.js'
import { SharedObject } from './shared-object.js'

/** Who may do what with which object. Keys are uniform keys, channels as in the uniform: "_so_users". */
export interface SharedObjectRights {
  /** Persons in the place. */
  isMember(personKey: string): boolean
  /** @param key of a person, or of the root of a node that stands for its persons */
  mayRead(key: string, channel: string): boolean
  mayWrite(personKey: string, channel: string): boolean
  /** Make an object that is not there. */
  mayCreate(key: string, channel: string): boolean
}

/** Every member may do everything. */
export function openRights(isMember: (personKey: string) => boolean): SharedObjectRights {
  return { isMember, mayRead: () => true, mayWrite: () => true, mayCreate: () => true }
}

export interface SharedObjectHomeOptions {
  readonly rights: SharedObjectRights
  /** For persistent objects. */
  readonly store: ObjectStore
  readonly namespace?: 'separate' | 'joint' | undefined
  isStrict?(channel: string): boolean
  /** An object has come to be. What it is sent now comes before the packet that made it. */
  made?(channel: string): void
  isSlow?(memberKey: string): boolean
  /** For nodes that are fed by others. */
  readonly relaying?: Relaying | undefined
}

const VOLATILE = '_so_'
const PERSISTENT = '_sop_'
const creating = [
  '_request_context_enter',
  '_request_enter',
  '_request_change_shared',
  '_request_clear_shared',
]

export class SharedObjectHome {
  private readonly objects = new Map<string, SharedObject>()
  /** Number of objects in use that were first asked for by each of the other nodes, and by clients' circuits. */
  private readonly madeBy = new Map<string, number>()

  constructor(
    private readonly node: PsycNode,
    readonly place: Uniform,
    private readonly options: SharedObjectHomeOptions,
  ) {}

  /** Whether channels of this name are shared objects. */
  static isObject(channel: string): boolean {
    return channel.startsWith(VOLATILE) || channel.startsWith(PERSISTENT)
  }

  /** Number of objects in use. */
  get size(): number {
    return this.objects.size
  }

  /** @param channel lower case, as in a uniform's key: "_so_users" */
  object(channel: string): SharedObject | undefined {
    return this.objects.get(channel)
  }

  /** Channels of the objects in use. */
  channels(): IterableIterator<string> {
    return this.objects.keys()
  }

  /** A packet for one of the objects. */
  receive(packet: Packet, origin: Origin): void {
    const channel = uniformOf(packet.target?.toLowerCase())?.channel ?? ''
    const known = this.objects.get(channel)
    if (known !== undefined) return known.receive(packet, origin)
    const refusal = this.creationRefusal(packet, origin, channel)
    if (refusal === undefined) this.create(channel, origin).receive(packet, origin)
    else this.answer(packet, refusal)
  }

  /** That node, or that local member, is gone: it is out of all objects. */
  dropMember(memberKey: string): void {
    for (const object of this.objects.values()) object.dropMember(memberKey)
  }

  /** That node was lost: it is out of all objects that it has not entered again by `dropDoubted`. */
  doubt(memberKey: string): void {
    for (const object of this.objects.values()) object.doubt(memberKey)
  }

  dropDoubted(memberKey: string): void {
    for (const object of this.objects.values()) object.dropDoubted(memberKey)
  }

  close(): void {
    for (const object of this.objects.values()) object.close()
    this.objects.clear()
  }

  private creationRefusal(packet: Packet, origin: Origin, channel: string): string | undefined {
    const key = uniformOf(packet.source)?.key
    if (key === undefined || !SharedObjectHome.isObject(channel)) return '_error_unknown_name_shared'
    if (!creating.some((family) => inherits(packet.method, family))) return '_error_necessary_membership'
    if (this.options.namespace === 'joint' && this.objects.has(twin(channel)))
      return '_error_illegal_persistence_shared'
    if (!this.options.rights.mayCreate(key, channel)) return '_error_necessary_privilege_create_shared'
    const { objectsPerPlace, objectsPerNode } = this.node.limits
    // Nobody fills the place with objects and shuts the others out.
    const isGreedy = !origin.isLocal && (this.madeBy.get(origin.rootKey) ?? 0) >= objectsPerNode
    if (!isGreedy && this.objects.size < objectsPerPlace) return undefined
    this.node.log.info({ from: packet.source, place: this.place.text }, 'no room for one more object')
    return '_failure_exceeded_limit_objects'
  }

  private create(channel: string, { rootKey }: Origin): SharedObject {
    const { options } = this
    const { rights, store } = options
    const object: SharedObject = new SharedObject(this.node, parseUniform(`${this.place.text}#${channel}`), {
      isMember: (key) => rights.isMember(key),
      mayRead: (key) => rights.mayRead(key, channel),
      mayWrite: (key) => rights.mayWrite(key, channel),
      isStrict: options.isStrict?.(channel) ?? false,
      store: channel.startsWith(PERSISTENT) ? store : undefined,
      isSlow: (memberKey) => options.isSlow?.(memberKey) ?? false,
      relaying: options.relaying,
      ended: () => {
        this.objects.delete(channel)
        this.count(rootKey, -1)
      },
    })
    this.objects.set(channel, object)
    this.count(rootKey, 1)
    options.made?.(channel)
    return object
  }

  private count(rootKey: string, more: 1 | -1): void {
    const made = (this.madeBy.get(rootKey) ?? 0) + more
    if (made > 0) this.madeBy.set(rootKey, made)
    else this.madeBy.delete(rootKey)
  }

  private answer(packet: Packet, method: string): void {
    if (packet.source === undefined || /^_(error|failure|echo|status)/.test(packet.method)) return
    const routing = { _source: packet.target, _target: packet.source, _tag_relay: packet.tag }
    this.node.send(Packet.of(routing, method))
  }
}

/** The same name in the other namespace. */
function twin(channel: string): string {
  return channel.startsWith(PERSISTENT)
    ? VOLATILE + channel.slice(PERSISTENT.length)
    : PERSISTENT + channel.slice(VOLATILE.length)
}
