/**
 * What a context, as master or as replica, needs of the node it lives on. The node of psyc/entity has this shape; the
 * folder below it must not import it.
 */
import type { Packet, Routing, Variables } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'

/** Where a packet came from, or what the far end of a member understands. */
export interface ContextPeer {
  readonly rootKey: string
  readonly isLocal: boolean
  /** Speaks 1.0 and offered `_state`: gets `=` and `@`; all others get `:` only [design 4]. */
  readonly understandsState: boolean
  readonly syntax: '1.0' | '0.9'
  /** `rootKey` of the parent that brought a cast of another node's context; undefined when its master did. */
  readonly parentKey?: string | undefined
  /** Offered `_route`: may be sent to be fed by another node [design 5]. */
  readonly understandsRoute?: boolean
}

export interface CastReceiver {
  receive(packet: Packet, origin: ContextPeer): void
  /** Whether others may be told what a parent in the tree has brought. When not, nobody but this receiver gets it. */
  admits?(packet: Packet, origin: ContextPeer): boolean
  lost?(): void
}

export interface ContextNode {
  readonly root: Uniform
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log
  subscribe(contextKey: string, receiver: CastReceiver): void
  unsubscribe(contextKey: string, receiver: CastReceiver): void
  send(packet: Packet): void
  sendTo(memberKey: string, packet: Packet): void
  memberOrigin(memberKey: string): ContextPeer | undefined
  request(
    routing: Routing,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: (answer: Packet | undefined, origin: ContextPeer | undefined) => void,
  ): void
  token(): string
}

/** The key under which casts reach the sender: himself when he is local, else the root he came by [psyc.md 5.6]. */
export function memberKeyOf(source: Uniform, origin: ContextPeer): string {
  return origin.isLocal ? source.entityKey : origin.rootKey
}
