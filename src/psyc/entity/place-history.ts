/** What was said in a place lately: a ring of casts with the time they were said [psyc.md 5.5]. */
import { Packet, valueBytes } from '../wire/packet.js'
import type { Value } from '../wire/packet.js'

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

  /** @param seconds Unix time, for `_time_place` */
  add(cast: Packet, seconds: number): void {
    const size = sizeOf(cast)
    this.kept.push(owned(cast.withVariables({ _time_place: seconds })))
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

  /** Those that were cast after that counter. */
  after(counter: number): readonly Packet[] {
    return this.kept.filter((packet) => Number(packet.route('_counter') ?? 0) > counter)
  }

  /** Those whose text contains `word`, in any case. */
  matching(word: string, amount: number): readonly Packet[] {
    if (amount <= 0) return []
    const folded = word.toLowerCase()
    return this.kept.filter((packet) => packet.bodyText.toLowerCase().includes(folded)).slice(-amount)
  }
}

/** With values of its own: those of a packet are views that hold the whole buffer they were read into. */
function owned({ routing, entity, method, body }: Packet): Packet {
  const values = entity.map((modifier) => ({ ...modifier, value: ownValue(modifier.value) }))
  return new Packet(routing, values, method, body instanceof Uint8Array ? body.slice() : body)
}

function ownValue(value: Value): Value {
  return typeof value === 'string' ? value : valueBytes(value).slice()
}

function sizeOf({ entity, body }: Packet): number {
  return entity.reduce((sum, { value }) => sum + valueBytes(value).length, valueBytes(body).length)
}
