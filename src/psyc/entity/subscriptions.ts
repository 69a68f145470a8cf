/** Who on this node gets the casts of which foreign (or own) context, and over which circuit they come. */
import { uniformOf } from '../wire/uniform.js'
import type { Circuit } from '../session/circuit.js'
import { isOfStream } from '../session/lane.js'
import type { ContextReceiver } from './node.js'
import type { Unreachable } from './peers.js'

interface Subscription {
  readonly rootKey: string | undefined
  readonly receivers: Set<ContextReceiver>
  /** The circuit of the last cast: if it breaks, casts may have been lost with it. */
  circuit: Circuit | undefined
}

export class Subscriptions {
  private readonly byContext = new Map<string, Subscription>()

  add(contextKey: string, receiver: ContextReceiver): void {
    const known = this.byContext.get(contextKey)
    if (known !== undefined) {
      known.receivers.add(receiver)
      return
    }
    const rootKey = uniformOf(contextKey)?.rootKey
    this.byContext.set(contextKey, { rootKey, receivers: new Set([receiver]), circuit: undefined })
  }

  remove(contextKey: string, receiver: ContextReceiver): void {
    const subscription = this.byContext.get(contextKey)
    subscription?.receivers.delete(receiver)
    if (subscription?.receivers.size === 0) this.byContext.delete(contextKey)
  }

  /** Whether somebody here is in a stream of that node, or is to be fed one by it. */
  hasStreamOf(rootKey: string, parentOf: (contextKey: string) => string | undefined): boolean {
    return [...this.byContext].some(
      ([key, context]) => isOfStream(key) && (context.rootKey === rootKey || parentOf(key) === rootKey),
    )
  }

  /** A snapshot: receivers may come and go while it is delivered. @param circuit where the cast came from */
  receivers(contextKey: string, circuit: Circuit | undefined): readonly ContextReceiver[] {
    const subscription = this.byContext.get(contextKey)
    if (subscription === undefined) return []
    subscription.circuit = circuit
    return [...subscription.receivers]
  }

  /**
   * Who must know that a circuit ended: those it fed, and all whose feeder cannot be reached any more, be it the master
   * of the context or the parent that `parentOf` names. Of a place or an object one is a member at its master, whoever
   * brings the casts: that a parent is lost is for the tree to know.
   */
  lost(
    circuit: Circuit,
    gone: Unreachable,
    parentOf: (contextKey: string) => string | undefined,
  ): ContextReceiver[] {
    const lost: ContextReceiver[] = []
    for (const [contextKey, subscription] of this.byContext) {
      const goneKey = isOfStream(contextKey) ? gone.streams : gone.root
      const parent = parentOf(contextKey)
      const feeder = isOfStream(contextKey) ? (parent ?? subscription.rootKey) : subscription.rootKey
      const isUnreachable = goneKey !== undefined && feeder === goneKey
      const isFed = subscription.circuit === circuit && (isOfStream(contextKey) || parent === undefined)
      if (!isFed && !isUnreachable) continue
      subscription.circuit = undefined
      lost.push(...subscription.receivers)
    }
    return lost
  }
}
