/**
 * What waits to go out on one circuit. The packets of a turn leave in one write; a peer that takes nothing for
 * `psycSendMs`, or lets more than `psycQueueBytes` wait, is given up.
 */
import { concat } from '../../util/bytes.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import type { CircuitSink } from './peer.js'

export interface OutboxOptions {
  readonly sink: CircuitSink
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  /** The peer does not read. Called once. */
  stalled(reason: string): void
}

export class Outbox {
  private waiting: Uint8Array[] = []
  private waitingBytes = 0
  private sentBytes = 0
  private takenBytes = 0
  private watch: Timer | undefined
  private isFlushing = false
  private isHeld = false
  private isStalled = false
  private isEnded = false

  constructor(private readonly options: OutboxOptions) {}

  get queuedBytes(): number {
    return this.waitingBytes + this.options.sink.queuedBytes
  }

  /** Bytes that went out so far; it grows when something is sent. */
  get totalBytes(): number {
    return this.sentBytes + this.waitingBytes
  }

  /** Shared bytes. One packet may exceed the limit, a second one not wait behind it. */
  send(bytes: Uint8Array): void {
    if (this.isStalled || this.isEnded) return
    if (this.queuedBytes > this.options.limits.psycQueueBytes) {
      this.stall('queue')
      return
    }
    this.waiting.push(bytes)
    this.waitingBytes += bytes.length
    if (this.isFlushing) return
    this.isFlushing = true
    this.options.turn.atEnd(() => {
      this.isFlushing = false
      this.flush()
    })
  }

  /** What was sent so far goes out now; what is sent from now on waits for `release`. */
  hold(): void {
    this.flush()
    this.isHeld = true
  }

  release(): void {
    this.isHeld = false
    this.flush()
  }

  /** Everything out, then close. */
  end(): void {
    if (this.isEnded) return
    this.flush()
    this.isEnded = true
    this.watch?.cancel()
    this.options.sink.end()
  }

  /** Nothing more goes out; the connection is gone. */
  drop(): void {
    this.isEnded = true
    this.waiting = []
    this.waitingBytes = 0
    this.watch?.cancel()
  }

  private flush(): void {
    if (this.waiting.length === 0 || this.isEnded || this.isHeld) return
    const bytes = concat(this.waiting)
    this.waiting = []
    this.waitingBytes = 0
    this.sentBytes += bytes.length
    this.options.sink.send(bytes)
    this.watchProgress()
  }

  /** One timer while something is unread: was anything taken since it was set? */
  private watchProgress(): void {
    if (this.watch !== undefined || this.options.sink.queuedBytes === 0) return
    this.takenBytes = this.taken()
    this.watch = this.options.timers.after(this.options.limits.psycSendMs, () => {
      this.watch = undefined
      if (this.options.sink.queuedBytes > 0 && this.taken() <= this.takenBytes) this.stall('send time-out')
      else this.watchProgress()
    })
  }

  private taken(): number {
    return this.sentBytes - this.options.sink.queuedBytes
  }

  private stall(reason: string): void {
    if (this.isStalled) return
    this.isStalled = true
    this.options.stalled(reason)
  }
}
