/**
 * What becomes of the people of another node whose circuits are gone. Circuits come back, so they stay a while; who has not
 * entered again by then is out, unless his node keeps no state and does not know that anything was lost [design 3].
 */
import type { PsycNode } from '../psyc/entity/node.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Timer } from '../util/timers.js'

/** Where the people are. */
export interface LostNodeHost {
  /** They must enter again. */
  doubt(rootKey: string): void
  /** Whether somebody will not, since he believes to have been in all the time. */
  hasUnaware(rootKey: string): boolean
  /** Who has not, and had entered before that time of the clock, is out. */
  dropForgotten(rootKey: string, at: number): void
  /** They are believed to be in. */
  trust(rootKey: string): void
  /** Who has not is out. */
  dropDoubted(rootKey: string): void
}

export class LostNodes {
  /** The while, or the question that ends it. */
  private readonly lost = new Map<string, Timer>()

  constructor(
    private readonly node: PsycNode,
    private readonly host: LostNodeHost,
  ) {}

  lose(rootKey: string): void {
    const { timers, limits } = this.node
    this.host.doubt(rootKey)
    this.lost.get(rootKey)?.cancel()
    // psyced calls when it has something to say, which may be never.
    if (this.host.hasUnaware(rootKey)) this.ask(rootKey, '_request_ping', () => undefined)
    this.lost.set(
      rootKey,
      timers.after(limits.lostNodeMs, () => this.decide(rootKey)),
    )
  }

  /** Nodes that keep state enter again after each loss; others, psyced above all, do not know that there was one. */
  private decide(rootKey: string): void {
    this.lost.delete(rootKey)
    const origin = this.node.memberOrigin(rootKey)
    if (origin === undefined || origin.understandsState) this.host.dropDoubted(rootKey)
    else if (this.host.hasUnaware(rootKey)) this.askWhetherNew(rootKey)
    else this.host.trust(rootKey)
  }

  /** A psyced that crashed has forgotten its persons and says nothing of it; but it tells how long it has been up. */
  private askWhetherNew(rootKey: string): void {
    const { node, host } = this
    const asking = this.ask(rootKey, '_request_description_time', (answer) => {
      this.lost.delete(rootKey)
      const upSeconds = answer?.integer('_time_boot_duration')
      // It counts whole seconds.
      if (upSeconds !== undefined)
        host.dropForgotten(rootKey, node.timers.clock.now() - (upSeconds + 1) * 1_000)
      host.trust(rootKey)
    })
    this.lost.set(rootKey, asking)
  }

  private ask(rootKey: string, method: string, onAnswer: (answer: Packet | undefined) => void): Timer {
    const { node } = this
    const routing = { _source: node.root.text, _target: uniformOf(rootKey)?.text ?? rootKey }
    return node.request(routing, method, {}, node.limits.homeMs, onAnswer)
  }
}
