/**
 * Writes one stream to one file, as a player of the hub. Tags are appended whole, so the file can be played while it
 * grows and after a crash; its head is written again in place now and then, and at the end. What the disk has not
 * taken counts as outstanding: a disk that is too slow loses what any slow player loses.
 *
 * A file that is replaced stays until the first media of the new one. Power failure: the system writes when it likes,
 * and only a finished recording is waited for until it is on the disk.
 */
import { dirname } from 'node:path'
import { flvForm } from '../../media/flv-form.js'
import { FLV_PREVIOUS_SIZE_LENGTH, FLV_TAG_HEADER_LENGTH, flvHeader } from '../../media/flv-writer.js'
import type { Form } from '../../media/form.js'
import type { Stream } from '../../media/hub.js'
import { KeyframeIndex } from '../../media/keyframe-index.js'
import type { Player, Seat } from '../../media/player.js'
import type { RecordListener } from '../../media/recording.js'
import { isSequenceHeader } from '../../media/tags.js'
import { readU24 } from '../../rtmp/wire/chunk/message-header.js'
import { MessageType } from '../../rtmp/wire/message.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timer, Timers } from '../../util/timers.js'
import { guarded } from '../guard.js'
import type { FileLayer } from './file-source.js'
import { headTag, readMetadata } from './head.js'
import type { Properties } from './head.js'
import { RecordError, checkSpace, continuesAt, openRecording, recordError } from './open-recording.js'
import type { OpenedFile, RecordMode } from './open-recording.js'
import { RecordingClock } from './recording-clock.js'

export interface RecorderOptions {
  readonly files: FileLayer
  readonly limits: Limits
  readonly timers: Timers
  readonly log: Log
}

const FLUSH_BYTES = 65_536 // ours: written at once when so much has come
const FLUSH_MS = 500 // ours: and after this at the latest; a crash loses no more
const HEAD_MS = 10_000 // ours: how often the index in the file is brought up to date
const CHECK_BYTES = 16_777_216 // ours: how often the free space is looked at

export class FlvRecorder implements Player {
  readonly form: Form = flvForm
  /** Where what is recorded can be found, as far as it has come. */
  index = new KeyframeIndex()
  metadata: Properties | undefined
  /** How much of the file is written, in whole tags. */
  writtenBytes = 0
  /** Of the last tag that is written. */
  writtenMs = 0
  /** The file of that name is the one that is being written, no longer the one before. */
  isInPlace = false
  /** The new file takes the place of the old one, or has done so. */
  placing: Promise<void> | undefined
  /** Resolves when it is over and the file is closed. */
  readonly ended: Promise<void>

  private readonly seat: Seat
  private readonly listeners = new Set<RecordListener>()
  private opened: OpenedFile | undefined
  private clock = new RecordingClock(0)
  /** Tags that came before the file was open, borrowed by nobody. */
  private early: Uint8Array[] = []
  private queue: Uint8Array[] = []
  private queuedBytes = 0
  private hasAudio = false
  private hasMedia = false
  private isStopping = false
  private isOver = false
  private failure: RecordError | undefined
  private isRung = false
  private bell: (() => void) | undefined
  private flushTimer: Timer | undefined
  private headDue = 0
  private checkedAt = 0
  private readonly waiting = new Set<() => void>()

  /**
   * @param mode may be changed until the file is open
   * @param previous what writes the same file still
   */
  constructor(
    readonly file: string,
    readonly stream: Stream,
    public mode: RecordMode,
    previous: Promise<void> | undefined,
    private readonly options: RecorderOptions,
  ) {
    this.ended = this.run(previous)
    this.seat = stream.play(this)
  }

  get isFinishing(): boolean {
    return this.isStopping
  }

  listen(listener: RecordListener): void {
    this.listeners.add(listener)
    if (this.opened !== undefined) listener.started()
  }

  /** Write what is there and close the file. */
  stop(): Promise<void> {
    if (!this.isStopping) {
      this.isStopping = true
      this.seat.leave()
      this.ring()
    }
    return this.ended
  }

  /** Resolves when there is more than `bytes` to read, the recording is over, or `wake` is called. */
  async grown(bytes: number): Promise<void> {
    if (this.writtenBytes > bytes || this.isOver) return
    await new Promise<void>((resolve) => this.waiting.add(resolve))
  }

  /** Everybody who waits looks again. */
  wake(): void {
    const resolves = [...this.waiting]
    this.waiting.clear()
    for (const resolve of resolves) resolve()
  }

  get isActive(): boolean {
    return !this.isOver
  }

  get outstandingBytes(): number {
    return this.queuedBytes
  }

  write(bytes: Uint8Array): void {
    if (this.isStopping) return
    if (this.opened === undefined) {
      this.early.push(bytes)
      this.queuedBytes += bytes.length
    } else this.take(bytes)
  }

  published(): void {
    /* it is recorded as it comes */
  }

  unpublished(): void {
    void this.stop()
  }

  overrun(): void {
    this.fail(new RecordError('failed', 'The disk is too slow for the stream.'))
  }

  /** The one who touches the file. */
  private async run(previous: Promise<void> | undefined): Promise<void> {
    try {
      await previous
      this.begin(await openRecording(this.file, this.mode, this.options.files, this.options.limits))
      while (!this.isStopping) {
        await this.rung()
        await this.save()
      }
      await this.save()
      await this.writeHead()
      await this.opened?.handle.sync()
    } catch (error) {
      this.fail(recordError(error))
      await this.mend()
    }
    await this.close()
  }

  private begin(opened: OpenedFile): void {
    const { timers } = this.options
    this.opened = opened
    this.index = opened.index
    this.metadata ??= opened.metadata
    this.hasAudio = opened.hasAudio
    this.writtenBytes = opened.end
    this.writtenMs = opened.index.lastMs
    this.isInPlace = opened.temporary === undefined
    this.clock = new RecordingClock(continuesAt(opened))
    this.headDue = timers.clock.now() + HEAD_MS
    this.checkedAt = opened.end
    const { early } = this
    this.early = []
    this.queuedBytes = 0
    for (const bytes of early) this.take(bytes)
    for (const listener of this.listeners) listener.started()
  }

  private take(bytes: Uint8Array): void {
    const { limits, timers } = this.options
    if (this.writtenBytes + this.queuedBytes + bytes.length > limits.recordingBytes) {
      this.fail(new RecordError('failed', 'The recording is as long as it may be (recordingBytes).'))
      return
    }
    const own = bytes.slice() // its times become those of the file
    for (let at = 0; at + FLV_TAG_HEADER_LENGTH <= own.length;) {
      const next = at + FLV_TAG_HEADER_LENGTH + readU24(own, at + 1) + FLV_PREVIOUS_SIZE_LENGTH
      this.takeTag(own.subarray(at, next))
      at = next
    }
    if (this.queuedBytes >= FLUSH_BYTES) this.ring()
    else if (this.queuedBytes > 0) this.flushTimer ??= timers.after(FLUSH_MS, () => this.ring())
  }

  /** @param tag owned */
  private takeTag(tag: Uint8Array): void {
    const type = tag[0] ?? 0
    const payload = tag.subarray(FLV_TAG_HEADER_LENGTH, tag.length - FLV_PREVIOUS_SIZE_LENGTH)
    const message = { type, payload, timestamp: 0, messageStreamId: 0 }
    const metadata = type === MessageType.Data ? readMetadata(payload, this.options.limits) : undefined
    if (metadata !== undefined) this.metadata = metadata
    if (metadata !== undefined && !this.hasMedia) return // it is in the head
    const isFrame = metadata === undefined && !isSequenceHeader(message)
    const timestamp = this.clock.stamp(tag, isFrame)
    if (type === MessageType.Audio) this.hasAudio = true
    if (metadata === undefined) this.hasMedia = true
    this.index.note({ ...message, timestamp }, this.writtenBytes + this.queuedBytes)
    this.queue.push(tag)
    this.queuedBytes += tag.length
  }

  private async save(): Promise<void> {
    const { opened, queue } = this
    if (opened === undefined || queue.length === 0) return
    if (!this.isInPlace) await (this.placing = this.replace(opened))
    this.queue = []
    const bytes = this.queuedBytes
    const { lastMs } = this.index
    await opened.handle.write(queue, this.writtenBytes)
    this.writtenBytes += bytes
    this.writtenMs = lastMs
    this.queuedBytes -= bytes
    this.wake()
    this.seat.drained()
    await this.lookAfter()
  }

  /** The first media are here: the new file takes the place of the old one. */
  private async replace({ temporary }: OpenedFile): Promise<void> {
    await this.writeHead()
    if (temporary !== undefined) await this.options.files.rename(temporary, this.file)
    this.isInPlace = true
  }

  private async lookAfter(): Promise<void> {
    const { files, limits, timers } = this.options
    if (this.writtenBytes - this.checkedAt >= CHECK_BYTES) {
      this.checkedAt = this.writtenBytes
      await checkSpace(dirname(this.file), files, limits)
    }
    if (timers.clock.now() < this.headDue) return
    this.headDue = timers.clock.now() + HEAD_MS
    await this.writeHead()
  }

  /** What the file says about itself: true for what is written, and never for what is only queued. */
  private async writeHead(): Promise<void> {
    const { opened } = this
    if (opened?.hasHead !== true || !this.hasMedia) return
    const header = flvHeader({ audio: this.hasAudio, video: this.index.hasVideo })
    const written = { fileBytes: this.writtenBytes, lastMs: this.writtenMs }
    await opened.handle.write([header, headTag(this.metadata, this.index, written)], 0)
  }

  /** Writing has failed: what is whole stays, with an index of it where that can still be written. */
  private async mend(): Promise<void> {
    const { opened } = this
    try {
      await opened?.handle.truncate(this.writtenBytes)
      if (this.isInPlace) await this.writeHead()
    } catch (error) {
      this.options.log.warn({ err: error, file: this.file }, 'the end of a recording may be torn')
    }
  }

  private async close(): Promise<void> {
    const { opened } = this
    const { files, log } = this.options
    this.isStopping = true
    this.flushTimer?.cancel()
    this.queue = []
    this.early = []
    this.queuedBytes = 0
    try {
      await opened?.handle.close()
      if (opened?.temporary !== undefined && !this.isInPlace) await files.remove(opened.temporary)
    } catch (error) {
      log.warn({ err: error, file: this.file }, 'a recording was not closed')
    }
    this.isOver = true
    this.wake()
    const { failure } = this
    if (failure === undefined) return
    for (const listener of this.listeners)
      guarded(log, () => listener.failed(failure.reason, failure.message)) // others wait for `ended`
  }

  private fail(error: RecordError): void {
    this.failure ??= error
    void this.stop()
  }

  private ring(): void {
    this.flushTimer?.cancel()
    this.flushTimer = undefined
    this.isRung = true
    this.bell?.()
  }

  /** Something is to be written, or it is to end. */
  private async rung(): Promise<void> {
    if (!this.isRung) await new Promise<void>((resolve) => (this.bell = resolve))
    this.isRung = false
    this.bell = undefined
  }
}
