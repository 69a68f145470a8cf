/**
 * One node that is fed a stream: it gets the state, what came since the last keyframe, then every cast. Casts wait in
 * the log and not in its circuit; what waits too long is dropped in the order of design 10, in whole packets:
 * disposable pictures, then everything with pictures up to the next keyframe, sound last. Kept ones never.
 */
import type { Packet } from '../wire/packet.js'
import { CastFlag, asHistory } from './stream-cast.js'
import type { StreamCast } from './stream-cast.js'
import type { StreamLog } from './stream-log.js'

/** Packets that a node was not sent because it was too slow. */
export interface StreamDrops {
  disposable: number
  video: number
  audio: number
}

/** What the child needs of the stream that feeds it. */
export interface ChildHost {
  readonly log: StreamLog
  readonly now: () => number
  /** Bytes that the circuit to it may be given now. */
  readonly room: () => number
  /** How late the cast is: 1 and more is too late for anything. */
  readonly lateness: (cast: StreamCast, nowMs: number) => number
  /** The log is as large as it may be: nobody is spared any more. */
  readonly isCrowded: () => boolean
  /** Of `limits.queueBytes`. */
  readonly keptBytes: number
  readonly send: (packet: Packet) => void
  readonly dropped: (kind: keyof StreamDrops) => void
  /** So far behind that what may never be dropped is too much. */
  readonly overrun: () => void
}

/** Why serving a child stopped. */
export type ChildServed = 'all' | 'paced' | 'full'

/** Lateness from which a packet is dropped [design 10]. */
const DROP_AT = { disposable: 0.5, video: 0.75, audio: 1 } as const

/** History goes some times faster than it came: players behind the node get it as it comes. */
const PACE_AT_ONCE_MS = 500 // ours
const PACE_SPEED = 4 // ours
const PACE_MOST_MS = 10_000 // ours: who has not caught up by then is slow

export class StreamChild {
  readonly drops: StreamDrops = { disposable: 0, video: 0, audio: 0 }
  /** Sequence number of the next cast for it. */
  cursor = 0
  /** Casts before that are history to it. */
  private liveFrom = 0
  private awaitsKeyframe = true
  /** It awaits a keyframe because it was too slow: what passes meanwhile counts as dropped. */
  private isShedding = false
  private pace: { readonly fromMs: number; readonly startedMs: number } | undefined
  /** Taken out of the log before there was room. */
  private kept: StreamCast[] = []
  private keptBytes = 0
  private isOver = false

  constructor(
    readonly target: string,
    private readonly host: ChildHost,
  ) {}

  /** The state is sent; what follows begins there, pictures with a keyframe. */
  begin(sequence: number): void {
    this.beginAt(sequence)
    this.awaitsKeyframe = true
  }

  /** It has had all that was cast before. */
  resume(sequence: number): void {
    this.beginAt(sequence)
    this.awaitsKeyframe = false
  }

  private beginAt(sequence: number): void {
    const { log } = this.host
    const first = log.at(sequence)
    this.cursor = sequence
    this.liveFrom = log.end
    this.isShedding = false
    this.pace = first === undefined ? undefined : { fromMs: first.arrivedMs, startedMs: this.host.now() }
    this.kept = []
    this.keptBytes = 0
  }

  end(): void {
    this.isOver = true
  }

  /** Send as much as there is room for, and drop what is too late. */
  serve(): ChildServed {
    const { host } = this
    const nowMs = host.now()
    this.checkPace(nowMs)
    let room = host.room()
    for (; this.kept.length > 0 && room > 0; room -= this.sendKept());
    while (this.kept.length === 0 && !this.isOver) {
      const cast = host.log.at(this.cursor)
      if (cast === undefined) return this.caughtUp()
      if (this.passes(cast, nowMs)) {
        if (this.isTooEarly(cast, nowMs)) return 'paced'
        if (room <= 0) break
        this.send(cast, this.cursor)
        room -= cast.bytes
      }
      this.cursor++
    }
    this.shed(nowMs)
    return 'full'
  }

  private caughtUp(): ChildServed {
    this.pace = undefined
    return 'all'
  }

  /** There is no room: give up what is too late, and take what may not be dropped out of the log. */
  private shed(nowMs: number): void {
    const { host } = this
    for (;;) {
      const cast = host.log.at(this.cursor)
      if (cast === undefined || this.isOver) return
      if (this.passes(cast, nowMs)) {
        if ((cast.flags & CastFlag.Kept) === 0 || this.lateness(cast, nowMs) < DROP_AT.audio) return
        this.keep(cast)
      }
      this.cursor++
    }
  }

  /** Whether the child gets it. What it should have had and does not get is counted. */
  private passes(cast: StreamCast, nowMs: number): boolean {
    const { flags } = cast
    if ((flags & CastFlag.Kept) !== 0) return true
    const lateness = this.lateness(cast, nowMs)
    if ((flags & CastFlag.Sound) !== 0) return lateness < DROP_AT.audio || this.drop('audio')
    if (lateness >= DROP_AT.video) {
      this.awaitsKeyframe = true
      this.isShedding = true
    } else if ((flags & CastFlag.Keyframe) !== 0) {
      this.awaitsKeyframe = false
      this.isShedding = false
    }
    if (this.awaitsKeyframe) return this.isShedding && this.drop('video')
    const isDisposable = (flags & CastFlag.Disposable) !== 0
    return !isDisposable || lateness < DROP_AT.disposable || this.drop('disposable')
  }

  private lateness(cast: StreamCast, nowMs: number): number {
    return this.pace === undefined ? this.host.lateness(cast, nowMs) : 0
  }

  private drop(kind: keyof StreamDrops): false {
    this.drops[kind]++
    this.host.dropped(kind)
    return false
  }

  private send(cast: StreamCast, sequence: number): void {
    const { packet } = cast
    this.host.send(sequence < this.liveFrom ? asHistory(packet, this.target) : packet)
  }

  private keep(cast: StreamCast): void {
    this.kept.push(cast)
    this.keptBytes += cast.bytes
    if (this.keptBytes <= this.host.keptBytes) return
    this.isOver = true
    this.host.overrun()
  }

  /** @returns the bytes that it sent */
  private sendKept(): number {
    const cast = this.kept.shift()
    if (cast === undefined) return 0
    this.keptBytes -= cast.bytes
    this.host.send(cast.packet)
    return cast.bytes
  }

  private checkPace(nowMs: number): void {
    const { pace } = this
    if (pace === undefined) return
    if (nowMs - pace.startedMs > PACE_MOST_MS || this.host.isCrowded()) this.pace = undefined
  }

  private isTooEarly({ arrivedMs }: StreamCast, nowMs: number): boolean {
    const { pace } = this
    if (pace === undefined) return false
    return arrivedMs - pace.fromMs > PACE_AT_ONCE_MS + PACE_SPEED * (nowMs - pace.startedMs)
  }
}
