/**
 * The node: routes packets between its entities and its circuits [psyc.md 3; design 3].
 *
 * One queue, first in, first out, drained at the end of the turn: nobody's `receive` ever runs inside somebody's `send`,
 * and what one entity sends arrives in the order sent, wherever it goes.
 *
 * What came over a circuit is checked when it is taken in: the circuit has proven the sender, the target must be ours
 * (we relay for nobody), a cast must come from its context's own root or the parent that was named for it (`allowParent`).
 * A parent's is heard by whoever follows the context first, and by others only if it `admits` it.
 * What our entities send is trusted. Who lives here is in entities.ts; how another node or a client is reached, in
 * node-circuits.ts.
 */
import { Packet } from '../wire/packet.js'
import type { Routing, Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Circuit } from '../session/circuit.js'
import type { Calling } from '../session/calling.js'
import type { CircuitEnd } from '../session/circuit-host.js'
import type { Lane } from '../session/lane.js'
import type { CircuitSink, Peer } from '../session/peer.js'
import type { RouteNode } from '../state/route-node.js'
import { toHex } from '../../util/bytes.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import { QuietLog } from '../../util/quiet-log.js'
import type { Timer, Timers } from '../../util/timers.js'
import { deservesError, deservesFailure, undelivered } from './failure.js'
import type { ContextReceiver, Entity, Origin, PeerEvents, PsycNode } from './node.js'
import { Entities } from './entities.js'
import { NOT_HERE, Intake, originOf } from './intake.js'
import type { Drops, Speakers } from './intake.js'
import { NodeCircuits } from './node-circuits.js'
import type { CircuitOptions, CircuitsHost } from './node-circuits.js'
import { NodeQueue } from './node-queue.js'
import { PendingRequests } from './pending-requests.js'
import type { OnAnswer } from './pending-requests.js'
import { Subscriptions } from './subscriptions.js'

export interface NodeOptions extends CircuitOptions {
  /** Fresh random bytes, owned by the caller. */
  readonly randomBytes: (length: number) => Uint8Array
}

export class Node implements PsycNode, RouteNode, PeerEvents {
  readonly root: Uniform
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log
  readonly implementation: string

  /** Keys of nodes that are called in 0.9 at once: psyceds, whose 1.0 is of no use to us [psyced.md 6.4]. */
  readonly legacyRoots = new Set<string>()

  private readonly entities = new Entities()
  private readonly subscriptions = new Subscriptions()
  private readonly pending: PendingRequests
  private readonly queue: NodeQueue
  private readonly localOrigin: Origin
  private readonly intake: Intake
  private readonly nodeCircuits: NodeCircuits

  constructor(private readonly options: NodeOptions) {
    const { root, timers, limits, log } = options
    this.implementation = options.implementation
    this.root = root
    this.timers = timers
    this.limits = limits
    this.log = new QuietLog(log, timers.clock)
    this.queue = new NodeQueue(options.turn, log)
    this.pending = new PendingRequests(timers, this.log)
    this.localOrigin = { rootKey: root.rootKey, isLocal: true, understandsState: true, syntax: '1.0' }
    this.intake = this.newIntake()
    this.nodeCircuits = this.newCircuits()
  }

  private newCircuits(): NodeCircuits {
    const { queue, root, limits, log } = this
    const host: CircuitsHost = {
      queue,
      token: () => this.token(),
      isLegacy: (rootKey) => this.legacyRoots.has(rootKey),
      receive: (circuit, packet, sender) => queue.arrive(() => this.intake.take(circuit, packet, sender)),
      undeliverable: (packet, target, reason) => this.undeliverable(packet, target, reason),
      awaitAnswer: (tag, askedRoot, done) =>
        this.pending.add(tag, { asker: root.entityKey, askedRoot }, limits.callMs, done),
      followsStreams: (rootKey, parentOf) => this.subscriptions.hasStreamOf(rootKey, parentOf),
      lost: (circuit, gone, parentOf) => {
        for (const receiver of this.subscriptions.lost(circuit, gone, parentOf)) receiver.lost?.()
      },
    }
    return new NodeCircuits({ ...this.options, log }, host)
  }

  private newIntake(): Intake {
    return new Intake({
      root: this.root,
      log: this.log,
      deliver: (packet, target, origin) => this.deliver(packet, target, origin),
      cast: (packet, context, origin, circuit) => this.castHere(packet, context, origin, circuit),
      answer: (packet, origin) => this.pending.answer(packet, this.root.entityKey, origin),
    })
  }

  /** What came in and went nowhere, by reason; for metrics. */
  get drops(): Drops {
    return this.intake.drops
  }

  /** Told once, by who holds the persons. */
  letSpeak(speakers: Speakers): void {
    this.intake.speakers = speakers
  }

  // ── circuits ───────────────────────────────────────────────────────────────────────────────────────────

  /** A connection came in. Its owner feeds the circuit and tells it the end. */
  accept(sink: CircuitSink, peer: Peer): Circuit {
    return this.nodeCircuits.accept(sink, peer)
  }

  /** A connection is up that we asked for. */
  dialled(sink: CircuitSink, peer: Peer, calling: Calling): Circuit {
    return this.nodeCircuits.dialled(sink, peer, calling)
  }

  /** The circuit that packets to that root take: a node's, or a client's by its negative port. */
  circuit(rootKey: string, lane?: Lane): Circuit | undefined {
    return this.nodeCircuits.circuit(rootKey, lane)
  }

  get circuits(): readonly Circuit[] {
    return this.nodeCircuits.all
  }

  onPeerLost(listener: (rootKey: string, isClient: boolean, how: CircuitEnd) => void): () => void {
    return this.nodeCircuits.onPeerLost(listener)
  }

  onPeerBack(listener: (rootKey: string) => void): () => void {
    return this.nodeCircuits.onPeerBack(listener)
  }

  onStreamsLost(listener: (rootKey: string) => void): () => void {
    return this.nodeCircuits.onStreamsLost(listener)
  }

  keepStreams(isNeeded: (rootKey: string) => boolean): () => void {
    return this.nodeCircuits.keepStreams(isNeeded)
  }

  allowParent(contextKey: string, parentKey: string | undefined): void {
    this.nodeCircuits.allowParent(contextKey, parentKey)
  }

  /** Bytes that wait for that member to take them; 0 for local ones and where there is no circuit. */
  queuedBytes(memberKey: string, lane?: Lane): number {
    const rootKey = uniformOf(memberKey)?.rootKey
    return (rootKey === undefined ? undefined : this.circuit(rootKey, lane))?.queuedBytes ?? 0
  }

  /** Whether that node can be called: `done` is told, perhaps at once (node-circuits.ts). */
  reach(root: Uniform, done: (isReached: boolean) => void): void {
    this.nodeCircuits.reach(root, done)
  }

  /** Somebody who should know has said that the node is up: it is called soon when it is needed, however often it failed. */
  expect(rootKey: string): void {
    this.nodeCircuits.expect(rootKey)
  }

  /** Tell every peer that the end of the program is near, behind everything that was sent so far [design 11]. */
  shutdown(reason: string): void {
    this.nodeCircuits.shutdown(reason)
  }

  /** Close all circuits, in order. */
  close(): void {
    this.nodeCircuits.close()
  }

  // ── entities ───────────────────────────────────────────────────────────────────────────────────────────

  uniformText(resource: string): string {
    return this.root.text.replace(/\/?$/, '/') + resource
  }

  isLocal(uniform: Uniform): boolean {
    return uniform.rootKey === this.root.rootKey
  }

  register(entity: Entity): void {
    this.entities.register(entity)
  }

  unregister(entity: Entity): void {
    this.entities.unregister(entity)
  }

  entity(entityKey: string): Entity | undefined {
    return this.entities.get(entityKey)
  }

  onMissingEntity(create: (uniform: Uniform) => Entity | undefined): void {
    this.entities.addCreator(create)
  }

  /** Packets for channels whose names begin so go to the receiver, whatever entity they are of. */
  registerChannels(prefix: string, receiver: ContextReceiver): void {
    this.entities.registerChannels(prefix, receiver)
  }

  subscribe(contextKey: string, receiver: ContextReceiver): void {
    this.subscriptions.add(contextKey, receiver)
  }

  unsubscribe(contextKey: string, receiver: ContextReceiver): void {
    this.subscriptions.remove(contextKey, receiver)
  }

  // ── sending ────────────────────────────────────────────────────────────────────────────────────────────

  send(packet: Packet): void {
    this.queue.later(() => {
      const target = uniformOf(packet.target)
      if (target === undefined) {
        this.log.warn({ method: packet.method, target: packet.target }, 'packet without a target')
        this.undeliverable(packet, packet.target ?? this.root.text, '_resolve')
      } else if (this.isLocal(target)) this.deliver(packet, target, this.localOrigin)
      else this.sendOut(packet, target)
    })
  }

  sendTo(memberKey: string, packet: Packet): void {
    this.queue.later(() => {
      const member = uniformOf(memberKey)
      if (member === undefined) return
      if (memberKey === this.root.rootKey) this.castHere(packet, uniformOf(packet.context), this.localOrigin)
      else if (this.isLocal(member)) this.entities.get(member.entityKey)?.receive(packet, this.localOrigin)
      else this.sendOut(packet, member)
    })
  }

  memberOrigin(memberKey: string): Origin | undefined {
    const member = uniformOf(memberKey)
    if (member === undefined) return undefined
    if (this.isLocal(member)) return this.localOrigin
    const circuit = this.nodeCircuits.anyCircuit(member.rootKey)
    return circuit === undefined ? undefined : originOf(circuit, member)
  }

  request(
    routing: Routing,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: OnAnswer,
    body: string | Uint8Array = '',
  ): Timer {
    const tag = this.token()
    const asker = uniformOf(routing._source) ?? this.root
    this.pending.add(
      tag,
      { asker: asker.entityKey, askedRoot: uniformOf(routing._target)?.rootKey },
      timeoutMs,
      onAnswer,
    )
    this.send(Packet.of({ _source: this.root.text, ...routing, _tag: tag }, method, variables, body))
    return { cancel: () => this.pending.forget(tag) }
  }

  token(): string {
    return toHex(this.options.randomBytes(8))
  }

  /** Tell the sender that `unreachable` did not get the packet; a dialler does so for what it took over. */
  undeliverable(packet: Packet, unreachable: string, reason: string): void {
    const failure = undelivered(packet, unreachable, reason, this.root.text)
    const sender = uniformOf(failure.target)
    if (sender === undefined || !deservesFailure(packet)) return
    if (this.isLocal(sender)) this.queue.later(() => this.deliver(failure, sender, this.localOrigin))
  }

  private sendOut(packet: Packet, to: Uniform): void {
    const problem = this.nodeCircuits.send(packet, to)
    if (problem !== undefined) this.undeliverable(packet, to.text, problem)
  }

  private castHere(packet: Packet, context: Uniform | undefined, origin: Origin, circuit?: Circuit): void {
    const receivers = context === undefined ? [] : this.subscriptions.receivers(context.key, circuit)
    if (receivers.length === 0) this.dropCast(packet, circuit)
    const judge = origin.parentKey === undefined ? undefined : receivers.find((each) => 'admits' in each)
    if (judge?.admits?.(packet, origin) === false) judge.receive(packet, origin)
    else for (const receiver of receivers) receiver.receive(packet, origin)
  }

  private dropCast({ context, method }: Packet, circuit: Circuit | undefined): void {
    this.drops.casts++
    if (circuit !== undefined)
      this.log.info({ circuit: circuit.location.text, context, method }, 'casts for nobody here are dropped')
  }

  private deliver(packet: Packet, target: Uniform, origin: Origin): void {
    if (this.pending.answer(packet, target.entityKey, origin)) return
    const receiver = this.entities.receiver(target)
    if (receiver !== undefined) {
      receiver.receive(packet, origin)
      return
    }
    this.drops.targets++
    if (!deservesError(packet) || packet.source === undefined) return
    const routing = { _source: this.root.text, _target: packet.source, _tag_relay: packet.tag }
    this.send(Packet.of(routing, '_error_illegal_uniform', { _uniform: target.text }, NOT_HERE))
  }
}
