/** How much of a stream comes in, counted second by second. */
const SPAN_MS = 1_000

export class StreamRate {
  bytesPerSecond = 0
  private bytes = 0
  private since: number | undefined

  /** @param nowMs of the clock */
  count(bytes: number, nowMs: number): void {
    this.since ??= nowMs
    const elapsedMs = nowMs - this.since
    if (elapsedMs >= SPAN_MS) {
      this.bytesPerSecond = (this.bytes * 1_000) / elapsedMs
      this.bytes = 0
      this.since = nowMs
    }
    this.bytes += bytes
  }
}
