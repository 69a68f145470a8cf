/** What a parent in the tree of a place or an object says besides casts: of which run they are, and what the state is. */
import type { Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import { IncomingState } from './incoming-state.js'
import { RUN, readRun } from './route-packets.js'

export class ParentIntake {
  /** Of its casts; undefined before it has said. */
  run: string | undefined
  private incoming: IncomingState | undefined

  constructor(private readonly limits: Limits) {}

  /** Another parent, or a new beginning with the same. */
  begin(): void {
    this.run = undefined
    this.incoming = undefined
  }

  /**
   * A packet with `_target`.
   * @returns the state, when it is complete
   * @throws PsycError, LimitError
   */
  take(packet: Packet): IncomingState | undefined {
    if (packet.method === RUN) this.run = readRun(packet)
    if (packet.stateOperation === 'reset') this.incoming = new IncomingState(this.limits)
    const { incoming } = this
    if (incoming === undefined || (packet.method !== '' && packet.method !== '_status_state'))
      return undefined
    if (!incoming.take(packet)) return undefined
    this.incoming = undefined
    this.run = incoming.variables.text('_token_run')
    return incoming
  }
}
