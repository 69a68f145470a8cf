/**
 * The bandwidth check of FMS [rtmp.md 3.9]: the client's `onBWCheck` is called once with nothing and once with much, the
 * difference of its two answers is the time of the much, and `onBWDone` tells it what that makes. A client without
 * `onBWCheck` refuses both calls, which takes as long.
 */
import type { CallAnswer, NetConnection } from '../rtmp/session/events.js'
import type { Clock } from '../util/timers.js'

const PAYLOAD_BYTES = 65_536 // ours: a second at 512 kbit/s
const payload = 'x'.repeat(PAYLOAD_BYTES)

export class BandwidthCheck {
  private isRunning = false

  constructor(
    private readonly connection: Pick<NetConnection, 'call'>,
    private readonly clock: Clock,
  ) {}

  /** One at a time: asked for again meanwhile, it does nothing more. */
  start(): void {
    if (this.isRunning) return
    this.isRunning = true
    this.timed([], (latencyMs) => {
      this.timed([payload], (ms) => this.finish(latencyMs, ms))
    })
  }

  /** @param answered undefined when there is no answer */
  private timed(args: readonly string[], answered: (ms: number | undefined) => void): void {
    const start = this.clock.now()
    this.connection.call('onBWCheck', args, (answer) => {
      answered(isUnanswered(answer) ? undefined : this.clock.now() - start)
    })
  }

  /** Zeros for a client that answers nothing: one that waits for `onBWDone` goes on. */
  private finish(latencyMs: number | undefined, ms: number | undefined): void {
    this.isRunning = false
    if (latencyMs === undefined || ms === undefined) {
      this.connection.call('onBWDone', [0, 0, 0, 0])
      return
    }
    const transferMs = Math.max(1, Math.round(ms - latencyMs))
    const kbitDown = Math.round((PAYLOAD_BYTES * 8) / transferMs)
    this.connection.call('onBWDone', [kbitDown, PAYLOAD_BYTES / 1024, transferMs, Math.round(latencyMs)])
  }
}

function isUnanswered(answer: CallAnswer): boolean {
  return !answer.ok && answer.isUnanswered === true
}
