/**
 * What a parent in the tree of a place or an object says besides casts: of which run they are, what the state is, how far
 * the context has come. It may be wrong, or lie: what does not fit what we have is a claim, and the next state of the
 * master tells whether it was so.
 */
import { valueText } from '../wire/packet.js'
import type { Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import { IncomingState } from './incoming-state.js'
import { RUN, readRun } from './route-packets.js'
import type { Had } from './route-packets.js'

/** How far the context has come, as we were told. */
export interface Claim extends Had {
  /** `rootKey` of the parent that has said so; undefined: not known any more. */
  readonly by: string | undefined
}

export class ParentIntake {
  /** Of its casts; undefined before it has said. */
  run: string | undefined
  /** To be compared with the next state of the master, asked for afterwards. */
  claim: Claim | undefined
  /** The parent that brought the last cast. */
  broughtBy: string | undefined
  private incoming: IncomingState | undefined
  /** How far we were when somebody said that there was not so much. */
  private excess: number | undefined

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
    this.run = incoming.run
    return incoming
  }

  /** Whether the cast leaves the run what it is, as each does that a master makes. */
  keepsRun({ entity, stateOperation }: Packet): boolean {
    const changes = entity.filter(({ operator, name }) => operator !== ':' && name === '_token_run')
    const isSame = changes.every(({ operator, value }) => operator === '=' && valueText(value) === this.run)
    return isSame && (stateOperation === undefined || changes.length > 0)
  }

  /**
   * A pulse has named that counter, and we have come to `count`. Who is new to us may be behind for a moment; if it goes on
   * we were told of casts that have not been.
   */
  isBehindAgain(counter: number, count: number): boolean {
    const { excess } = this
    this.excess = counter < count ? count : undefined
    return excess !== undefined && counter < excess
  }

  /** @param state of the master, so not older than the claim @returns the claim, if it was not so; it is settled */
  disprovedBy(state: IncomingState): Claim | undefined {
    const { claim } = this
    this.claim = undefined
    if (claim === undefined) return undefined
    return claim.run === state.run && claim.counter <= state.counter ? undefined : claim
  }
}
