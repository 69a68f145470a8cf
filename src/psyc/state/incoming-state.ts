/** A full state on its way, put together of its packets [design 4]. */
import { valueLength } from '../wire/packet.js'
import type { Packet } from '../wire/packet.js'
import { LimitError, PsycError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { StateVariables, stateLimits } from './variables.js'

const PART_BYTES = 16 // ours: a rough number for what is around a modifier

export class IncomingState {
  readonly variables: StateVariables
  /** The last cast that is in it. */
  counter = 0
  private bytes = 0

  constructor(private readonly limits: Limits) {
    this.variables = new StateVariables(stateLimits(limits))
  }

  get run(): string | undefined {
    return this.variables.text('_token_run')
  }

  /**
   * @returns whether that was all
   * @throws PsycError, LimitError
   */
  take(packet: Packet): boolean {
    this.variables.apply(packet)
    this.count(packet)
    if (packet.method !== '_status_state') return false
    this.counter = counterOf(packet) ?? 0
    return true
  }

  /** @param casts that come next, in order @throws PsycError, LimitError */
  follow(casts: readonly Packet[]): void {
    for (const cast of casts) this.variables.apply(cast)
    this.counter += casts.length
  }

  /** Parts that set the same again and again do not grow, and still there must be an end to them. */
  private count({ entity }: Packet): void {
    const { stateBytes } = this.limits
    for (const { name, value } of entity) this.bytes += name.length + valueLength(value) + PART_BYTES
    if (this.bytes > 2 * stateBytes) throw new LimitError('stateBytes', stateBytes, this.bytes)
  }
}

/** @throws PsycError PSYC_COUNTER when it is no number of at most 15 digits */
export function counterOf(packet: Packet): number | undefined {
  const { counter } = packet
  const text = packet.route('_counter')
  if (counter !== undefined || text === undefined) return counter
  throw new PsycError('PSYC_COUNTER', `${JSON.stringify(text.slice(0, 32))} is no counter`)
}
