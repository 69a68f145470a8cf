/**
 * A node's place in the tree of a place or an object that it follows [design 5]: from whom the casts come, and to whom
 * they go on. It is fed by the master until that says that it is crowded. What is passed on is what came, unchanged; who
 * comes gets what it has missed, or the state as it is here, and so does everybody after a leap.
 *
 * A parent whose casts have holes, or who says what is not so, is left: the master is told that it has failed.
 *
 * Casts do not say of which run they are: a parent does, before its first one and when there is another.
 */
import { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import { CastLog } from './cast-log.js'
import type { Relaying } from './context-relays.js'
import { fullStatePackets } from './full-state.js'
import { RouteMember } from './route-member.js'
import type { RouteHandler } from './route-member.js'
import type { Feed } from './route-node.js'
import * as routes from './route-packets.js'
import type { Had } from './route-packets.js'
import type { StateVariables } from './variables.js'

/** The replica, as far as others are fed from it. */
export interface RoutedReplica {
  readonly uniform: Uniform
  readonly run: string | undefined
  readonly counter: number
  /** Undefined: there is none, or something is missing in it. */
  readonly whole: StateVariables | undefined
  /** The parent is another one now, or about to be. */
  parentChanged(): void
  /** There is no tree for us any more: casts are to come from the master. */
  reenter(): void
}

interface Child {
  readonly target: string
  /** What it has. */
  counter: number
  /** It gets no casts until it has had the state. */
  awaitsState: boolean
}

const HUNGER_MS = 3_000 // ours: who has found no feeder for so long is fed by the master first
const ENDED_MS = 60_000 // ours: who was refused a place is fed by the master, and does not ask again
const HOLES_MS = 30_000 // ours: as long as who has failed is not named again
const BEHIND_CHECK_MS = 100 // ours: how often children that are behind are looked at

export class ContextRoute implements Feed, RouteHandler {
  private member: RouteMember | undefined
  private readonly children = new Map<string, Child>()
  private readonly log = new CastLog()
  private behindCheck: Timer | undefined
  private hunger: Timer | undefined
  private hole: { readonly parentKey: string; readonly atMs: number } | undefined
  private endedMs = Number.NEGATIVE_INFINITY

  /** @param mergesStates whether a child that is slow gets one state in place of many casts */
  constructor(
    private readonly relaying: Relaying,
    private readonly replica: RoutedReplica,
    private readonly mergesStates: boolean,
  ) {}

  /** Whether another node than the master feeds us, or is to. */
  get isRelayed(): boolean {
    const parentKey = this.member?.parentKey
    return parentKey !== undefined && parentKey !== this.replica.uniform.rootKey
  }

  /** Nodes that are fed from here. */
  get size(): number {
    return this.children.size
  }

  /** The master has too many nodes to feed. */
  crowded(): void {
    if (this.member !== undefined || this.now - this.endedMs < ENDED_MS) return
    const { node, routes: all, degree } = this.relaying
    const member = new RouteMember({
      ...{ node, degree, feed: this, handler: this },
      context: this.replica.uniform,
      missed: () => 0,
      had: () => this.had,
    })
    this.member = member
    all.addMember(member)
    member.open()
  }

  /** We have entered again: the casts come from the master, until it says otherwise. It is asked at once. */
  rest(): void {
    this.member?.rest()
    this.member?.again()
    this.interrupted()
  }

  /** Casts of the parent were missing. Once that may be nobody's fault. */
  holed(): void {
    const { hole, now, member } = this
    const parentKey = member?.parentKey
    if (parentKey === undefined || !this.isRelayed) return
    this.hole = { parentKey, atMs: now }
    if (hole?.parentKey === parentKey && now - hole.atMs < HOLES_MS) this.forsake('holes')
  }

  /** What that parent has brought is not so. */
  betrayed(parentKey: string, why: string): void {
    if (this.member?.parentKey === parentKey) this.forsake(why)
  }

  private forsake(why: string): void {
    const { member, relaying, replica } = this
    relaying.node.log.warn(
      { root: member?.parentKey, context: replica.uniform.text, why },
      'a parent in the tree of a context is left',
    )
    member?.forsake()
  }

  /** A cast was new to us. */
  cast(packet: Packet, counter: number): void {
    if (this.member === undefined) return
    this.log.append(packet, counter)
    if (this.replica.whole === undefined) return
    const { changesState } = packet
    for (const [childKey, child] of this.children) {
      if (counter <= child.counter) continue
      if (changesState && (child.awaitsState || this.isTooSlow(childKey, child))) continue
      // What is no change of state is in no state either: it comes behind the one that is due.
      if (child.awaitsState) this.sendState(childKey, child, counter - 1)
      child.counter = counter
      this.relaying.node.sendTo(childKey, packet)
    }
  }

  /** What has come since, in order; undefined when not all of it is here. */
  castsAfter(counter: number): readonly Packet[] | undefined {
    return this.log.after(counter, this.replica.counter)
  }

  /**
   * Our state is another one, and not by casts.
   * @param isFartherOn in the same run: the casts before it have been
   */
  leapt(isFartherOn: boolean): void {
    if (!isFartherOn) this.log.clear()
    for (const [childKey, child] of this.children) this.sendState(childKey, child)
  }

  close(): void {
    this.behindCheck?.cancel()
    this.hunger?.cancel()
    const { member } = this
    this.member = undefined
    if (member === undefined) return
    this.relaying.routes.removeMember(member)
    member.close()
  }

  private get had(): Had | undefined {
    const { run, counter, whole } = this.replica
    return run === undefined || whole === undefined ? undefined : { run, counter }
  }

  // ── those we feed ────────────────────────────────────────────────────────────────────────────────────────

  begin(childKey: string, target: string, had?: Had): void {
    const { run, counter, whole, uniform } = this.replica
    const { node } = this.relaying
    const child: Child = { target, counter: had?.counter ?? 0, awaitsState: false }
    this.children.set(childKey, child)
    const isKnown = whole !== undefined && run !== undefined && had?.run === run
    const missed = isKnown ? this.missedSince(had.counter) : undefined
    if (missed === undefined) return this.sendState(childKey, child)
    const routing = { _context: uniform.text, _target: target }
    node.sendTo(childKey, Packet.of(routing, routes.RUN, { _token_run: run }))
    for (const packet of missed.casts) node.sendTo(childKey, packet)
    if (missed.isAll) child.counter = counter
    else this.sendState(childKey, child)
  }

  isBehind(childKey: string): boolean {
    return this.children.get(childKey)?.awaitsState === true
  }

  end(childKey: string): void {
    this.children.delete(childKey)
  }

  /**
   * What a child has missed; not all of it when we ourselves have had a state in place of the casts behind it.
   * Who says to be farther on than we are gets whatever comes next: it drops what it has had.
   */
  private missedSince(counter: number): { casts: readonly Packet[]; isAll: boolean } | undefined {
    const { log, replica } = this
    if (counter >= replica.counter) return { casts: [], isAll: true }
    const casts = log.since(counter)
    return casts && { casts, isAll: log.counter === replica.counter }
  }

  /** @param counter of the last cast that is in it */
  private sendState(childKey: string, child: Child, counter = this.replica.counter): void {
    const { whole, uniform } = this.replica
    const { node } = this.relaying
    child.awaitsState = whole === undefined
    if (whole === undefined) return
    child.counter = counter
    const packets = fullStatePackets({
      context: uniform.text,
      target: child.target,
      counter,
      modifiers: whole.modifiers(),
      packetBytes: node.limits.statePacketBytes,
    })
    for (const packet of packets) node.sendTo(childKey, packet)
  }

  /** A child whose circuit is far behind gets the newest state when there is room again. */
  private isTooSlow(childKey: string, child: Child): boolean {
    if (!this.mergesStates || !this.isSlow(childKey)) return false
    child.awaitsState = true
    this.checkLater()
    return true
  }

  private isSlow(childKey: string): boolean {
    return this.relaying.queuedBytes(childKey) > this.relaying.node.limits.objectSlowBytes
  }

  private checkLater(): void {
    this.behindCheck ??= this.relaying.node.timers.after(BEHIND_CHECK_MS, () => {
      this.behindCheck = undefined
      for (const [childKey, child] of this.children) {
        if (!child.awaitsState) continue
        if (this.isSlow(childKey)) this.checkLater()
        else this.sendState(childKey, child)
      }
    })
  }

  // ── RouteHandler ─────────────────────────────────────────────────────────────────────────────────────────

  packet(): void {
    // the replica gets it itself
  }

  interrupted(): void {
    this.replica.parentChanged()
    if (this.member === undefined) return
    this.hunger ??= this.relaying.node.timers.after(HUNGER_MS, () => {
      this.hunger = undefined
      if (this.member?.isFed === false) this.replica.reenter()
    })
  }

  failed(): void {
    this.relaying.node.allowParent(this.replica.uniform.key, undefined)
  }

  ended(): void {
    const { member } = this
    this.member = undefined
    this.endedMs = this.now
    if (member !== undefined) this.relaying.routes.removeMember(member)
    this.replica.reenter()
  }

  private get now(): number {
    return this.relaying.node.timers.clock.now()
  }
}
