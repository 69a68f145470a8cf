/** Time that the test moves by hand. */
import { TimerQueue } from '../../src/util/timers.js'
import type { Clock } from '../../src/util/timers.js'

export class FakeClock implements Clock {
  private nowMs = 1_000

  now(): number {
    return this.nowMs
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.nowMs
  }

  set(nowMs: number): void {
    this.nowMs = nowMs
  }
}

/** A clock with its timers: `advance` stops at every deadline on its way, as real time would. */
export class FakeTime {
  readonly clock = new FakeClock()
  readonly timers = new TimerQueue(this.clock)

  advance(ms: number): void {
    const end = this.clock.now() + ms
    for (let next = this.timers.next(); next !== undefined && next <= end; next = this.timers.next()) {
      this.clock.set(Math.max(next, this.clock.now()))
      this.timers.advance()
    }
    this.clock.set(end)
  }

  /** The same, with every deadline a turn of its own that `settle` ends. */
  advanceInTurns(ms: number, settle: () => void): void {
    const end = this.clock.now() + ms
    for (let next = this.timers.next(); next !== undefined && next <= end; next = this.timers.next()) {
      this.advance(Math.max(0, next - this.clock.now()))
      settle()
    }
    this.advance(end - this.clock.now())
    settle()
  }
}
