/** Recordings: what is stored, how it is read, and how a stream is written. Files are the server's business. */
import type { Message } from '../rtmp/wire/message.js'
import type { Stream } from './hub.js'
import type { StreamAddress } from './stream-address.js'

/** A finished recording, or one that is still being written: then as far as it has got. */
export interface Recording {
  readonly durationMs: number
  /**
   * Metadata and sequence headers, then everything from the last keyframe at or before `fromMs` on.
   * Timestamps are ms from the start of the recording.
   */
  read(fromMs: number): RecordingReader
  /** Give the file back. May be called twice. */
  close(): void
}

export interface RecordingReader {
  /** The next message, shared; undefined at the end. Rejects when the file is broken or gone. One call at a time. */
  next(): Promise<Message | undefined>
  close(): void
}

/** One recording in progress. */
export interface Recorder {
  /** All is written when it resolves. May be called twice. */
  stop(): Promise<void>
}

export interface RecordListener {
  started(): void
  /** Could not begin, or cannot go on (disk full): nothing more is written. `reason` is a sentence for the publisher. */
  failed(reason: 'noAccess' | 'failed', description: string): void
}

export interface Recordings {
  find(address: StreamAddress): Promise<Recording | undefined>
  /** Seconds; 0 when there is none. */
  lengthOf(address: StreamAddress): Promise<number>
  /** `record` replaces what is there when the new one begins, `append` goes on behind it. */
  record(stream: Stream, mode: 'record' | 'append', listener: RecordListener): Recorder
}
