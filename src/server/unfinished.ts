/**
 * What all connections together may leave unfinished. Each may hold the beginning of a message of many megabytes, and a
 * stranger may open a thousand of them. Once a second somebody looks; when it is too much, those that hold the most are
 * closed until the others hold half of the limit.
 */
import { LimitError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import type { Timers } from '../util/timers.js'

/** A connection, or a part of one. */
export interface Holder {
  /** Bytes that have come of what is not complete: a message, a packet, a tag, requests in the wrong order. */
  readonly unfinishedBytes: number
  /** Close: the peer is told why, if it can be. */
  fail(why: Error): void
}

const LOOK_MS = 1_000 // ours

export class Unfinished {
  private readonly holders = new Set<Holder>()
  private isWatching = false

  constructor(
    private readonly timers: Timers,
    private readonly limits: Pick<Limits, 'unfinishedBytes'>,
  ) {}

  /** @returns to be called when it is over */
  watch(holder: Holder): () => void {
    this.holders.add(holder)
    this.lookLater()
    return () => this.holders.delete(holder)
  }

  private lookLater(): void {
    if (this.isWatching) return
    this.isWatching = true
    this.timers.after(LOOK_MS, () => {
      this.isWatching = false
      this.look()
      if (this.holders.size > 0) this.lookLater()
    })
  }

  private look(): void {
    const { unfinishedBytes: most } = this.limits
    const held = [...this.holders]
      .map((holder) => ({ holder, bytes: holder.unfinishedBytes }))
      .filter(({ bytes }) => bytes > 0)
    const all = held.reduce((sum, { bytes }) => sum + bytes, 0)
    if (all > most) shedHeaviest(held, all, most)
  }
}

function shedHeaviest(held: { holder: Holder; bytes: number }[], all: number, most: number): void {
  let left = all
  for (const { holder, bytes } of held.sort((a, b) => b.bytes - a.bytes)) {
    if (left <= most / 2) return
    left -= bytes
    holder.fail(new LimitError('unfinishedBytes', most, all))
  }
}
