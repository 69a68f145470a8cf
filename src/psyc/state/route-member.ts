/**
 * A node's side of a multicast tree: by whom it is fed, and whom it feeds in turn [design 5]. What is said is in
 * route-packets.ts; whoever has the packets (a stream's replica, say) is the handler.
 *
 *   what happens                                   what is done
 *   opened                                         ask the master
 *   the master feeds us                            so be it
 *   it names a parent                              leave the old one, enter there; our children stay
 *   the circuit to the parent broke, it refused,
 *     nothing came from it for 2 s                 ask the master, and say who failed
 *   casts were missing in 5 seconds on end         the same, while it goes on; once in 30 s
 *   we have nothing for a second                   tell our children to be patient, every second
 *   nothing but calls for patience for 6 s         ask the master whether we are where it thinks; after 12 s it failed
 *   the circuit to the master broke                who is fed stays, and tells the master again where it is;
 *                                                  who has asked asks again
 *   no answer of the master, or it does not know
 *     the context any more                         ask again after 0.2 s, doubling to 5 s; not fed for 30 s: over
 *   neither viewers nor children for 5 s           leave: over
 *
 * A node deeper in the tree waits a little longer before it complains of missing casts, for those above it miss them too.
 * One piece, because each row changes the same few things: by whom we are fed, what we have asked, and in which round.
 */
import { inherits } from '../wire/keyword.js'
import { Packet } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import type { CastReceiver, ContextPeer } from './context-node.js'
import { RouteChildren } from './route-children.js'
import type { Feed, RouteEnd, RouteNode } from './route-node.js'
import * as routes from './route-packets.js'
import type { Edge, Route, RouteRequest } from './route-packets.js'
import { RouteWatch } from './route-watch.js'

/** Whom the member serves. */
export interface RouteHandler {
  /** A packet of the context from whom we are fed by: state, history, casts. */
  packet(packet: Packet): void
  /** What comes next comes from somebody else, or anew: full state, history, casts. */
  interrupted(): void
  /** Who fed us does not any more; the master is asked. */
  failed?(): void
  /** Over. @param method why: of the master's refusal, `_failure_timeout`, or "" when nobody needs it here */
  ended(method: string): void
}

export interface RouteMemberOptions {
  readonly node: RouteNode
  readonly context: Uniform
  /** For our own children. */
  readonly feed: Feed
  readonly handler: RouteHandler
  /** Children that we offer to have; 0: none. */
  readonly degree: number
  /** Casts that never came, so far. */
  readonly missed: () => number
  /** Whether somebody here wants it; by default, always. */
  readonly isWanted?: () => boolean
  /** How far we have come, if what followed is enough for us. */
  readonly had?: () => routes.Had | undefined
}

const ASK_MS = 2_000 // ours: for the master to answer
const ENTER_MS = 3_000 // ours: for a parent, which may hold the answer for two seconds
const RETRY_FIRST_MS = 200 // design 5
const RETRY_MOST_MS = 5_000 // design 5
const AGAIN_LEAST_MS = 50 // ours
const BACK_MS = 2_000 // ours: nodes that lost the master come back to it within

export class RouteMember implements RouteEnd {
  readonly context: Uniform
  readonly children: RouteChildren
  private edge: Edge | undefined
  private isFedNow = false
  /** We have asked the parent to feed us. */
  private isEntering = false
  private isOpen = false
  /** The master has not answered yet. */
  private isAsking = false
  /** Answers to what was asked in an earlier round are nobody's. */
  private round = 0
  private retry: Timer | undefined
  private retryMs = RETRY_FIRST_MS
  /** What was asked last, to be asked again. */
  private asked: Pick<RouteRequest, 'failed' | 'fedBy'> = {}
  private readonly watch: RouteWatch
  /** Without `lost`: circuits that end are told by `Routes`, with their names. */
  private readonly receiver: CastReceiver = { receive: (packet, origin) => this.receive(packet, origin) }

  constructor(private readonly options: RouteMemberOptions) {
    const { node, context, feed, degree, missed, isWanted = () => true } = options
    this.context = context
    this.children = new RouteChildren({
      ...{ node, feed, degree },
      context: context.text,
      isFed: () => this.isFedNow,
    })
    this.watch = new RouteWatch({
      ...{ timers: node.timers, limits: node.limits, missed },
      isFed: () => this.isFedNow,
      isNeeded: () => isWanted() || this.children.size > 0,
      silent: () => this.fail(),
      starving: () => this.ask({ fedBy: this.edge }),
      dropping: () => this.ask({ failed: this.edge }),
      restless: () => this.children.pulse(routes.WAIT, 0),
      starved: () => this.over('_failure_timeout'),
      idle: () => this.leaveAll(''),
    })
  }

  /** Whether somebody feeds us. */
  get isFed(): boolean {
    return this.isFedNow
  }

  /** The node that feeds us, or is to. */
  get parentKey(): string | undefined {
    return this.edge?.parentKey
  }

  open(): void {
    if (this.isOpen) return
    this.isOpen = true
    this.options.node.subscribe(this.context.key, this.receiver)
    this.watch.start()
    this.ask({})
  }

  /** Leave at once, whoever may hang on us. May be called twice. */
  close(): void {
    if (this.isOpen) this.leaveAll(undefined)
  }

  /** Be fed by nobody for now: what is cast comes to us by other ways. Our children stay. */
  rest(): void {
    if (!this.isOpen) return
    // The answer to what the master was asked meanwhile counts all the same: it has written that down.
    if (this.isEntering) this.round++
    this.retry?.cancel()
    if (this.edge !== undefined) this.leave(this.edge, true)
    this.edge = undefined
    this.isFedNow = this.isEntering = false
    this.options.node.allowParent(this.context.key, undefined)
  }

  /** After `rest`: ask the master once more. */
  again(): void {
    this.ask({})
  }

  /** What the parent brings is wrong: it has failed us. */
  forsake(): void {
    if (this.isOpen) this.fail()
  }

  // ── what comes ───────────────────────────────────────────────────────────────────────────────────────────

  private receive(packet: Packet, origin: ContextPeer): void {
    if (!this.isOpen || !this.isFromFeeder(origin)) return
    const depth = routes.pulseDepth(packet)
    if (depth === undefined) {
      this.watch.fed()
      this.options.handler.packet(packet)
    } else if (depth < this.options.node.limits.routeDepth) this.pulsed(packet, depth + 1)
  }

  /** Of the master and the parent, by whom we want to be fed, the subscription tells. */
  concerns(rootKey: string): boolean {
    return this.children.has(rootKey)
  }

  lost(rootKey: string): void {
    if (!this.isOpen) return
    this.children.lost(rootKey)
    if (rootKey === this.edge?.parentKey) this.fail()
    else if (rootKey === this.context.rootKey && this.isFedNow) this.comeBack()
    else if (rootKey === this.context.rootKey && this.isAsking) this.askIn(RETRY_FIRST_MS)
  }

  /** A packet to our root that concerns this context. @returns whether it was of the tree */
  routed(packet: Packet, origin: ContextPeer): boolean {
    if (!this.isOpen) return false
    if (routes.isOfMaster(packet, origin, this.context)) return this.takeFromMaster(packet)
    const { method } = packet
    if (method === routes.ENTER) this.children.enter(packet, origin)
    else if (method === routes.LEAVE) this.children.left(packet, origin)
    else if (method === routes.REFUSED) this.refusedBy(origin)
    else return false
    return true
  }

  private takeFromMaster(packet: Packet): boolean {
    if (packet.method === routes.CHILD) this.children.announced(packet)
    else if (packet.method === routes.ROUTE) this.take(packet)
    else return false
    return true
  }

  private refusedBy({ rootKey }: ContextPeer): void {
    if (rootKey === this.edge?.parentKey) this.fail()
  }

  private isFromFeeder({ rootKey, parentKey }: ContextPeer): boolean {
    return (parentKey ?? rootKey) === this.edge?.parentKey
  }

  private pulsed(packet: Packet, depth: number): void {
    const isIdle = packet.method === routes.IDLE
    if (isIdle) this.watch.fed()
    else if (!this.watch.waited()) return
    const method = isIdle ? routes.IDLE : routes.WAIT
    this.children.pulse(method, depth, isIdle ? this.had : undefined)
  }

  // ── asking the master ────────────────────────────────────────────────────────────────────────────────────

  private ask(what: Pick<RouteRequest, 'failed' | 'fedBy'>): void {
    if (!this.isOpen) return
    const { node, degree } = this.options
    this.asked = what
    this.retry?.cancel()
    this.isAsking = true
    const round = ++this.round
    const request = { ...what, degree, children: this.children.size }
    const routing = { _source: node.root.text, _target: this.context.text }
    const variables = { ...routes.requestVariables(request), ...routes.hadVariables(this.had) }
    node.request(routing, routes.ENTER, variables, ASK_MS, (answer) => {
      if (!this.isOpen || round !== this.round) return
      this.isAsking = false
      this.answered(answer)
    })
  }

  private answered(answer: Packet | undefined): void {
    if (answer === undefined || isUnreachable(answer)) return this.askLater()
    if (answer.method === routes.ROUTE) this.take(answer)
    else if (inherits(answer.method, routes.ENTERED)) this.fedByMaster(routes.tokenOf(answer) ?? '')
    else if (answer.method === routes.AGAIN) this.askIn(answer.integer('_time_wait') ?? 0)
    // A master that has just begun anew, and whose publisher is not back yet.
    else if (this.edge !== undefined && inherits(answer.method, '_error_unknown')) this.askLater()
    else this.over(answer.method)
  }

  private askLater(): void {
    this.watch.isMasterSilent = true
    this.askIn(this.retryMs)
    this.retryMs = Math.min(2 * this.retryMs, RETRY_MOST_MS)
  }

  private askIn(ms: number): void {
    const { node } = this.options
    const bounded = Math.min(Math.max(ms, AGAIN_LEAST_MS), RETRY_MOST_MS) * (0.75 + this.random() / 2)
    this.retry?.cancel()
    this.retry = node.timers.after(bounded, () => this.ask(this.asked))
  }

  private comeBack(): void {
    this.retry?.cancel()
    this.retry = this.options.node.timers.after(BACK_MS * this.random(), () => this.ask({ fedBy: this.edge }))
  }

  /** The parent does not feed us any more. */
  private fail(): void {
    const { edge } = this
    if (!this.isFedNow && !this.isEntering) return
    this.isFedNow = this.isEntering = false
    this.options.handler.interrupted()
    this.options.handler.failed?.()
    // That the circuit to the master broke is no complaint of it.
    this.ask(edge?.parentKey === this.context.rootKey ? {} : { failed: edge })
  }

  // ── going where the master says ──────────────────────────────────────────────────────────────────────────

  private take(packet: Packet): void {
    const route = routes.readRoute(packet)
    const isSense = route !== undefined && route.parent.rootKey !== this.options.node.root.rootKey
    if (!isSense) return packet.tagRelay === undefined ? undefined : this.askLater()
    this.reached()
    this.watch.depth = route.depth
    const { parentKey, token } = this.edge ?? {}
    if (this.isFedNow && parentKey === route.parent.rootKey && token === route.token) return
    if (route.parent.rootKey === this.context.rootKey)
      this.ask({ fedBy: { parentKey: this.context.rootKey, token: route.token } })
    else this.enter(route)
  }

  private reached(): void {
    this.watch.isMasterSilent = false
    this.retryMs = RETRY_FIRST_MS
  }

  private fedByMaster(token: string): void {
    this.reached()
    this.watch.depth = 1
    this.moveTo({ parentKey: this.context.rootKey, token })
    this.fed()
  }

  private enter({ parent, token }: Route): void {
    const { node, context } = this.options
    this.moveTo({ parentKey: parent.rootKey, token })
    this.isEntering = true
    this.isAsking = false
    const round = ++this.round
    const routing = { _source: node.root.text, _target: parent.text }
    const had = routes.hadVariables(this.had)
    const variables = { _uniform_context: context.text, _token_route: token, ...had }
    node.request(routing, routes.ENTER, variables, ENTER_MS, (answer) => {
      if (!this.isOpen || round !== this.round) return
      if (answer !== undefined && inherits(answer.method, routes.ENTERED)) this.fed()
      else this.fail()
    })
  }

  /** Nothing of the old parent is taken any more, and what comes next begins anew. */
  private moveTo(edge: Edge): void {
    const { node, handler } = this.options
    this.retry?.cancel()
    if (this.edge !== undefined && this.edge.parentKey !== edge.parentKey) this.leave(this.edge, true)
    this.isFedNow = this.isEntering = false
    this.edge = edge
    const isMaster = edge.parentKey === this.context.rootKey
    node.allowParent(this.context.key, isMaster ? undefined : edge.parentKey)
    handler.interrupted()
  }

  private fed(): void {
    this.isFedNow = true
    this.isEntering = false
    this.watch.fed()
    this.children.fed()
  }

  // ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────

  /** @param isMoved the master knows: it sent us elsewhere */
  private leave({ parentKey, token }: Edge, isMoved: boolean): void {
    const { node } = this.options
    const isMaster = parentKey === this.context.rootKey
    if (isMaster && isMoved) return
    const routing = { _source: node.root.text, _target: isMaster ? this.context.text : parentKey }
    const variables = {
      _uniform_context: isMaster ? undefined : this.context.text,
      _token_route: token,
      _flag_moved: isMoved ? '1' : undefined,
    }
    node.send(Packet.of(routing, routes.LEAVE, variables))
  }

  private leaveAll(why: string | undefined): void {
    if (this.edge !== undefined) this.leave(this.edge, false)
    else this.leave({ parentKey: this.context.rootKey, token: '' }, false)
    this.end()
    if (why !== undefined) this.options.handler.ended(why)
  }

  private over(method: string): void {
    this.end()
    this.options.handler.ended(method)
  }

  private end(): void {
    const { node } = this.options
    this.isOpen = this.isFedNow = this.isEntering = false
    this.round++
    this.retry?.cancel()
    this.watch.stop()
    this.children.close()
    node.allowParent(this.context.key, undefined)
    node.unsubscribe(this.context.key, this.receiver)
  }

  private get had(): routes.Had | undefined {
    return this.options.had?.()
  }

  /** 0 to 1. */
  private random(): number {
    return parseInt(this.options.node.token().slice(0, 4), 16) / 0x10000
  }
}

function isUnreachable({ method }: Packet): boolean {
  return inherits(method, '_failure_unsuccessful_delivery') || inherits(method, '_failure_timeout')
}

/** The context that a packet to a root is about: that of its source, or the one it names. */
export function contextOf(packet: Packet): string | undefined {
  const source = uniformOf(packet.source)
  if (source !== undefined && source.kind !== 'root') return source.key
  return uniformOf(packet.text('_uniform_context'))?.key
}
