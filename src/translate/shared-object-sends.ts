/**
 * `send`s through one shared object on their way to the clients of this node [design 4]. One that comes while changes
 * are missing here may speak of what they made: it waits for the state, so nobody hears it before what preceded it.
 */
import type { Packet } from '../psyc/wire/packet.js'
import { bareInvoke } from './invoke-packet.js'

const SEND_BYTES = 256 // ours: a rough number for what is around the values

export class SharedObjectSends {
  private readonly held: Packet[] = []
  private bytes = 0

  /**
   * @param mostBytes of all that wait; when there are more the oldest do not wait any longer
   * @param deliver in the order in which they came
   */
  constructor(
    private readonly mostBytes: number,
    private readonly deliver: (packet: Packet) => void,
  ) {}

  /** @param isWhole nothing is missing of what preceded it */
  take(packet: Packet, isWhole: boolean): void {
    if (isWhole) return this.deliver(packet)
    const kept = bareInvoke(packet)
    this.held.push(kept)
    this.bytes += bytesOf(kept)
    while (this.bytes > this.mostBytes) this.deliverOldest()
  }

  /** Nothing is missing any more. */
  release(): void {
    while (this.held.length > 0) this.deliverOldest()
  }

  private deliverOldest(): void {
    const packet = this.held.shift()
    if (packet === undefined) return
    this.bytes -= bytesOf(packet)
    this.deliver(packet)
  }
}

function bytesOf({ contentBytes }: Packet): number {
  return contentBytes + SEND_BYTES
}
