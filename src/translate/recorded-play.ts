/**
 * A recording on its way to one player: read message by message, sent at the pace of its time, ahead of it by what the
 * player wants to have in its buffer [rtmp.md 3.7].
 *
 *   one message is read, waits for its time or for room, is sent; then the next. A *run* is what is read from one place
 *   on: a seek ends it and begins another, once what the ended one has under way has come and is thrown away.
 *
 * Held for a player: one message, and what the transport has (`playbackQueueBytes` and one message at most). However
 * often it seeks, one read is under way.
 */
import type { Recording, RecordingReader } from '../media/recording.js'
import { isSequenceHeader } from '../media/tags.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import type { Limits } from '../util/limits.js'
import type { Timer, Timers } from '../util/timers.js'

export interface RecordedOutput {
  readonly wants: { readonly audio: boolean; readonly video: boolean }
  /** How much of it the player wants ahead of its time, ms. */
  readonly bufferLengthMs: number
  /** Bytes sent and not known to have arrived. */
  readonly outstandingBytes: number
  /** Payload shared. @returns bytes that it took */
  send(message: Message): number
  /** All of it, or as much as was asked for, has been sent. It can be sought. */
  ended(): void
  /** It cannot be read any further. */
  failed(error: unknown): void
}

export interface RecordedPart {
  readonly fromMs: number
  /** Negative: all that follows. 0: one picture. */
  readonly durationMs: number
}

const AHEAD_MS = 500 // ours: more than the buffer, so that it fills although the clocks differ
const ROOM_LEAST_MS = 10 // ours: between looks for room on the way
const ROOM_MOST_MS = 320
const PREFACE_MOST = 32 // ours: metadata and headers of all tracks

interface Place {
  readonly fromMs: number
  /** Frames up to here the player has. */
  readonly hasMs: number
}

interface Run extends Place {
  readonly reader: RecordingReader
  /** For a player that is paused: one picture of the place it has sought. */
  readonly isSnapshot: boolean
  isDone: boolean
  next: Message | 'end' | undefined
  /** What stands before the first frame: it is given the time of that. */
  preface: Message[] | undefined
  /** Time of its first frame. */
  firstMs: number | undefined
  /** Where in the recording the clock stood when. */
  pace: { readonly atMs: number; readonly clockMs: number } | undefined
}

export class RecordedPlay {
  /** Where the player is sent to: time of the last frame, or where it has sought. */
  positionMs: number
  sentBytes = 0
  private run: Run | undefined
  /** The run to begin when what is read for an ended one has come. */
  private wanted: Place | undefined
  private isReading = false
  private timer: Timer | undefined
  private isPaused = false
  private roomMs = ROOM_LEAST_MS
  private readonly endMs: number

  /** The recording is the caller's: close it after `stop`. */
  constructor(
    private readonly recording: Recording,
    private readonly part: RecordedPart,
    private readonly output: RecordedOutput,
    private readonly timers: Timers,
    private readonly limits: Limits,
  ) {
    const { fromMs, durationMs } = part
    this.positionMs = fromMs
    this.endMs = durationMs < 0 ? Infinity : fromMs + durationMs
  }

  start(isPaused: boolean): void {
    this.isPaused = isPaused
    this.begin(this.part.fromMs)
  }

  /** From the keyframe at or before. Begins again what has ended. */
  seek(toMs: number): void {
    this.begin(toMs)
  }

  pause(): void {
    this.isPaused = true
    this.timer?.cancel()
  }

  /** @param atMs what the player has shown; it has thrown away what it had beyond. Undefined: it has kept that */
  resume(atMs = Infinity): void {
    const { run, positionMs } = this
    if (!this.isPaused) return
    this.isPaused = false
    if (run === undefined) return
    if (run.isSnapshot) this.begin(Math.min(atMs, positionMs))
    else if (atMs < positionMs) this.begin(atMs, atMs >= (run.firstMs ?? Infinity) ? atMs : undefined)
    else {
      run.pace = undefined
      this.go(run)
    }
  }

  /** `bufferLengthMs` is another. */
  bufferChanged(): void {
    if (this.run !== undefined && this.timer !== undefined) this.go(this.run)
  }

  stop(): void {
    const { run } = this
    this.run = undefined
    this.wanted = undefined
    this.timer?.cancel()
    this.timer = undefined
    if (!this.isReading) run?.reader.close() // else when it has been read: one call at a time
  }

  private begin(fromMs: number, hasMs = -1): void {
    this.stop()
    this.positionMs = fromMs
    if (this.isReading) this.wanted = { fromMs, hasMs }
    else this.open({ fromMs, hasMs })
  }

  private open(place: Place): void {
    const run: Run = {
      ...place,
      ...{ isDone: false, next: undefined, preface: [], firstMs: undefined, pace: undefined },
      isSnapshot: this.isPaused,
      reader: this.recording.read(place.fromMs),
    }
    this.wanted = undefined
    this.run = run
    this.go(run)
  }

  /** Send what may be sent now, and see to it that it goes on. */
  private go(run: Run): void {
    this.timer?.cancel()
    this.timer = undefined
    while (this.run === run && !this.isReading && !run.isDone && (!this.isPaused || run.isSnapshot)) {
      const { next } = run
      if (next === undefined) void this.read(run)
      else {
        const waitMs = next === 'end' || run.isSnapshot ? 0 : this.waitMs(run, next)
        if (waitMs > 0) {
          this.timer = this.timers.after(waitMs, () => this.go(run))
          return
        }
        run.next = undefined
        if (next !== 'end') this.take(run, next)
        else if (run.isSnapshot) run.isDone = true
        else this.finish(run)
      }
    }
  }

  private async read(run: Run): Promise<void> {
    this.isReading = true
    try {
      run.next = (await run.reader.next()) ?? 'end'
      this.isReading = false
      if (this.run === run) this.go(run)
      else this.giveUp(run)
    } catch (error) {
      this.isReading = false
      if (this.run !== run) this.giveUp(run)
      else {
        this.stop()
        this.output.failed(error)
      }
    }
  }

  /** It has ended while it read. */
  private giveUp(run: Run): void {
    run.reader.close()
    if (this.wanted !== undefined) this.open(this.wanted)
  }

  /** How long until the message may go. */
  private waitMs(run: Run, { timestamp }: Message): number {
    const { bufferLengthMs, outstandingBytes } = this.output
    if (outstandingBytes > this.limits.playbackQueueBytes) {
      const { roomMs } = this
      this.roomMs = Math.min(2 * roomMs, ROOM_MOST_MS)
      return roomMs
    }
    this.roomMs = ROOM_LEAST_MS
    const now = this.timers.clock.now()
    if (run.pace === undefined) return 0
    const playedMs = run.pace.atMs + now - run.pace.clockMs
    return timestamp - playedMs - bufferLengthMs - AHEAD_MS
  }

  private take(run: Run, message: Message): void {
    const isFrame = isMedia(message) && !isSequenceHeader(message)
    const { preface } = run
    if (preface !== undefined) {
      if (!isFrame && message.timestamp <= run.fromMs && preface.length < PREFACE_MOST) {
        preface.push(message)
        return
      }
      this.sendPreface(run, message.timestamp)
    }
    if (!isFrame) this.send(message)
    else if (this.isPicture(run)) this.takePicture(run, message)
    else if (message.timestamp >= this.endMs) this.finish(run)
    else this.takeFrame(run, message)
  }

  private takeFrame(run: Run, message: Message): void {
    const { timestamp } = message
    run.pace ??= { atMs: timestamp, clockMs: this.timers.clock.now() }
    run.firstMs ??= timestamp
    if (timestamp <= run.hasMs) return
    if (message.type === MessageType.Audio ? this.output.wants.audio : this.output.wants.video)
      this.send(message)
    this.positionMs = Math.max(this.positionMs, timestamp)
  }

  private isPicture(run: Run): boolean {
    return run.isSnapshot || this.part.durationMs === 0
  }

  /** The first picture and nothing else; none if there is none about here. */
  private takePicture(run: Run, message: Message): void {
    const isVideo = message.type === MessageType.Video
    if (!isVideo && message.timestamp <= run.fromMs) return
    if (isVideo) this.send(message)
    if (run.isSnapshot) run.isDone = true
    else this.finish(run)
  }

  private sendPreface(run: Run, timestamp: number): void {
    const { preface = [] } = run
    run.preface = undefined
    for (const message of preface) this.send({ ...message, timestamp })
  }

  private send(message: Message): void {
    this.sentBytes += this.output.send(message)
  }

  private finish(run: Run): void {
    this.sendPreface(run, run.fromMs)
    this.stop()
    this.output.ended()
  }
}

function isMedia({ type }: Message): boolean {
  return type === MessageType.Audio || type === MessageType.Video
}
