/** What somebody said, one entry at a time, and waiting for the entry that a test needs. */

interface Waiting<T> {
  matches(entry: T): boolean
  found(entry: T): void
  ended(): void
}

export class Lines<T = string> {
  readonly all: T[] = []
  private readonly listeners: ((entry: T) => void)[] = []
  private readonly waiting = new Set<Waiting<T>>()
  private isEnded = false

  /** @param who for the message of a failed wait */
  constructor(
    private readonly who: string,
    private readonly show: (entry: T) => string = String,
  ) {}

  push(entry: T): void {
    this.all.push(entry)
    for (const listener of this.listeners) listener(entry)
    for (const waiting of [...this.waiting]) if (waiting.matches(entry)) waiting.found(entry)
  }

  /** Hears every entry from now on. */
  each(take: (entry: T) => void): void {
    this.listeners.push(take)
  }

  /** Nothing more will come: whoever still waits fails at once. */
  end(): void {
    this.isEnded = true
    for (const waiting of [...this.waiting]) waiting.ended()
  }

  /** Entries from `since` on that match, so far. */
  matching(wanted: RegExp | ((entry: T) => boolean), since = 0): T[] {
    return this.all.slice(since).filter((entry) => this.isMatch(wanted, entry))
  }

  /**
   * The first entry that matches, from entry number `since` on, whether it was there before or is still to come.
   * Fails with everything heard after `timeoutMs`.
   */
  wait(wanted: RegExp | ((entry: T) => boolean), since = 0, timeoutMs = 10_000): Promise<T> {
    const there = this.matching(wanted, since)[0]
    if (there !== undefined) return Promise.resolve(there)
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        this.waiting.delete(waiting)
        clearTimeout(timeout)
        const heard = this.all.slice(-60).map(this.show).join('\n')
        reject(new Error(`${this.who}: ${why} before ${wanted.toString()}; heard:\n${heard}`))
      }
      const waiting: Waiting<T> = {
        matches: (entry) => this.isMatch(wanted, entry),
        found: (entry) => {
          this.waiting.delete(waiting)
          clearTimeout(timeout)
          resolve(entry)
        },
        ended: () => fail('ended'),
      }
      const timeout = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs)
      if (this.isEnded) fail('ended')
      else this.waiting.add(waiting)
    })
  }

  private isMatch(wanted: RegExp | ((entry: T) => boolean), entry: T): boolean {
    return wanted instanceof RegExp ? wanted.test(this.show(entry)) : wanted(entry)
  }
}

/** Cuts text that comes in pieces into lines for `take`. */
export function splitLines(take: (line: string) => void): (piece: string) => void {
  let rest = ''
  return (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line.replace(/\r$/, ''))
  }
}
