/** How many commands a connection may send: a bucket of one second's worth that refills steadily. */
import type { Clock } from '../../util/timers.js'

export type RateVerdict = 'take' | 'refuse' | 'close'

export class CommandRate {
  private tokens: number
  private at: number

  /** @param perSecond commands; as many again are refused one by one, after that the connection is closed */
  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
  ) {
    this.tokens = perSecond
    this.at = clock.now()
  }

  take(): RateVerdict {
    const now = this.clock.now()
    this.tokens = Math.min(this.perSecond, this.tokens + ((now - this.at) / 1000) * this.perSecond)
    this.at = now
    this.tokens -= 1
    if (this.tokens >= 0) return 'take'
    return this.tokens >= -this.perSecond ? 'refuse' : 'close'
  }
}
