/**
 * So much of a live stream and no more, by the stream's own time [rtmp.md 3.7: duration of play]. What the hub writes
 * is cut for many players, so it is taken apart again: few ask for a part of a live stream.
 */
import { isSequenceHeader } from '../media/tags.js'
import { ChunkDecoder } from '../rtmp/wire/chunk/decoder.js'
import { DEFAULT_CHUNK_SIZE, OUT_CHUNK_SIZE, cut } from '../rtmp/wire/chunk/encoder.js'
import { encodeControl } from '../rtmp/wire/message/index.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import type { Limits } from '../util/limits.js'

export interface LimitedOutput {
  send(message: Message): void
  /** Once; nothing is sent after it. */
  reached(): void
}

export class LiveLimit {
  /** Stream time of the last frame that was sent. */
  lastMs = 0
  private firstMs: number | undefined
  private isOver = false
  private readonly decoder: ChunkDecoder

  /** @param durationMs from the first frame on; 0 for one picture and no sound */
  constructor(
    private readonly durationMs: number,
    limits: Limits,
    private readonly output: LimitedOutput,
  ) {
    this.decoder = new ChunkDecoder((message) => this.receive(message), limits)
    const chunkSize = encodeControl({ kind: 'setChunkSize', chunkSize: OUT_CHUNK_SIZE })
    this.decoder.receive(cut(chunkSize, DEFAULT_CHUNK_SIZE))
  }

  /** Whole messages as they are cut for players. */
  write(bytes: Uint8Array): void {
    this.decoder.receive(bytes)
  }

  private receive(message: Message): void {
    const { type, timestamp } = message
    if (this.isOver || type === MessageType.SetChunkSize) return
    const isVideo = type === MessageType.Video
    const isFrame = (isVideo || type === MessageType.Audio) && !isSequenceHeader(message)
    if (isFrame) {
      this.firstMs ??= timestamp
      if (this.durationMs === 0 && !isVideo) return
      if (this.durationMs > 0 && (timestamp - this.firstMs) >>> 0 >= this.durationMs) {
        this.finish()
        return
      }
      this.lastMs = timestamp
    }
    this.output.send(message)
    if (isFrame && this.durationMs === 0) this.finish()
  }

  private finish(): void {
    this.isOver = true
    this.output.reached()
  }
}
