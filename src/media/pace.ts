/**
 * How fast a player that joins gets what it missed: a little at once, then some times faster than it was made. All at
 * once is too much for some (Ruffle shows no picture), and would wait in the socket of others.
 */
import type { Unit } from './unit.js'

const AT_ONCE_MS = 500 // ours: enough to begin with
const SPEED = 4 // ours: ten seconds take less than three
const MOST_MS = 10_000 // ours: who has not caught up by then is not joining, but slow
const LOSING_MS = 1_000 // ours: and so is who is so much farther behind than when it came

export class Pace {
  private readonly behindMs: number

  /**
   * @param first what it begins with
   * @param startedMs of the clock
   */
  constructor(
    private readonly first: Unit,
    private readonly startedMs: number,
  ) {
    this.behindMs = startedMs - first.arrivedMs
  }

  /** @param next what it gets next, if that has come */
  isOver(next: Unit | undefined, nowMs: number): boolean {
    const behindMs = next === undefined ? 0 : nowMs - next.arrivedMs
    return nowMs - this.startedMs > MOST_MS || behindMs > this.behindMs + LOSING_MS
  }

  isTooEarly(next: Unit, nowMs: number): boolean {
    return next.timeMs - this.first.timeMs > AT_ONCE_MS + SPEED * (nowMs - this.startedMs)
  }
}
