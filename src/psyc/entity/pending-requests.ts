/** Requests of local entities that wait for their answer, by the tag that comes back [psyc.md 3.5]. */
import type { Packet } from '../wire/packet.js'
import type { Log } from '../../util/log.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Origin } from './node.js'

export type OnAnswer = (answer: Packet | undefined, origin: Origin | undefined) => void

export interface Parties {
  /** `entityKey` of who asked: nobody else can take the answer. */
  readonly asker: string
  /** `rootKey` of the node that was asked: nobody else can give it, except this node, for what did not arrive. */
  readonly askedRoot: string | undefined
}

interface Pending extends Parties {
  readonly onAnswer: OnAnswer
  readonly timer: Timer
}

export class PendingRequests {
  private readonly byTag = new Map<string, Pending>()

  constructor(
    private readonly timers: Timers,
    private readonly log: Log,
  ) {}

  add(tag: string, parties: Parties, timeoutMs: number, onAnswer: OnAnswer): void {
    const timer = this.timers.after(timeoutMs, () => {
      this.byTag.delete(tag)
      onAnswer(undefined, undefined)
    })
    this.byTag.set(tag, { ...parties, onAnswer, timer })
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
    if (!origin.isLocal && origin.rootKey !== pending.askedRoot) {
      this.log.warn({ root: origin.rootKey, asked: pending.askedRoot }, 'an answer of who was not asked')
      return false
    }
    this.byTag.delete(tag)
    pending.timer.cancel()
    pending.onAnswer(packet, origin)
    return true
  }
}
