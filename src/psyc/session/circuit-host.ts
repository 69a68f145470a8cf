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

/**
 * Whether circuits to other nodes are encrypted: whenever both can; always, with a valid certificate, or not at all; only
 * where the uniform says so.
 */
export type Encryption = 'prefer' | 'require' | 'off'

/** The node, as its circuits see it. */
export interface CircuitHost {
  readonly root: Uniform
  readonly implementation: string
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly resolve: Resolve
  readonly encryption: Encryption
  token(): string
  /** Run when all that was received and sent so far has been dealt with. */
  whenIdle(run: () => void): void
  /** Whether that node may talk to us at all. */
  readonly admits: (root: Uniform) => boolean
  /**
   * Whether the circuit of the node `root` may bring casts of that context, which is another node's: its master may have
   * named this one to us [design 5].
   */
  carriage(context: Uniform, root: Uniform): 'allowed' | 'late' | 'never'
  /** We were called, and packets can be sent to `circuit.location`. */
  greeted(circuit: Circuit): void
  /** The circuit is proven to speak for `circuit.root`, and packets can be sent there. */
  proven(circuit: Circuit): void
  /**
   * A packet whose sender is proven: `sender` is its `_context`, `_source`, or what stands for none. A source that is
   * an entity of ours is not proven: whether a client may speak as that person is for the host to decide.
   */
  receive(circuit: Circuit, packet: Packet, sender: Uniform): void
  /** Once, last. */
  closed(circuit: Circuit, how: CircuitEnd): void
}
