/**
 * What a node takes of a stream that it is fed [design 4, 5], whoever feeds it. The master numbers casts from 1 in each
 * run, and those who pass them on leave the numbers as they are, so the same numbers hold wherever they come from:
 *
 *   seen                                        done
 *   cast one more than the last, or farther on  taken; what lies between was dropped and is not asked for
 *   the same, after an interruption             dropped, until a full state says what was lost, or `RUN` that nothing was
 *   cast not farther on than the last           here twice: dropped
 *   full state of another run                   taken: a new beginning
 *   full state of this run, behind what we have dropped: what follows it fills what is missing
 *   full state of this run, ahead of us         taken: what lies between is lost
 *   full state of a run that another followed   who feeds us has been cut off: dropped, with the casts that follow it
 *
 * Who leaves a stream and comes back to it goes on where it was, if it keeps what was `taken` meanwhile.
 *
 * [CHOICE: history has the numbers that it had as casts, and the state names the one before it. So who comes back, or is
 * fed by somebody else from now on, gets neither a hole nor anything twice where the history reaches far enough.]
 */
import type { Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import { RUN } from './route-packets.js'
import { asCast, streamState } from './stream-cast.js'
import type { StateVariables } from './variables.js'

export interface IntakeHandler {
  /** A new beginning. @param state owned by the handler */
  state(state: StateVariables, counter: number, isNewRun: boolean): void
  /** @param packet as all get it, without `_target` */
  cast(packet: Packet, counter: number): void
}

/** How far a stream was taken. */
export interface Taken {
  /** Tokens, the latest last. */
  readonly runs: readonly string[]
  /** `_counter` of the last cast of the latest. */
  readonly counter: number
}

const RUNS = 8 // ours: that are remembered

export class StreamIntake {
  /** `_counter` of the last that was taken. */
  counter: number
  /** Whether it has begun. */
  hasState = false
  /** Numbers that never came. */
  missed = 0
  duplicates = 0
  /** All that were taken, the latest last. */
  private runs: readonly string[]
  /** What comes is of a run that is over. */
  private isStale = false
  /** What was lost is not known: headers may be among it. */
  private isInterrupted = false
  /** A full state of which not all packets are here. */
  private incoming: StateVariables | undefined

  constructor(
    private readonly limits: Limits,
    private readonly handler: IntakeHandler,
    { runs, counter }: Taken = { runs: [], counter: 0 },
  ) {
    this.runs = runs
    this.counter = counter
  }

  get taken(): Taken {
    return { runs: this.runs, counter: this.counter }
  }

  /** What comes next comes over another line: a state that was half here is void. */
  interrupted(): void {
    this.incoming = undefined
    this.isStale = false
    this.isInterrupted = true
  }

  /**
   * A packet of the context, from whom we are fed by.
   * @throws PsycError, LimitError the state cannot be read, or is too big
   */
  take(packet: Packet): void {
    if (packet.stateOperation === 'reset') this.incoming = streamState(this.limits)
    if (this.incoming !== undefined) this.takeState(packet, this.incoming)
    else if (packet.method === RUN) this.takeRun(packet.text('_token_run'))
    else this.takeCast(packet)
  }

  /** What we have had is known, and what we have missed follows. */
  private takeRun(run: string | undefined): void {
    this.isStale = run !== this.runs.at(-1)
    if (!this.isStale) this.isInterrupted = false
  }

  private takeState(packet: Packet, incoming: StateVariables): void {
    incoming.apply(packet)
    if (packet.method !== '_status_state') return
    this.incoming = undefined
    const run = incoming.text('_token_run')
    const counter = packet.counter ?? 0
    if (run === undefined) return
    this.isInterrupted = false
    const isLatest = run === this.runs.at(-1)
    this.isStale = !isLatest && this.runs.includes(run)
    if (this.isStale) return
    const isNewRun = !isLatest || !this.hasState
    if (!isNewRun && counter <= this.counter) return
    if (!isNewRun) this.missed += counter - this.counter
    if (!isLatest) this.runs = [...this.runs, run].slice(-RUNS)
    this.counter = isLatest ? Math.max(counter, this.counter) : counter
    this.hasState = true
    this.handler.state(incoming, this.counter, isNewRun)
  }

  private takeCast(packet: Packet): void {
    const { counter } = packet
    if (!this.hasState || this.isStale || counter === undefined) return
    if (counter <= this.counter) {
      this.duplicates++
      return
    }
    if (this.isInterrupted && counter > this.counter + 1) return
    this.missed += counter - this.counter - 1
    this.counter = counter
    this.handler.cast(asCast(packet), counter)
  }
}
