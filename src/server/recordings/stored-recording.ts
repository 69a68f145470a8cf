/** A recording that is being played: one open file, any number of readers. */
import { headerKey, isKeyframe, isSequenceHeader } from '../../media/tags.js'
import type { Keyframe, KeyframeIndex } from '../../media/keyframe-index.js'
import type { Recording, RecordingReader } from '../../media/recording.js'
import type { Message } from '../../rtmp/wire/message.js'
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { FlvRecorder } from './flv-recorder.js'
import type { RecordingHandle } from './file-source.js'
import { metadataMessage } from './head.js'
import type { Properties } from './head.js'
import { indexRest } from './inspection.js'
import type { Inspection } from './inspection.js'
import { TagCursor } from './tag-cursor.js'
import type { WholeTag } from './tag-cursor.js'

export interface StoredOptions {
  readonly handle: RecordingHandle
  readonly found: Inspection
  readonly size: number
  readonly durationMs: number
  readonly limits: Limits
  /** Writes the file now. */
  readonly recorder: FlvRecorder | undefined
  closed(): void
}

export class StoredRecording implements Recording {
  private isClosed = false
  private indexing: Promise<void> | undefined
  private readonly readers = new Set<StoredReader>()

  constructor(readonly options: StoredOptions) {}

  get durationMs(): number {
    return this.options.recorder?.writtenMs ?? this.options.durationMs
  }

  get metadata(): Properties | undefined {
    return this.options.recorder?.metadata ?? this.options.found.head?.properties
  }

  /** How far the file can be read now. */
  get end(): number {
    return this.options.recorder?.writtenBytes ?? this.options.size
  }

  read(fromMs: number): RecordingReader {
    const reader = new StoredReader(this, fromMs, () => this.readers.delete(reader))
    if (this.isClosed) reader.close()
    else this.readers.add(reader)
    return reader
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const reader of this.readers) reader.close()
    this.options.handle.close().catch(() => undefined)
    this.options.closed()
  }

  /** Where the keyframes are. What the file does not say is looked for once. */
  async index(): Promise<KeyframeIndex> {
    const { recorder, handle, found, size, limits } = this.options
    if (recorder !== undefined) return recorder.index
    this.indexing ??= indexRest(handle, found, size, limits)
    await this.indexing.catch((error: unknown) => {
      if (!(error instanceof GatewayError)) throw error // damaged: it can be played up to there
    })
    return found.index
  }
}

class StoredReader implements RecordingReader {
  private isClosed = false
  private cursor: TagCursor | undefined
  /** What goes first. */
  private readonly ahead: Message[] = []

  constructor(
    private readonly recording: StoredRecording,
    private readonly fromMs: number,
    private readonly closed: () => void,
  ) {}

  async next(): Promise<Message | undefined> {
    const cursor = (this.cursor ??= await this.begin())
    const first = this.ahead.shift()
    if (first !== undefined) return first
    const { recorder } = this.recording.options
    while (!this.isOver()) {
      const writing = recorder?.isActive === true ? recorder : undefined
      const { end } = this.recording
      const tag = await cursor.next()
      if (tag !== undefined) return messageOf(tag)
      if (writing === undefined || this.isOver()) return undefined
      await writing.grown(end)
    }
    return undefined
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.closed()
    this.recording.options.recorder?.wake()
  }

  /** May become so during any wait. */
  private isOver(): boolean {
    return this.isClosed
  }

  private async begin(): Promise<TagCursor> {
    const { bodyPosition } = this.recording.options.found
    if (this.fromMs <= 0) {
      this.putMetadata(0)
      return this.cursorAt(bodyPosition)
    }
    const index = await this.recording.index()
    const entry = index.before(this.fromMs) ?? { timeMs: 0, position: bodyPosition }
    const keyframe = await this.lastKeyframe(entry)
    this.putMetadata(keyframe.timeMs)
    await this.putHeaders(index, keyframe)
    return this.cursorAt(keyframe.position)
  }

  /** The index may name every second or tenth keyframe only: read on from there. */
  private async lastKeyframe(entry: Keyframe): Promise<Keyframe> {
    const cursor = this.cursorAt(entry.position)
    let found = entry
    for (let tag = await cursor.skip(); tag !== undefined; tag = await cursor.skip()) {
      if (tag.timestamp > this.fromMs) break
      if (isKeyframe({ ...tag, messageStreamId: 0 }))
        found = { timeMs: tag.timestamp, position: tag.position }
    }
    return found
  }

  private putMetadata(timestamp: number): void {
    const { metadata, durationMs } = this.recording
    if (metadata !== undefined) this.ahead.push(metadataMessage(metadata, durationMs, timestamp))
  }

  /** The last header of each kind before the keyframe. */
  private async putHeaders(index: KeyframeIndex, { position, timeMs }: Keyframe): Promise<void> {
    const headers = new Map<string, Message>()
    for (const at of index.headers) {
      if (at >= position) break
      const tag = await this.cursorAt(at).next()
      if (tag === undefined || !isSequenceHeader(messageOf(tag))) continue
      headers.set(headerKey(messageOf(tag)), { ...messageOf(tag), timestamp: timeMs })
    }
    this.ahead.push(...headers.values())
  }

  private cursorAt(position: number): TagCursor {
    const { recording } = this
    const { handle, limits } = recording.options
    return new TagCursor(handle, position, () => recording.end, limits)
  }
}

function messageOf({ type, timestamp, payload }: WholeTag): Message {
  return { type, timestamp, messageStreamId: 0, payload }
}
