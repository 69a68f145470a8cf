/** The real clock, the one timeout that wakes the core's deadlines, and the end of an event-loop turn. */
import { performance } from 'node:perf_hooks'
import type { Log } from '../util/log.js'
import { TimerQueue } from '../util/timers.js'
import type { Clock } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import { guarded } from './guard.js'

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
}

/** Node's: one that is longer would ring at once. Who wants "never" says a large number. */
export const LONGEST_TIMEOUT_MS = 0x7fff_ffff

/** One `setTimeout` for all deadlines of the node. */
export class TimerDriver {
  readonly timers = new TimerQueue(systemClock, () => this.arm())
  private timeout: NodeJS.Timeout | undefined
  private isStopped = false

  constructor(private readonly log: Log) {}

  stop(): void {
    this.isStopped = true
    clearTimeout(this.timeout)
  }

  private arm(): void {
    clearTimeout(this.timeout)
    const due = this.timers.next()
    if (due === undefined || this.isStopped) return
    const delay = Math.min(LONGEST_TIMEOUT_MS, Math.max(0, Math.ceil(due - systemClock.now())))
    this.timeout = setTimeout(() => {
      while (!guarded(this.log, () => this.timers.advance()));
      this.arm()
    }, delay)
    this.timeout.unref()
  }
}

/** Ends a turn after the I/O callbacks of one round of the event loop: what they all produced is gathered. */
export class LoopTurn implements Turn {
  private waiting: (() => void)[] = []

  constructor(private readonly log: Log) {}

  atEnd(run: () => void): void {
    this.waiting.push(run)
    if (this.waiting.length === 1) setImmediate(() => this.end())
  }

  /** What a run asks again comes in the same round, after all that was there: replies to it leave in this turn too. */
  private end(): void {
    for (let at = 0; at < this.waiting.length; at++) {
      const run = this.waiting[at]
      if (run !== undefined) guarded(this.log, run)
    }
    this.waiting = []
  }
}
