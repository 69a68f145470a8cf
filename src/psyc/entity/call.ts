/**
 * The calls to one node on one lane, from the first packet for it until there is a circuit or nobody needs one any more.
 *
 *   a packet comes     it waits in order; a call begins, at once or when the last failure is long enough ago
 *   1.0 is refused     called again in 0.9 at once; refused in both, or no connection: a failure, and so it is when the
 *                      peer says in 0.9 that it speaks 1.0
 *   a failure          packets wait on for the next call; those that no call can help come back, and so does a request
 *                      to be fed: the master of the context names another node
 *   usable             the packets go out, before anything that is sent later
 *   waited too long    the packet comes back with the reason of the last failure
 */
import type { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { CallFailure, Calling } from '../session/calling.js'
import type { Circuit } from '../session/circuit.js'
import type { Attempt, Connect, ConnectFailure, Destination } from '../session/connect.js'
import type { Lane } from '../session/lane.js'
import type { CircuitSink, Peer } from '../session/peer.js'
import type { Version } from '../session/syntax.js'
import { isChildRequest } from '../state/route-packets.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import { DialQueue } from './dial-queue.js'
import type { Waiting } from './dial-queue.js'

/** What follows `_failure_unsuccessful_delivery` [psyc.md 3.6]. */
export type DialFailure =
  | ConnectFailure
  | '_self'
  | '_block'
  | '_invalid_host'
  | '_exceeded_limit'
  | '_invalid_port_connect'
  | '_invalid_transport_connect'

export interface CallHost {
  readonly connect: Connect
  readonly timers: Timers
  readonly limits: Limits
  /** Every circuit must be encrypted: from the first byte in 1.0, by the peer's offer in 0.9. */
  readonly isTlsRequired: boolean
  /** ms before that node may be called. */
  waitMs(call: Call): number
  /** The syntax to begin with. */
  version(call: Call): Version
  /** A circuit over a line that is up; it greets. */
  open(sink: CircuitSink, peer: Peer, calling: Calling): Circuit
  undeliverable(packet: Packet, target: string, reason: string): void
  /** @param reason undefined: a circuit is there, in that syntax */
  called(call: Call, reason: DialFailure | undefined, version: Version): void
  /** Streams need 1.0, which the peer refuses: somebody else is to send them. */
  refusedStreams(call: Call, waiting: readonly Waiting[]): void
  /** Nothing waits and nothing is under way. */
  ended(call: Call): void
}

/** No further call helps. */
const hopeless: readonly DialFailure[] = [
  '_resolve',
  '_block',
  '_invalid_host',
  '_invalid_certificate',
  '_self',
]

export class Call {
  private readonly queue: DialQueue
  private attempt: Attempt | undefined
  /** It has connected, and does not carry packets yet. */
  private greeting: Circuit | undefined
  /** Connecting or greeting. */
  private isUnderWay = false
  private isStopped = false
  private rest: Timer | undefined
  private expiry: Timer | undefined
  private lastFailure: DialFailure = '_timeout_connect'

  constructor(
    private readonly host: CallHost,
    /** The node's root. */
    readonly root: Uniform,
    readonly lane: Lane,
    private readonly destination: Destination,
    /** Uniform of whose packet was the first. */
    readonly caller: string,
  ) {
    this.queue = new DialQueue(host.limits)
  }

  /** @returns whether there was room */
  add(packet: Packet, target: string): boolean {
    if (!this.queue.add(packet, target, this.now)) return false
    this.expiry ??= this.expireLater()
    if (!this.isUnderWay && this.rest === undefined) this.dialWhenDue()
    return true
  }

  /**
   * There is a circuit to that node, whoever called whom. A connection that is not up yet is given up. One that is, both
   * nodes having called at the same time, is kept: the peer may be sending on it already.
   */
  reached(circuit: Circuit): void {
    this.flush(circuit)
    if (this.attempt !== undefined) this.isUnderWay = false
    this.attempt?.cancel()
    this.attempt = undefined
    this.endUnlessNeeded()
  }

  /** The next call may be due earlier than it was. */
  hurry(): void {
    if (this.rest === undefined) return
    this.rest.cancel()
    this.rest = undefined
    this.dialWhenDue()
  }

  /** The end of the program. */
  stop(): void {
    this.isStopped = true
    this.attempt?.cancel()
    this.greeting?.close()
    this.rest?.cancel()
    this.expiry?.cancel()
    this.queue.takeAll()
  }

  private get now(): number {
    return this.host.timers.clock.now()
  }

  private dialWhenDue(): void {
    const waitMs = this.host.waitMs(this)
    if (waitMs === 0) this.dial(this.host.version(this))
    else
      this.rest = this.host.timers.after(waitMs, () => {
        this.rest = undefined
        this.dial(this.host.version(this))
      })
  }

  private dial(version: Version): void {
    const { destination, host } = this
    const needsTls = host.isTlsRequired && version === '1.0' && !destination.isEncrypted
    this.isUnderWay = true
    this.attempt = host.connect(needsTls ? { ...destination, isEncrypted: true } : destination, {
      opened: (sink, peer) => this.opened(sink, peer, version),
      failed: (reason) => {
        this.attempt = undefined
        // Whoever speaks 0.9 alone does not know what to make of TLS from the first byte.
        if (needsTls && reason === '_disconnect') this.notUsable('refused', version)
        else this.failed(reason, version)
      },
    })
  }

  private opened(sink: CircuitSink, peer: Peer, version: Version): Circuit {
    this.attempt = undefined
    const { root, lane } = this
    const isFallback = version !== this.host.version(this)
    const failed = (why: CallFailure): void => this.notUsable(why, version)
    const usable = (circuit: Circuit): void => this.usable(circuit, version)
    this.greeting = this.host.open(sink, peer, { root, version, lane, isFallback, usable, failed })
    return this.greeting
  }

  private usable(circuit: Circuit, version: Version): void {
    this.isUnderWay = false
    this.greeting = undefined
    this.host.called(this, undefined, version)
    this.flush(circuit)
    this.endUnlessNeeded()
  }

  private notUsable(why: CallFailure, version: Version): void {
    if (this.isStopped) return
    this.greeting = undefined
    const isSyntax = version === '1.0' && (why === 'refused' || why === 'silent')
    if (!isSyntax) this.failed(reasons[why], version)
    else if (this.lane === 'talk') this.dial('0.9')
    else {
      this.isUnderWay = false
      this.host.refusedStreams(this, this.queue.takeAll())
      this.endUnlessNeeded()
    }
  }

  private failed(reason: DialFailure, version: Version): void {
    this.isUnderWay = false
    this.lastFailure = reason
    this.host.called(this, reason, version)
    const isHopeless = hopeless.includes(reason)
    this.giveBack(this.queue.take(({ packet }) => isHopeless || isChildRequest(packet)))
    if (this.queue.size > 0) this.dialWhenDue()
    else this.endUnlessNeeded()
  }

  private flush(circuit: Circuit): void {
    for (const { packet, target } of this.queue.takeAll()) {
      if (!circuit.send(packet)) this.host.undeliverable(packet, target, '_unrenderable')
    }
  }

  private expireLater(): Timer | undefined {
    const { due } = this.queue
    if (due === undefined) return undefined
    return this.host.timers.after(Math.max(0, due - this.now), () => {
      this.giveBack(this.queue.takeDue(this.now))
      this.expiry = this.expireLater()
      this.endUnlessNeeded()
    })
  }

  private giveBack(waiting: readonly Waiting[]): void {
    for (const { packet, target } of waiting) this.host.undeliverable(packet, target, this.lastFailure)
  }

  private endUnlessNeeded(): void {
    if (this.queue.size > 0) return
    this.rest?.cancel()
    this.rest = undefined
    this.expiry?.cancel()
    this.expiry = undefined
    if (!this.isUnderWay) this.host.ended(this)
  }
}

const reasons: Readonly<Record<CallFailure, DialFailure>> = {
  refused: '_disconnect',
  silent: '_timeout_connect',
  unwelcome: '_block',
  stranger: '_invalid_host',
  self: '_self',
  insecure: '_invalid_certificate',
  modern: '_disconnect',
}
