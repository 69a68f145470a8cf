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
  private isPublished: boolean
  private seat: Seat
  /** The seat was given up: there is a new one once the worker has taken what waits. */
  private isOverrun = false

  constructor(
    readonly id: number,
    private readonly stream: Stream,
    private readonly frames: FrameStream,
  ) {
    const { app, instance, name } = stream.address
    frames.send(ToWorker.FeedOpen, id, jsonBody({ app, instance, name, ...stream.settings }))
    this.isPublished = stream.isPublished
    if (this.isPublished) this.tellWorker(YES)
    this.seat = stream.play(this)
  }

  get isIdle(): boolean {
    return this.listeners.size === 0
  }

  get outstandingBytes(): number {
    return this.frames.queuedBytes
  }

  drained(): void {
    if (!this.isOverrun) this.seat.drained()
    else if (this.frames.queuedBytes === 0) this.beginAgain()
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
    this.tellWorker(YES)
    this.tellListeners(true)
  }

  unpublished(): void {
    this.tellWorker(NO)
    this.tellListeners(false)
  }

  /** The worker takes so little that what may not be dropped is more than we hold: its players have a gap. */
  overrun(): void {
    this.isOverrun = true
    this.tellWorker(NO)
  }

  close(): void {
    this.seat.leave()
    this.frames.send(ToWorker.FeedClose, this.id)
  }

  private beginAgain(): void {
    const { stream } = this
    this.isOverrun = false
    if (stream.isPublished) this.tellWorker(YES)
    this.tellListeners(stream.isPublished)
    this.seat = stream.play(this)
  }

  private tellWorker(isPublished: Uint8Array): void {
    this.frames.send(ToWorker.FeedPublished, this.id, isPublished)
  }

  /** They hear of changes, and nothing of a gap. */
  private tellListeners(isPublished: boolean): void {
    if (this.isPublished === isPublished) return
    this.isPublished = isPublished
    for (const listener of [...this.listeners.values()])
      if (isPublished) listener.published()
      else listener.unpublished()
  }
}
