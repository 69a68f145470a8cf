/** A memory that forgets: by age, and the oldest first when it is full. It has no timer; what is too old is not found. */
import type { Clock } from './timers.js'

interface Entry<V> {
  readonly value: V
  readonly until: number
}

export class ExpiringMap<V> {
  private readonly entries = new Map<string, Entry<V>>()

  /** @param most entries at a time, 1 or more */
  constructor(
    private readonly clock: Clock,
    private readonly most: number,
    private readonly lifetimeMs: number,
  ) {}

  get(key: string): V | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    if (entry.until > this.clock.now()) return entry.value
    this.entries.delete(key)
    return undefined
  }

  /** What is set again is the youngest. */
  set(key: string, value: V): void {
    this.entries.delete(key)
    if (this.entries.size >= this.most) {
      const [oldest] = this.entries.keys()
      if (oldest !== undefined) this.entries.delete(oldest)
    }
    this.entries.set(key, { value, until: this.clock.now() + this.lifetimeMs })
  }

  delete(key: string): void {
    this.entries.delete(key)
  }

  get size(): number {
    return this.entries.size
  }
}
