/**
 * The last casts of a context that has a tree: who changes from one feeder to another goes on where it was, and gets
 * neither a hole nor anything twice [design 5].
 */
import { valueLength } from '../wire/packet.js'
import type { Packet } from '../wire/packet.js'

const MOST = 256 // ours: casts
const MOST_BYTES = 262_144 // ours
const CAST_BYTES = 64 // ours: a rough number for what is around the variables and the body

interface Entry {
  readonly counter: number
  readonly packet: Packet
  readonly bytes: number
}

export class CastLog {
  private entries: Entry[] = []
  private bytes = 0

  /** One that does not follow the last is a new beginning. @param packet shared: as all get it */
  append(packet: Packet, counter: number): void {
    const last = this.entries.at(-1)
    if (last !== undefined && counter !== last.counter + 1) this.clear()
    const entry = { counter, packet, bytes: bytesOf(packet) }
    this.entries.push(entry)
    this.bytes += entry.bytes
    while (this.entries.length > MOST || this.bytes > MOST_BYTES)
      this.bytes -= this.entries.shift()?.bytes ?? 0
  }

  clear(): void {
    this.entries = []
    this.bytes = 0
  }

  /** Of the last cast that is in it; 0: there is none. */
  get counter(): number {
    return this.entries.at(-1)?.counter ?? 0
  }

  /** What followed the cast `counter`, in order, as far as it is here; undefined when the next one is not. */
  since(counter: number): readonly Packet[] | undefined {
    const first = this.entries[0]
    if (first === undefined || first.counter > counter + 1) return undefined
    return this.entries.filter((entry) => entry.counter > counter).map(({ packet }) => packet)
  }

  /**
   * All that followed the cast `counter`, in order.
   * @param now `_counter` of the last cast of all
   * @returns undefined when some of it is not here any more
   */
  after(counter: number, now: number): readonly Packet[] | undefined {
    if (counter >= now) return []
    return this.counter === now ? this.since(counter) : undefined
  }
}

function bytesOf({ routing, entity, body }: Packet): number {
  let bytes = CAST_BYTES + valueLength(body)
  for (const header of [routing, entity])
    for (const { name, value } of header) bytes += name.length + valueLength(value)
  return bytes
}
