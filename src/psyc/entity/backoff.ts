/**
 * When a node may be called again: after 0.2 s, doubling to 30 s with each call that led to nothing, or to a circuit that
 * broke soon [design 3].
 */
import { ExpiringMap } from '../../util/expiring-map.js'
import type { Clock } from '../../util/timers.js'

const FIRST_MS = 200
const MOST_MS = 30_000
/** A circuit that lived for so long was worth its call. */
const CALM_MS = 10_000
const REMEMBERED_MS = 120_000 // ours: longer than any wait

interface Calls {
  /** How many in a row led to nothing. */
  readonly count: number
  readonly endedAt: number
  /** When the next is due. */
  readonly next: number
  readonly wasAnswered: boolean
}

export class Backoff {
  private readonly calls: ExpiringMap<Calls>

  /**
   * @param most nodes remembered
   * @param random 0 to 1
   */
  constructor(
    private readonly clock: Clock,
    most: number,
    private readonly random: () => number,
  ) {
    this.calls = new ExpiringMap(clock, most, REMEMBERED_MS)
  }

  /** ms to wait before that node is called. */
  waitMs(key: string): number {
    const calls = this.calls.get(key)
    return calls === undefined || this.isCalm(calls) ? 0 : Math.max(0, calls.next - this.clock.now())
  }

  /**
   * A call has ended. The wait is shortened by a quarter to a half at random: so many contexts that each ask again after
   * 0.75 to 1.25 of the same doubling time never find that they have to wait on top of that.
   * @returns how many calls in a row have come to nothing by now
   */
  called(key: string, wasAnswered: boolean): number {
    const before = this.calls.get(key)
    const count = before === undefined || this.isCalm(before) ? 0 : before.count
    const waitMs = Math.min(MOST_MS, FIRST_MS * 2 ** count) * (0.5 + this.random() / 4)
    const now = this.clock.now()
    this.calls.set(key, { count: Math.min(count + 1, 16), endedAt: now, next: now + waitMs, wasAnswered })
    return count + 1
  }

  /** There is word that the node is back: it may be called as soon as after a first failure. */
  forgive(key: string): void {
    const calls = this.calls.get(key)
    if (calls === undefined) return
    const next = Math.min(calls.next, calls.endedAt + FIRST_MS)
    this.calls.set(key, { ...calls, count: Math.min(calls.count, 1), next })
  }

  private isCalm({ wasAnswered, endedAt }: Calls): boolean {
    return wasAnswered && this.clock.now() >= endedAt + CALM_MS
  }
}
