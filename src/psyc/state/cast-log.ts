/**
 * The last casts of a context that has a tree: who changes from one feeder to another goes on where it was, and gets
 * neither a hole nor anything twice [design 5].
 */
import { ownedPacket } from '../wire/owned-packet.js'
import type { Packet } from '../wire/packet.js'

const MOST = 256 // ours: casts
const MOST_BYTES = 262_144 // ours
const CAST_BYTES = 64 // ours: a rough number for what is around one

interface Entry {
  readonly counter: number
  readonly packet: Packet
  readonly bytes: number
}

export class CastLog {
  private entries: Entry[] = []
  private bytes = 0

  /** One that does not follow the last is a new beginning. @param packet copied */
  append(packet: Packet, counter: number): void {
    const last = this.entries.at(-1)
    if (last !== undefined && counter !== last.counter + 1) this.clear()
    const entry = { counter, packet: ownedPacket(packet), bytes: CAST_BYTES + packet.wireBytes }
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
