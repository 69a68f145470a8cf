/**
 * One who plays a live stream as FLV: an HTTP answer or a WebSocket on the seat of the hub. It may come before the
 * publisher, and outlives one who goes for a moment.
 *
 *   waiting ── first media ──▶ open ── unpublished ──▶ grace ── published ──▶ open
 *      └─ httpFlvWaitMs: not found        └─ the client goes      └─ httpFlvGraceMs: end
 */
import type { FlvContents } from '../media/flv-writer.js'
import type { Form } from '../media/form.js'
import type { Player, Seat } from '../media/player.js'
import type { Stream } from '../media/stream.js'
import type { Limits } from '../util/limits.js'
import type { Timer, Timers } from '../util/timers.js'
import { SHUTDOWN } from './http-flv-answers.js'
import { contentsOf } from './http-flv-contents.js'

/** The way to one client. */
export interface FlvOutlet {
  readonly form: Form
  /** Bytes written that the system has not taken. */
  readonly queuedBytes: number
  /** Once, before `write`: say yes and write the file header. */
  open(contents: FlvContents): void
  /** Shared. */
  write(bytes: Uint8Array): void
  /** Instead of `open`. @param status as of HTTP */
  refuse(status: number, sentence: string): void
  /** The stream has ended: what is queued goes out first. */
  end(): void
  /** Close now. */
  abort(): void
}

export class FlvPlayer implements Player {
  readonly form: Form
  private seat: Seat | undefined
  private timer: Timer | undefined
  private isOpen = false
  private isOver = false

  constructor(
    private readonly stream: Stream,
    private readonly outlet: FlvOutlet,
    private readonly timers: Timers,
    private readonly limits: Limits,
  ) {
    this.form = outlet.form
  }

  /** Take a seat; what the stream remembers is written at once. Without effect for a client that has gone. */
  start(): void {
    if (!this.isOver) this.sit()
  }

  private sit(): void {
    this.timer = this.timers.after(this.limits.httpFlvWaitMs, () => this.waitedEnough())
    this.seat = this.stream.play(this)
    if (this.isOver) this.seat.leave()
  }

  /** The client takes again what is written. */
  drained(): void {
    this.seat?.drained()
  }

  /** The client has gone, or is to go. May be called twice. */
  stop(): void {
    if (this.isOver) return
    this.isOver = true
    this.timer?.cancel()
    this.seat?.leave()
  }

  /** The node ends: so does the film, and who has seen nothing is told why. */
  shutDown(): void {
    if (this.isOver) return
    this.stop()
    if (this.isOpen) this.outlet.end()
    else this.outlet.refuse(503, SHUTDOWN)
  }

  // --- Player

  get outstandingBytes(): number {
    return this.outlet.queuedBytes
  }

  write(bytes: Uint8Array): void {
    if (this.isOver) return
    if (!this.isOpen) this.open()
    this.outlet.write(bytes)
  }

  published(): void {
    if (this.isOpen) this.timer?.cancel()
  }

  unpublished(): void {
    if (this.isOver || !this.isOpen) return
    this.timer?.cancel()
    this.timer = this.timers.after(this.limits.httpFlvGraceMs, () => {
      this.stop()
      this.outlet.end()
    })
  }

  overrun(): void {
    this.stop()
    this.outlet.abort()
  }

  private open(): void {
    this.isOpen = true
    this.timer?.cancel()
    this.outlet.open(contentsOf(this.stream))
  }

  /** A publisher that is there and silent is believed to have something to say. */
  private waitedEnough(): void {
    if (this.stream.isPublished) {
      this.open()
      return
    }
    this.stop()
    this.outlet.refuse(404, `Nobody publishes ${this.stream.address.name}.`)
  }
}
