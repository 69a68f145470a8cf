/**
 * The packets of a circuit, taken one after the other; none while something must be waited for, and no more in a second
 * than the limits allow. Meanwhile the peer is not read, so that what it sends waits where it comes from. Some transports
 * cannot stop: what comes all the same is counted.
 */
import type { Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import { PacketRate, REST_MS } from './packet-rate.js'
import type { CircuitSink } from './peer.js'
import type { PacketSource } from './syntax.js'

/** A sender is being proven; more packets come than the limit allows. */
export type Hold = 'proof' | 'rate'

export interface InflowOptions {
  readonly sink: Pick<CircuitSink, 'pause' | 'resume'>
  readonly timers: Timers
  readonly limits: Limits
  readonly packetsPerSecond: () => number
  readonly take: (packet: Packet) => void
  /** The parser has lost its place in the bytes. */
  readonly failed: (error: unknown) => void
  /** More came than may wait. */
  readonly overflow: () => void
  /** The peer is an XMLSocket. Called with every packet. */
  readonly nulSeparated: () => void
}

export class Inflow {
  private parser: PacketSource | undefined
  /** Why nothing is parsed now. */
  private readonly holds = new Set<Hold>()
  private isPaused = false
  private heldBytes = 0
  /** Of the parser: all that came, and what of it was whole packets. */
  private receivedBytes = 0
  private wholeBytes = 0
  private readonly rate: PacketRate
  private rest: Timer | undefined
  private isStopped = false

  constructor(private readonly options: InflowOptions) {
    this.rate = new PacketRate(options.timers.clock)
  }

  /** The syntax is known. */
  get hasBegun(): boolean {
    return this.parser !== undefined
  }

  /** Take what comes from now on by this parser; what another one has left over is void. */
  begin(parser: PacketSource): void {
    this.parser = parser
    this.receivedBytes = this.wholeBytes = 0
  }

  /** Bytes of packets that are not complete, or wait. */
  get unfinishedBytes(): number {
    return this.receivedBytes - this.wholeBytes
  }

  /** Shared bytes: they may be kept in packets. */
  receive(bytes: Uint8Array): void {
    this.parser?.receive(bytes)
    this.receivedBytes += bytes.length
    if (this.holds.size === 0) this.pump()
    else if ((this.heldBytes += bytes.length) > this.options.limits.psycQueueBytes) this.options.overflow()
  }

  hold(why: Hold): void {
    if (!this.isPaused) {
      this.isPaused = true
      this.heldBytes = 0
      this.options.sink.pause()
    }
    this.holds.add(why)
  }

  /** What is here goes on first; more is read when nothing of it waits. */
  release(why: Hold): void {
    if (!this.holds.delete(why) || !this.mayGoOn()) return
    this.pump()
    if (!this.mayGoOn() || !this.isPaused) return
    this.isPaused = false
    this.options.sink.resume()
  }

  /** No more packets. */
  stop(): void {
    this.isStopped = true
    this.rest?.cancel()
  }

  private mayGoOn(): boolean {
    return !this.isStopped && this.holds.size === 0
  }

  private pump(): void {
    while (this.mayGoOn()) {
      if (!this.rate.allows(this.options.packetsPerSecond())) return this.slowDown()
      const packet = this.next()
      if (packet === undefined) return
      this.rate.taken()
      this.options.take(packet)
    }
  }

  private next(): Packet | undefined {
    try {
      const packet = this.parser?.next()
      if (packet !== undefined) this.wholeBytes = this.parser?.offset ?? 0
      if (this.parser?.nulSeparated === true) this.options.nulSeparated()
      return packet
    } catch (error) {
      this.options.failed(error)
      return undefined
    }
  }

  /** More than the limit comes: read on a moment later. */
  private slowDown(): void {
    this.hold('rate')
    this.rest = this.options.timers.after(REST_MS, () => this.release('rate'))
  }
}
