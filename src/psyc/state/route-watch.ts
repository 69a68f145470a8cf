/** What a node in a multicast tree notices by the passing of time alone [design 5]: silence, hunger, losses, idleness. */
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'

export interface RouteWatchOptions {
  readonly timers: Timers
  readonly limits: Limits
  /** Casts that never came, so far. */
  readonly missed: () => number
  /** Somebody feeds us, or thinks so. */
  readonly isFed: () => boolean
  /** Somebody here or below wants it. */
  readonly isNeeded: () => boolean
  /** Nothing at all came from our parent for too long, or nothing but calls for patience for far too long. */
  readonly silent: () => void
  /** Our parent lives but has nothing for us. */
  readonly starving: () => void
  /** Casts are missing all the time. */
  readonly dropping: () => void
  /** We have nothing for our children, and they should know that we live. */
  readonly restless: () => void
  /** Not fed for so long that there is no hope, and the master does not answer. */
  readonly starved: () => void
  /** Nobody has wanted it for a while. */
  readonly idle: () => void
}

const TICK_MS = 250 // ours
const RESTLESS_MS = 1_000 // ours: half of the silence after which a parent has failed
const STARVING_MS = 6_000 // ours: the master may restart meanwhile
const DROPS_MS = 5_000 // design 5
const DROPS_AGAIN_MS = 30_000 // design 5
const DROPS_DEPTH_MS = 500 // ours: the higher ones complain first
const SECOND_MS = 1_000

export class RouteWatch {
  /** Of us, as the master said last. */
  depth = 1
  isMasterSilent = false
  private timer: Timer | undefined
  private heardMs = 0
  private fedMs = 0
  private waitedMs = 0
  private hungryMs = 0
  private neededMs = 0
  private countedMs = 0
  private missed = 0
  private droppingSinceMs: number | undefined
  private complainedMs = Number.NEGATIVE_INFINITY

  constructor(private readonly options: RouteWatchOptions) {}

  start(): void {
    const { now } = this
    this.heardMs = this.fedMs = this.waitedMs = this.hungryMs = this.neededMs = this.countedMs = now
    this.missed = this.options.missed()
    this.timer = this.options.timers.after(TICK_MS, () => this.tick())
  }

  stop(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  /** A cast came, or news that all is well. */
  fed(): void {
    this.heardMs = this.fedMs = this.hungryMs = this.now
  }

  /** Our parent calls for patience. @returns whether to pass it on */
  waited(): boolean {
    this.heardMs = this.now
    if (this.now - this.waitedMs < RESTLESS_MS / 2) return false
    this.waitedMs = this.now
    return true
  }

  /** Any of the checks may lead to the end of the watch. */
  private tick(): void {
    this.timer = this.options.timers.after(TICK_MS, () => this.tick())
    for (const check of checks) if (this.isRunning) check(this)
  }

  private get isRunning(): boolean {
    return this.timer !== undefined
  }

  private get now(): number {
    return this.options.timers.clock.now()
  }

  checkNeed(): void {
    if (this.options.isNeeded()) this.neededMs = this.now
    else if (this.now - this.neededMs >= this.options.limits.routeIdleMs) this.options.idle()
  }

  checkHunger(): void {
    const { now, options } = this
    const { limits } = options
    if (!options.isFed()) {
      if (this.isMasterSilent && now - this.fedMs >= limits.routeStarvedMs) options.starved()
    } else if (now - this.heardMs >= limits.routeSilenceMs || now - this.fedMs >= 2 * STARVING_MS) {
      this.fedMs = Math.max(this.fedMs, now - STARVING_MS)
      options.silent()
    } else if (now - this.hungryMs >= STARVING_MS) {
      this.hungryMs = now
      options.starving()
    }
  }

  /** Looked at once a second. */
  checkDrops(): void {
    const { now, options } = this
    if (now - this.countedMs < SECOND_MS) return
    this.countedMs = now
    const missed = options.missed()
    const isDropping = missed > this.missed
    this.missed = missed
    if (!isDropping || !options.isFed()) this.droppingSinceMs = undefined
    else this.droppingSinceMs ??= now - SECOND_MS
    const patienceMs = DROPS_MS + DROPS_DEPTH_MS * (this.depth - 1)
    if (this.droppingSinceMs === undefined || now - this.droppingSinceMs < patienceMs) return
    if (now - this.complainedMs < DROPS_AGAIN_MS) return
    this.complainedMs = now
    this.droppingSinceMs = undefined
    options.dropping()
  }

  checkRest(): void {
    const { now } = this
    if (now - this.heardMs < RESTLESS_MS || now - this.waitedMs < RESTLESS_MS) return
    this.waitedMs = now
    this.options.restless()
  }
}

/** In this order. */
const checks: readonly ((watch: RouteWatch) => void)[] = [
  (watch) => watch.checkNeed(),
  (watch) => watch.checkHunger(),
  (watch) => watch.checkDrops(),
  (watch) => watch.checkRest(),
]
