/** The node, as its circuits see it. */
import type { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import type { Circuit } from './circuit.js'
import type { Resolve } from './proof.js'

/** How a circuit ended: somebody closed it in order, or it broke. */
export type CircuitEnd = 'finished' | 'lost'

/** The node, as its circuits see it. */
export interface CircuitHost {
  readonly root: Uniform
  readonly implementation: string
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly resolve: Resolve
  token(): string
  /** Run when all that was received and sent so far has been dealt with. */
  whenIdle(run: () => void): void
  /** Whether that node may talk to us at all. */
  readonly admits: (root: Uniform) => boolean
  /** The syntax is known: packets can be sent to `circuit.location`. */
  greeted(circuit: Circuit): void
  /** The circuit is proven to speak for `circuit.root`. */
  proven(circuit: Circuit): void
  /**
   * A packet whose sender is proven: `sender` is its `_context`, `_source`, or what stands for none. A source that is
   * an entity of ours is not proven: whether a client may speak as that person is for the host to decide.
   */
  receive(circuit: Circuit, packet: Packet, sender: Uniform): void
  /** Once, last. */
  closed(circuit: Circuit, how: CircuitEnd): void
}
