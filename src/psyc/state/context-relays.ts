/**
 * The tree of a place or an object at its master [design 5]. Whoever enters is fed by the master itself. When there are
 * more nodes than it likes to feed they are told so, and ask to be placed in a tree; from then on a node that the master
 * has sent to another one gets no casts from here. Answers, history and states go directly all the same.
 *
 * A node that enters again, as all do after a loss, is fed from here again until it has asked where it belongs.
 */
import { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import { CastLog } from './cast-log.js'
import type { ContextPeer } from './context-node.js'
import { ContextTree } from './context-tree.js'
import type { Feed, RouteNode } from './route-node.js'
import * as routes from './route-packets.js'
import type { Had } from './route-packets.js'
import type { Routes } from './routes.js'

/** What the trees of places and objects need of the node. */
export interface Relaying {
  readonly node: RouteNode
  readonly routes: Routes
  /** Nodes that this one feeds. */
  readonly degree: number
  /** Whether that node may feed others what is ours; undefined: none may, and there are no trees here. */
  readonly mayRelay?: ((root: Uniform) => boolean) | undefined
  /** Bytes that wait for that node to take them. */
  readonly queuedBytes: (rootKey: string) => number
}

/** Of the master. */
export interface RelayedContext {
  readonly uniform: Uniform
  readonly run: string
  readonly counter: number
  has(memberKey: string): boolean
  /** Changes were left out: a full state is due. */
  isBehind(memberKey: string): boolean
  /** The full state goes to that member, now or when it may be shown. */
  refresh(memberKey: string): void
}

const AGAIN_MS = 250 // ours: who is about to enter the context again asks too early

export class ContextRelays implements Feed {
  /** Nodes in the context that may be sent to others. */
  private readonly nodes = new Set<string>()
  /** Those that were. */
  private readonly sent = new Set<string>()
  private readonly log = new CastLog()
  private tree: ContextTree | undefined

  constructor(
    private readonly relaying: Relaying,
    private readonly context: RelayedContext,
  ) {}

  /** Whether casts do not go there from here. */
  isElsewhere(memberKey: string): boolean {
    return this.sent.has(memberKey)
  }

  /** @param packet in the form for nodes that keep state */
  cast(packet: () => Packet): void {
    if (this.tree !== undefined) this.log.append(packet(), this.context.counter)
  }

  /** A node has entered, perhaps again. */
  entered(rootKey: string, origin: ContextPeer): void {
    const { degree } = this.relaying
    this.sent.delete(rootKey)
    if (origin.understandsRoute !== true || origin.isLocal) return
    const wasCrowded = this.nodes.size > degree
    this.nodes.add(rootKey)
    if (this.nodes.size <= degree) return
    this.tree ??= this.newTree()
    // Who was lost is told when it has entered again: a cast by another circuit would look as if it were in.
    for (const key of wasCrowded ? [rootKey] : this.nodes) if (this.context.has(key)) this.invite(key)
  }

  /** It is not in the context any more. */
  left(rootKey: string): void {
    this.nodes.delete(rootKey)
    this.sent.delete(rootKey)
    this.tree?.forget(rootKey)
  }

  /** @returns whether the packet was about the tree: it is answered. Only roots of other nodes speak of that */
  receive(packet: Packet, origin: ContextPeer, source: Uniform): boolean {
    if (source.kind !== 'root' || origin.isLocal || source.rootKey !== origin.rootKey) return false
    const isOfTree = packet.method === routes.LEAVE && routes.tokenOf(packet) !== undefined
    const isReport = packet.method === routes.CHILD_LOST || packet.method === routes.CHILD_LEFT
    if (routes.isRouteRequest(packet)) this.place(packet, origin, source)
    else if (isOfTree || isReport) this.tree?.receive(packet, origin, source)
    else return false
    return true
  }

  close(): void {
    if (this.tree === undefined) return
    this.relaying.routes.remove(this.tree)
    this.tree.close()
  }

  private place(packet: Packet, origin: ContextPeer, source: Uniform): void {
    if (this.context.has(source.rootKey)) {
      this.tree ??= this.newTree()
      this.tree.enter(packet, origin, source)
      return
    }
    const routing = { _source: this.context.uniform.text, _target: packet.source, _tag_relay: packet.tag }
    this.relaying.node.send(Packet.of(routing, routes.AGAIN, { _time_wait: AGAIN_MS }))
  }

  private invite(rootKey: string): void {
    const routing = { _context: this.context.uniform.text, _target: rootKey }
    this.relaying.node.sendTo(rootKey, Packet.of(routing, routes.CROWDED))
  }

  private newTree(): ContextTree {
    const { node, degree, mayRelay = () => false, routes: all } = this.relaying
    const { context } = this
    const tree = new ContextTree({
      ...{ node, degree, mayRelay, feed: this },
      context: context.uniform,
      counter: () => context.counter,
      had: (rootKey) =>
        context.isBehind(rootKey) ? undefined : { run: context.run, counter: context.counter },
    })
    all.add(tree)
    return tree
  }

  // Feed

  /** It had whatever was cast until it was sent away; what it missed is sent again, or else the state. */
  begin(rootKey: string, _target: string, had?: Had): void {
    if (!this.sent.delete(rootKey)) return
    const { context, relaying, log } = this
    const missed = had?.run === context.run ? log.after(had.counter, context.counter) : undefined
    if (missed === undefined) context.refresh(rootKey)
    else for (const packet of missed) relaying.node.sendTo(rootKey, packet)
  }

  /** It is a member all the same, until it leaves. */
  end(): void {
    // its casts go on
  }

  elsewhere(rootKey: string): void {
    if (this.context.has(rootKey)) this.sent.add(rootKey)
  }
}
