/** The message streams of one connection [rtmp.md 3.5]: ids from 1, the lowest free one first. */
import { ServerNetStream } from './net-stream.js'
import type { StreamOwner } from './net-stream.js'

export class StreamTable {
  private readonly streams = new Map<number, ServerNetStream>()

  constructor(private readonly owner: StreamOwner) {}

  /** @returns undefined when the connection has as many as it may */
  create(): ServerNetStream | undefined {
    if (this.streams.size >= this.owner.limits.netStreams) return undefined
    let id = 1
    while (this.streams.has(id)) id++
    const stream = new ServerNetStream(id, this.owner)
    this.streams.set(id, stream)
    return stream
  }

  /** The stream that a message is for. Sloppy clients leave the id 0: then it is the only stream there is. */
  find(messageStreamId: number): ServerNetStream | undefined {
    if (messageStreamId !== 0 || this.streams.size !== 1) return this.streams.get(messageStreamId)
    const [only] = this.streams.values()
    return only
  }

  /** @param idOrName GStreamer deletes by name */
  delete(idOrName: unknown): void {
    for (const stream of [...this.streams.values()]) {
      if (stream.id !== idOrName && (stream.name === '' || stream.name !== idOrName)) continue
      this.streams.delete(stream.id)
      stream.delete()
      return
    }
  }

  /** The connection is over: everything stops. */
  releaseAll(): void {
    const streams = [...this.streams.values()]
    this.streams.clear()
    for (const stream of streams) stream.delete()
  }
}
