/** Is the peer there? Silence is answered by a ping, more silence ends the connection [rtmp.md 12.1]. */
import type { Timer, Timers } from '../../util/timers.js'

interface Waiter {
  readonly timer: Timer
  readonly answered: (isAlive: boolean) => void
}

export class Liveness {
  private lastHeard: number
  private idleTimer: Timer
  private waiters: Waiter[] = []

  /**
   * @param idleMs silence after which `sendPing` is called; twice that calls `onLost`
   * @param sendPing asks the peer for any byte
   */
  constructor(
    private readonly timers: Timers,
    private readonly idleMs: number,
    private readonly sendPing: () => void,
    private readonly onLost: () => void,
  ) {
    this.lastHeard = timers.clock.now()
    this.idleTimer = timers.after(idleMs, () => this.check())
  }

  /** Bytes came: any byte is a sign of life. */
  heard(): void {
    this.lastHeard = this.timers.clock.now()
    if (this.waiters.length > 0) this.settle(true)
  }

  /** Ask now. @param answered called once: true at the next byte, false after `timeoutMs` or when it is over */
  ping(timeoutMs: number, answered: (isAlive: boolean) => void): void {
    const waiter: Waiter = {
      answered,
      timer: this.timers.after(timeoutMs, () => {
        this.waiters = this.waiters.filter((other) => other !== waiter)
        answered(false)
      }),
    }
    this.waiters.push(waiter)
    this.sendPing()
  }

  stop(): void {
    this.idleTimer.cancel()
    this.settle(false)
  }

  private settle(isAlive: boolean): void {
    const { waiters } = this
    this.waiters = []
    for (const { timer, answered } of waiters) {
      timer.cancel()
      answered(isAlive)
    }
  }

  private check(): void {
    const silentMs = this.timers.clock.now() - this.lastHeard
    if (silentMs >= 2 * this.idleMs) {
      this.onLost()
      return
    }
    const pingNow = silentMs >= this.idleMs
    if (pingNow) this.sendPing()
    const deadline = this.lastHeard + (pingNow ? 2 : 1) * this.idleMs
    // At least 1 ms: where fractions are rounded away, the deadline may have come while the silence is still too short.
    this.idleTimer = this.timers.after(Math.max(1, deadline - this.timers.clock.now()), () => this.check())
  }
}
