/** How long to wait before the next try: 0.2 s doubling to 30 s, the later half of it by chance [design 3]. */

const FIRST_MS = 200
const MOST_MS = 30_000

export class BackOff {
  private tries = 0

  /** @param random in [0, 1): so that those who failed together do not come back together */
  constructor(private readonly random: () => number) {}

  /** ms, at most 30 s. */
  next(): number {
    const whole = Math.min(MOST_MS, FIRST_MS * 2 ** this.tries)
    if (whole < MOST_MS) this.tries++
    return whole / 2 + (whole / 2) * this.random()
  }

  /** What was refused will be refused again: it is not asked often. */
  slowDown(): void {
    this.tries = Math.ceil(Math.log2(MOST_MS / FIRST_MS))
  }

  reset(): void {
    this.tries = 0
  }
}
