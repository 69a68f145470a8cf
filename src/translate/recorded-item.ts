/**
 * A recording as an entry of a playlist: what the client hears of how it goes [rtmp.md 3.7]. Its times begin at 0 where play
 * asked to begin, and so do those that it seeks and pauses by: librtmp adds what it asked for, and so it can resume.
 */
import type { Form } from '../media/form.js'
import type { Recording } from '../media/recording.js'
import type { NetStream, Played } from '../rtmp/session/events.js'
import { statusOf } from '../rtmp/session/status.js'
import type { Message } from '../rtmp/wire/message.js'
import type { PlayItem, PlayItemEvents } from './play-item.js'
import { RecordedPlay } from './recorded-play.js'
import type { RecordedOutput, RecordedPart } from './recorded-play.js'
import type { StreamOwner } from './stream-owner.js'

export interface RecordedEntry extends RecordedPart {
  /** Time in the recording that is the client's 0. */
  readonly originMs: number
}

export class RecordedItem implements PlayItem, RecordedOutput {
  private readonly form: Form
  private readonly engine: RecordedPlay
  private hadAll: { readonly audio: boolean; readonly video: boolean }

  /** @param recording is closed when it stops, ends or fails */
  constructor(
    private readonly netStream: NetStream,
    private readonly owner: StreamOwner,
    private readonly recording: Recording,
    private readonly part: RecordedEntry,
    private readonly events: PlayItemEvents,
  ) {
    this.form = owner.forms.get(netStream.id, owner.objectEncoding)
    this.hadAll = { ...netStream.wants }
    this.engine = new RecordedPlay(recording, part, this, owner.timers, owner.limits)
  }

  /** The status that it begins has been sent. */
  begin(): void {
    this.engine.start(this.netStream.isPaused)
  }

  // PlayItem

  get positionMs(): number {
    return this.engine.positionMs
  }

  get played(): Played {
    const { engine, part, recording } = this
    const allMs = Math.max(0, recording.durationMs - part.fromMs)
    const durationMs = part.durationMs < 0 ? allMs : Math.min(allMs, part.durationMs)
    return { durationMs, bytes: engine.sentBytes, atMs: Math.trunc(this.shownMs(engine.positionMs)) }
  }

  pause(isPaused: boolean, atMs: number | undefined): void {
    if (isPaused) this.engine.pause()
    else this.engine.resume(atMs === undefined ? undefined : atMs + this.part.originMs)
  }

  seek(toMs: number): void {
    const positionMs = toMs + this.part.originMs
    if (positionMs > this.recording.durationMs) {
      this.netStream.status(statusOf('NetStream.Seek.InvalidTime', this.netStream.name))
      return
    }
    this.netStream.seekStarted(toMs)
    this.engine.seek(positionMs)
  }

  /** What it did not get meanwhile it needs from the last keyframe on: FMS seeks to where it is. */
  receive(kind: 'audio' | 'video', wanted: boolean): void {
    const { hadAll, netStream } = this
    this.hadAll = { ...netStream.wants }
    if (wanted && !hadAll[kind]) this.seek(this.shownMs(Math.min(this.positionMs, this.recording.durationMs)))
  }

  bufferChanged(): void {
    this.engine.bufferChanged()
  }

  queued(): void {
    // It ends by itself.
  }

  stop(): void {
    this.engine.stop()
    this.recording.close()
  }

  // RecordedOutput

  get wants(): { readonly audio: boolean; readonly video: boolean } {
    return this.netStream.wants
  }

  get bufferLengthMs(): number {
    return this.netStream.bufferLengthMs
  }

  get outstandingBytes(): number {
    return this.owner.transport.queuedBytes
  }

  send(message: Message): number {
    const bytes = this.form.cut({ ...message, timestamp: this.shownMs(message.timestamp) })
    if (bytes === undefined) return 0
    this.owner.transport.sendCut(bytes)
    return message.payload.length
  }

  ended(): void {
    this.events.ended()
  }

  failed(error: unknown): void {
    this.events.failed(error)
  }

  /** As the client counts; what stands before its beginning, from the keyframe on, is at 0. */
  private shownMs(recordedMs: number): number {
    return Math.max(0, recordedMs - this.part.originMs)
  }
}
