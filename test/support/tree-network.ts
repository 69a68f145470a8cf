/**
 * Nodes in a multicast tree on a virtual network and clock, as many as one likes: the book, the master's and the members'
 * code and the stream's own are the real ones, only the circuits are not. Packets arrive in order after the delay of their
 * line; who calls a dead node hears of it; a line can be made to swallow everything.
 */
import type { CastReceiver, ContextPeer } from '../../src/psyc/state/context-node.js'
import { ContextTree } from '../../src/psyc/state/context-tree.js'
import { RouteMember } from '../../src/psyc/state/route-member.js'
import type { RouteHandler } from '../../src/psyc/state/route-member.js'
import type { RouteNode } from '../../src/psyc/state/route-node.js'
import { Routes } from '../../src/psyc/state/routes.js'
import { CastFlag } from '../../src/psyc/state/stream-cast.js'
import { StreamFanOut } from '../../src/psyc/state/stream-fan-out.js'
import { StreamIntake } from '../../src/psyc/state/stream-intake.js'
import { StateVariables, stateLimits } from '../../src/psyc/state/variables.js'
import { Packet } from '../../src/psyc/wire/packet.js'
import type { Modifier, Routing, Variables } from '../../src/psyc/wire/packet.js'
import { parseUniform, uniformOf } from '../../src/psyc/wire/uniform.js'
import type { Uniform } from '../../src/psyc/wire/uniform.js'
import { defaultLimits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import type { Timer } from '../../src/util/timers.js'
import { FakeTime } from './fake-clock.js'
import { random } from './random.js'

export interface TreeNetworkOptions {
  readonly degree: number
  readonly seed?: number
  /** Of a line, one way. */
  readonly delayMs?: () => number
  /** Whether that node can be called. */
  readonly isCallable?: (host: string) => boolean
}

export class TreeNetwork {
  readonly time = new FakeTime()
  readonly limits = defaultLimits
  readonly random: () => number
  readonly nodes = new Map<string, TreeHost>()
  /** Packets that the nodes sent each other. */
  packets = 0
  /** Packets of a context from somebody who has no business with it. */
  strays = 0
  private readonly delayMs: () => number
  private readonly swallowing = new Set<string>()
  private readonly lines = new Map<string, { delayMs: number; lastMs: number }>()
  private tokens = 0

  constructor(readonly options: TreeNetworkOptions) {
    const pick = random(options.seed ?? 1)
    this.random = () => pick(1_000_000) / 1_000_000
    this.delayMs = options.delayMs ?? (() => 5 + 40 * this.random())
  }

  get now(): number {
    return this.time.clock.now()
  }

  token(): string {
    return (++this.tokens).toString(16).padStart(16, '0')
  }

  wait(ms: number): void {
    this.time.advance(ms)
  }

  /** From `from` to `to`: after the delay of the line, unless it swallows it. */
  carry(from: TreeHost, to: Uniform, packet: Packet): void {
    this.packets++
    from.sent++
    if (packet.context !== undefined) from.sentCasts++
    const host = this.nodes.get(to.rootKey)
    const line = this.line(from.root.rootKey, to.rootKey)
    if (host === undefined || host.isDead) {
      this.time.timers.after(2 * line.delayMs, () => from.undelivered(packet))
      return
    }
    from.linked.add(host)
    host.linked.add(from)
    line.lastMs = Math.max(line.lastMs, this.now + line.delayMs)
    this.time.timers.after(line.lastMs - this.now, () => {
      if (!this.isSwallowing(from, host) && !from.isDead && !host.isDead) host.arrived(packet, from)
    })
  }

  /** The process is gone: who had a circuit to it learns that. */
  kill(host: TreeHost): void {
    host.isDead = true
    host.stop()
    for (const peer of host.linked) {
      peer.linked.delete(host)
      const { delayMs } = this.line(host.root.rootKey, peer.root.rootKey)
      this.time.timers.after(delayMs, () => {
        if (!peer.isDead) peer.lostPeer(host.root.rootKey)
      })
    }
  }

  /** Nothing arrives any more, either way, and nobody is told. */
  swallow(a: TreeHost, b: TreeHost): void {
    this.swallowing.add(pair(a, b)).add(pair(b, a))
  }

  /** The process stands still: its circuits live. */
  freeze(host: TreeHost): void {
    for (const other of this.nodes.values()) this.swallow(host, other)
  }

  private isSwallowing(from: TreeHost, to: TreeHost): boolean {
    return this.swallowing.size > 0 && this.swallowing.has(pair(from, to))
  }

  private line(from: string, to: string): { delayMs: number; lastMs: number } {
    const key = from < to ? `${from} ${to}` : `${to} ${from}`
    const way = `${from}>${to}`
    let line = this.lines.get(way)
    if (line === undefined) {
      const delayMs = this.lines.get(key)?.delayMs ?? this.delayMs()
      this.lines.set(key, { delayMs, lastMs: 0 })
      this.lines.set(way, (line = { delayMs, lastMs: 0 }))
    }
    return line
  }
}

function pair(a: TreeHost, b: TreeHost): string {
  return `${a.root.host}>${b.root.host}`
}

/** A node as the tree's code sees it. */
export class TreeHost implements RouteNode {
  readonly root: Uniform
  readonly timers
  readonly limits
  readonly log = silentLog
  readonly linked = new Set<TreeHost>()
  readonly routes: Routes
  isDead = false
  sent = 0
  /** Of those, packets of a context: state, casts and pulses. */
  sentCasts = 0
  received = 0
  /** What comes for an entity of ours. */
  onPacket: ((packet: Packet, origin: ContextPeer, source: Uniform) => void) | undefined
  private readonly receivers = new Map<string, CastReceiver>()
  private readonly parents = new Map<string, string>()
  private readonly pending = new Map<
    string,
    { timer: Timer; onAnswer: (answer: Packet | undefined) => void }
  >()
  private readonly lostListeners: ((rootKey: string) => void)[] = []

  constructor(
    readonly network: TreeNetwork,
    readonly host: string,
  ) {
    this.root = parseUniform(`psyc://${host}/`)
    this.timers = this.hostTimers()
    this.limits = network.limits
    const peers = {
      onPeerLost: () => () => undefined,
      onStreamsLost: (listener: (rootKey: string) => void) => {
        this.lostListeners.push(listener)
        return () => undefined
      },
      keepStreams: () => () => undefined,
    }
    this.routes = new Routes(peers, () => true)
    network.nodes.set(this.root.rootKey, this)
  }

  /** Those of a dead node never fire. */
  private hostTimers() {
    const { timers, clock } = this.network.time
    return {
      clock,
      after: (ms: number, run: () => void) =>
        timers.after(ms, () => {
          if (!this.isDead) run()
        }),
    }
  }

  subscribe(contextKey: string, receiver: CastReceiver): void {
    this.receivers.set(contextKey, receiver)
  }

  unsubscribe(contextKey: string, receiver: CastReceiver): void {
    if (this.receivers.get(contextKey) === receiver) this.receivers.delete(contextKey)
  }

  send(packet: Packet): void {
    const target = uniformOf(packet.target)
    if (target !== undefined && !this.isDead) this.network.carry(this, target, packet)
  }

  sendTo(memberKey: string, packet: Packet): void {
    const member = uniformOf(memberKey)
    if (member !== undefined && !this.isDead) this.network.carry(this, member, packet)
  }

  queuedBytes(): number {
    return 0
  }

  memberOrigin(memberKey: string): ContextPeer {
    return originOf(memberKey)
  }

  request(
    routing: Routing,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: (answer: Packet | undefined, origin: ContextPeer | undefined) => void,
  ): void {
    const tag = this.token()
    const timer = this.timers.after(timeoutMs, () => {
      this.pending.delete(tag)
      onAnswer(undefined, undefined)
    })
    this.pending.set(tag, { timer, onAnswer: (answer) => onAnswer(answer, undefined) })
    this.send(Packet.of({ ...routing, _tag: tag }, method, variables))
  }

  token(): string {
    return this.network.token()
  }

  allowParent(contextKey: string, parentKey: string | undefined): void {
    if (parentKey === undefined) this.parents.delete(contextKey)
    else this.parents.set(contextKey, parentKey)
  }

  reach(root: Uniform, done: (isReached: boolean) => void): void {
    const isCallable = this.network.options.isCallable?.(root.host) ?? true
    this.timers.after(20, () => done(isCallable && this.network.nodes.get(root.rootKey)?.isDead === false))
  }

  arrived(packet: Packet, from: TreeHost): void {
    this.received++
    if (this.answered(packet)) return
    const context = uniformOf(packet.context)
    if (context !== undefined) this.cast(packet, context, from)
    else {
      const origin = originOf(from.root.rootKey)
      const source = uniformOf(packet.source)
      const isForRoot = uniformOf(packet.target)?.kind === 'root'
      if (isForRoot) this.routes.receive(packet, origin)
      else if (source !== undefined) this.onPacket?.(packet, origin, source)
    }
  }

  lostPeer(rootKey: string): void {
    for (const listener of this.lostListeners) listener(rootKey)
  }

  undelivered(packet: Packet): void {
    if (this.isDead || packet.tag === undefined) return
    const answer = Packet.of({ _tag_relay: packet.tag }, '_failure_unsuccessful_delivery_disconnect')
    this.answered(answer)
  }

  stop(): void {
    for (const { timer } of this.pending.values()) timer.cancel()
  }

  private answered(packet: Packet): boolean {
    const tag = packet.tagRelay
    const pending = tag === undefined ? undefined : this.pending.get(tag)
    if (tag === undefined || pending === undefined) return false
    this.pending.delete(tag)
    pending.timer.cancel()
    pending.onAnswer(packet)
    return true
  }

  private cast(packet: Packet, context: Uniform, from: TreeHost): void {
    const isMaster = from.root.rootKey === context.rootKey
    const isParent = this.parents.get(context.key) === from.root.rootKey
    if (!isMaster && !isParent) this.network.strays++
    else
      this.receivers.get(context.key)?.receive(packet, {
        ...originOf(context.rootKey),
        parentKey: isMaster ? undefined : from.root.rootKey,
      })
  }
}

function originOf(rootKey: string): ContextPeer {
  return {
    rootKey: uniformOf(rootKey)?.rootKey ?? rootKey,
    isLocal: false,
    understandsState: true,
    understandsRoute: true,
    syntax: '1.0',
  }
}

/** The node whose stream it is. */
export class TreeMaster {
  readonly host: TreeHost
  readonly context: Uniform
  readonly tree: ContextTree
  readonly fanOut: StreamFanOut
  private isRunning = true

  constructor(network: TreeNetwork, name: string, stream = '_stream_cam') {
    this.host = new TreeHost(network, name)
    this.context = parseUniform(`${this.host.root.text}@live#${stream}`)
    this.fanOut = new StreamFanOut(this.host, this.context, true, (rootKey) => this.tree.lost(rootKey))
    this.tree = new ContextTree({
      node: this.host,
      context: this.context,
      feed: this.fanOut,
      degree: network.options.degree,
      mayRelay: () => true,
      counter: () => this.fanOut.counter,
    })
    this.host.routes.add(this.tree)
    this.host.onPacket = (packet, origin, source) => {
      if (packet.method === '_request_context_enter') this.tree.enter(packet, origin, source)
      else this.tree.receive(packet, origin, source)
    }
    const state = new StateVariables(stateLimits(network.limits))
    const run: Modifier = { operator: '=', name: '_token_run', value: network.token() }
    state.apply(new Packet([], [run], '', ''))
    this.fanOut.restart(state, 0)
  }

  /** One cast every `intervalMs`, each `keyframeEvery`-th begins a group of pictures. */
  stream(intervalMs: number, keyframeEvery: number): void {
    const cast = (): void => {
      if (!this.isRunning) return
      this.cast(this.fanOut.counter % keyframeEvery === 0)
      this.host.timers.after(intervalMs, cast)
    }
    cast()
  }

  stop(): void {
    this.isRunning = false
  }

  cast(isKeyframe: boolean): void {
    const counter = this.fanOut.counter + 1
    const routing = { _context: this.context.text, _counter: String(counter) }
    const packet = Packet.of(routing, '_data_flv', {}, 'frame')
    this.fanOut.cast(packet, counter, isKeyframe ? CastFlag.Keyframe : 0)
  }
}

/** A node with somebody who watches. */
export class TreeViewer implements RouteHandler {
  readonly host: TreeHost
  readonly member: RouteMember
  readonly fanOut: StreamFanOut
  readonly intake: StreamIntake
  /** Numbers of the casts that the viewer saw, in order. */
  seen = 0
  last = 0
  lastMs = 0
  twice = 0
  /** Why it is over. */
  over: string | undefined

  constructor(
    readonly network: TreeNetwork,
    name: string,
    context: Uniform,
    degree = network.options.degree,
  ) {
    this.host = new TreeHost(network, name)
    this.fanOut = new StreamFanOut(this.host, context, true, (rootKey) => this.member.lost(rootKey))
    this.intake = new StreamIntake(network.limits, {
      state: (state, counter) => this.fanOut.restart(state, counter),
      cast: (packet, counter) => this.cast(packet, counter),
    })
    this.member = new RouteMember({
      ...{ node: this.host, context, feed: this.fanOut, handler: this, degree },
      missed: () => this.intake.missed,
    })
    this.host.routes.addMember(this.member)
    this.member.open()
  }

  get isAlive(): boolean {
    return !this.host.isDead && this.over === undefined
  }

  packet(packet: Packet): void {
    this.intake.take(packet)
  }

  interrupted(): void {
    this.intake.interrupted()
  }

  ended(method: string): void {
    this.over = method
  }

  private cast(packet: Packet, counter: number): void {
    if (counter <= this.last) this.twice++
    this.seen++
    this.last = counter
    this.lastMs = this.network.now
    this.fanOut.cast(packet, counter, (counter - 1) % KEYFRAME_EVERY === 0 ? CastFlag.Keyframe : 0)
  }
}

/** What the simulated streams have. */
export const KEYFRAME_EVERY = 10
