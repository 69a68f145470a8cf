/**
 * One stream between this node and another server, kept up for as long as somebody wants it.
 *
 *   idle ── start ──▶ connecting ── up ──▶ running
 *    ▲                  │  ▲ ▲               │
 *    │     lost, refused│  │ └── moved ──────┤
 *   stop                ▼  │ later           │ lost
 *  (from any)        waiting ◀───────────────┘          blocked: the name is taken here, until it is free
 *                                                       or, where only its home knows when that is, for a while
 *
 * A log line for each change, none for a try that fails like the one before it.
 */
import type { StreamAddress } from '../../media/stream-address.js'
import type { Log, LogFields } from '../../util/log.js'
import type { Timer, Timers } from '../../util/timers.js'
import { BackOff } from '../back-off.js'
import type { Link } from './link.js'
import type { LinkEnd, LinkListener } from './link-border.js'
import type { RelayEntry } from './relay-entry.js'
import { shownTarget, withName } from './relay-url.js'
import type { RelayTarget } from './relay-url.js'

export type RelayState = 'idle' | 'connecting' | 'running' | 'waiting' | 'blocked'

export interface RelayServices {
  readonly timers: Timers
  readonly log: Log
  /** In [0, 1). */
  random(): number
  /** A link that has not been started. */
  link(entry: RelayEntry, here: StreamAddress, there: RelayTarget, listener: LinkListener): Link
}

const STABLE_MS = 10_000 // ours: a link that held so long was a good one
const MOVES_MOST = 3 // ours: redirections that are followed at once

const standsBack = {
  taken: 'relay stands back: somebody publishes that name here',
  ended: 'relay stands back: it may not have that name now',
} as const

export class Relay {
  private current: RelayState = 'idle'
  private readonly backOff: BackOff
  private readonly target: RelayTarget
  private readonly about: LogFields
  private link: Link | undefined
  private timer: Timer | undefined
  private moves = 0
  private lastReason = ''

  constructor(
    private readonly services: RelayServices,
    readonly entry: RelayEntry,
    readonly here: StreamAddress,
  ) {
    this.backOff = new BackOff(() => services.random())
    this.target = withName(entry.target, here.name)
    this.about = aboutRelay(entry, here, shownTarget(this.target, entry.way === 'push'))
  }

  get state(): RelayState {
    return this.current
  }

  /** Without effect unless it is idle. */
  start(): void {
    if (this.current !== 'idle') return
    this.lastReason = ''
    this.connect(this.target)
  }

  /** In order; it can be started again. */
  stop(): void {
    const { current, link } = this
    this.timer?.cancel()
    this.link = undefined
    this.current = 'idle'
    if (current === 'running') this.services.log.info({ ...this.about, ...link?.figures }, 'relay ends')
    link?.end()
  }

  /** The name that somebody else had here is free. */
  unblocked(): void {
    if (this.current !== 'blocked') return
    this.timer?.cancel()
    this.connect(this.target)
  }

  private connect(there: RelayTarget): void {
    this.current = 'connecting'
    const link = this.services.link(this.entry, this.here, there, {
      up: () => {
        if (this.link === link) this.up()
      },
      over: (end) => {
        if (this.link === link) this.over(end)
      },
    })
    this.link = link
    link.start()
  }

  private up(): void {
    this.current = 'running'
    this.lastReason = ''
    this.services.log.info(this.about, 'relay runs')
    this.timer?.cancel()
    this.timer = this.services.timers.after(STABLE_MS, () => {
      this.backOff.reset()
      this.moves = 0
    })
  }

  private over({ how, reason, to }: LinkEnd): void {
    const figures = this.link?.figures ?? {}
    this.timer?.cancel()
    this.link = undefined
    if (how === 'taken' || how === 'ended') {
      this.current = 'blocked'
      this.services.log.info(this.about, standsBack[how])
      if (how === 'ended') this.timer = this.services.timers.after(this.slowly(), () => this.unblocked())
    } else if (how === 'moved' && to !== undefined && this.moves < MOVES_MOST) {
      this.moves++
      this.services.log.info(
        { ...this.about, reason, to: shownTarget(to, this.entry.way === 'push') },
        'relay moves',
      )
      this.connect(to)
    } else this.wait(how, reason, figures)
  }

  private wait(how: LinkEnd['how'], reason: string, figures: LogFields): void {
    const { timers, log } = this.services
    this.current = 'waiting'
    this.moves = 0
    const retryMs = Math.round(how === 'refused' ? this.slowly() : this.backOff.next())
    const fields = { ...this.about, reason, retryMs, ...figures }
    if (reason === this.lastReason) log.debug(fields, 'relay fails again')
    else log.warn(fields, how === 'refused' ? 'relay refused' : 'relay lost')
    this.lastReason = reason
    this.timer = timers.after(retryMs, () => this.connect(this.target))
  }

  private slowly(): number {
    this.backOff.slowDown()
    return this.backOff.next()
  }
}

/** For logs: both ends, without a secret. */
export function aboutRelay({ way }: RelayEntry, here: StreamAddress, shown: string): LogFields {
  const path = [here.app, here.instance, here.name].filter((part) => part !== '').join('/')
  return way === 'pull' ? { relay: 'pull', from: shown, to: path } : { relay: 'push', from: path, to: shown }
}
