/** Requests of local entities that wait for their answer, by the tag that comes back [psyc.md 3.5]. */
import type { Packet } from '../wire/packet.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Origin } from './node.js'

export type OnAnswer = (answer: Packet | undefined, origin: Origin | undefined) => void

interface Pending {
  /** `entityKey` of who asked: nobody else can take the answer. */
  readonly asker: string
  readonly onAnswer: OnAnswer
  readonly timer: Timer
}

export class PendingRequests {
  private readonly byTag = new Map<string, Pending>()

  constructor(private readonly timers: Timers) {}

  add(tag: string, asker: string, timeoutMs: number, onAnswer: OnAnswer): void {
    const timer = this.timers.after(timeoutMs, () => {
      this.byTag.delete(tag)
      onAnswer(undefined, undefined)
    })
    this.byTag.set(tag, { asker, onAnswer, timer })
  }

  forget(tag: string): void {
    this.byTag.get(tag)?.timer.cancel()
    this.byTag.delete(tag)
  }

  /** @returns whether the packet, which came for `targetKey`, was the answer to a request, and so is done with */
  answer(packet: Packet, targetKey: string, origin: Origin): boolean {
    const tag = packet.tagRelay
    const pending = tag === undefined ? undefined : this.byTag.get(tag)
    if (tag === undefined || pending?.asker !== targetKey) return false
    this.byTag.delete(tag)
    pending.timer.cancel()
    pending.onAnswer(packet, origin)
    return true
  }
}
