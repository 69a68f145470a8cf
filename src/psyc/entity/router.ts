/**
 * The node: routes packets between its entities and its circuits [psyc.md 3; design 3].
 *
 * One queue, first in, first out, drained at the end of the turn: nobody's `receive` ever runs inside somebody's `send`,
 * and what one entity sends arrives in the order sent, wherever it goes.
 *
 * What came over a circuit is checked when it is taken in: the circuit has proven the sender, the target must be ours
 * (we relay for nobody), a cast must come from its context's own root or the parent that was named for it (`allowParent`).
 * A parent's is heard by whoever follows the context first, and by others only if it `admits` it.
 * What our entities send is trusted. Where there is no circuit the dialler opens one (dialler.ts).
 */
import { Packet } from '../wire/packet.js'
import type { Routing, Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { Circuit } from '../session/circuit.js'
import type { Calling } from '../session/calling.js'
import type { CircuitEnd, CircuitHost, Encryption } from '../session/circuit-host.js'
import type { Connect } from '../session/connect.js'
import { laneOf, mayDial } from '../session/lane.js'
import type { Lane } from '../session/lane.js'
import type { CircuitSink, Peer } from '../session/peer.js'
import type { Resolve } from '../session/proof.js'
import { toHex } from '../../util/bytes.js'
import { StateError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import { QuietLog } from '../../util/quiet-log.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import { deservesError, deservesFailure, undelivered } from './failure.js'
import type { ContextParents, ContextReceiver, Entity, Origin, PeerEvents, PsycNode } from './node.js'
import { Dialler } from './dialler.js'
import { IdleLanes } from './idle-lanes.js'
import { NOT_HERE, Intake, originOf } from './intake.js'
import type { Drops, Speakers } from './intake.js'
import { NodeQueue } from './node-queue.js'
import { Parents } from './parents.js'
import { Peers } from './peers.js'
import { PendingRequests } from './pending-requests.js'
import type { OnAnswer } from './pending-requests.js'
import { Subscriptions } from './subscriptions.js'

export interface NodeOptions {
  /** `psyc://gw.example/`, with a port unless it is 4404. */
  readonly root: Uniform
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly resolve: Resolve
  /** Fresh random bytes, owned by the caller. */
  readonly randomBytes: (length: number) => Uint8Array
  /** Name and version for display, "rtmpsyc/1.0". */
  readonly implementation: string
  /** Whether that node may talk to us; everybody may by default. */
  readonly admits?: (root: Uniform) => boolean
  /** `prefer` by default. */
  readonly encryption?: Encryption
  /** Opens connections to other nodes; without it only those who call us are reached. */
  readonly connect?: Connect
}

export class Node implements PsycNode, PeerEvents, ContextParents {
  readonly root: Uniform
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log
  readonly implementation: string

  /** Keys of nodes that are called in 0.9 at once: psyceds, whose 1.0 is of no use to us [psyced.md 6.4]. */
  readonly legacyRoots = new Set<string>()

  private readonly peers = new Peers()
  private readonly entities = new Map<string, Entity>()
  private readonly channelReceivers = new Map<string, ContextReceiver>()
  private readonly creators: ((uniform: Uniform) => Entity | undefined)[] = []
  private readonly subscriptions = new Subscriptions()
  private readonly pending: PendingRequests
  private readonly lostListeners = new Set<(rootKey: string, isClient: boolean, how: CircuitEnd) => void>()
  private readonly backListeners = new Set<(rootKey: string) => void>()
  private readonly streamsLostListeners = new Set<(rootKey: string) => void>()
  private readonly streamsAskers = new Set<(rootKey: string) => boolean>()
  private readonly idleLanes: IdleLanes
  private readonly parents: Parents
  private readonly queue: NodeQueue
  private readonly localOrigin: Origin
  private readonly circuitHost: CircuitHost
  private readonly intake: Intake
  private readonly dialler: Dialler | undefined

  constructor(private readonly options: NodeOptions) {
    const { root, timers, limits, log } = options
    this.implementation = options.implementation
    this.root = root
    this.timers = timers
    this.limits = limits
    this.log = new QuietLog(log, timers.clock)
    this.queue = new NodeQueue(options.turn, log)
    this.pending = new PendingRequests(timers, this.log)
    this.parents = new Parents(timers.clock)
    this.idleLanes = new IdleLanes({ timers, limits, isNeeded: (rootKey) => this.needsStreams(rootKey) })
    this.localOrigin = { rootKey: root.rootKey, isLocal: true, understandsState: true, syntax: '1.0' }
    this.circuitHost = this.asHost()
    this.intake = this.newIntake()
    const { connect } = options
    if (connect !== undefined) this.dialler = this.newDialler(connect)
  }

  private asHost(): CircuitHost {
    const { log } = this
    const { root, timers, turn, limits, resolve, implementation } = this.options
    return {
      ...{ root, timers, turn, limits, log, resolve, implementation },
      token: () => this.token(),
      whenIdle: (run) => this.queue.whenIdle(run),
      admits: this.options.admits ?? (() => true),
      encryption: this.options.encryption ?? 'prefer',
      carriage: ({ key }, by) => this.parents.carriage(key, by.rootKey),
      greeted: (circuit) => this.peers.addLocation(circuit),
      proven: (circuit) => this.proven(circuit),
      receive: (circuit, packet, sender) =>
        this.queue.arrive(() => this.intake.take(circuit, packet, sender)),
      closed: (circuit, how) => this.closed(circuit, how),
    }
  }

  private newDialler(connect: Connect): Dialler {
    const { timers, limits, log } = this
    return new Dialler({
      ...{ connect, timers, limits, log },
      isTlsRequired: this.options.encryption === 'require',
      random: () => parseInt(this.token().slice(-4), 16) / 0xffff,
      open: (sink, peer, calling) => this.dialled(sink, peer, calling),
      isLegacy: (rootKey) => this.legacyRoots.has(rootKey),
      undeliverable: (packet, target, reason) => this.undeliverable(packet, target, reason),
    })
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
    return new Circuit(this.circuitHost, sink, peer)
  }

  /** A connection is up that we asked for. */
  dialled(sink: CircuitSink, peer: Peer, calling: Calling): Circuit {
    const circuit = new Circuit(this.circuitHost, sink, peer, calling)
    circuit.call(calling)
    return circuit
  }

  /** The circuit that packets to that root take: a node's, or a client's by its negative port. */
  circuit(rootKey: string, lane?: Lane): Circuit | undefined {
    return this.peers.circuit(rootKey, lane)
  }

  get circuits(): readonly Circuit[] {
    return this.peers.all
  }

  onPeerLost(listener: (rootKey: string, isClient: boolean, how: CircuitEnd) => void): () => void {
    this.lostListeners.add(listener)
    return () => this.lostListeners.delete(listener)
  }

  onPeerBack(listener: (rootKey: string) => void): () => void {
    this.backListeners.add(listener)
    return () => this.backListeners.delete(listener)
  }

  onStreamsLost(listener: (rootKey: string) => void): () => void {
    this.streamsLostListeners.add(listener)
    return () => this.streamsLostListeners.delete(listener)
  }

  keepStreams(isNeeded: (rootKey: string) => boolean): () => void {
    this.streamsAskers.add(isNeeded)
    return () => this.streamsAskers.delete(isNeeded)
  }

  private needsStreams(rootKey: string): boolean {
    const parentOf = (contextKey: string): string | undefined => this.parents.of(contextKey)
    if (this.subscriptions.hasStreamOf(rootKey, parentOf)) return true
    return [...this.streamsAskers].some((isNeeded) => isNeeded(rootKey))
  }

  allowParent(contextKey: string, parentKey: string | undefined): void {
    this.parents.allow(contextKey, parentKey)
  }

  /** Bytes that wait for that member to take them; 0 for local ones and where there is no circuit. */
  queuedBytes(memberKey: string, lane?: Lane): number {
    const rootKey = uniformOf(memberKey)?.rootKey
    return (rootKey === undefined ? undefined : this.peers.circuit(rootKey, lane))?.queuedBytes ?? 0
  }

  /**
   * Tell every peer that the end of the program is near, behind everything that was sent so far [design 11]. Clients are
   * closed with it; to other nodes our persons will still say goodbye. Nobody is called any more.
   */
  shutdown(reason: string): void {
    const warning = Packet.of(
      { _source: this.root.text },
      '_warning_server_shutdown',
      { _reason: reason },
      '[_reason]',
    )
    this.dialler?.stop()
    this.queue.whenIdle(() => {
      for (const circuit of this.circuits) {
        circuit.send(warning)
        if (circuit.root === undefined) circuit.close()
      }
    })
  }

  /** Close all circuits. Nodes are asked to, since they may have something under way to us; who does not is closed. */
  close(): void {
    this.dialler?.stop()
    this.queue.whenIdle(() => {
      for (const circuit of this.circuits) circuit.askToClose()
    })
  }

  private proven(circuit: Circuit): void {
    const isBack = this.peers.addRoot(circuit)
    this.idleLanes.add(circuit)
    const rootKey = circuit.root?.rootKey ?? ''
    this.dialler?.reached(circuit, rootKey)
    if (!isBack) return
    this.queue.arrive(() => {
      for (const listener of [...this.backListeners]) listener(rootKey)
    })
  }

  private closed(circuit: Circuit, how: CircuitEnd): void {
    const gone = this.peers.remove(circuit)
    this.idleLanes.remove(circuit)
    const { location, root, streams = location } = gone
    this.queue.arrive(() => {
      const parentOf = (contextKey: string): string | undefined => this.parents.of(contextKey)
      for (const receiver of this.subscriptions.lost(circuit, gone, parentOf)) receiver.lost?.()
      if (streams !== undefined) for (const listener of [...this.streamsLostListeners]) listener(streams)
      if (location !== undefined) this.tellLost(location, true, how)
      if (root !== undefined) this.tellLost(root, false, how)
    })
  }

  private tellLost(rootKey: string, isClient: boolean, how: CircuitEnd): void {
    this.log.debug({ root: rootKey, how }, 'peer lost')
    for (const listener of [...this.lostListeners]) listener(rootKey, isClient, how)
  }

  // ── entities ───────────────────────────────────────────────────────────────────────────────────────────

  uniformText(resource: string): string {
    return this.root.text.replace(/\/?$/, '/') + resource
  }

  isLocal(uniform: Uniform): boolean {
    return uniform.rootKey === this.root.rootKey
  }

  register(entity: Entity): void {
    const { entityKey } = entity.uniform
    if (this.entities.has(entityKey)) throw new StateError('STATE_ORDER', `${entityKey} is taken`)
    this.entities.set(entityKey, entity)
  }

  unregister(entity: Entity): void {
    const { entityKey } = entity.uniform
    if (this.entities.get(entityKey) === entity) this.entities.delete(entityKey)
  }

  entity(entityKey: string): Entity | undefined {
    return this.entities.get(entityKey)
  }

  onMissingEntity(create: (uniform: Uniform) => Entity | undefined): void {
    this.creators.push(create)
  }

  /** Packets for channels whose names begin so go to the receiver, whatever entity they are of. */
  registerChannels(prefix: string, receiver: ContextReceiver): void {
    this.channelReceivers.set(prefix, receiver)
  }

  private channelReceiver(target: Uniform): ContextReceiver | undefined {
    if (target.channel === '') return undefined
    const channel = target.channel.toLowerCase()
    for (const [prefix, receiver] of this.channelReceivers) if (channel.startsWith(prefix)) return receiver
    return undefined
  }

  /** What a creator returns for just that uniform is registered, unless it has done so. */
  private findEntity(target: Uniform): Entity | undefined {
    const known = this.entities.get(target.entityKey)
    if (known !== undefined) return known
    for (const create of this.creators) {
      const entity = create(target)
      if (entity === undefined) continue
      if (entity.uniform.entityKey === target.entityKey && !this.entities.has(target.entityKey)) {
        this.register(entity)
      }
      return entity
    }
    return undefined
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
    const circuit = this.peers.anyCircuit(member.rootKey)
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

  /**
   * Find out whether that node can be called: it is, unless it was lately. The circuit serves for nothing else, or else
   * what is said would change from the one that there is to the new one, and overtake itself. `done` may be called at once.
   */
  reach(root: Uniform, done: (isReached: boolean) => void): void {
    const { rootKey, text } = root
    const isCalled = (): boolean => this.peers.isCalled(rootKey) || this.dialler?.hasReached(rootKey) === true
    if (isCalled() || this.dialler === undefined) {
      done(isCalled())
      return
    }
    const tag = this.token()
    const parties = { asker: this.root.entityKey, askedRoot: rootKey }
    this.pending.add(tag, parties, this.limits.callMs, () => {
      done(isCalled())
      this.peers.spare(rootKey)?.askToClose()
    })
    const ping = Packet.of({ _source: this.root.text, _target: text, _tag: tag }, '_request_ping')
    const problem = this.dialler.take(root, ping, 'spare')
    if (problem !== undefined) this.undeliverable(ping, text, problem)
  }

  /** Somebody who should know has said that the node is up: it is called soon when it is needed, however often it failed. */
  expect(rootKey: string): void {
    this.dialler?.expect(rootKey)
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
    const lane = laneOf(packet)
    const circuit = this.peers.circuit(to.rootKey, lane, mayDial(packet, lane))
    const problem =
      circuit === undefined ? this.dial(to, packet, lane) : circuit.send(packet) ? undefined : '_unrenderable'
    if (problem !== undefined) this.undeliverable(packet, to.text, problem)
  }

  /** @returns why the packet cannot be delivered; undefined when it is taken over */
  private dial(to: Uniform, packet: Packet, lane: Lane): string | undefined {
    if ((to.port ?? 0) < 0) return '_invalid_port_connect'
    if (this.dialler === undefined || !mayDial(packet, lane)) return '_disconnect'
    return this.dialler.take(to, packet, lane)
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
    const entity = this.channelReceiver(target) ?? this.findEntity(target)
    if (entity !== undefined) {
      entity.receive(packet, origin)
      return
    }
    this.drops.targets++
    if (!deservesError(packet) || packet.source === undefined) return
    const routing = { _source: this.root.text, _target: packet.source, _tag_relay: packet.tag }
    this.send(Packet.of(routing, '_error_illegal_uniform', { _uniform: target.text }, NOT_HERE))
  }
}
