/** Recordings in memory, that note what is open and break when they are told to. */
import type {
  RecordListener,
  Recorder,
  Recording,
  RecordingReader,
  Recordings,
} from '../../src/media/recording.js'
import type { Stream } from '../../src/media/hub.js'
import { isKeyframe, isSequenceHeader } from '../../src/media/tags.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { noBytes } from '../../src/util/bytes.js'
import { data, media } from './fake-rtmp-text.js'

/** Metadata, headers, and one keyframe a second among pictures and sounds every `everyMs`. */
export function film(durationMs: number, everyMs = 200): Message[] {
  const messages: Message[] = [
    data('onMetaData', ['m'], 0),
    media(9, 0, [0x17, 0], 0),
    media(8, 0, [0xaf, 0], 0),
  ]
  for (let at = 0; at <= durationMs; at += everyMs) {
    messages.push(media(9, at, at % 1000 === 0 ? [0x17, 1] : [0x27, 1], 0))
    messages.push(media(8, at, [0xaf, 1], 0))
  }
  return messages
}

export class MemoryRecording implements Recording {
  /** Readers that are open. */
  readers = 0
  isClosed = false
  /** Each read waits until this is settled. */
  gate: Promise<void> = Promise.resolve()
  /** Reads that have been asked for. */
  reads = 0
  breaksAt = Infinity

  constructor(
    readonly messages: readonly Message[],
    private readonly closed: () => void = () => undefined,
  ) {}

  get durationMs(): number {
    return this.messages.at(-1)?.timestamp ?? 0
  }

  read(fromMs: number): RecordingReader {
    const { messages } = this
    const frames = messages.filter((message) => !isPreface(message))
    const start = frames.findLastIndex((message) => isKeyframe(message) && message.timestamp <= fromMs)
    const rest = [...messages.filter(isPreface), ...frames.slice(Math.max(0, start))]
    let isOpen = true
    let isBusy = false
    this.readers++
    return {
      next: async () => {
        if (isBusy || !isOpen) throw new RangeError('one call at a time, none after close')
        isBusy = true
        this.reads++
        await this.gate
        isBusy = false
        const next = rest.shift()
        if (next !== undefined && next.timestamp >= this.breaksAt) throw new Error('the disk is gone')
        return next
      },
      close: () => {
        if (isBusy) throw new RangeError('closed while it reads')
        if (isOpen) this.readers--
        isOpen = false
      },
    }
  }

  close(): void {
    if (!this.isClosed) this.closed()
    this.isClosed = true
  }
}

export class MemoryRecordings implements Recordings {
  readonly files = new Map<string, readonly Message[]>()
  readonly opened: MemoryRecording[] = []
  /** Recordings that somebody has open. */
  open = 0
  /** Why nothing can be recorded. */
  refusal: 'noAccess' | 'failed' | undefined
  failsToFind = false
  /** Looks under way at once, at most so far. */
  mostLooks = 0
  private looks = 0
  /** When the recorders have written all. */
  written: Promise<void> = Promise.resolve()
  private readonly listeners = new Map<string, RecordListener>()

  async find({ name }: { name: string }): Promise<Recording | undefined> {
    await this.look()
    const messages = this.files.get(name)
    if (messages === undefined) return undefined
    this.open++
    const recording = new MemoryRecording(messages, () => this.open--)
    this.opened.push(recording)
    return recording
  }

  async lengthOf({ name }: { name: string }): Promise<number> {
    await this.look()
    return (this.files.get(name)?.at(-1)?.timestamp ?? 0) / 1000
  }

  record(stream: Stream, mode: 'record' | 'append', listener: RecordListener): Recorder {
    const { name } = stream.address
    if (this.refusal !== undefined) {
      listener.failed(this.refusal, `${name} cannot be written.`)
      return { stop: () => Promise.resolve() }
    }
    const messages: Message[] = mode === 'append' ? [...(this.files.get(name) ?? [])] : []
    this.listeners.set(name, listener)
    const seat = stream.play({
      form: {
        name: 'memory',
        cut: (message) => {
          messages.push(message)
          return noBytes
        },
      },
      outstandingBytes: 0,
      write: () => undefined,
      published: () => undefined,
      unpublished: () => undefined,
      overrun: () => undefined,
    })
    listener.started()
    let isStopped = false
    return {
      stop: async () => {
        if (isStopped) return
        isStopped = true
        seat.leave()
        await this.written
        this.files.set(name, messages)
      },
    }
  }

  private async look(): Promise<void> {
    this.mostLooks = Math.max(this.mostLooks, ++this.looks)
    await Promise.resolve()
    this.looks--
    if (this.failsToFind) throw new Error('the disk is gone')
  }

  /** The disk is full. */
  breaks(name: string): void {
    this.listeners.get(name)?.failed('failed', 'No space is left.')
  }
}

function isPreface(message: Message): boolean {
  return message.type === 18 || isSequenceHeader(message)
}
