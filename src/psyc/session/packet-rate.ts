/**
 * How many packets a circuit may bring: a bucket of one second's worth that refills steadily. Who is over it is not
 * closed but read more slowly, so that a flood waits at its sender's, where TCP keeps it, and nothing honest is lost.
 */
import type { Clock } from '../../util/timers.js'

/** ms that reading stops for: a tenth of a second's worth has come together by then. */
export const REST_MS = 100

export class PacketRate {
  private tokens = 0
  private at = Number.NEGATIVE_INFINITY

  constructor(private readonly clock: Clock) {}

  /** Whether one more packet may be taken now. */
  allows(perSecond: number): boolean {
    const now = this.clock.now()
    this.tokens = Math.min(perSecond, this.tokens + ((now - this.at) / 1_000) * perSecond)
    this.at = now
    return this.tokens >= 1
  }

  taken(): void {
    this.tokens--
  }
}
