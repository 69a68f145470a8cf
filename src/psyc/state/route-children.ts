/**
 * The children of a node in a multicast tree: those that the master has announced and that then came [design 5]. Who comes
 * before the announcement, or while this node is not fed itself, waits a little.
 */
import { Packet } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import type { ContextPeer } from './context-node.js'
import type { Feed, RouteNode } from './route-node.js'
import * as routes from './route-packets.js'

export interface RouteChildrenOptions {
  readonly node: RouteNode
  /** Uniform of the context. */
  readonly context: string
  readonly feed: Feed
  /** Children that were offered; twice as many are borne, for some may be gone without our knowing. */
  readonly degree: number
  /** Whether this node is fed itself. */
  readonly isFed: () => boolean
}

interface Held {
  readonly packet: Packet
  readonly token: string
  readonly timer: Timer
}

export class RouteChildren {
  /** By `rootKey`, with the names of the edges. */
  private readonly children = new Map<string, string>()
  private readonly told = new Map<string, string>()
  private readonly held = new Map<string, Held>()

  constructor(private readonly options: RouteChildrenOptions) {}

  get size(): number {
    return this.children.size
  }

  has(childKey: string): boolean {
    return this.children.has(childKey)
  }

  /** The master says who will come. */
  announced(packet: Packet): void {
    const child = routes.readChild(packet)
    if (child === undefined) return
    this.told.delete(child.childKey)
    this.told.set(child.childKey, child.token)
    const [oldest] = this.told.keys()
    if (this.told.size > this.options.node.limits.routeTold && oldest !== undefined) this.told.delete(oldest)
    this.admit(child.childKey)
  }

  /** A node asks to be fed: it gets its answer at once or a little later. */
  enter(packet: Packet, origin: ContextPeer): void {
    const childKey = childOf(packet, origin)
    const token = routes.tokenOf(packet)
    const { limits, timers } = this.options.node
    if (childKey === undefined || token === undefined || !this.mayWait(childKey)) return this.refuse(packet)
    this.held.get(childKey)?.timer.cancel()
    const timer = timers.after(limits.routeHeldMs, () => {
      this.held.delete(childKey)
      this.refuse(packet)
    })
    this.held.set(childKey, { packet, token, timer })
    this.admit(childKey)
  }

  /** This node is fed from now on. */
  fed(): void {
    for (const childKey of [...this.held.keys()]) this.admit(childKey)
  }

  left(packet: Packet, origin: ContextPeer): void {
    const childKey = childOf(packet, origin)
    const token = routes.tokenOf(packet)
    if (childKey === undefined || token === undefined) return
    if (this.held.get(childKey)?.token === token) this.drop(childKey)
    if (this.children.get(childKey) !== token) return
    this.remove(childKey)
    if (packet.text('_flag_moved') !== '1') this.report(routes.CHILD_LEFT, childKey, token)
  }

  /** The circuit to that node broke. */
  lost(rootKey: string): void {
    this.drop(rootKey)
    const token = this.children.get(rootKey)
    if (token === undefined) return
    this.remove(rootKey)
    this.report(routes.CHILD_LOST, rootKey, token)
  }

  /** @param had by this node; who is to get something else than the casts is not told */
  pulse(method: typeof routes.IDLE | typeof routes.WAIT, depth: number, had?: routes.Had): void {
    const { node, context, feed } = this.options
    const all = routes.pulse(context, method, depth)
    const fed = had === undefined ? all : routes.pulse(context, method, depth, had)
    for (const childKey of this.children.keys())
      node.sendTo(childKey, feed.isBehind?.(childKey) === true ? all : fed)
  }

  /** Nobody is fed any more, and they are told. */
  close(): void {
    const { node, context, feed } = this.options
    for (const { packet, timer } of this.held.values()) {
      timer.cancel()
      this.refuse(packet)
    }
    for (const childKey of this.children.keys()) {
      feed.end(childKey)
      const routing = { _source: node.root.text, _target: childKey }
      node.send(Packet.of(routing, routes.REFUSED, { _uniform_context: context }))
    }
    this.held.clear()
    this.told.clear()
    this.children.clear()
  }

  private mayWait(childKey: string): boolean {
    const { node, degree } = this.options
    if (this.children.size >= 2 * degree && !this.children.has(childKey)) return false
    return this.held.size < node.limits.routeHeld || this.held.has(childKey)
  }

  /** Both it and the master have spoken of the same edge. */
  private admit(childKey: string): void {
    const held = this.held.get(childKey)
    if (held === undefined || held.token !== this.told.get(childKey) || !this.options.isFed()) return
    this.drop(childKey)
    this.told.delete(childKey)
    this.children.set(childKey, held.token)
    this.answer(held.packet, routes.ENTERED)
    this.options.feed.begin(childKey, held.packet.source ?? childKey, routes.readHad(held.packet))
  }

  private drop(childKey: string): void {
    this.held.get(childKey)?.timer.cancel()
    this.held.delete(childKey)
  }

  private remove(childKey: string): void {
    this.children.delete(childKey)
    this.options.feed.end(childKey)
  }

  private refuse(packet: Packet): void {
    this.answer(packet, routes.REFUSED)
  }

  private answer(packet: Packet, method: string): void {
    const { node, context } = this.options
    const routing = { _source: node.root.text, _target: packet.source, _tag_relay: packet.tag }
    node.send(Packet.of(routing, method, { _uniform_context: context }))
  }

  private report(method: string, childKey: string, token: string): void {
    const { node, context } = this.options
    const routing = { _source: node.root.text, _target: context }
    node.send(Packet.of(routing, method, routes.childVariables(childKey, token)))
  }
}

/** The node that the packet is of: only its root speaks in a tree. */
function childOf(packet: Packet, origin: ContextPeer): string | undefined {
  const source = uniformOf(packet.source)
  return source?.kind === 'root' && source.rootKey === origin.rootKey && !origin.isLocal
    ? source.rootKey
    : undefined
}
