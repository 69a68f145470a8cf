/** A live stream as an entry of a playlist: it ends by its duration, or with its publisher when something follows. */
import type { Seat } from '../media/player.js'
import type { Stream } from '../media/hub.js'
import type { NetStream, Played, PlayRequest } from '../rtmp/session/events.js'
import { statusOf } from '../rtmp/session/status.js'
import { HubPlayer, seatClient } from './hub-player.js'
import { LiveLimit } from './live-limit.js'
import type { PlayItem, PlayItemEvents } from './play-item.js'
import type { StreamOwner } from './stream-owner.js'

export class LivePlay extends HubPlayer implements PlayItem {
  readonly positionMs = undefined
  private readonly limit: LiveLimit | undefined
  private seat: Seat | undefined
  private sentBytes = 0
  private isOver = false
  /** Its publisher has gone while nothing waited behind it. */
  private isDeserted = false

  constructor(
    private readonly ownStream: NetStream,
    private readonly streamOwner: StreamOwner,
    private readonly request: PlayRequest,
    private readonly events: PlayItemEvents,
  ) {
    super(ownStream, streamOwner)
    if (request.durationMs >= 0)
      this.limit = new LiveLimit(request.durationMs, streamOwner.limits, {
        send: (message) => ownStream.send(message),
        reached: () => this.end(),
      })
  }

  /** Sit down. What the stream has for newcomers is written within. */
  begin(stream: Stream): void {
    const { ownStream, streamOwner, limit } = this
    const seat = limit === undefined ? seatClient(stream, ownStream, streamOwner, this) : stream.play(this)
    if (this.isOver) seat.leave()
    else if (this.seat === undefined) this.sit(seat)
  }

  // Player

  override seated(seat: Seat): void {
    super.seated(seat)
    this.sit(seat)
  }

  override write(bytes: Uint8Array): void {
    this.sentBytes += bytes.length
    if (this.limit === undefined) super.write(bytes)
    else this.limit.write(bytes)
  }

  override published(): void {
    this.isDeserted = false
    super.published()
  }

  /** Who waits for the next entry is not told that this one is over: ffmpeg and librtmp would close. */
  override unpublished(): void {
    this.isDeserted = true
    if (this.events.hasNext) this.end()
    else super.unpublished()
  }

  // PlayItem

  get played(): Played {
    const { limit, request, sentBytes } = this
    return { durationMs: Math.max(0, request.durationMs), bytes: sentBytes, atMs: limit?.lastMs ?? 0 }
  }

  pause(isPaused: boolean): void {
    this.seat?.pause(isPaused)
  }

  seek(): void {
    this.ownStream.status(statusOf('NetStream.Seek.Failed', this.ownStream.name))
  }

  receive(kind: 'audio' | 'video', wanted: boolean): void {
    this.seat?.want(kind, wanted)
  }

  bufferChanged(): void {
    // A live stream has nothing to send ahead.
  }

  queued(): void {
    if (this.isDeserted) this.end()
  }

  stop(): void {
    this.isOver = true
    this.seat?.leave()
    this.seat = undefined
  }

  /** What the client has set before it played holds from the first message on. */
  private sit(seat: Seat): void {
    const { wants, isPaused } = this.ownStream
    this.seat = seat
    for (const kind of ['audio', 'video'] as const) if (!wants[kind]) seat.want(kind, false)
    if (isPaused) seat.pause(true)
  }

  /** When the stream has told everybody: from within its call nobody leaves. */
  private end(): void {
    this.streamOwner.turn.atEnd(() => {
      if (!this.isOver) this.events.ended()
    })
  }
}
