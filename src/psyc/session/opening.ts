/**
 * How a circuit begins, and from when on packets can be sent [psyc.md 2.12, 2.13].
 *
 *   we were called   the first packet is empty, within 90 s; we answer and greet, and the circuit is usable
 *   we have called   we greet; within 5 s comes the first packet. Nothing of others goes out before the peer has said who
 *                    it is and what it can, or a second has passed: a peer that does not speak our syntax says so first,
 *                    or closes, and what was sent to it would be lost. psyced 1.0 may greet and refuse even then, or
 *                    leave out the empty packet [psyced.md 2.3, 6.4]
 */
import { inherits } from '../wire/keyword.js'
import type { Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'

const FEATURES_MS = 1_000 // ours

export interface OpeningOptions {
  /** We have called. */
  readonly isOurs: boolean
  readonly timers: Timers
  readonly limits: Limits
  readonly greet: () => void
  /** Look at a packet before the circuit is usable. */
  readonly take: (packet: Packet) => void
  /** @returns whether packets may go out: not before what must be encrypted is */
  readonly mayOpen: () => boolean
  readonly opened: () => void
  /** The first packet of who called is none. */
  readonly refuseSyntax: () => void
  /** Whom we called answers with an error. */
  readonly refused: (error: Packet) => void
  /** Nothing came in time. */
  readonly silent: () => void
}

export class Opening {
  /** Packets of others than the circuit itself may go out. */
  isDone = false
  hasPeerGreeted = false
  private deadline: Timer

  constructor(private readonly options: OpeningOptions) {
    const { isOurs, timers, limits, silent } = options
    this.deadline = timers.after(isOurs ? limits.dialAnswerMs : limits.psycGreetingMs, silent)
  }

  /** The peer's first packets. @returns whether the packet is dealt with */
  take(packet: Packet, isEmpty: boolean): boolean {
    if (!this.hasPeerGreeted && this.takeFirst(isEmpty)) return true
    if (this.isDone || isEmpty) return false
    this.takeAnswer(packet)
    return true
  }

  /** Unless something is in the way. */
  finish(): void {
    if (this.isDone || !this.options.mayOpen()) return
    this.isDone = true
    this.deadline.cancel()
    this.options.opened()
  }

  stop(): void {
    this.deadline.cancel()
  }

  private takeFirst(isEmpty: boolean): boolean {
    const { isOurs, timers } = this.options
    if (!isOurs && !isEmpty) {
      this.options.refuseSyntax()
      return true
    }
    this.hasPeerGreeted = true
    this.deadline.cancel()
    if (isOurs) this.deadline = timers.after(FEATURES_MS, () => this.finish())
    else {
      this.options.greet()
      this.finish()
    }
    return isEmpty
  }

  private takeAnswer(packet: Packet): void {
    const { method } = packet
    if (inherits(method, '_error') || inherits(method, '_failure')) this.options.refused(packet)
    else {
      this.options.take(packet)
      if (!inherits(method, '_notice_circuit_established')) this.finish()
    }
  }
}
