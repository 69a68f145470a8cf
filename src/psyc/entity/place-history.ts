/** What was said in a place lately: a ring of casts with the time they were said [psyc.md 5.5]. */
import type { Packet } from '../wire/packet.js'

export class PlaceHistory {
  private readonly kept: Packet[] = []

  /** @param most how many to keep */
  constructor(private readonly most: number) {}

  get size(): number {
    return this.kept.length
  }

  /** @param seconds Unix time, for `_time_place` */
  add(cast: Packet, seconds: number): void {
    this.kept.push(cast.withVariables({ _time_place: seconds }))
    if (this.kept.length > this.most) this.kept.shift()
  }

  last(amount: number): readonly Packet[] {
    return amount > 0 ? this.kept.slice(-amount) : []
  }

  /** Those whose text contains `word`, in any case. */
  matching(word: string, amount: number): readonly Packet[] {
    const folded = word.toLowerCase()
    return this.kept.filter((packet) => packet.bodyText.toLowerCase().includes(folded)).slice(-amount)
  }
}
