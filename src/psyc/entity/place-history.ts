/** What was said in a place lately: a ring of messages, for those who come and ask [psyc.md 5.5]. */
import type { Packet } from '../wire/packet.js'

export class PlaceHistory {
  private readonly kept: Packet[] = []
  private readonly sizes: number[] = []
  private bytes = 0

  /** @param most how many to keep  @param mostBytes of all of them */
  constructor(
    private readonly most: number,
    private readonly mostBytes: number,
  ) {}

  get size(): number {
    return this.kept.length
  }

  /** @param cast with `_time_place`, and with values that nobody changes */
  add(cast: Packet): void {
    const size = cast.contentBytes
    this.kept.push(cast)
    this.sizes.push(size)
    this.bytes += size
    while (this.kept.length > this.most || this.bytes > this.mostBytes) {
      this.kept.shift()
      this.bytes -= this.sizes.shift() ?? 0
    }
  }

  last(amount: number): readonly Packet[] {
    return amount > 0 ? this.kept.slice(-amount) : []
  }

  /** Those whose text contains `word`, in any case. */
  matching(word: string, amount: number): readonly Packet[] {
    if (amount <= 0) return []
    const folded = word.toLowerCase()
    return this.kept.filter((packet) => packet.bodyText.toLowerCase().includes(folded)).slice(-amount)
  }
}
