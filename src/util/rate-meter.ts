/** How much in a second, counted second by second: bytes, writes. */
const SPAN_MS = 1_000

export class RateMeter {
  /** As of the last whole second; 0 before that. */
  perSecond = 0
  private amount = 0
  private since: number | undefined

  /** @param nowMs of the clock */
  count(amount: number, nowMs: number): void {
    this.since ??= nowMs
    const elapsed = nowMs - this.since
    if (elapsed >= SPAN_MS) {
      this.perSecond = (this.amount * 1_000) / elapsed
      this.amount = 0
      this.since = nowMs
    }
    this.amount += amount
  }
}
