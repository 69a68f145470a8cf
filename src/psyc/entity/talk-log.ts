/**
 * What was said in the places of this node lately, for other nodes that have missed some of it: it went with a circuit that
 * broke, or that only seemed to be there [design 4]. Each place has a log of its own; all of them share one bound, above
 * which the oldest of all is forgotten.
 */
import type { Limits } from '../../util/limits.js'
import type { Packet } from '../wire/packet.js'

type TalkLimits = Pick<Limits, 'placeMissed' | 'placeMissedBytes' | 'missedBytes'>

interface Entry {
  readonly log: TalkLog
  readonly counter: number
  readonly cast: Packet
  readonly bytes: number
}

const CAST_BYTES = 512 // ours: about what is around the text of a line

/** Of all places. */
export class TalkMemory {
  /** In the order it was said. */
  private readonly entries = new Set<Entry>()
  private bytes = 0

  constructor(readonly limits: TalkLimits) {}

  add(entry: Entry): void {
    this.entries.add(entry)
    this.bytes += entry.bytes
    for (const { log } of this.entries) {
      if (this.bytes <= this.limits.missedBytes) break
      log.forgetOldest()
    }
  }

  delete(entry: Entry): void {
    if (this.entries.delete(entry)) this.bytes -= entry.bytes
  }
}

/** Of one place, in one run. */
export class TalkLog {
  private readonly entries: Entry[] = []
  private bytes = 0
  /** `_counter` of the last cast that is forgotten; 0 while there is none. */
  private lost = 0

  constructor(private readonly memory: TalkMemory) {}

  /** @param cast with `_counter`, and with values that nobody changes */
  append(cast: Packet): void {
    const { placeMissed, placeMissedBytes } = this.memory.limits
    const entry = { log: this, counter: cast.counter ?? 0, cast, bytes: CAST_BYTES + cast.contentBytes }
    this.entries.push(entry)
    this.bytes += entry.bytes
    this.memory.add(entry)
    while (this.entries.length > placeMissed || this.bytes > placeMissedBytes) this.forgetOldest()
  }

  forgetOldest(): void {
    const oldest = this.entries.shift()
    if (oldest === undefined) return
    this.bytes -= oldest.bytes
    this.lost = oldest.counter
    this.memory.delete(oldest)
  }

  /** What was cast after that counter and is remembered, in order. */
  after(counter: number): readonly Packet[] {
    return this.entries.filter((entry) => entry.counter > counter).map(({ cast }) => cast)
  }

  /** Whether something was cast after that counter that is forgotten. */
  hasForgotten(counter: number): boolean {
    return this.lost > counter
  }

  clear(): void {
    while (this.entries.length > 0) this.forgetOldest()
  }
}
