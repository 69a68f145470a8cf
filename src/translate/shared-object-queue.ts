/**
 * What one slow player of a shared object has not been sent yet [design 4].
 *
 * Between two `send`s only the newest event of each slot is kept, in the place of the first: the order of slots among
 * each other means nothing, their order against a `send` does. A clear forgets the slot events before it. So the queue
 * is never longer than the object and the `send`s that were not taken.
 */
import type { SharedObjectEvent } from '../rtmp/wire/shared-object.js'

/** One event for a player. */
export interface OutgoingEvent {
  readonly event: SharedObjectEvent
  /** The slot it is about. */
  readonly slot?: string | undefined
  /** Rough number of bytes it will take. */
  readonly size: number
}

export class MergingQueue {
  private events: (OutgoingEvent | undefined)[] = []
  /** Where the slots' events are, since the last event that nothing may cross. */
  private readonly places = new Map<string, number>()
  private bytes = 0

  get isEmpty(): boolean {
    return this.events.length === 0
  }

  /** Rough number of bytes that wait. */
  get size(): number {
    return this.bytes
  }

  push(outgoing: OutgoingEvent): void {
    const { event, slot } = outgoing
    if (event.kind === 'clear') this.forgetSlots()
    if (slot === undefined) this.places.clear()
    const at = slot === undefined ? undefined : this.places.get(slot)
    this.bytes += outgoing.size
    if (at !== undefined) {
      this.bytes -= this.events[at]?.size ?? 0
      this.events[at] = outgoing
      return
    }
    if (slot !== undefined) this.places.set(slot, this.events.length)
    this.events.push(outgoing)
  }

  /** All that waits, in order; the queue is empty then. */
  take(): SharedObjectEvent[] {
    const events = this.events.filter((outgoing) => outgoing !== undefined).map(({ event }) => event)
    this.events = []
    this.places.clear()
    this.bytes = 0
    return events
  }

  private forgetSlots(): void {
    for (const at of this.places.values()) {
      this.bytes -= this.events[at]?.size ?? 0
      this.events[at] = undefined
    }
  }
}
