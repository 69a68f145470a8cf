/** From the times of a stream to those of a file, which begin at 0, or go on behind what is there, and never go back. */
import { readU24 } from '../../rtmp/wire/chunk/message-header.js'

export class RecordingClock {
  /** The stream's time that is `startMs` in the file: that of its first frame. */
  private baseMs: number | undefined
  private lastMs: number

  constructor(private readonly startMs: number) {
    this.lastMs = startMs
  }

  /**
   * Write the time of the file into a tag.
   * @param isFrame not a sequence header or metadata, which say nothing about the time of the stream
   * @returns ms
   */
  stamp(tag: Uint8Array, isFrame: boolean): number {
    const streamMs = (((tag[7] ?? 0) << 24) | readU24(tag, 4)) >>> 0
    if (isFrame) this.baseMs ??= streamMs
    const sinceBase = this.baseMs === undefined ? 0 : (streamMs - this.baseMs) | 0 // u32 that wraps
    this.lastMs = Math.max(this.lastMs, this.startMs + sinceBase)
    setTime(tag, this.lastMs)
    return this.lastMs
  }
}

/** [FLV 10.1 §E.4.1]: the low 24 bits, then the high 8. */
function setTime(tag: Uint8Array, timestamp: number): void {
  tag[4] = timestamp >>> 16
  tag[5] = timestamp >>> 8
  tag[6] = timestamp
  tag[7] = timestamp >>> 24
}
