/**
 * Whether what a peer sends may wait for a while on its way: as long as it fits into the kernel's buffer, by what came
 * in the while before. Several streams of one connection may ask in the same while, and get the same answer.
 */
import type { Clock } from '../../util/timers.js'

const REST_BYTES = 32_768 // ours: kernels hold at least so much for a connection

export class RestGauge {
  private sinceMs: number
  private sinceBytes = 0
  private isLittle = true

  constructor(private readonly clock: Clock) {
    this.sinceMs = clock.now()
  }

  /** @param receivedBytes since the beginning */
  allows(ms: number, receivedBytes: number): boolean {
    const nowMs = this.clock.now()
    const passedMs = nowMs - this.sinceMs
    const bytes = receivedBytes - this.sinceBytes
    if (passedMs < ms && bytes < REST_BYTES) return this.isLittle
    this.isLittle = bytes * ms < REST_BYTES * Math.max(ms, passedMs)
    this.sinceMs = nowMs
    this.sinceBytes = receivedBytes
    return this.isLittle
  }
}
