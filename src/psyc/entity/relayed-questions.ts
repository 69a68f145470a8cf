/**
 * Who asked what a person passed on to its clients, by tag: a client is sent the question in the person's name and
 * answers there, or to whoever it takes for the asker [psyc.md 6.1].
 */
import type { Packet } from '../wire/packet.js'

const MOST = 256 // open questions of one person; more are forgotten, oldest first

export class RelayedQuestions {
  private readonly askers = new Map<string, string>()

  relayed({ tag, source }: Packet): void {
    if (tag === undefined || source === undefined) return
    this.askers.set(tag, source)
    const oldest = this.askers.size > MOST ? this.askers.keys().next().value : undefined
    if (oldest !== undefined) this.askers.delete(oldest)
  }

  /** Uniform of the one who is waiting for an answer of that tag; he is answered once. */
  asker(tagRelay: string | undefined): string | undefined {
    if (tagRelay === undefined) return undefined
    const asker = this.askers.get(tagRelay)
    this.askers.delete(tagRelay)
    return asker
  }
}
