/**
 * What goes wrong on the lines of a TestNetwork, by chance and yet the same for each seed: resets that cut a packet
 * anywhere, half-open lines, lines that stall or are slow, connections that take so long that later ones are up first.
 */
import type { TestNetwork, Line } from './network.js'
import { random } from './random.js'

export interface FaultRates {
  /** Probability per second and line that it breaks for both sides, in the middle of whatever is on its way. */
  readonly resets?: number
  /** The same, for one side alone: the other finds out by the silence. */
  readonly halfOpens?: number
  /** The same: nothing moves for up to `stallMs`. */
  readonly stalls?: number
  readonly stallMs?: number
  /** Half of the stalls are one way. */
  readonly hasOneWay?: boolean
  /** Of each line, each way; any number without it. */
  readonly bytesPerSecond?: number
  /** A connection takes up to so long. */
  readonly connectMs?: number
}

const TICK_MS = 100

export class FaultLines {
  readonly counts = { resets: 0, halfOpens: 0, stalls: 0 }
  private readonly pick: (below: number) => number
  private readonly stalledUntil = new Map<Line, { readonly a: number; readonly b: number }>()
  private isOn = false

  constructor(
    private readonly network: TestNetwork,
    seed: number,
    private readonly rates: FaultRates,
  ) {
    this.pick = random(seed)
  }

  start(): void {
    this.isOn = true
    this.network.connectMs = () => this.pick(1 + (this.rates.connectMs ?? 0))
    this.tickLater()
  }

  /** From now on all lines work; those that are half open stay so. */
  stop(): void {
    this.isOn = false
    this.network.connectMs = () => 0
    for (const line of this.network.lines) line.budget = undefined
    this.network.settle()
  }

  private tickLater(): void {
    this.network.time.timers.after(TICK_MS, () => {
      if (!this.isOn) return
      this.tickLater()
      for (const line of this.network.lines) if (!line.isClosed && !line.isBlackHole) this.harm(line)
    })
  }

  private harm(line: Line): void {
    const { resets, halfOpens, stalls, stallMs = 1_000, bytesPerSecond } = this.rates
    const { clock } = this.network.time
    if (this.happens(resets)) this.reset(line)
    else if (this.happens(halfOpens)) {
      this.counts.halfOpens++
      line.cutFor(this.pick(2) === 0 ? 'a' : 'b')
    } else if (this.happens(stalls)) {
      this.counts.stalls++
      const until = clock.now() + this.pick(stallMs)
      const way = this.rates.hasOneWay === true ? this.pick(4) : 0
      this.stalledUntil.set(line, { a: way === 1 ? 0 : until, b: way === 2 ? 0 : until })
    }
    const share = bytesPerSecond === undefined ? undefined : (bytesPerSecond * TICK_MS) / 1_000
    const until = this.stalledUntil.get(line) ?? { a: 0, b: 0 }
    const bytes = (stalledUntil: number): number =>
      stalledUntil > clock.now() ? 0 : (share ?? Number.POSITIVE_INFINITY)
    line.budget = { a: bytes(until.a), b: bytes(until.b) }
  }

  /** A few bytes of what is on its way still arrive, so that a packet is cut in two. */
  private reset(line: Line): void {
    this.counts.resets++
    line.budget = { a: this.pick(1 + line.fromA.queuedBytes), b: this.pick(1 + line.fromB.queuedBytes) }
    line.exchange()
    line.cut()
  }

  private happens(perSecond = 0): boolean {
    return this.pick(1_000_000) < (perSecond * TICK_MS * 1_000_000) / 1_000
  }
}
