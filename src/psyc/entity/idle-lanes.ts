/**
 * Circuits for streams, after their last stream: the one who has called closes them, in order. What a stream needs is not
 * seen from its packets alone: a node that is fed by another hears of its master when something changes in the tree.
 *
 *   proven ──▶ looked at when nothing was said for `psycLaneIdleMs` ── needed ──▶ looked at again after that time
 *                                                                   └─ not ────▶ the peer is asked to close
 *
 * What is sent to the peer from then on calls it anew.
 */
import type { Circuit } from '../session/circuit.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'

export interface IdleLanesOptions {
  readonly timers: Timers
  readonly limits: Limits
  /** Whether a stream may come from that node, or go there. */
  readonly isNeeded: (rootKey: string) => boolean
}

export class IdleLanes {
  private readonly looks = new Map<Circuit, Timer>()

  constructor(private readonly options: IdleLanesOptions) {}

  /** May be told of any circuit, and more than once. */
  add(circuit: Circuit): void {
    if (circuit.isOurs && circuit.lane === 'stream' && !this.looks.has(circuit)) this.lookLater(circuit)
  }

  remove(circuit: Circuit): void {
    this.looks.get(circuit)?.cancel()
    this.looks.delete(circuit)
  }

  private lookLater(circuit: Circuit, delayMs = this.options.limits.psycLaneIdleMs): void {
    this.looks.set(
      circuit,
      this.options.timers.after(delayMs, () => this.look(circuit)),
    )
  }

  private look(circuit: Circuit): void {
    const { timers, limits, isNeeded } = this.options
    const restMs = circuit.usedAt + limits.psycLaneIdleMs - timers.clock.now()
    if (restMs > 0) this.lookLater(circuit, restMs)
    else if (isNeeded(circuit.location.rootKey)) this.lookLater(circuit)
    else circuit.askToClose()
  }
}
