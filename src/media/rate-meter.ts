/** Messages and bytes in a second, counted second by second. */
const SPAN_MS = 1_000

export class RateMeter {
  messagesPerSecond = 0
  bytesPerSecond = 0
  private messages = 0
  private bytes = 0
  private since: number | undefined

  /** @param nowMs of the clock */
  count(bytes: number, nowMs: number): void {
    this.since ??= nowMs
    const elapsed = nowMs - this.since
    if (elapsed >= SPAN_MS) {
      this.messagesPerSecond = (this.messages * 1_000) / elapsed
      this.bytesPerSecond = (this.bytes * 1_000) / elapsed
      this.messages = 0
      this.bytes = 0
      this.since = nowMs
    }
    this.messages++
    this.bytes += bytes
  }
}
