/**
 * The master's side of a multicast tree: it feeds a few nodes itself and sends all others to one that feeds them. It alone
 * decides, from a book of its own (tree.ts); what is said is in route-packets.ts [design 5].
 *
 *   asked by a node that                      answer
 *   cannot be sent elsewhere                  fed here, and not counted: PSYC clients, nodes without `_route`
 *   comes, or has lost its place              the least deep room; those who move to make room are told too
 *   says that its parent failed               the same, but neither that parent nor others that failed it lately
 *   complains of what it has not any more     where it is according to the book: it has missed what was said
 *   says where it is                          that is right, or is written down: a master that has just begun learns its
 *                                             tree so; or else where the book has it
 *
 * Only the parent of a node is heard when it reports that node lost, and only of the edge that the book has now.
 * Nobody is named as parent who cannot be called, or whom `relays` does not trust with this context.
 * One piece, because every packet and every timer here ends in the same book.
 */
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import { memberKeyOf } from './context-node.js'
import type { ContextPeer } from './context-node.js'
import type { Feed, RouteEnd, RouteNode } from './route-node.js'
import * as routes from './route-packets.js'
import type { Edge, RouteRequest } from './route-packets.js'
import { RoutePeers } from './route-peers.js'
import type { RoutePeer } from './route-peers.js'
import { Tree } from './tree.js'
import type { TreeNode } from './tree.js'

export interface ContextTreeOptions {
  readonly node: RouteNode
  readonly context: Uniform
  readonly feed: Feed
  /** Nodes that are fed from here, as long as others have room; at least 1. */
  readonly degree: number
  /** Whether that node may feed others this context [design 5, "Trust"]. */
  readonly mayRelay: (root: Uniform) => boolean
  /** `_counter` of the last cast: while it goes on nobody needs to be told that all is well. */
  readonly counter: () => number
  /**
   * Told every second, whatever was cast: how far that node has come if it has missed nothing; undefined for one that is
   * to get something else.
   */
  readonly had?: (rootKey: string) => routes.Had | undefined
}

export const PULSE_MS = 1_000 // ours: children are told that all is well when nothing was cast for so long
const SWEEP_MS = 5_000 // ours
const FORGOTTEN_MS = 60_000 // ours: who has lost its place and does not ask for another
const AGAIN_MS = 250 // ours: when even too many wait until it is known who can be called

export class ContextTree implements RouteEnd {
  readonly context: Uniform
  /** Nodes in the tree, as the book has them. */
  readonly book: Tree
  private readonly peers = new RoutePeers()
  /** Nodes of the tree that are fed from here. */
  private readonly fed = new Set<string>()
  /** Those that are fed from here whatever comes. */
  private readonly direct = new Set<string>()
  /** Requests to enter, by node, that wait until it is known of somebody whether he can be called. */
  private readonly waiting = new Map<string, Packet>()
  /** The last counter that a pulse has seen. */
  private counted = -1
  private pulseTimer: Timer | undefined
  private sweepTimer: Timer | undefined

  constructor(private readonly options: ContextTreeOptions) {
    const { node, context, degree } = options
    this.context = context
    this.book = new Tree(context.rootKey, {
      ...{ degree, maxNodes: node.limits.routeNodes, maxDepth: node.limits.routeDepth },
      token: () => node.token(),
    })
  }

  /** Nodes and clients that are fed from here. */
  get size(): number {
    return this.fed.size + this.direct.size
  }

  /** A request to enter, of somebody who may. It is answered. */
  enter(packet: Packet, origin: ContextPeer, source: Uniform): void {
    const isNode = source.kind === 'root' && source.rootKey === origin.rootKey && !this.isOurs(source)
    if (isNode && origin.understandsRoute === true) this.enterNode(packet, source)
    else this.enterDirect(packet, origin, source)
  }

  /** @returns whether the packet was about the tree: a leave, or what a parent reports */
  receive(packet: Packet, origin: ContextPeer, source: Uniform): boolean {
    if (packet.method === routes.LEAVE) this.leave(packet, origin, source)
    else if (packet.method === routes.CHILD_LOST || packet.method === routes.CHILD_LEFT)
      this.reported(packet, origin)
    else return false
    return true
  }

  /** All nodes of the tree, since whoever feeds them, they hear from here where they belong. */
  concerns(rootKey: string): boolean {
    return this.direct.has(rootKey) || this.book.get(rootKey) !== undefined
  }

  lost(rootKey: string): void {
    this.waiting.delete(rootKey)
    if (this.direct.delete(rootKey)) this.options.feed.end(rootKey)
    const node = this.book.get(rootKey)
    if (node === undefined || !this.fed.has(rootKey)) return
    this.book.detach(node, this.now)
    this.stopFeeding(rootKey)
  }

  /** That node is not in the context any more. */
  forget(rootKey: string): void {
    this.waiting.delete(rootKey)
    const node = this.book.get(rootKey)
    if (node === undefined || node === this.book.root) return
    this.book.remove(node, this.now)
    this.stopFeeding(rootKey)
  }

  /** Nobody is fed any more. */
  close(): void {
    for (const key of [...this.fed, ...this.direct]) this.options.feed.end(key)
    this.fed.clear()
    this.direct.clear()
    this.waiting.clear()
    this.pulseTimer?.cancel()
    this.sweepTimer?.cancel()
  }

  private isOurs({ rootKey }: Uniform): boolean {
    return rootKey === this.context.rootKey
  }

  // ── those who are never sent elsewhere ───────────────────────────────────────────────────────────────────

  private enterDirect(packet: Packet, origin: ContextPeer, source: Uniform): void {
    const { node, feed } = this.options
    const key = memberKeyOf(source, origin)
    if (!this.direct.has(key) && this.direct.size >= node.limits.routeDirect)
      return this.answer(packet, routes.FULL)
    this.direct.add(key)
    this.answer(packet, routes.ENTERED)
    feed.begin(key, source.text, routes.readHad(packet))
  }

  private leave(packet: Packet, origin: ContextPeer, source: Uniform): void {
    const key = memberKeyOf(source, origin)
    if (this.direct.delete(key)) this.options.feed.end(key)
    const token = routes.tokenOf(packet)
    const isLate = token !== undefined && token !== this.book.get(key)?.token // out of a circuit that broke, after a new enter
    if (source.kind === 'root' && !isLate) this.forget(key)
    if (packet.tag !== undefined) this.answer(packet, '_echo_context_leave')
  }

  // ── nodes of the tree ────────────────────────────────────────────────────────────────────────────────────

  private enterNode(packet: Packet, source: Uniform): void {
    const peer = this.peers.of(source)
    if (peer.isFlooding(this.now, this.options.node.limits.routeEnters))
      return this.answer(packet, routes.AGAIN, { _time_wait: 1_000 })
    this.admit(packet, source, peer)
  }

  private admit(packet: Packet, source: Uniform, peer: RoutePeer): void {
    this.waiting.delete(source.rootKey)
    const known = this.book.get(source.rootKey)
    if (known === undefined && this.book.isFull) return this.answer(packet, routes.FULL)
    const request = routes.readRequest(packet)
    const node = known ?? this.book.add(source.rootKey, 0, this.now)
    this.sweepTimer ??= this.options.node.timers.after(SWEEP_MS, () => this.sweep())
    this.learn(node, peer, request)
    if (this.isPlaced(node, peer, request)) this.route(node, packet)
    else this.place(node, peer, packet)
  }

  /** What it says of itself. */
  private learn(node: TreeNode, peer: RoutePeer, { degree, children }: RouteRequest): void {
    const { limits } = this.options.node
    peer.degree = Math.min(degree ?? this.options.degree, limits.routeDegree)
    const claimed = Math.min(children, limits.routeDegree)
    this.book.change(node, { capacity: this.capacityOf(node, peer), claimed })
    peer.claimedAtMs = this.now
  }

  private capacityOf(node: TreeNode, peer: RoutePeer): number {
    if (peer.degree === 0 || !this.options.mayRelay(peer.root)) return 0
    if (peer.isUntried(this.now)) {
      peer.reached = 'asked'
      this.peers.asked++
      this.options.node.reach(peer.root, (isReached) => {
        peer.reached = isReached ? 'yes' : 'no'
        this.peers.asked--
        // It may have left meanwhile, and come back: then it is another one in the book.
        const now = this.book.get(node.key)
        if (now !== undefined) this.book.change(now, { capacity: isReached ? peer.degree : 0 })
        if (isReached || this.peers.asked === 0) this.placeWaiting()
      })
    }
    return peer.reached === 'yes' ? peer.degree : 0
  }

  /** Whether the book has a place for it, or takes the one it says to have. */
  private isPlaced(node: TreeNode, peer: RoutePeer, { fedBy, failed }: RouteRequest): boolean {
    if (failed !== undefined) return this.hasMissedRoute(node, peer, failed)
    if (fedBy === undefined) return false
    if (node.isAttached || isEdge(node, fedBy)) return true
    const parent = this.book.get(fedBy.parentKey) ?? this.unseen(fedBy.parentKey)
    return parent !== undefined && parent !== this.book.root && this.adopt(node, parent, fedBy)
  }

  /** It complains of an edge that it has not any more. */
  private hasMissedRoute(node: TreeNode, peer: RoutePeer, failed: Edge): boolean {
    const parent = this.book.get(failed.parentKey)
    if (node.isAttached && node.parent !== parent) return true
    if (parent === undefined) return false
    const isFirst = peer.complain(failed.parentKey, this.now)
    if (isFirst && parent !== this.book.root && isEdge(node, failed)) this.distrust(parent)
    return false
  }

  private distrust(parent: TreeNode): void {
    this.peers.suspect(parent.key, this.now)
    this.book.change(parent, { isHidden: true })
  }

  private adopt(node: TreeNode, parent: TreeNode, { token }: Edge): boolean {
    return token !== '' && this.book.adopt(node, parent, token, this.now)
  }

  /** Somebody says that this node feeds it. It will come itself. */
  private unseen(key: string): TreeNode | undefined {
    const root = uniformOf(key)
    if (this.book.isFull || root === undefined || !this.options.mayRelay(root)) return undefined
    return this.book.add(key, this.options.degree, this.now)
  }

  private place(node: TreeNode, peer: RoutePeer, packet: Packet): void {
    const { book, now } = this
    const moved = book.place(node, now, ({ key }) => peer.isAvoiding(key, now))
    const isOver = node.parent === book.root && book.root.children.size > this.options.degree
    if (isOver && !this.mayOverflow(node, packet)) return
    for (const each of moved) this.route(each, each === node ? packet : undefined)
  }

  /** Nobody has room. Somebody may turn out to have; if not, it is fed from here, as long as that is bearable. */
  private mayOverflow(node: TreeNode, packet: Packet): boolean {
    const { book, options } = this
    const isWorthWaiting = this.peers.asked > 0
    const most = options.degree + options.node.limits.routeDirect
    if (!isWorthWaiting && book.root.children.size <= most) return true
    const wasFed = this.fed.has(node.key)
    if (wasFed && isWorthWaiting) return true
    book.remove(node, this.now)
    this.stopFeeding(node.key)
    if (!isWorthWaiting) this.answer(packet, routes.FULL)
    else if (this.waiting.size < most) this.waiting.set(node.key, packet)
    else this.answer(packet, routes.AGAIN, { _time_wait: AGAIN_MS })
    return false
  }

  /** It is known now of somebody whether he can feed others. */
  private placeWaiting(): void {
    const waiting = [...this.waiting.values()]
    this.waiting.clear()
    for (const packet of waiting) {
      const source = uniformOf(packet.source)
      if (source !== undefined) this.admit(packet, source, this.peers.of(source))
    }
  }

  /** Tell the node where it is fed, and its parent. @param packet its request; undefined: it did not ask */
  private route(node: TreeNode, packet: Packet | undefined): void {
    const { key, parent, token, depth } = node
    if (parent === undefined) return
    const isOurs = parent === this.book.root
    if (!isOurs) {
      this.stopFeeding(key)
      this.options.feed.elsewhere?.(key)
      this.tell(parent.key, routes.CHILD, routes.childVariables(key, token))
    }
    if (isOurs && packet !== undefined) {
      this.answer(packet, routes.ENTERED, { _token_route: token })
      this.startFeeding(key, packet)
      return
    }
    const where = { _uniform_parent: parent.key, _token_route: token, _amount_depth: Math.max(1, depth) }
    if (packet === undefined) this.tell(key, routes.ROUTE, where)
    else this.answer(packet, routes.ROUTE, where)
  }

  private startFeeding(key: string, packet: Packet): void {
    this.fed.add(key)
    this.options.feed.begin(key, key, routes.readHad(packet))
    this.pulseTimer ??= this.options.node.timers.after(PULSE_MS, () => this.pulse())
  }

  private stopFeeding(key: string): void {
    if (this.fed.delete(key)) this.options.feed.end(key)
  }

  private reported(packet: Packet, origin: ContextPeer): void {
    const about = routes.readChild(packet)
    const parent = this.book.get(origin.rootKey)
    if (about === undefined || parent === undefined || origin.isLocal) return
    if (parent.claimed > 0) this.book.change(parent, { claimed: parent.claimed - 1 })
    const child = this.book.get(about.childKey)
    if (child === undefined || !isEdge(child, { parentKey: origin.rootKey, token: about.token })) return
    if (packet.method === routes.CHILD_LEFT) this.book.remove(child, this.now)
    else this.book.detach(child, this.now)
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────

  private pulse(): void {
    const { node, context } = this.options
    this.pulseTimer = this.fed.size === 0 ? undefined : node.timers.after(PULSE_MS, () => this.pulse())
    const counter = this.options.counter()
    const { had } = this.options
    const isIdle = counter === this.counted || had !== undefined
    this.counted = counter
    if (!isIdle) return
    for (const key of this.fed) node.sendTo(key, routes.pulse(context.text, routes.IDLE, 0, had?.(key)))
  }

  private sweep(): void {
    const { book, now, peers } = this
    for (const head of [...book.heads]) if (now - head.headSinceMs >= FORGOTTEN_MS) book.remove(head, now)
    for (const key of peers.trusted(now)) {
      const node = book.get(key)
      if (node !== undefined) book.change(node, { isHidden: false })
    }
    for (const { root, claimedAtMs } of peers.all) {
      const node = book.get(root.rootKey)
      if (node === undefined) peers.forget(root.rootKey)
      else if (node.claimed > 0 && now - claimedAtMs > SWEEP_MS) book.change(node, { claimed: 0 })
    }
    this.sweepTimer =
      book.size === 0 ? undefined : this.options.node.timers.after(SWEEP_MS, () => this.sweep())
  }

  // ── packets ──────────────────────────────────────────────────────────────────────────────────────────────

  private answer(packet: Packet, method: string, variables: Variables = {}): void {
    const routing = { _source: this.context.text, _target: packet.source, _tag_relay: packet.tag }
    this.options.node.send(Packet.of(routing, method, variables))
  }

  private tell(key: string, method: string, variables: Variables): void {
    this.options.node.send(Packet.of({ _source: this.context.text, _target: key }, method, variables))
  }

  private get now(): number {
    return this.options.node.timers.clock.now()
  }
}

function isEdge(node: TreeNode, { parentKey, token }: Edge): boolean {
  return node.parent?.key === parentKey && node.token === token
}
