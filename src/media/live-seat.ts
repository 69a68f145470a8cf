/**
 * One player's place in a stream.
 *
 *   joining ── caught up ──▶ in its group ── no room, other wishes ──▶ apart ── caught up ──▶ in its group
 *
 * In a group: it has all that was flushed, and gets the group's shared buffer at each flush. Apart (joining too): it has
 * a cursor into the log and is served from there, unit by unit, as it has room; what waits too long is dropped, in the
 * order of design 10. Joining ones are not hurried: they get the running group of pictures at a pace they can play.
 */
import type { Backlog } from './backlog.js'
import type { Group } from './group.js'
import { Pace } from './pace.js'
import type { Player, Seat } from './player.js'
import { UnitFlag } from './unit.js'
import type { Notice, Unit } from './unit.js'

/** What the seat needs of its stream. */
export interface SeatHost {
  readonly log: Backlog
  /** Most bytes that a player may leave outstanding. */
  readonly roomBytes: number
  /** Of `limits.queueBytes`. */
  readonly keptBytes: number
  now(): number
  /** How late the unit is: 1 and more is too late for anything. */
  lateness(unit: Unit, nowMs: number): number
  /** It has all that was flushed: it goes to a group. */
  caughtUp(seat: LiveSeat): void
  /** It has a cursor of its own from now on. */
  apart(seat: LiveSeat): void
  /** It waits for time or for room: it wants to be served again. */
  waits(why: Served): void
  dropped(kind: DropKind): void
  left(seat: LiveSeat): void
  /** The log is as large as it may be: nobody is waited for any more. */
  readonly isCrowded: boolean
  /** What a player needs before it can begin: with what comes now, or with the running group, at that time of the stream. */
  opening(cachedMs?: number): readonly Unit[]
}

export type DropKind = 'disposable' | 'video' | 'audio'

/** Lateness from which what is droppable is dropped [design 10]. */
const DROP_AT = { disposable: 0.5, video: 0.75, audio: 1 } as const

const HELD_LATE_MS = 250 // ours: a peer that takes all soon has room again before

/** Why serving a seat stopped. */
export type Served = 'all' | 'paced' | 'full'

export class LiveSeat implements Seat {
  readonly drops = { disposable: 0, video: 0, audio: 0 }
  /** Bits of `UnitFlag`: what it wants. */
  wishes: number = UnitFlag.Kept | UnitFlag.Audio | UnitFlag.Video
  /** It gets no video until then. */
  awaitsKeyframe = true
  /** Sequence number of the next unit; counts while it is apart. */
  cursor = 0
  hasLeft = false
  private isPaused = false
  private wantsAudio = true
  private wantsVideo = true
  /** It awaits a keyframe because it was too slow: what passes meanwhile counts as dropped. */
  private isShedding = false
  private pace: Pace | undefined
  /** What passes is not for this player before that. */
  private liveFrom = 0
  group: Group | undefined
  private isServing = false
  /** Since when it has not had room for all. */
  private fullSinceMs: number | undefined
  /** The rest of a message that is written in parts. */
  private parts: readonly Uint8Array[] = []
  private partsWritten = 0
  /** Units that may not be dropped and were taken out of the log before there was room. */
  private readonly kept: Unit[] = []
  private keptBytes = 0

  constructor(
    readonly player: Player,
    private readonly host: SeatHost,
  ) {}

  /** @param from sequence number of the first unit, a keyframe when it is in the past */
  begin(from: number): void {
    const { host } = this
    const first = host.log.at(from)
    this.cursor = from
    this.liveFrom = host.log.flushed
    if (first !== undefined) this.pace = new Pace(first, host.now())
    this.open(first?.timeMs)
    host.apart(this)
    this.player.seated?.(this)
    this.serve()
  }

  /** Whether the player may be given more. */
  get hasRoom(): boolean {
    const { outstandingBytes, allowanceBytes } = this.player
    if (outstandingBytes > this.host.roomBytes) return false
    return allowanceBytes === undefined || outstandingBytes < allowanceBytes
  }

  /** Whether the player may be given so much more in one piece. @param roomBytes of the host: asked once for all players */
  takes(bytes: number, roomBytes: number): boolean {
    const { outstandingBytes, allowanceBytes } = this.player
    if (outstandingBytes > roomBytes) return false
    return allowanceBytes === undefined || outstandingBytes + bytes <= allowanceBytes
  }

  pause(isPaused: boolean): void {
    if (this.isPaused === isPaused) return
    this.isPaused = isPaused
    this.wishAgain()
    if (isPaused || this.hasLeft) return
    this.stepApart() // its wishes may be the same as before
    this.open()
    this.serve()
  }

  want(kind: 'audio' | 'video', wanted: boolean): void {
    if (kind === 'audio') this.wantsAudio = wanted
    else this.wantsVideo = wanted
    this.wishAgain()
  }

  drained(): void {
    if (this.group === undefined) this.serve()
  }

  leave(): void {
    if (this.hasLeft) return
    this.hasLeft = true
    // what has been begun is finished: the rest of the connection reads on behind it
    for (; this.partsWritten < this.parts.length; this.partsWritten++) this.writePart()
    this.abandon()
  }

  /** Leave, and write nothing any more. */
  abandon(): void {
    this.hasLeft = true
    this.host.left(this)
    this.player.left?.()
  }

  /** Write as much as there is room for, and drop what is too late. */
  serve(): void {
    if (this.isServing || this.hasLeft) return
    this.isServing = true
    let served: Served = 'all'
    try {
      served = this.serveUnits()
    } finally {
      this.isServing = false
    }
    this.wasServed(served)
  }

  private wasServed(served: Served): void {
    if (this.hasLeft) return
    if (served === 'all') {
      this.pace = undefined
      this.fullSinceMs = undefined
      this.host.caughtUp(this)
      return
    }
    if (served === 'full') this.hold()
    this.host.waits(served)
  }

  private hold(): void {
    const nowMs = this.host.now()
    this.fullSinceMs ??= nowMs
    this.player.held?.(nowMs - this.fullSinceMs >= HELD_LATE_MS)
  }

  private serveUnits(): Served {
    const { host } = this
    const nowMs = host.now()
    if (host.isCrowded || this.pace?.isOver(host.log.at(this.cursor), nowMs) === true) this.pace = undefined
    if (!this.writeParts() || !this.writeKept()) {
      this.shed(nowMs)
      return 'full'
    }
    for (;;) {
      const unit = host.log.flushedAt(this.cursor)
      if (unit === undefined || this.hasLeft) return 'all'
      if (this.passes(unit, nowMs)) {
        if (this.pace?.isTooEarly(unit, nowMs) === true) return 'paced'
        if (!this.hasRoom) {
          this.shed(nowMs)
          return 'full'
        }
        this.cursor++
        this.deliver(unit)
        if (this.parts.length > 0) {
          this.shed(nowMs)
          return 'full'
        }
      } else this.cursor++
    }
  }

  /** There is no room: give up what is too late, and take what may not be dropped out of the log before it is too late. */
  private shed(nowMs: number): void {
    const { host } = this
    for (;;) {
      const unit = host.log.flushedAt(this.cursor)
      if (unit === undefined || this.hasLeft) return
      if (this.passes(unit, nowMs)) {
        if ((unit.flags & UnitFlag.Kept) === 0 || host.lateness(unit, nowMs) < DROP_AT.audio) return
        this.keep(unit)
      }
      this.cursor++
    }
  }

  /** Whether the player gets this unit. What it wanted and does not get is counted. */
  private passes(unit: Unit, nowMs: number): boolean {
    const { flags } = unit
    if ((flags & UnitFlag.Kept) !== 0) return (flags & UnitFlag.Passing) === 0 || this.cursor >= this.liveFrom
    if ((flags & this.wishes) === 0) return false
    const lateness = this.pace === undefined ? this.host.lateness(unit, nowMs) : 0
    if ((flags & UnitFlag.Audio) !== 0) return lateness < DROP_AT.audio || this.drop('audio')
    if (lateness >= DROP_AT.video) {
      this.awaitsKeyframe = true
      this.isShedding = true
    } else if ((flags & UnitFlag.Keyframe) !== 0) {
      this.awaitsKeyframe = false
      this.isShedding = false
    }
    if (this.awaitsKeyframe) return this.isShedding && this.drop('video')
    const isDisposable = (flags & UnitFlag.Disposable) !== 0
    return !isDisposable || lateness < DROP_AT.disposable || this.drop('disposable')
  }

  private drop(kind: DropKind): false {
    this.drops[kind]++
    this.host.dropped(kind)
    this.player.held?.(true)
    return false
  }

  private deliver(unit: Unit): void {
    const { player } = this
    if (typeof unit.content === 'string') {
      this.tell(unit.content)
      return
    }
    const bytes = unit.cut(player.form)
    if (bytes === undefined) return
    const { form, allowanceBytes, outstandingBytes } = player
    const isSmall = allowanceBytes === undefined || outstandingBytes + bytes.length <= allowanceBytes
    if (isSmall || form.split === undefined) {
      player.write(bytes)
      return
    }
    this.parts = form.split(unit.content, bytes)
    this.partsWritten = 0
    this.writeParts()
  }

  tell(notice: Notice): void {
    if (notice === 'unpublished') {
      this.awaitsKeyframe = true
      this.isShedding = false
    }
    this.player[notice]()
  }

  private open(cachedMs?: number): void {
    for (const unit of this.host.opening(cachedMs)) {
      this.kept.push(unit)
      this.keptBytes += unit.length
    }
  }

  /** @returns whether nothing is left of what was begun */
  private writeParts(): boolean {
    const { parts } = this
    while (this.partsWritten < parts.length) {
      if (this.partsWritten > 0 && !this.hasRoom) return false
      this.writePart()
      this.partsWritten++
    }
    this.parts = []
    return true
  }

  private writePart(): void {
    const part = this.parts[this.partsWritten]
    if (part !== undefined) this.player.write(part)
  }

  private keep(unit: Unit): void {
    this.kept.push(unit)
    this.keptBytes += unit.length
    if (this.keptBytes <= this.host.keptBytes) return
    this.leave()
    this.player.overrun()
  }

  private writeKept(): boolean {
    while (this.kept.length > 0) {
      if (!this.hasRoom) return false
      const unit = this.kept.shift()
      if (unit === undefined) break
      this.keptBytes -= unit.length
      this.deliver(unit)
      if (this.parts.length > 0) return false
    }
    return true
  }

  /** Its wishes have changed: it is served apart until it has caught up, and then goes to the group of its new wishes. */
  private wishAgain(): void {
    const audio = this.wantsAudio && !this.isPaused ? UnitFlag.Audio : 0
    const video = this.wantsVideo && !this.isPaused ? UnitFlag.Video : 0
    const wishes = UnitFlag.Kept | audio | video
    if (wishes === this.wishes || this.hasLeft) return
    this.stepApart()
    if ((this.wishes & UnitFlag.Video) === 0) {
      this.awaitsKeyframe = true
      this.isShedding = false
    }
    this.wishes = wishes
    this.serve()
  }

  /** Out of its group, where it had all that was flushed. */
  private stepApart(): void {
    if (this.group === undefined) return
    this.cursor = this.host.log.flushed
    this.host.apart(this)
  }
}
