/** What one entry of a playlist can do while it plays. */
import type { Played } from '../rtmp/session/events.js'

export interface PlayItem {
  /** So far. */
  readonly played: Played
  /** Where a stream that takes its place begins; undefined for live. */
  readonly positionMs: number | undefined
  pause(isPaused: boolean, atMs: number | undefined): void
  seek(toMs: number): void
  receive(kind: 'audio' | 'video', wanted: boolean): void
  bufferChanged(): void
  /** Something waits behind it now. */
  queued(): void
  stop(): void
}

export interface PlayItemEvents {
  /** Whether something waits behind it. */
  readonly hasNext: boolean
  ended(): void
  /** Not because of the player. */
  failed(error: unknown): void
}
