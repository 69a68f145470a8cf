/**
 * Deadlines without a clock of their own. The core asks `after(delayMs, run)`; whoever owns the real clock
 * calls `advance(nowMs)` and sleeps until `next()`. Tests move time by hand.
 */
export interface Clock {
  /** Milliseconds, monotonic, of an arbitrary origin. */
  now(): number
  /** Milliseconds since 1970, for display and for `_time_place`. */
  wallTime(): number
}

export interface Timer {
  cancel(): void
}

/** What core code needs of time. */
export interface Timers {
  readonly clock: Clock
  after(delayMs: number, run: () => void): Timer
}

class Entry implements Timer {
  cancelled = false
  constructor(
    readonly due: number,
    readonly order: number,
    readonly run: () => void,
    private readonly onCancel: () => void,
  ) {}

  cancel(): void {
    if (this.cancelled) return
    this.cancelled = true
    this.onCancel()
  }
}

/** A binary heap of deadlines; entries of equal time run in the order they were made. */
export class TimerQueue implements Timers {
  private heap: Entry[] = []
  private made = 0
  private live = 0

  /** @param wake called when a deadline earlier than all others was added */
  constructor(
    readonly clock: Clock,
    private readonly wake: () => void = () => undefined,
  ) {}

  /** Number of deadlines that are neither cancelled nor run. */
  get size(): number {
    return this.live
  }

  after(delayMs: number, run: () => void): Timer {
    const entry = new Entry(this.clock.now() + delayMs, this.made++, run, () => {
      this.live--
      this.compact()
    })
    this.live++
    this.push(entry)
    if (this.heap[0] === entry) this.wake()
    return entry
  }

  /** The next deadline in ms of the clock, or undefined when there is none. */
  next(): number | undefined {
    this.dropCancelled()
    return this.heap[0]?.due
  }

  /** Run everything that is due; what that adds for now or earlier runs too. */
  advance(): void {
    for (;;) {
      const due = this.next()
      if (due === undefined || due > this.clock.now()) return
      const entry = this.pop()
      entry.cancelled = true
      this.live--
      entry.run()
    }
  }

  private dropCancelled(): void {
    while (this.heap[0]?.cancelled === true) this.pop()
  }

  /** Most timers are cancelled: rebuild once the dead outnumber the living, so that memory follows the living. */
  private compact(): void {
    if (this.heap.length < 64 || this.heap.length < 2 * this.live) return
    this.heap = this.heap.filter((entry) => !entry.cancelled).sort(earlier)
  }

  private push(entry: Entry): void {
    const { heap } = this
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || earlier(above, entry) <= 0) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  private pop(): Entry {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) throw new RangeError('the queue is empty')
    if (heap.length > 0) this.sink(last)
    return first
  }

  private sink(entry: Entry): void {
    const { heap } = this
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      if (left === undefined) break
      const takeRight = right !== undefined && earlier(right, left) < 0
      const child = takeRight ? right : left
      if (earlier(entry, child) <= 0) break
      heap[at] = child
      at = 2 * at + (takeRight ? 2 : 1)
    }
    heap[at] = entry
  }
}

function earlier(a: Entry, b: Entry): number {
  return a.due - b.due || a.order - b.order
}
