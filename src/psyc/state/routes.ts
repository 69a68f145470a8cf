/**
 * The multicast trees that a node is part of, as master or as member: who gets the packets between roots that are about
 * them, and hears of circuits that ended [design 5].
 */
import type { Packet } from '../wire/packet.js'
import type { ContextPeer } from './context-node.js'
import { contextOf } from './route-member.js'
import type { RouteMember } from './route-member.js'
import type { RouteEnd } from './route-node.js'

/** Tells of circuits that ended; the node of psyc/entity has this shape. */
export interface LostPeers {
  onPeerLost(listener: (rootKey: string, isClient: boolean) => void): () => void
  /** Those that carried streams. */
  onStreamsLost(listener: (rootKey: string) => void): () => void
  /** Asks whether those that carry streams to that node are needed. */
  keepStreams(isNeeded: (rootKey: string) => boolean): () => void
}

export class Routes {
  private readonly members = new Map<string, RouteMember>()
  private readonly ends = new Set<RouteEnd>()

  /** @param isOfStream whether the context with that key is carried by the circuits for streams */
  constructor(peers: LostPeers, isOfStream: (contextKey: string) => boolean) {
    peers.onPeerLost((rootKey) => this.lost(rootKey, ({ context }) => !isOfStream(context.key)))
    peers.onStreamsLost((rootKey) => this.lost(rootKey, ({ context }) => isOfStream(context.key)))
    peers.keepStreams((rootKey) =>
      [...this.ends].some((end) => isOfStream(end.context.key) && end.concerns(rootKey)),
    )
  }

  /** A node is in the tree of a context once. */
  addMember(member: RouteMember): void {
    this.members.set(member.context.key, member)
    this.ends.add(member)
  }

  removeMember(member: RouteMember): void {
    if (this.members.get(member.context.key) === member) this.members.delete(member.context.key)
    this.ends.delete(member)
  }

  /** The master of a context. */
  add(end: RouteEnd): void {
    this.ends.add(end)
  }

  remove(end: RouteEnd): void {
    this.ends.delete(end)
  }

  /** A packet to our root. @returns whether it was about a tree that we are in */
  receive(packet: Packet, origin: ContextPeer): boolean {
    const key = contextOf(packet)
    return (key === undefined ? undefined : this.members.get(key))?.routed(packet, origin) === true
  }

  private lost(rootKey: string, isCarried: (end: RouteEnd) => boolean): void {
    for (const end of [...this.ends]) if (isCarried(end)) end.lost(rootKey)
  }
}
