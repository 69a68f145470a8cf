/**
 * The node: routes packets between its entities and its circuits [psyc.md 3; design 3].
 *
 * One queue, first in, first out, drained at the end of the turn: nobody's `receive` ever runs inside somebody's `send`,
 * and what one entity sends arrives in the order sent, wherever it goes.
 *
 * What came over a circuit is checked when it is taken in: the circuit has proven the sender, the target must be ours
 * (we relay for nobody), a cast must come from its context's own root. What our entities send is trusted.
 */
import { Packet } from '../wire/packet.js'
import type { Routing, Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { Circuit } from '../session/circuit.js'
import type { CircuitEnd, CircuitHost } from '../session/circuit-host.js'
import type { Connect } from '../session/connect.js'
import type { CircuitSink, Peer } from '../session/peer.js'
import type { Resolve } from '../session/proof.js'
import type { Version } from '../session/syntax.js'
import { toHex } from '../../util/bytes.js'
import { StateError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import { deservesError, deservesFailure, undelivered } from './failure.js'
import type { ContextReceiver, Entity, Origin, PeerEvents, PsycNode } from './node.js'
import { Dialler } from './dialler.js'
import { Intake, originOf } from './intake.js'
import type { Drops, Speakers } from './intake.js'
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
  /**
   * A packet for a node that we have no circuit to. @returns whether it was taken over, to be sent later or
   * reported by `undeliverable`
   */
  readonly dial?: (root: Uniform, packet: Packet) => boolean
  /** Opens connections to other nodes; without it only those who call us are reached. */
  readonly connect?: Connect
}

export class Node implements PsycNode, PeerEvents {
  readonly root: Uniform
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log

  private readonly peers = new Peers()
  private readonly entities = new Map<string, Entity>()
  private readonly creators: ((uniform: Uniform) => Entity | undefined)[] = []
  private readonly subscriptions = new Subscriptions()
  private readonly pending: PendingRequests
  private readonly lostListeners = new Set<(rootKey: string, isClient: boolean, how: CircuitEnd) => void>()
  private readonly backListeners = new Set<(rootKey: string) => void>()
  private queue: (() => void)[] = []
  /**
   * What circuits brought, taken in one by one: all that follows from one packet is done before the next, so that a
   * peer who sends thousands at once makes us hold what one of them leads to and not what all do.
   */
  private arrivals: (() => void)[] = []
  private arrived = 0
  /** What waits until the queue is empty. */
  private afterQueue: (() => void)[] = []
  private isDraining = false
  private readonly localOrigin: Origin
  private readonly circuitHost: CircuitHost
  private readonly intake: Intake
  private readonly dialler: Dialler | undefined

  constructor(private readonly options: NodeOptions) {
    const { root, timers, limits, log } = options
    this.root = root
    this.timers = timers
    this.limits = limits
    this.log = log
    this.pending = new PendingRequests(timers)
    this.localOrigin = { rootKey: root.rootKey, isLocal: true, understandsState: true, syntax: '1.0' }
    this.circuitHost = this.asHost()
    this.intake = this.newIntake()
    const { connect } = options
    if (connect !== undefined)
      this.dialler = new Dialler({
        connect,
        dialled: (sink, peer, to) => this.dialled(sink, peer, to, '1.0'),
        undeliverable: (packet, target, reason) => this.undeliverable(packet, target, reason),
      })
  }

  private asHost(): CircuitHost {
    const { root, timers, turn, limits, log, resolve, implementation } = this.options
    return {
      ...{ root, timers, turn, limits, log, resolve, implementation },
      token: () => this.token(),
      whenIdle: (run) => this.whenIdle(run),
      admits: this.options.admits ?? (() => true),
      greeted: (circuit) => this.peers.addLocation(circuit),
      proven: (circuit) => this.proven(circuit),
      receive: (circuit, packet, sender) => this.arrive(() => this.intake.take(circuit, packet, sender)),
      closed: (circuit, how) => this.closed(circuit, how),
    }
  }

  private newIntake(): Intake {
    return new Intake({
      root: this.root,
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

  /** A connection to `root` is up that we asked for. */
  dialled(sink: CircuitSink, peer: Peer, root: Uniform, version: Version): Circuit {
    const circuit = new Circuit(this.circuitHost, sink, peer)
    circuit.dialled(root, version)
    return circuit
  }

  /** The circuit that packets to that root take: a node's, or a client's by its negative port. */
  circuit(rootKey: string): Circuit | undefined {
    return this.peers.circuit(rootKey)
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

  /** Bytes that wait for that member to take them; 0 for local ones and where there is no circuit. */
  queuedBytes(memberKey: string): number {
    const rootKey = uniformOf(memberKey)?.rootKey
    return (rootKey === undefined ? undefined : this.peers.circuit(rootKey))?.queuedBytes ?? 0
  }

  /** Tell every peer and close, behind everything that was sent so far: the end of the program [design 11]. */
  shutdown(reason: string): void {
    const warning = Packet.of(
      { _source: this.root.text },
      '_warning_server_shutdown',
      { _reason: reason },
      '[_reason]',
    )
    this.dialler?.stop()
    this.whenIdle(() => {
      for (const circuit of this.circuits) {
        circuit.send(warning)
        circuit.close()
      }
    })
  }

  private proven(circuit: Circuit): void {
    if (!this.peers.addRoot(circuit)) return
    const rootKey = circuit.root?.rootKey ?? ''
    this.arrive(() => {
      for (const listener of [...this.backListeners]) listener(rootKey)
    })
  }

  private closed(circuit: Circuit, how: CircuitEnd): void {
    const { location, root } = this.peers.remove(circuit)
    this.arrive(() => {
      for (const receiver of this.subscriptions.lost(circuit, root)) receiver.lost?.()
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
    this.later(() => {
      const target = uniformOf(packet.target)
      if (target === undefined) {
        this.log.warn({ method: packet.method, target: packet.target }, 'packet without a target')
        this.undeliverable(packet, packet.target ?? this.root.text, '_resolve')
      } else if (this.isLocal(target)) this.deliver(packet, target, this.localOrigin)
      else this.sendOut(packet, target)
    })
  }

  sendTo(memberKey: string, packet: Packet): void {
    this.later(() => {
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
    const circuit = this.peers.circuit(member.rootKey)
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
    this.pending.add(tag, asker.entityKey, timeoutMs, onAnswer)
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
    if (this.isLocal(sender)) this.later(() => this.deliver(failure, sender, this.localOrigin))
  }

  private sendOut(packet: Packet, to: Uniform): void {
    const circuit = this.peers.circuit(to.rootKey)
    if (circuit !== undefined) {
      if (!circuit.send(packet)) this.undeliverable(packet, to.text, '_unrenderable')
      return
    }
    const isCallable = (to.port ?? 0) >= 0
    if (!isCallable || !this.dial(to, packet)) {
      this.undeliverable(packet, to.text, isCallable ? '_disconnect' : '_invalid_port_connect')
    }
  }

  private dial(to: Uniform, packet: Packet): boolean {
    return (this.options.dial?.(to, packet) ?? this.dialler?.take(to, packet)) === true
  }

  private later(run: () => void): void {
    this.queue.push(run)
    this.drainAtEnd()
  }

  private arrive(run: () => void): void {
    this.arrivals.push(run)
    this.drainAtEnd()
  }

  private whenIdle(run: () => void): void {
    this.afterQueue.push(run)
    this.drainAtEnd()
  }

  private drainAtEnd(): void {
    if (this.isDraining) return
    this.isDraining = true
    this.options.turn.atEnd(() => this.drain())
  }

  /** Rounds of the queue until nothing is left, then the next arrival; at last what waited for all that. */
  private drain(): void {
    for (let round = this.nextRound(); round.length > 0; round = this.nextRound())
      for (const run of round) this.runSafely(run)
    this.isDraining = false
  }

  private nextRound(): readonly (() => void)[] {
    const { queue, afterQueue } = this
    if (queue.length > 0) {
      this.queue = []
      return queue
    }
    const arrival = this.arrivals[this.arrived++]
    if (arrival !== undefined) return [arrival]
    this.arrivals = []
    this.arrived = 0
    this.afterQueue = []
    return afterQueue
  }

  /** An entity that throws (a bug of ours) must not lose the packets of others. */
  private runSafely(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.log.error({ error }, 'an entity failed on a packet')
    }
  }

  private castHere(packet: Packet, context: Uniform | undefined, origin: Origin, circuit?: Circuit): void {
    const receivers = context === undefined ? [] : this.subscriptions.receivers(context.key, circuit)
    if (receivers.length === 0) this.drops.casts++
    for (const receiver of receivers) receiver.receive(packet, origin)
  }

  private deliver(packet: Packet, target: Uniform, origin: Origin): void {
    if (this.pending.answer(packet, target.entityKey, origin)) return
    const entity = this.findEntity(target)
    if (entity !== undefined) {
      entity.receive(packet, origin)
      return
    }
    this.drops.targets++
    if (!deservesError(packet) || packet.source === undefined) return
    const routing = { _source: this.root.text, _target: packet.source, _tag_relay: packet.tag }
    this.send(Packet.of(routing, '_error_illegal_uniform', { _uniform: target.text }, notHere))
  }
}

const notHere = '[_uniform] is not a legal address here.'
