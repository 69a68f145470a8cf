/**
 * A stream that is published on this node, as master of its context [design 5]: its name at the home of its place, and
 * the nodes that are fed. It outlives its publisher as long as nodes stay with it: who publishes next finds them there.
 */
import type { Stream } from '../media/hub.js'
import type { Seat } from '../media/player.js'
import type { StreamAddress } from '../media/stream-address.js'
import type { Origin, PsycNode } from '../psyc/entity/node.js'
import { ContextTree } from '../psyc/state/context-tree.js'
import type { Feed, RouteNode } from '../psyc/state/route-node.js'
import type { Routes } from '../psyc/state/routes.js'
import { StreamFanOut } from '../psyc/state/stream-fan-out.js'
import type { StreamNode } from '../psyc/state/stream-fan-out.js'
import { inherits } from '../psyc/wire/keyword.js'
import { Packet } from '../psyc/wire/packet.js'
import { parseUniform, uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { AwaitingPlayer } from './awaiting-player.js'
import type { ClaimEvents, DirectoryClaim, StreamDirectory } from './stream-directory.js'
import type { Timer } from '../util/timers.js'
import { StreamSource } from './stream-source.js'

export type StreamsNode = PsycNode & StreamNode & RouteNode

export interface PublishedStreamOptions {
  readonly node: StreamsNode
  readonly routes: Routes
  readonly batchMs: number
  /** Whether nodes that come late begin with the last keyframe. */
  readonly keepsGroups: boolean
  /** Nodes that are fed from here; others are fed by those. */
  readonly degree: number
  /** Whether that node may feed others this stream. */
  readonly mayRelay: (root: Uniform) => boolean
  /** Undefined: every name is free. */
  readonly directory: StreamDirectory | undefined
  /** It comes when it is played; undefined: who publishes it does so of himself. */
  readonly onDemand: (() => Stream) | undefined
  /** Nobody publishes it, and nobody is fed. */
  over(): void
}

export class PublishedStream {
  private readonly context: Uniform
  private readonly claimants = new Set<ClaimEvents>()
  private entry: DirectoryClaim | undefined
  private isGranted = false
  /** The claim of a publisher that did not ask before. */
  private late: DirectoryClaim | undefined
  private stream: Stream | undefined
  private readonly fanOut: StreamFanOut
  private readonly tree: ContextTree
  private source: StreamSource | undefined
  /** Nodes wait for a publisher who comes on demand. */
  private awaiting: Seat | undefined
  /** While a node that was lost may come back. */
  private grace: Timer | undefined

  constructor(
    private readonly address: StreamAddress,
    private readonly options: PublishedStreamOptions,
  ) {
    this.context = parseUniform(address.key)
    const { node, routes, degree, mayRelay, keepsGroups } = options
    this.fanOut = new StreamFanOut(node, this.context, keepsGroups, (key) => this.overrun(key))
    const counter = (): number => this.fanOut.counter
    this.tree = new ContextTree({
      ...{ node, context: this.context, feed: this.nodes, degree, mayRelay, counter },
    })
    routes.add(this.tree)
  }

  /** Whether somebody here has its name, or has asked for it. */
  get isClaimed(): boolean {
    return this.claimants.size > 0
  }

  /** Nodes that are fed. */
  get childCount(): number {
    return this.fanOut.size
  }

  // ── its name ───────────────────────────────────────────────────────────────────────────────────────────

  /** One who shares the name with another of this node shares its claim. */
  claim(events: ClaimEvents): DirectoryClaim {
    this.claimants.add(events)
    if (this.isGranted) events.granted()
    else if (this.entry === undefined) this.ask()
    return { end: () => this.unclaim(events) }
  }

  private ask(): void {
    const { directory } = this.options
    if (directory === undefined) {
      this.granted()
      return
    }
    const entry = directory.publish(this.address.name, this.context, {
      granted: () => this.granted(),
      refused: (method) => this.tellAll((events) => events.refused(method)),
      lost: () => this.tellAll((events) => events.lost()),
    })
    if (this.isClaimed) this.entry = entry
    else entry.end() // it was refused, or given up, within
  }

  private granted(): void {
    if (this.isGranted) return
    this.isGranted = true
    for (const events of [...this.claimants]) events.granted()
  }

  /** The name is somebody else's: none of ours has it any more. */
  private tellAll(tell: (events: ClaimEvents) => void): void {
    const claimants = [...this.claimants]
    this.forgetName()
    for (const events of claimants) tell(events)
    this.endIfIdle()
  }

  private unclaim(events: ClaimEvents): void {
    if (!this.claimants.delete(events) || this.isClaimed) return
    const { entry } = this
    this.forgetName()
    entry?.end()
    this.endIfIdle()
  }

  private forgetName(): void {
    this.claimants.clear()
    this.entry = undefined
    this.isGranted = false
  }

  // ── its publisher ──────────────────────────────────────────────────────────────────────────────────────

  /** It is published. Who has not asked for the name asks now, and gives it up when it cannot be had. */
  begin(stream: Stream): void {
    this.stream = stream
    if (this.fanOut.size > 0) this.feed(stream)
    this.awaitNoMore()
    if (this.isClaimed) return
    const { publisher } = stream
    const lose = (): void => {
      // Not within its call of `publish`: it does not know yet what it has.
      this.options.node.timers.after(0, () => {
        if (publisher !== undefined && stream.publisher === publisher) stream.takeOver()
      })
    }
    this.late = this.claim({ granted: () => undefined, refused: lose, lost: lose })
  }

  ended(): void {
    this.stream = undefined
    this.late?.end()
    this.late = undefined
    if (this.fanOut.size > 0) this.awaitPublisher()
    this.endIfIdle()
  }

  private awaitPublisher(): void {
    const { onDemand } = this.options
    if (onDemand !== undefined) this.awaiting ??= onDemand().play(new AwaitingPlayer(), 'live')
  }

  private awaitNoMore(): void {
    this.awaiting?.leave()
    this.awaiting = undefined
  }

  // ── its nodes ──────────────────────────────────────────────────────────────────────────────────────────

  receive(packet: Packet, origin: Origin): void {
    const source = uniformOf(packet.source)
    if (source === undefined) return
    const { node } = this.options
    const isEnter = inherits(packet.method, '_request_context_enter')
    if (isEnter && origin.syntax === '0.9')
      PublishedStream.refuse(node, packet, '_error_unsupported_syntax_stream')
    else if (isEnter) this.tree.enter(packet, origin, source)
    else if (!this.tree.receive(packet, origin, source))
      PublishedStream.refuse(node, packet, '_failure_unsupported_function')
  }

  private readonly nodes: Feed = {
    begin: (key, target, had) => {
      this.grace?.cancel()
      this.grace = undefined
      this.fanOut.begin(key, target, had)
      if (this.stream !== undefined) this.feed(this.stream)
      else this.awaitPublisher()
    },
    end: (key) => {
      this.fanOut.end(key)
      if (this.fanOut.size === 0) this.wait()
    },
  }

  /** No node is fed any more. Whose line broke comes back, and finds the same run. */
  private wait(): void {
    const { timers, limits } = this.options.node
    this.grace ??= timers.after(limits.routeStarvedMs, () => {
      this.grace = undefined
      this.endIfIdle()
    })
    this.endIfIdle()
  }

  private overrun(key: string): void {
    const { node } = this.options
    node.log.warn(
      { stream: this.context.text, node: key },
      'a node is too slow even for what is never dropped',
    )
    this.tree.lost(key)
  }

  private feed(stream: Stream): void {
    this.source ??= new StreamSource(this.options.node, this.fanOut, this.options.batchMs)
    this.source.attach(stream)
  }

  private endIfIdle(): void {
    const isOurs = this.stream !== undefined || this.isClaimed
    if (this.fanOut.size > 0 || (isOurs && this.grace !== undefined)) return
    this.source?.close()
    this.source = undefined
    this.fanOut.finish() // who comes next gets a new run, and nothing of this one
    this.awaitNoMore()
    if (isOurs) return
    this.grace?.cancel()
    this.tree.close()
    this.fanOut.close()
    this.options.routes.remove(this.tree)
    this.options.over()
  }

  // ── answers ────────────────────────────────────────────────────────────────────────────────────────────

  static answer(node: PsycNode, packet: Packet, method: string): void {
    if (packet.source === undefined) return
    const routing = { _source: packet.target, _target: packet.source, _tag_relay: packet.tag }
    node.send(Packet.of(routing, method))
  }

  static refuse(node: PsycNode, packet: Packet, method: string): void {
    if (/^_(request|message|query)/.test(packet.method)) PublishedStream.answer(node, packet, method)
  }
}
