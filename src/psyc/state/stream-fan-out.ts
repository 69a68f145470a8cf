/**
 * A stream on its way to the nodes that it is fed to: at the master those of the first row, at a node in the tree its
 * children [design 5]. Casts go out as they came in, numbered by the master, to everybody who keeps up; a slow node
 * holds up nobody. Who comes late, and everybody when a new run begins, gets the state first; who comes from another node
 * that has fed it gets what it has missed.
 */
import { Packet } from '../wire/packet.js'
import type { Modifier } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import { fullStatePackets } from './full-state.js'
import { RUN } from './route-packets.js'
import type { Had } from './route-packets.js'
import { changesState, streamState } from './stream-cast.js'
import type { StreamCast } from './stream-cast.js'
import { StreamChild } from './stream-child.js'
import type { ChildHost, ChildServed, StreamDrops } from './stream-child.js'
import { StreamLog } from './stream-log.js'
import { RateMeter } from '../../util/rate-meter.js'
import type { StateVariables } from './variables.js'

/** What streams need of the node they pass through. */
export interface StreamNode {
  readonly timers: Timers
  readonly limits: Limits
  sendTo(rootKey: string, packet: Packet): void
  /** Bytes of streams that wait for that node to take them. */
  queuedBytes(rootKey: string, lane: 'stream'): number
}

const ROOM_MS = 500 // design 10: of stream, outstanding at a child
const ROOM_LEAST_BYTES = 131_072 // design 10
const PACE_TICK_MS = 20 // ours: how often nodes that join get more
const WAIT_TICK_MS = 100 // ours: how often those are looked at that had no room

export class StreamFanOut {
  /** `_counter` of the last cast. */
  counter = 0
  readonly drops: StreamDrops = { disposable: 0, video: 0, audio: 0 }
  private vars: StateVariables
  /** The same state as modifiers, until it changes. */
  private rendered: readonly Modifier[] | undefined
  private log: StreamLog
  private readonly children = new Map<string, StreamChild>()
  private readonly rate = new RateMeter()
  private tickTimer: Timer | undefined
  private ticksFor: ChildServed = 'all'
  /** There is a run: who begins can be told its state. */
  private hasState = false

  /**
   * @param keepsGroups whether who comes late begins with the running group of pictures; else with the next
   * @param overrun told of a child that may be fed no more: it has been taken out
   */
  constructor(
    private readonly node: StreamNode,
    readonly uniform: Uniform,
    private readonly keepsGroups: boolean,
    private readonly overrun: (rootKey: string) => void,
  ) {
    this.vars = streamState(node.limits)
    this.log = new StreamLog(node.limits, keepsGroups)
  }

  /** `_token_run`; undefined before the first. */
  get run(): string | undefined {
    return this.vars.text('_token_run')
  }

  get state(): StateVariables {
    return this.vars
  }

  /** Number of nodes that are fed. */
  get size(): number {
    return this.children.size
  }

  /** What is sent again to who comes late, in bytes. */
  get heldBytes(): number {
    return this.log.bytes
  }

  has(rootKey: string): boolean {
    return this.children.has(rootKey)
  }

  /** A full state takes the place of all there was: a new run, or what follows a gap. Every child gets it. */
  restart(state: StateVariables, counter: number): void {
    this.vars = state
    this.rendered = undefined
    this.counter = counter
    this.log = new StreamLog(this.node.limits, this.keepsGroups)
    this.hasState = true
    for (const [rootKey, { target }] of this.children) this.begin(rootKey, target)
  }

  /**
   * @param packet shared, without `_target`
   * @throws PsycError, LimitError what it does to the state cannot be done
   */
  cast(packet: Packet, counter: number, flags: number): void {
    const nowMs = this.node.timers.clock.now()
    if (changesState(packet)) {
      this.vars.apply(packet)
      this.rendered = undefined
    }
    this.counter = counter
    this.log.append(packet, counter, flags, this.modifiers, nowMs)
    this.rate.count(packet.body.length, nowMs)
    for (const child of this.children.values()) this.noteServed(child.serve())
    this.afterServing()
  }

  /** The run is over: who begins now waits for the next. */
  finish(): void {
    this.hasState = false
    this.log.finish()
    this.afterServing()
  }

  /** Feed that node from now on. @param had nothing: it has nothing yet, or has lost count, and gets the state first */
  begin(rootKey: string, target: string, had?: Had): void {
    const child = new StreamChild(target, this.hostOf(rootKey))
    this.children.get(rootKey)?.end()
    this.children.set(rootKey, child)
    if (!this.hasState) {
      child.cursor = this.log.end // what is left of the last run is not for it
      return
    }
    const missed = this.missedSince(had)
    if (missed === undefined) this.beginWithState(rootKey, child)
    else this.resume(rootKey, child, missed)
    this.noteServed(child.serve())
    this.afterServing()
  }

  end(rootKey: string): void {
    this.children.get(rootKey)?.end()
    this.children.delete(rootKey)
  }

  /** Nobody is fed any more. */
  close(): void {
    for (const child of this.children.values()) child.end()
    this.children.clear()
    this.tickTimer?.cancel()
  }

  /** Sequence number of the first cast that it has missed; undefined when some of those are not here. */
  private missedSince(had: Had | undefined): number | undefined {
    if (had === undefined || had.run !== this.run) return undefined
    return had.counter >= this.counter ? this.log.end : this.log.after(had.counter)
  }

  private resume(rootKey: string, child: StreamChild, sequence: number): void {
    const routing = { _context: this.uniform.text, _target: child.target }
    this.node.sendTo(rootKey, Packet.of(routing, RUN, { _token_run: this.run }))
    child.resume(sequence)
  }

  private beginWithState(rootKey: string, child: StreamChild): void {
    const { log, counter } = this
    const { sequence = log.end, state = this.modifiers() } = log.beginning ?? {}
    this.sendState(rootKey, child.target, state, (log.at(sequence)?.counter ?? counter + 1) - 1)
    child.begin(sequence)
  }

  private sendState(rootKey: string, target: string, modifiers: readonly Modifier[], counter: number): void {
    const { node, uniform } = this
    const packetBytes = node.limits.statePacketBytes
    const packets = fullStatePackets({ context: uniform.text, target, counter, modifiers, packetBytes })
    for (const packet of packets) node.sendTo(rootKey, packet)
  }

  private readonly modifiers = (): readonly Modifier[] => (this.rendered ??= [...this.vars.modifiers()])

  private noteServed(served: ChildServed): void {
    if (served === 'paced' || (served === 'full' && this.ticksFor === 'all')) this.wait(served)
  }

  private wait(why: ChildServed): void {
    if (why === this.ticksFor) return
    this.ticksFor = why
    this.tickTimer?.cancel()
    const delayMs = why === 'paced' ? PACE_TICK_MS : WAIT_TICK_MS
    this.tickTimer = this.node.timers.after(delayMs, () => this.tick())
  }

  private tick(): void {
    this.ticksFor = 'all'
    for (const child of this.children.values()) this.noteServed(child.serve())
    this.afterServing()
  }

  /** What nobody needs any more goes. */
  private afterServing(): void {
    const { log, node } = this
    let needed = log.neededFrom(node.timers.clock.now())
    for (const { cursor } of this.children.values()) needed = Math.min(needed, cursor)
    log.trim(needed)
  }

  private hostOf(rootKey: string): ChildHost {
    const { node, log } = this
    const { limits, timers } = node
    const roomBytes = (): number => Math.max(ROOM_LEAST_BYTES, (this.rate.perSecond * ROOM_MS) / 1_000)
    return {
      log,
      now: () => timers.clock.now(),
      room: () => roomBytes() - node.queuedBytes(rootKey, 'stream'),
      lateness: (cast: StreamCast, nowMs: number) =>
        Math.max(
          (nowMs - cast.arrivedMs) / limits.streamBacklogMs,
          (log.totalBytes - cast.firstByte) / limits.streamBacklogBytes,
        ),
      isCrowded: () => log.bytes > limits.streamBacklogBytes + limits.gopCacheBytes,
      keptBytes: limits.queueBytes,
      send: (packet) => node.sendTo(rootKey, packet),
      dropped: (kind) => this.drops[kind]++,
      overrun: () => {
        this.end(rootKey)
        this.overrun(rootKey)
      },
    }
  }
}
