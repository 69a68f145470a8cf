/**
 * What the clients of this node have written to one shared object and its home has not settled yet [design 4].
 *
 *   begun ── its cast comes ──▶ settled
 *     │ └──── the home answers first, and we have come so far ──▶ settled
 *     └────── the home answers first ──▶ early ── we have come so far ──▶ settled
 *                                          └── nothing comes in time ──▶ in doubt
 */
import type { Packet } from '../psyc/wire/packet.js'
import type { Timer, Timers } from '../util/timers.js'
import type { Subscription } from './shared-object-fanout.js'

export interface Write {
  readonly subscription: Subscription
  /** Of the client's message, in full. */
  readonly version: number
  /** Of the slots; none when the whole object is cleared. */
  readonly names: readonly string[]
}

/** A write that the home has done, as it says; we have not come so far. */
interface Early {
  /** Of the object, with the write. */
  readonly version: number
  readonly patience: Timer
}

const EARLY_MS = 2_000 // ours: that a cast may come later than the answer to its writer

export class SharedObjectWrites {
  private readonly underWay = new Map<string, Write>()
  /** Those of them that were answered too early. */
  private readonly early = new Map<string, Early>()
  private count = 0

  /** @param tokenStart that nobody can guess @param inDoubt told of a write that was done, and whose cast does not come */
  constructor(
    private readonly timers: Timers,
    private readonly tokenStart: string,
    private readonly inDoubt: (write: Write) => void,
  ) {}

  /** @returns its `_token_change` */
  begin(write: Write): string {
    const token = this.tokenStart + (this.count++).toString(36)
    this.underWay.set(token, write)
    write.subscription.pending++
    return token
  }

  /** It is settled. @returns undefined when it was before */
  take(token: string): Write | undefined {
    const write = this.underWay.get(token)
    if (write === undefined) return undefined
    this.underWay.delete(token)
    this.early.get(token)?.patience.cancel()
    this.early.delete(token)
    write.subscription.pending--
    return write
  }

  /**
   * The write that this is the cast of. The home vouches for `_source_relay`: nobody can pass off his change as somebody
   * else's by guessing a token.
   */
  takeOwn(packet: Packet): Write | undefined {
    const token = packet.text('_token_change') ?? ''
    const isOwn = this.underWay.get(token)?.subscription.subscriber.person === packet.sourceRelay
    return isOwn ? this.take(token) : undefined
  }

  /** It was done, and made the object so new. @returns false: it is settled already */
  wait(token: string, version: number): boolean {
    if (!this.underWay.has(token)) return false
    const patience = this.timers.after(EARLY_MS, () => {
      const write = this.take(token)
      if (write !== undefined) this.inDoubt(write)
    })
    this.early.set(token, { version, patience })
    return true
  }

  /** @returns those that waited until the object has come so far: they are settled */
  comeTo(homeVersion: number): Write[] {
    if (this.early.size === 0) return []
    const due = [...this.early].filter(([, { version }]) => version <= homeVersion)
    return due.flatMap(([token]) => this.take(token) ?? [])
  }

  /** Nobody will tell any more. @returns all that were under way */
  lose(): Write[] {
    return [...this.underWay.keys()].flatMap((token) => this.take(token) ?? [])
  }
}
