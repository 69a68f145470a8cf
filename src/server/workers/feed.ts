/** In the primary: a stream as one worker gets it. To the hub it is one player, however many play there. */
import type { Player, Seat } from '../../media/player.js'
import type { Stream } from '../../media/stream.js'
import type { StreamListener } from '../../translate/hub-player.js'
import { feedForm } from './feed-form.js'
import { type FrameStream, ToWorker, jsonBody } from './frames.js'

const YES = Uint8Array.of(1)
const NO = Uint8Array.of(0)

export class Feed implements Player {
  readonly form = feedForm
  private readonly listeners = new Map<number, StreamListener>()
  private readonly seat: Seat

  constructor(
    readonly id: number,
    stream: Stream,
    private readonly frames: FrameStream,
  ) {
    const { app, instance, name } = stream.address
    frames.send(ToWorker.FeedOpen, id, jsonBody({ app, instance, name, ...stream.settings }))
    if (stream.isPublished) frames.send(ToWorker.FeedPublished, id, YES)
    this.seat = stream.play(this)
  }

  get isIdle(): boolean {
    return this.listeners.size === 0
  }

  get outstandingBytes(): number {
    return this.frames.queuedBytes
  }

  drained(): void {
    this.seat.drained()
  }

  join(seat: number, listener: StreamListener): void {
    this.listeners.set(seat, listener)
  }

  part(seat: number): void {
    this.listeners.delete(seat)
  }

  write(bytes: Uint8Array): void {
    this.frames.send(ToWorker.FeedMedia, this.id, bytes)
  }

  published(): void {
    this.frames.send(ToWorker.FeedPublished, this.id, YES)
    for (const listener of [...this.listeners.values()]) listener.published()
  }

  unpublished(): void {
    this.frames.send(ToWorker.FeedPublished, this.id, NO)
    for (const listener of [...this.listeners.values()]) listener.unpublished()
  }

  /** The worker takes so little that what may not be dropped is more than we hold: its players have a gap. */
  overrun(): void {
    this.close()
  }

  close(): void {
    this.seat.leave()
    this.frames.send(ToWorker.FeedClose, this.id)
  }
}
