/**
 * One live stream: one publisher, any number of players [design 10].
 *
 * What comes is put into a log, in stream time, and gathers there for a while that follows the load; then it is flushed:
 * every group of players that have all before it gets one shared buffer, everybody else is served from its own place in
 * the log. Media waits in the log and not in the sockets; what waits too long is dropped there.
 *
 * One piece, because this is where they meet: the log, the clock, the group of pictures and the seats are files of their own,
 * and nearly every step here moves two of them.
 */
import type { Message } from '../rtmp/wire/message.js'
import type { Limits } from '../util/limits.js'
import type { Timer, Timers } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import { Backlog } from './backlog.js'
import { GATHER_MOST_MS, gatherWindow } from './gather.js'
import type { StreamSettings } from './hub.js'
import { LiveSeat } from './live-seat.js'
import type { DropKind, SeatHost, Served } from './live-seat.js'
import type { Drops, Player, Seat } from './player.js'
import type { Publication, Publisher } from './publication.js'
import { RateMeter } from '../util/rate-meter.js'
import { RunningGop } from './running-gop.js'
import { Seating } from './seating.js'
import type { StreamAddress } from './stream-address.js'
import { StreamClock } from './stream-clock.js'
import type { TimeKind } from './stream-clock.js'
import { headerKey } from './tags.js'
import { NOTICE_FLAGS, Unit, UnitFlag, flagsOf } from './unit.js'
import type { Notice } from './unit.js'

export interface StreamOptions {
  readonly timers: Timers
  readonly turn?: Turn | undefined
  readonly limits: Limits
  readonly settings: StreamSettings
  /** Of the whole process: what it would write if nothing were gathered. */
  readonly writes: RateMeter
  /** The stream with this address that the hub knows, which is this one if there was none. */
  register(stream: Stream): Stream
  changed(what: 'published' | 'unpublished' | 'wanted' | 'unwanted' | 'idle', stream: Stream): void
  failed(error: unknown): void
}

const METADATA_MOST = 16 // ours: names that a publisher makes up
/** Peer practice: at any other time ffmpeg takes metadata for a stream of subtitles, and waits for what they say. */
const METADATA_MS = 0
const HEADERS_MOST = 64 // ours: tracks that a publisher makes up
const GATHER_BYTES = 262_144 // ours: so much leaves in one write however long the window
const ROOM_MS = 500 // design 10: of stream, outstanding at a player
const ROOM_LEAST_BYTES = 131_072 // design 10
const PACE_TICK_MS = 20 // ours: how often players that join get more
const WAIT_TICK_MS = 100 // ours: how often those are looked at who do not say that they took something

export class Stream {
  readonly metadata = new Map<string, Message>()
  /** By `headerKey`. */
  readonly headers = new Map<string, Message>()
  /** As they were when the running group began: one that came later is in the log. */
  private gopHeaders: readonly Message[] = []
  private readonly dropCounts = { disposable: 0, video: 0, audio: 0 }
  private publication: LivePublication | undefined
  private readonly log = new Backlog()
  private readonly gop: RunningGop
  private readonly clock = new StreamClock()
  private readonly rate = new RateMeter()
  private readonly seating: Seating
  private readonly host: SeatHost
  private gatherTimer: Timer | undefined
  private tickTimer: Timer | undefined
  private ticksFor: Served = 'all'
  private flushedMs = -Infinity
  private isDue = false
  private isFlushing = false
  private readonly windowEnds = (): void => this.endWindow()
  private readonly turnEnds = (): void => {
    this.isDue = false
    this.endWindow()
  }

  constructor(
    readonly address: StreamAddress,
    private readonly options: StreamOptions,
  ) {
    this.gop = new RunningGop(options.limits)
    this.seating = new Seating(
      this.log,
      () => this.roomBytes,
      (error) => options.failed(error),
    )
    this.host = this.makeHost()
  }

  get isPublished(): boolean {
    return this.publication !== undefined
  }

  get isIdle(): boolean {
    return this.publication === undefined && this.playerCount === 0
  }

  get players(): Iterable<Player> {
    return this.seating.players()
  }

  get playerCount(): number {
    return this.seating.size
  }

  get settings(): StreamSettings {
    return this.options.settings
  }

  /** Who publishes it. */
  get publisher(): Publisher | undefined {
    return this.publication?.publisher
  }

  /** Of all players, also those who have left. */
  get drops(): Drops {
    return this.dropCounts
  }

  /** What players of this stream in another process have dropped counts too. @param drops more than was told before */
  droppedElsewhere({ disposable, video, audio }: Drops): void {
    const { dropCounts } = this
    dropCounts.disposable += disposable
    dropCounts.video += video
    dropCounts.audio += audio
  }

  /** Payload bytes that are kept for late and slow players. */
  get heldBytes(): number {
    return this.log.bytes
  }

  /** What comes in, as of the last second. */
  get bytesPerSecond(): number {
    return this.rate.perSecond
  }

  /** How far apart writes to a player are now, ms. */
  get windowMs(): number {
    const { writes, settings } = this.options
    return gatherWindow(this.playerCount, writes.perSecond, settings.gatherMs)
  }

  /** A player passes on to many what it is given: that is as much load as so many players. */
  passedOn(messages: number, peers: number): void {
    this.options.writes.count(messages * peers, this.options.timers.clock.now())
  }

  /** @returns undefined when somebody else publishes it */
  publish(publisher: Publisher): Publication | undefined {
    const known = this.options.register(this)
    if (known !== this) return known.publish(publisher)
    if (this.publication !== undefined) return undefined
    this.publication = new LivePublication(this, publisher)
    this.clock.restart()
    this.notice('published')
    this.options.changed('published', this)
    return this.publication
  }

  /** End the publication that holds the name, and tell its publisher. */
  takeOver(): void {
    const { publication } = this
    publication?.end()
    publication?.publisher.replaced()
  }

  /**
   * Seat a player and send it what it needs to begin.
   * @param from `cached`: with the group of pictures that runs, if the stream keeps it; `live`: with the next keyframe
   */
  play(player: Player, from: 'cached' | 'live' = 'cached'): Seat {
    const known = this.options.register(this)
    if (known !== this) return known.play(player, from)
    this.flush()
    const seat = new LiveSeat(player, this.host)
    this.seating.add(seat)
    seat.begin(this.cachedFrom(from))
    if (this.publication === undefined && this.playerCount === 1) this.options.changed('wanted', this)
    return seat
  }

  /** @internal of publications */
  relay(message: Message): void {
    const flags = flagsOf(message)
    const isHeader = (flags & UnitFlag.Kept) !== 0
    const kind = isHeader ? 'still' : (flags & UnitFlag.Audio) !== 0 ? 'audio' : 'video'
    const nowMs = this.options.timers.clock.now()
    this.count(message, nowMs)
    if (isHeader) this.noteHeader(message)
    this.append(message, flags, kind, nowMs)
    if (isHeader) this.flush()
  }

  /** @internal */
  relayMetadata(handler: string, message: Message | undefined): void {
    this.metadata.delete(handler)
    if (message === undefined) return
    if (this.metadata.size < METADATA_MOST) this.metadata.set(handler, message)
    this.relayData(message)
    this.flush()
  }

  /** @internal */
  relayData(message: Message): void {
    const nowMs = this.options.timers.clock.now()
    this.count(message, nowMs)
    this.append(message, flagsOf(message), 'still', nowMs)
  }

  /** @internal */
  ended(publication: LivePublication): void {
    if (this.publication !== publication) return
    this.publication = undefined
    this.metadata.clear()
    this.headers.clear()
    this.gop.restart()
    this.notice('unpublished')
    this.options.changed('unpublished', this)
    if (this.playerCount > 0 && !this.isPublished) this.options.changed('wanted', this)
  }

  private count({ payload }: Message, nowMs: number): void {
    this.rate.count(payload.length, nowMs)
    this.options.writes.count(this.playerCount, nowMs)
  }

  private noteHeader(message: Message): void {
    const key = headerKey(message)
    if (this.headers.has(key) || this.headers.size < HEADERS_MOST) this.headers.set(key, message)
  }

  private append(message: Message, flags: number, kind: TimeKind, nowMs: number): void {
    const { log, gop, options } = this
    const timeMs = this.clock.time(kind, message.timestamp, nowMs)
    const timestamp = timeMs >>> 0
    const isWanted = this.playerCount > 0 || options.settings.gopCache
    if (!isWanted) return
    const content = timestamp === message.timestamp ? message : { ...message, timestamp }
    const unit = new Unit(content, flags, timeMs, nowMs, log.bytesBefore)
    if (options.settings.gopCache) {
      gop.note(unit, log.end)
      if (unit === gop.first) this.gopHeaders = [...this.headers.values()]
    }
    log.append(unit)
    this.gather()
  }

  private notice(notice: Notice): void {
    const nowMs = this.options.timers.clock.now()
    this.log.append(new Unit(notice, NOTICE_FLAGS, this.clock.timeMs, nowMs, this.log.bytesBefore))
    this.flush()
  }

  /** Something has come to the log: when does it go out? */
  private gather(): void {
    const { options, log } = this
    if (this.playerCount === 0) {
      this.flush()
      return
    }
    if (log.gatheredBytes >= GATHER_BYTES) {
      this.flush()
      return
    }
    if (this.isDue || this.gatherTimer !== undefined) return
    const waitMs = this.flushedMs + this.windowMs - options.timers.clock.now()
    if (waitMs > 0) this.gatherTimer = options.timers.after(waitMs, this.windowEnds)
    else if (options.turn === undefined) this.flush()
    else {
      this.isDue = true
      options.turn.atEnd(this.turnEnds)
    }
  }

  /** What has gathered goes out. What comes next gathers on its way here, if the publisher can do that: there it costs one read. */
  private endWindow(): void {
    this.flush()
    const { windowMs, flushedMs } = this
    const leftMs = flushedMs + windowMs - this.options.timers.clock.now() // many writes take their time
    const isOurs = leftMs > 0 && windowMs <= GATHER_MOST_MS
    if (isOurs && this.publisher?.rest?.(leftMs) === true) this.flushedMs = -Infinity // it will have waited
  }

  private flush(): void {
    this.gatherTimer?.cancel()
    this.gatherTimer = undefined
    if (this.isFlushing) return
    this.flushedMs = this.options.timers.clock.now()
    this.isFlushing = true
    while (this.log.flushed < this.log.end) this.seating.flush()
    this.isFlushing = false
    this.trim()
    this.tick()
  }

  /** What nobody needs any more goes. */
  private trim(): void {
    const { log, gop } = this
    log.trim(Math.min(log.flushed, gop.start ?? log.flushed, this.seating.slowest()))
  }

  /** Look again after those who wait for time or for room, as long as there are any. */
  private tick(): void {
    const { waiting } = this.seating
    if (waiting === this.ticksFor || (waiting === 'full' && this.ticksFor === 'paced')) return
    this.tickTimer?.cancel()
    this.ticksFor = waiting
    if (waiting === 'all') return
    const delayMs = waiting === 'paced' ? PACE_TICK_MS : WAIT_TICK_MS
    this.tickTimer = this.options.timers.after(delayMs, () => {
      this.ticksFor = 'all'
      this.seating.serveApart()
      this.trim()
      this.tick()
    })
  }

  private cachedFrom(from: 'cached' | 'live'): number {
    const { log, gop } = this
    return from === 'cached' ? (gop.start ?? log.flushed) : log.flushed
  }

  /** Most bytes that a player may leave outstanding. */
  private get roomBytes(): number {
    return Math.max(ROOM_LEAST_BYTES, (this.rate.perSecond * ROOM_MS) / 1_000)
  }

  /** @param cachedMs stream time of the running group, if it begins with that */
  private opening(cachedMs: number | undefined): readonly Unit[] {
    const headers = cachedMs === undefined ? this.headers.values() : this.gopHeaders
    const timeMs = cachedMs ?? this.clock.timeMs
    const nowMs = this.options.timers.clock.now()
    const unit = (message: Message, timestamp: number): Unit =>
      new Unit({ ...message, timestamp }, UnitFlag.Kept, timeMs, nowMs, this.log.bytesBefore)
    return [
      ...[...this.metadata.values()].map((message) => unit(message, METADATA_MS)),
      ...[...headers].map((message) => unit(message, timeMs >>> 0)),
    ]
  }

  private left(seat: LiveSeat): void {
    this.seating.remove(seat)
    this.tick()
    this.options.changed(this.playerCount === 0 ? 'unwanted' : 'idle', this)
    if (this.playerCount === 0) this.flush()
  }

  private makeHost(): SeatHost {
    const { log, seating, dropCounts, options } = this
    const roomBytes = (): number => this.roomBytes
    const { limits, timers } = options
    const { streamBacklogMs, streamBacklogBytes, gopCacheBytes, queueBytes } = limits
    return {
      log,
      keptBytes: queueBytes,
      get roomBytes() {
        return roomBytes()
      },
      get isCrowded() {
        return log.bytes > streamBacklogBytes + gopCacheBytes
      },
      now: () => timers.clock.now(),
      lateness: (unit, nowMs) =>
        Math.max(
          (nowMs - unit.arrivedMs) / streamBacklogMs,
          (log.bytesBefore - unit.firstByte) / streamBacklogBytes,
        ),
      opening: (cachedMs) => this.opening(cachedMs),
      caughtUp: (seat) => seating.join(seat),
      apart: (seat) => seating.part(seat),
      waits: (why) => {
        seating.wait(why)
        this.tick()
      },
      dropped: (kind: DropKind) => dropCounts[kind]++,
      left: (seat) => this.left(seat),
    }
  }
}

class LivePublication implements Publication {
  private hasEnded = false

  constructor(
    private readonly stream: Stream,
    readonly publisher: Publisher,
  ) {}

  media(message: Message): void {
    if (!this.hasEnded) this.stream.relay(message)
  }

  metadata(handler: string, message: Message | undefined): void {
    if (!this.hasEnded) this.stream.relayMetadata(handler, message)
  }

  data(message: Message): void {
    if (!this.hasEnded) this.stream.relayData(message)
  }

  end(): void {
    this.hasEnded = true
    this.stream.ended(this)
  }
}
