/** Recordings as files in a folder: who writes which, and how they are found. */
import { join } from 'node:path'
import type { Stream } from '../../media/hub.js'
import type { RecordListener, Recorder, Recordings } from '../../media/recording.js'
import type { StreamAddress } from '../../media/stream-address.js'
import { GatewayError, LimitError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import type { RecordRule } from '../app-schema.js'
import { isMissing, nodeFiles } from './file-source.js'
import type { FileFacts, FileLayer, RecordingHandle } from './file-source.js'
import { FlvRecorder } from './flv-recorder.js'
import { indexRest, inspect, lastTimestamp } from './inspection.js'
import type { Inspection } from './inspection.js'
import type { RecordMode } from './open-recording.js'
import { recordingFile, recordingFolder, recordingNameOf } from './paths.js'
import type { RecordingName } from './paths.js'
import { StoredRecording } from './stored-recording.js'

export interface OpenBytes {
  readonly handle: RecordingHandle
  readonly facts: FileFacts
  close(): void
}

export interface ListedRecording {
  readonly name: string
  readonly bytes: number
  /** ISO 8601, UTC. */
  readonly modified: string
  readonly isRecording: boolean
}

export interface FileRecordingsOptions {
  readonly folder: string
  ruleOf(app: string): RecordRule
  readonly limits: Limits
  readonly timers: Timers
  readonly log: Log
  readonly files?: FileLayer
}

export class FileRecordings implements Recordings {
  private readonly files: FileLayer
  /** By file: what is being written, or still being closed. */
  private readonly recorders = new Map<string, FlvRecorder>()
  private openCount = 0

  constructor(private readonly options: FileRecordingsOptions) {
    this.files = options.files ?? nodeFiles
  }

  /** Recordings that are open to be played. */
  get playing(): number {
    return this.openCount
  }

  /** Recordings in progress. */
  get recording(): number {
    return this.recorders.size
  }

  /** What writes the recording of that name now. */
  recorderOf(address: RecordingName): FlvRecorder | undefined {
    const file = this.fileOf(address)
    const recorder = file === undefined ? undefined : this.recorders.get(file)
    return recorder?.isInPlace === true ? recorder : undefined
  }

  /** Undefined for a name that no file can have. */
  fileOf(address: RecordingName): string | undefined {
    return recordingFile(this.options.folder, address, this.options.limits)
  }

  /**
   * @returns undefined when there is none, or it is no FLV
   * @throws LimitError recordingsPlayed
   */
  async find(address: RecordingName): Promise<StoredRecording | undefined> {
    const { limits } = this.options
    const file = this.fileOf(address)
    if (file === undefined) return undefined
    if (this.openCount >= limits.recordingsPlayed)
      throw new LimitError('recordingsPlayed', limits.recordingsPlayed, this.openCount + 1)
    this.openCount++
    try {
      return await this.open(file)
    } catch (error) {
      this.openCount--
      if (isMissing(error)) return undefined
      this.options.log.warn({ err: error, file }, 'a recording cannot be played')
      if (error instanceof GatewayError) return undefined
      throw error
    }
  }

  /** The file itself, as far as it is written. Give it back with `close`. */
  async openBytes(name: RecordingName): Promise<OpenBytes | undefined> {
    const found = await this.find(name)
    if (found === undefined) return undefined
    const { handle } = found.options
    try {
      const { modifiedMs } = await handle.stat()
      return { handle, facts: { size: found.end, modifiedMs }, close: () => found.close() }
    } catch (error) {
      found.close()
      throw error
    }
  }

  /** The recordings of an application instance, by name. */
  async list(address: Pick<RecordingName, 'app' | 'instance'>): Promise<ListedRecording[]> {
    const { folder, limits } = this.options
    const where = recordingFolder(folder, address, limits)
    const listed: ListedRecording[] = []
    const files = where === undefined ? [] : (await this.files.list(where)).slice(0, limits.recordingFiles)
    for (const file of files) {
      const name = recordingNameOf(file)
      if (name === undefined || where === undefined) continue
      const facts = await this.files.stat(join(where, file)).catch(() => undefined)
      if (facts === undefined) continue
      const recorder = this.recorderOf({ ...address, name })
      const bytes = recorder?.writtenBytes ?? facts.size
      const modified = new Date(facts.modifiedMs).toISOString()
      listed.push({ name, bytes, modified, isRecording: recorder !== undefined })
    }
    return listed.sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  async lengthOf(address: StreamAddress): Promise<number> {
    const recording = await this.find(address)
    if (recording === undefined) return 0
    recording.close()
    return recording.durationMs / 1000
  }

  record(stream: Stream, mode: RecordMode, listener: RecordListener): Recorder {
    const file = this.fileOf(stream.address)
    const refusal = this.refusal(stream.address, file)
    if (refusal !== undefined || file === undefined) {
      listener.failed('noAccess', refusal ?? '')
      return notRecording
    }
    const recorder = this.recorderFor(file, stream, mode)
    recorder.listen(listener)
    return { stop: () => recorder.stop() }
  }

  /** Begin what `record: all` wants, when somebody publishes. */
  recordAll(stream: Stream): void {
    if (this.options.ruleOf(stream.address.app) !== 'all') return
    const { app, instance, name } = stream.address
    const which = { app, instance, name }
    this.record(stream, 'append', {
      started: () => this.options.log.info(which, 'recording'),
      failed: (_reason, description) =>
        this.options.log.warn({ ...which, reason: description }, 'not recorded'),
    })
  }

  /** All is written when it resolves. */
  async close(): Promise<void> {
    await Promise.all([...this.recorders.values()].map((recorder) => recorder.stop()))
  }

  private refusal({ app, name }: StreamAddress, file: string | undefined): string | undefined {
    if (this.options.ruleOf(app) === 'none') return `The app ${app} does not record.`
    if (file === undefined) return `${name} is no name for a recording.`
    const isOne = this.recorders.has(file)
    return !isOne && this.recorders.size >= this.options.limits.recordings
      ? 'Too much is being recorded.'
      : undefined
  }

  /** One file is written by one recorder: whoever asks for the stream again gets the one that runs. */
  private recorderFor(file: string, stream: Stream, mode: RecordMode): FlvRecorder {
    const previous = this.recorders.get(file)
    if (previous?.isFinishing === false) {
      previous.mode = mode
      return previous
    }
    const recorder = new FlvRecorder(file, stream, mode, previous?.ended, {
      ...this.options,
      files: this.files,
    })
    this.recorders.set(file, recorder)
    void recorder.ended.then(() => {
      if (this.recorders.get(file) === recorder) this.recorders.delete(file)
    })
    return recorder
  }

  private async open(file: string): Promise<StoredRecording> {
    const recorder = this.recorders.get(file)
    const placing = recorder?.placing
    await placing?.catch(() => undefined)
    const handle = await this.files.open(file, 'r')
    try {
      // which of two files was it, if just now one took the place of the other?
      const isSure = this.recorders.get(file) === recorder && recorder?.placing === placing
      if (isSure) return await this.stored(handle, recorder?.isInPlace === true ? recorder : undefined)
    } catch (error) {
      await handle.close()
      throw error
    }
    await handle.close()
    return await this.open(file)
  }

  private async stored(handle: RecordingHandle, recorder: FlvRecorder | undefined): Promise<StoredRecording> {
    const { limits } = this.options
    const { size } = await handle.stat()
    const found = await inspect(handle, size, limits)
    const durationMs = recorder?.writtenMs ?? (await this.duration(handle, found, size))
    return new StoredRecording({
      ...{ handle, found, size, durationMs, limits, recorder },
      closed: () => this.openCount--,
    })
  }

  /** What it says itself, what the last tag says, or what all tags say. */
  private async duration(handle: RecordingHandle, found: Inspection, size: number): Promise<number> {
    if (found.indexedTo === size) return found.index.lastMs
    const last = await lastTimestamp(handle, size)
    if (last !== undefined) return last
    await indexRest(handle, found, size, this.options.limits)
    return found.index.lastMs
  }
}

const notRecording: Recorder = { stop: () => Promise.resolve() }
