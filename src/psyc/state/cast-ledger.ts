/**
 * Which casts of a foreign context this node has had, by their counters [design 4]. A circuit that breaks takes casts
 * with it; some of them come late by another way, some are told again on request. Each is to be heard once.
 */

/** Casts that may still come; older ones are given up. */
const MISSING_MOST = 1_000
const LEAPS = 8 // ours: that may have to be taken back

export class CastLedger {
  private last: number | undefined
  /** In order. */
  private readonly missing = new Set<number>()
  /** Over more casts than are remembered as missing, in order; some may turn out not to be true. */
  private leaps: { readonly from: number; readonly to: number }[] = []

  /** A run begins, of which nothing before that counter concerns us. */
  begin(counter: number): void {
    this.last = counter
    this.leaps = []
    this.missing.clear()
  }

  /** The run has come so far: whatever we did not have of it is missing. */
  reached(counter: number): void {
    if (this.last === undefined) return this.begin(counter)
    if (counter - this.last > MISSING_MOST) this.leap(this.last, counter)
    for (let at = Math.max(this.last, counter - MISSING_MOST) + 1; at <= counter; at++) this.missing.add(at)
    this.last = Math.max(this.last, counter)
    for (const oldest of this.missing) {
      if (this.missing.size <= MISSING_MOST) break
      this.missing.delete(oldest)
    }
  }

  /** The run has come no farther, whatever we were told: casts after that have not been yet. */
  retract(counter: number): void {
    if (this.last === undefined || this.last <= counter) return
    const untrue = this.leaps.findIndex(({ to }) => to > counter)
    const from = untrue < 0 ? undefined : this.leaps.splice(untrue)[0]?.from
    this.last = Math.min(counter, from ?? counter)
    // What is missing stays in order: what lies behind the leap is found anew.
    for (const at of this.missing) if (at > this.last) this.missing.delete(at)
    this.reached(counter)
  }

  private leap(from: number, to: number): void {
    this.leaps.push({ from, to })
    if (this.leaps.length > LEAPS) this.leaps.shift()
  }

  /** A cast has come. @returns whether it is the first time */
  take(counter: number): boolean {
    if (this.last === undefined) return true
    if (counter <= this.last) return this.missing.delete(counter)
    this.reached(counter)
    return this.missing.delete(counter)
  }

  /** What is missing up to that counter will not come any more. */
  giveUp(counter: number): void {
    for (const at of this.missing) if (at <= counter) this.missing.delete(at)
  }

  isMissing(counter: number): boolean {
    return this.missing.has(counter)
  }

  /** What we have had without a gap; undefined before the beginning. */
  get known(): number | undefined {
    const [first] = this.missing
    return first === undefined ? this.last : first - 1
  }
}
