/**
 * How fast a player that joins gets what it missed: a little at once, then some times faster than it was made. All at
 * once is too much for some (Ruffle shows no picture), and would wait in the socket of others.
 */
const AT_ONCE_MS = 500 // ours: enough to begin with
const SPEED = 4 // ours: ten seconds take less than three
const MOST_MS = 10_000 // ours: who has not caught up by then is not joining, but slow

export class Pace {
  /**
   * @param fromMs stream time of the first unit
   * @param startedMs of the clock
   */
  constructor(
    private readonly fromMs: number,
    private readonly startedMs: number,
  ) {}

  isOver(nowMs: number): boolean {
    return nowMs - this.startedMs > MOST_MS
  }

  /** @param timeMs stream time of the next unit */
  isTooEarly(timeMs: number, nowMs: number): boolean {
    return timeMs - this.fromMs > AT_ONCE_MS + SPEED * (nowMs - this.startedMs)
  }
}
