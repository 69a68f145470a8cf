/**
 * What entities of this node see of it: who they are, how to send, how to ask. The implementation routes;
 * entities never touch circuits.
 */
import type { Packet, Routing, Variables } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timer, Timers } from '../../util/timers.js'

/** Where a packet came from, as far as it is proven. */
export interface Origin {
  /** `rootKey` of the node whose packet this is; our own for local entities. */
  readonly rootKey: string
  readonly isLocal: boolean
  /** Whether the peer offered `_state` and speaks 1.0: it understands `@` [design 4]. True for local. */
  readonly understandsState: boolean
  /** "1.0" or "0.9"; local counts as 1.0. */
  readonly syntax: '1.0' | '0.9'
  /** Offered `_route`: may be sent to be fed by another node [design 5]. */
  readonly understandsRoute?: boolean
  /** `rootKey` of the parent that brought a cast of the context of `rootKey`; undefined when it came from there. */
  readonly parentKey?: string | undefined
}

/** A person, place, service or the root of this node. */
export interface Entity {
  readonly uniform: Uniform
  /**
   * A packet with this entity (or one of its channels) as `_target`, or a cast of a context it entered
   * (`_context` without `_target`). Never called from within `send`: delivery is queued and in order.
   */
  receive(packet: Packet, origin: Origin): void
}

/** Gets the casts, state and history of one context for this node. */
export interface ContextReceiver {
  receive(packet: Packet, origin: Origin): void
  /**
   * Of who knows what comes next in the context: whether others may be told what a parent in the tree has brought. When not,
   * nobody but this receiver gets it.
   */
  admits?(packet: Packet, origin: Origin): boolean
  /** The circuit to the context's master broke (a new one will be a new beginning), or the master is unreachable. */
  lost?(): void
}

export interface PsycNode {
  /** Our root entity, "psyc://gw.example/". */
  readonly root: Uniform
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log

  /** The uniform of one of our entities: `uniformText('@chat#_so_users')`. */
  uniformText(resource: string): string
  isLocal(uniform: Uniform): boolean

  /** @throws StateError when the resource is taken */
  register(entity: Entity): void
  unregister(entity: Entity): void
  /** The local entity of that `entityKey`. */
  entity(entityKey: string): Entity | undefined
  /** Called for a local target that does not exist: may create it (places on demand). */
  onMissingEntity(create: (uniform: Uniform) => Entity | undefined): void

  /** Casts of `contextKey` (a uniform's `key`) go to `receiver` until it is taken away. */
  subscribe(contextKey: string, receiver: ContextReceiver): void
  unsubscribe(contextKey: string, receiver: ContextReceiver): void

  /**
   * Queue a packet for its `_target`: a local entity, or the circuit of its host. What cannot be delivered
   * comes back as `_failure_unsuccessful_delivery…` [psyc.md 3.6].
   */
  send(packet: Packet): void
  /**
   * Queue a cast or state packet for one member of a context: a local person's `entityKey`, our own `rootKey`
   * (then to the receivers of the context), or a foreign root's key (one copy for all its members).
   */
  sendTo(memberKey: string, packet: Packet): void
  /** Origin facts of a member that entered, for choosing between `@` and `_data_change`. */
  memberOrigin(memberKey: string): Origin | undefined

  /**
   * Send with a fresh `_tag`; `onAnswer` gets the first packet whose `_tag_relay` is that tag, or undefined after
   * `timeoutMs`. The answer is still delivered to no one else.
   * @param routing `_source` (one of ours) and `_target`
   * @returns forgets the request: `onAnswer` is not called any more
   */
  request(
    routing: Routing,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: (answer: Packet | undefined, origin: Origin | undefined) => void,
    body?: string | Uint8Array,
  ): Timer

  /** 16 fresh hex digits: tags and run tokens. */
  token(): string
}

/** Who but its master may feed us a context. */
export interface ContextParents {
  /**
   * From now on packets with that foreign `_context` are accepted from its master's circuits and from those of the node
   * `parentKey` (a `rootKey`), which its master has named [design 5]; their origin tells which of them it was. What a
   * former parent still sends is dropped.
   * @param contextKey `key` of the context
   * @param parentKey undefined: from the master alone, as before
   */
  allowParent(contextKey: string, parentKey: string | undefined): void
}

/** News of other nodes and of client circuits. Separate from `PsycNode`, so that only who needs it depends on it. */
export interface PeerEvents {
  /**
   * The last circuit to `rootKey` ended: in order, or it broke. A client (negative port) will not come back under that
   * name; another node may [design 3]. @returns takes the listener away
   */
  onPeerLost(listener: (rootKey: string, isClient: boolean, how: 'finished' | 'lost') => void): () => void
  /** There is a circuit to that node: for the first time, or again. @returns takes the listener away */
  onPeerBack(listener: (rootKey: string) => void): () => void
  /**
   * The last circuit to that node or client that carried streams ended, while one for talk may live on: whom we feed there
   * gets nothing any more. The receivers of its streams here are told by their `lost`. @returns takes the listener away
   */
  onStreamsLost(listener: (rootKey: string) => void): () => void
  /**
   * Asked before a circuit for streams is closed on which nothing was said for long: whether a stream of ours may go to
   * that node, or one of its may come. What is subscribed to here needs no word. @returns takes the asker away
   */
  keepStreams(isNeeded: (rootKey: string) => boolean): () => void
}
