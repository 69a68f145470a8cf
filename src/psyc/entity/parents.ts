/**
 * Who may bring us the casts of a context besides its master: the parent that the master named, and nobody else. It is the
 * one exception to the rule that a circuit speaks for one root [design 3, 5].
 */
import { ExpiringMap } from '../../util/expiring-map.js'
import type { Clock } from '../../util/timers.js'

/** `late`: it was the parent until just now; what it had under way is dropped, and no lie. */
export type Carriage = 'allowed' | 'late' | 'never'

const LATE_MS = 60_000 // ours: longer than a stalled line lives
const FORMER = 4_096 // ours: parents given up in that time

export class Parents {
  private readonly byContext = new Map<string, string>()
  private readonly former: ExpiringMap<true>

  constructor(clock: Clock) {
    this.former = new ExpiringMap(clock, FORMER, LATE_MS)
  }

  /** @param parent the `rootKey`; undefined: the master alone, from now on */
  allow(contextKey: string, parent: string | undefined): void {
    const before = this.byContext.get(contextKey)
    if (before === parent) return
    if (before !== undefined) this.former.set(pair(contextKey, before), true)
    if (parent === undefined) this.byContext.delete(contextKey)
    else this.byContext.set(contextKey, parent)
  }

  /** Whether the node `rootKey` may bring casts of that context, whose master it is not. */
  carriage(contextKey: string, rootKey: string): Carriage {
    if (this.byContext.get(contextKey) === rootKey) return 'allowed'
    return this.former.get(pair(contextKey, rootKey)) === true ? 'late' : 'never'
  }

  /** The node that feeds us that context, if it is not the master. */
  of(contextKey: string): string | undefined {
    return this.byContext.get(contextKey)
  }
}

function pair(contextKey: string, rootKey: string): string {
  return `${contextKey} ${rootKey}`
}
