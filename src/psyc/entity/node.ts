/**
 * What entities of this node see of it: who they are, how to send, how to ask. The implementation routes;
 * entities never touch circuits.
 */
import type { Packet, Routing, Variables } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { CastReceiver, ContextNode, ContextPeer } from '../state/context-node.js'
import type { Timer } from '../../util/timers.js'

/** Where a packet came from, as far as it is proven. */
export type Origin = ContextPeer

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
export type ContextReceiver = CastReceiver

export interface PsycNode extends ContextNode {
  /** Name and version of the program. */
  readonly implementation: string
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
