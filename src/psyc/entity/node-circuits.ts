/**
 * The circuits of a node: those that come in and those it asks for, until the last to a peer is lost. A packet that has no
 * circuit goes to the dialler, if its lane may be dialled.
 */
import { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import { Circuit } from '../session/circuit.js'
import type { Calling } from '../session/calling.js'
import type { CircuitEnd, CircuitHost, Encryption } from '../session/circuit-host.js'
import type { Connect } from '../session/connect.js'
import { laneOf, mayDial } from '../session/lane.js'
import type { Lane } from '../session/lane.js'
import type { CircuitSink, Peer } from '../session/peer.js'
import type { Resolve } from '../session/proof.js'
import type { RouteNode } from '../state/route-node.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import { Dialler } from './dialler.js'
import { IdleLanes } from './idle-lanes.js'
import type { PeerEvents } from './node.js'
import type { NodeQueue } from './node-queue.js'
import { Parents } from './parents.js'
import { Peers } from './peers.js'
import type { Unreachable } from './peers.js'

export interface CircuitOptions {
  /** `psyc://gw.example/`, with a port unless it is 4404. */
  readonly root: Uniform
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly resolve: Resolve
  /** Name and version for display, "rtmpsyc/1.0". */
  readonly implementation: string
  /** Whether that node may talk to us; everybody may by default. */
  readonly admits?: (root: Uniform) => boolean
  /** `prefer` by default. */
  readonly encryption?: Encryption
  /** Opens connections to other nodes; without it only those who call us are reached. */
  readonly connect?: Connect
}

/** The node, as its circuits need it. */
export interface CircuitsHost {
  readonly queue: NodeQueue
  readonly token: () => string
  /** Whether it is called in 0.9 at once. */
  readonly isLegacy: (rootKey: string) => boolean
  readonly receive: (circuit: Circuit, packet: Packet, sender: Uniform) => void
  readonly undeliverable: (packet: Packet, unreachable: string, reason: string) => void
  /** Call `done` when the answer with that tag is there, or will not come. */
  readonly awaitAnswer: (tag: string, askedRoot: string, done: () => void) => void
  /** Tell those who follow contexts by it. */
  readonly lost: (circuit: Circuit, gone: Unreachable, parentOf: ParentOf) => void
  /** Whether somebody here is in a stream of that node, or is to be fed one by it. */
  readonly followsStreams: (rootKey: string, parentOf: ParentOf) => boolean
}

/** The root of who feeds us a context besides its master. */
type ParentOf = (contextKey: string) => string | undefined

export class NodeCircuits implements PeerEvents, Pick<RouteNode, 'allowParent' | 'reach'> {
  private readonly peers = new Peers()
  private readonly parents: Parents
  private readonly lostListeners = new Set<(rootKey: string, isClient: boolean, how: CircuitEnd) => void>()
  private readonly backListeners = new Set<(rootKey: string) => void>()
  private readonly streamsLostListeners = new Set<(rootKey: string) => void>()
  private readonly streamsAskers = new Set<(rootKey: string) => boolean>()
  private readonly idleLanes: IdleLanes
  private readonly parentOf: ParentOf = (contextKey) => this.parents.of(contextKey)
  private readonly circuitHost: CircuitHost
  private readonly dialler: Dialler | undefined

  constructor(
    private readonly options: CircuitOptions,
    private readonly host: CircuitsHost,
  ) {
    const { timers, limits } = options
    this.parents = new Parents(timers.clock)
    this.idleLanes = new IdleLanes({ timers, limits, isNeeded: (rootKey) => this.needsStreams(rootKey) })
    this.circuitHost = this.asHost()
    const { connect } = options
    if (connect !== undefined) this.dialler = this.newDialler(connect)
  }

  private asHost(): CircuitHost {
    const { root, timers, turn, limits, log, resolve, implementation } = this.options
    const { queue, token, receive } = this.host
    return {
      ...{ root, timers, turn, limits, log, resolve, implementation, token, receive },
      whenIdle: (run) => queue.whenIdle(run),
      admits: this.options.admits ?? (() => true),
      encryption: this.options.encryption ?? 'prefer',
      carriage: ({ key }, by) => this.parents.carriage(key, by.rootKey),
      greeted: (circuit) => this.peers.addLocation(circuit),
      proven: (circuit) => this.proven(circuit),
      closed: (circuit, how) => this.closed(circuit, how),
    }
  }

  private newDialler(connect: Connect): Dialler {
    const { timers, limits, log } = this.options
    const { token, isLegacy, undeliverable } = this.host
    return new Dialler({
      ...{ connect, timers, limits, log, isLegacy, undeliverable },
      isTlsRequired: this.options.encryption === 'require',
      random: () => parseInt(token().slice(-4), 16) / 0xffff,
      open: (sink, peer, calling) => this.dialled(sink, peer, calling),
    })
  }

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

  /** One of any lane. */
  anyCircuit(rootKey: string): Circuit | undefined {
    return this.peers.anyCircuit(rootKey)
  }

  get all(): readonly Circuit[] {
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
    if (this.host.followsStreams(rootKey, this.parentOf)) return true
    return [...this.streamsAskers].some((isNeeded) => isNeeded(rootKey))
  }

  allowParent(contextKey: string, parentKey: string | undefined): void {
    this.parents.allow(contextKey, parentKey)
  }

  /** @returns why the packet cannot be delivered; undefined when it is on its way */
  send(packet: Packet, to: Uniform): string | undefined {
    const lane = laneOf(packet)
    const circuit = this.peers.circuit(to.rootKey, lane, mayDial(packet, lane))
    if (circuit === undefined) return this.dial(to, packet, lane)
    return circuit.send(packet) ? undefined : '_unrenderable'
  }

  /** @returns why the packet cannot be delivered; undefined when it is taken over */
  private dial(to: Uniform, packet: Packet, lane: Lane): string | undefined {
    if ((to.port ?? 0) < 0) return '_invalid_port_connect'
    if (this.dialler === undefined || !mayDial(packet, lane)) return '_disconnect'
    return this.dialler.take(to, packet, lane)
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
    const tag = this.host.token()
    this.host.awaitAnswer(tag, rootKey, () => {
      done(isCalled())
      this.peers.spare(rootKey)?.askToClose()
    })
    const routing = { _source: this.options.root.text, _target: text, _tag: tag }
    const ping = Packet.of(routing, '_request_ping')
    const problem = this.dialler.take(root, ping, 'spare')
    if (problem !== undefined) this.host.undeliverable(ping, text, problem)
  }

  /** Somebody who should know has said that the node is up: it is called soon when it is needed, however often it failed. */
  expect(rootKey: string): void {
    this.dialler?.expect(rootKey)
  }

  /**
   * Tell every peer that the end of the program is near, behind everything that was sent so far [design 11]. Clients are
   * closed with it; to other nodes our persons will still say goodbye. Nobody is called any more.
   */
  shutdown(reason: string): void {
    const routing = { _source: this.options.root.text }
    const warning = Packet.of(routing, '_warning_server_shutdown', { _reason: reason }, '[_reason]')
    this.dialler?.stop()
    this.host.queue.whenIdle(() => {
      for (const circuit of this.all) {
        circuit.send(warning)
        if (circuit.root === undefined) circuit.close()
      }
    })
  }

  /** Close all circuits. Nodes are asked to, since they may have something under way to us; who does not is closed. */
  close(): void {
    this.dialler?.stop()
    this.host.queue.whenIdle(() => {
      for (const circuit of this.all) circuit.askToClose()
    })
  }

  private proven(circuit: Circuit): void {
    const isBack = this.peers.addRoot(circuit)
    this.idleLanes.add(circuit)
    const rootKey = circuit.root?.rootKey ?? ''
    this.dialler?.reached(circuit, rootKey)
    if (!isBack) return
    this.host.queue.arrive(() => {
      for (const listener of [...this.backListeners]) listener(rootKey)
    })
  }

  private closed(circuit: Circuit, how: CircuitEnd): void {
    const gone = this.peers.remove(circuit)
    this.idleLanes.remove(circuit)
    const { location, root, streams = location } = gone
    this.host.queue.arrive(() => {
      this.host.lost(circuit, gone, this.parentOf)
      if (streams !== undefined) for (const listener of [...this.streamsLostListeners]) listener(streams)
      if (location !== undefined) this.tellLost(location, true, how)
      if (root !== undefined) this.tellLost(root, false, how)
    })
  }

  private tellLost(rootKey: string, isClient: boolean, how: CircuitEnd): void {
    this.options.log.debug({ root: rootKey, how }, 'peer lost')
    for (const listener of [...this.lostListeners]) listener(rootKey, isClient, how)
  }
}
