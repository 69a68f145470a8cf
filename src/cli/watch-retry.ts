/**
 * When `watch` tries again after its line was lost: after 1 s, doubling to 30 s. A line that stood for long was worth its
 * call, and the next loss begins anew.
 */
import { setTimeout } from 'node:timers/promises'

const FIRST_MS = 1_000 // ours: a server that starts again is seldom there sooner
const MOST_MS = 30_000 // as nodes do [design 3]
const CALM_MS = 10_000 // ours

export class WatchRetry {
  private nextMs = FIRST_MS

  /**
   * ms to wait now.
   * @param stoodMs how long we were in; 0 when we did not get in again
   */
  wait(stoodMs: number): number {
    const waitMs = stoodMs >= CALM_MS ? FIRST_MS : this.nextMs
    this.nextMs = Math.min(2 * waitMs, MOST_MS)
    return waitMs
  }
}

/** Resolves after that time, or as soon as the user has seen enough. */
export type Pause = (ms: number, stop: AbortSignal) => Promise<void>

export const pauseFor: Pause = (ms, stop) =>
  setTimeout(ms, undefined, { signal: stop }).catch(() => undefined)
