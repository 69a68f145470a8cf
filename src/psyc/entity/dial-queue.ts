/** Packets that wait for a circuit, in order, within limits of number, bytes and time. */
import type { Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'

export interface Waiting {
  readonly packet: Packet
  /** Stands for the receiver when the packet comes back. */
  readonly target: string
  readonly bytes: number
  /** ms of the clock: it comes back then. */
  readonly until: number
}

export class DialQueue {
  private waiting: Waiting[] = []
  private bytes = 0

  constructor(private readonly limits: Limits) {}

  get size(): number {
    return this.waiting.length
  }

  /** When the first packet has waited for long enough. */
  get due(): number | undefined {
    return this.waiting[0]?.until
  }

  /** One packet may exceed the limit of bytes, a second one not wait behind it. @returns whether there was room */
  add(packet: Packet, target: string, now: number): boolean {
    const { dialPackets, dialBytes, dialWaitMs } = this.limits
    if (this.waiting.length >= dialPackets || this.bytes > dialBytes) return false
    const bytes = packet.wireBytes
    this.bytes += bytes
    this.waiting.push({ packet, target, bytes, until: now + dialWaitMs })
    return true
  }

  takeAll(): readonly Waiting[] {
    const { waiting } = this
    this.waiting = []
    this.bytes = 0
    return waiting
  }

  takeDue(now: number): readonly Waiting[] {
    return this.take(({ until }) => until <= now)
  }

  take(isTaken: (each: Waiting) => boolean): readonly Waiting[] {
    const taken: Waiting[] = []
    const left: Waiting[] = []
    for (const each of this.waiting) (isTaken(each) ? taken : left).push(each)
    for (const { bytes } of taken) this.bytes -= bytes
    this.waiting = left
    return taken
  }
}
