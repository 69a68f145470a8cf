/**
 * Is the other side still there? Among our own kind (module `_keepalive`) each side breaks its own silence with an
 * empty packet, and a circuit without a byte for long is dead. Others are answered, rarely [design 3; psyc.md 2.13].
 */
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'

const ANSWER_MS = 60_000 // an empty packet is answered at most this often [psyc.md 2.13]

export interface KeepAliveOptions {
  readonly timers: Timers
  readonly limits: Limits
  sendEmpty(): void
  /** Nothing came for too long. Called once. */
  dead(): void
}

export class KeepAlive {
  private lastSent: number
  private lastReceived: number
  private lastAnswer: number | undefined
  private readonly running: (Timer | undefined)[] = []
  private isStopped = false

  constructor(private readonly options: KeepAliveOptions) {
    this.lastSent = this.lastReceived = this.now
  }

  private get now(): number {
    return this.options.timers.clock.now()
  }

  /** Both sides do it: from now on our silence is broken and theirs is noticed. */
  start(): void {
    if (this.running.length > 0) return
    this.lastReceived = this.now
    const { psycSilenceMs, psycDeadMs } = this.options.limits
    this.watch(
      0,
      psycSilenceMs,
      () => this.lastSent,
      () => this.options.sendEmpty(),
    )
    this.watch(
      1,
      psycDeadMs,
      () => this.lastReceived,
      () => this.options.dead(),
    )
  }

  sent(): void {
    this.lastSent = this.now
  }

  received(): void {
    this.lastReceived = this.now
  }

  /** The peer sent an empty packet. */
  receivedEmpty(): void {
    const isAnsweredByTimer = this.running.length > 0
    if (isAnsweredByTimer || this.now - (this.lastAnswer ?? -ANSWER_MS) < ANSWER_MS) return
    this.lastAnswer = this.now
    this.options.sendEmpty()
  }

  stop(): void {
    this.isStopped = true
    for (const timer of this.running) timer?.cancel()
  }

  /** Call `silent` when `last` lies `limitMs` back; a timer is moved when it fires, not with every byte. */
  private watch(slot: number, limitMs: number, last: () => number, silent: () => void): void {
    const wait = (delayMs: number): void => {
      if (!this.isStopped) this.running[slot] = this.options.timers.after(delayMs, check)
    }
    const check = (): void => {
      const restMs = last() + limitMs - this.now
      if (restMs <= 0) silent()
      wait(restMs > 0 ? restMs : limitMs)
    }
    wait(limitMs)
  }
}
