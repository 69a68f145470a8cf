/**
 * The last entries of something that goes on, by sequence number. Who reads has a cursor into it, and it forgets from its
 * beginning what nobody needs any more [design 10].
 */

const COMPACT_AT = 256 // ours: places given up before the array is made shorter

export class SequenceLog<Entry> {
  /** Undefined where it is given up. */
  private entries: (Entry | undefined)[] = []
  /** How many at the beginning of `entries` are given up. */
  private head = 0
  /** Sequence number of the first place in `entries`. */
  private base = 0

  /** Sequence number of the first entry that is still here. */
  get start(): number {
    return this.base + this.head
  }

  /** Sequence number of the next entry to come. */
  get end(): number {
    return this.base + this.entries.length
  }

  get first(): Entry | undefined {
    return this.entries[this.head]
  }

  at(sequence: number): Entry | undefined {
    return sequence < this.base ? undefined : this.entries[sequence - this.base]
  }

  /** All from that one on. */
  from(sequence: number): Entry[] {
    return this.entries.slice(Math.max(sequence - this.base, this.head)) as Entry[] // none of those is given up
  }

  append(entry: Entry): void {
    this.entries.push(entry)
  }

  /** Forget what lies before `sequence`. Takes time in proportion to what is forgotten. */
  trim(sequence: number): void {
    const { entries } = this
    const head = Math.min(sequence, this.end) - this.base
    if (head <= this.head) return
    if (head < entries.length && (head < COMPACT_AT || 2 * head < entries.length)) {
      entries.fill(undefined, this.head, head)
      this.head = head
      return
    }
    this.entries = entries.slice(head)
    this.base += head
    this.head = 0
  }
}
