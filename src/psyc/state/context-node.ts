/**
 * What a context, as master or as replica, needs of the node it lives on. What entities see of the node (psyc/entity/node.ts)
 * is this and more; this folder must not import it.
 */
import type { Packet, Routing, Variables } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'

/** Where a packet came from, as far as it is proven, or what the far end of a member understands. */
export interface ContextPeer {
  /** `rootKey` of the node whose packet this is; our own for local entities. */
  readonly rootKey: string
  readonly isLocal: boolean
  /** Speaks 1.0 and offered `_state`: gets `=` and `@`; all others get `:` only [design 4]. True for local. */
  readonly understandsState: boolean
  /** "1.0" or "0.9"; local counts as 1.0. */
  readonly syntax: '1.0' | '0.9'
  /** `rootKey` of the parent that brought a cast of the context of `rootKey`; undefined when it came from there. */
  readonly parentKey?: string | undefined
  /** Offered `_route`: may be sent to be fed by another node [design 5]. */
  readonly understandsRoute?: boolean
  /** When its circuit was opened, in ms of the clock; undefined for local entities. */
  readonly openedAt?: number
}

export interface CastReceiver {
  receive(packet: Packet, origin: ContextPeer): void
  /**
   * Of who knows what comes next in the context: whether others may be told what a parent in the tree has brought. When not,
   * nobody but this receiver gets it.
   */
  admits?(packet: Packet, origin: ContextPeer): boolean
  /** The circuit to the context's master broke (a new one will be a new beginning), or the master is unreachable. */
  lost?(): void
}

export interface ContextNode {
  /** Our root entity, "psyc://gw.example/". */
  readonly root: Uniform
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log

  /** Casts of `contextKey` (a uniform's `key`) go to `receiver` until it is taken away. */
  subscribe(contextKey: string, receiver: CastReceiver): void
  unsubscribe(contextKey: string, receiver: CastReceiver): void

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
  memberOrigin(memberKey: string): ContextPeer | undefined
  /** Send with a fresh `_tag`, and get the answer or, after `timeoutMs`, undefined. */
  request(
    routing: Routing,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: (answer: Packet | undefined, origin: ContextPeer | undefined) => void,
  ): void

  /** 16 fresh hex digits: tags and run tokens. */
  token(): string
}

/** The key under which casts reach the sender: himself when he is local, else the root he came by [psyc.md 5.6]. */
export function memberKeyOf(source: Uniform, origin: ContextPeer): string {
  return origin.isLocal ? source.entityKey : origin.rootKey
}
