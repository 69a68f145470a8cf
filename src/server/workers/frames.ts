/**
 * What the primary and a worker say to each other: frames on a stream between the two processes.
 *
 *   length u32 (of what follows) · kind u8 · id u32 · body
 *
 * `id` is a connection, a seat or a feed, counted by the primary. Both ends are this very program, so a bad frame is a
 * bug of ours.
 */
import type { Duplex } from 'node:stream'
import type { Drops } from '../../media/player.js'
import type { ChunkedMessage } from '../../rtmp/wire/message.js'
import { StateError } from '../../util/errors.js'

/** From the primary. Their ids: Send … Fail a connection, Play … Leave a seat, Feed… a feed. */
export const ToWorker = {
  /** A message for the client: `messageBody`. */
  Send: 1,
  /** Bytes cut before. */
  Cut: 2,
  Announce: 3,
  End: 4,
  /** Reason as text. */
  Fail: 5,
  /** JSON `PlayBody`. */
  Play: 6,
  /** u8: whether it pauses. */
  Pause: 7,
  /** u8: 0 audio, 1 video; u8: whether it is wanted. */
  Want: 8,
  Leave: 9,
  /** JSON `FeedBody`. */
  FeedOpen: 10,
  /** Messages in the feed's form. */
  FeedMedia: 11,
  /** u8: whether somebody publishes. */
  FeedPublished: 12,
  FeedClose: 13,
} as const

/** From a worker. Their ids: a connection, but of Dropped a seat. */
export const ToPrimary = {
  /** A message of the client: `messageBody`. */
  Message: 1,
  /** Bytes came; at most once in a second. */
  Heard: 2,
  /** u8: 1 finished, 0 lost. */
  Closed: 3,
  /** u32: bytes that wait for the client, when that has changed much. */
  Queued: 4,
  /** u32 each: disposable pictures, pictures, sounds that the player has not got since it began. */
  Dropped: 5,
} as const

export interface PlayBody {
  readonly connection: number
  readonly feed: number
  readonly messageStreamId: number
  readonly objectEncoding: 0 | 3
}

export interface FeedBody {
  readonly app: string
  readonly instance: string
  readonly name: string
  readonly gopCache: boolean
  readonly gatherMs: number
}

const HEAD_BYTES = 9
const MESSAGE_HEAD_BYTES = 11
const MOST_BYTES = 64 * 1_048_576 // above every limit on a message

/** type u8 · chunk stream id u16 · message stream id u32 · timestamp u32 · payload: two parts of a frame. */
export function messageBody(message: ChunkedMessage): readonly Uint8Array[] {
  const head = Buffer.allocUnsafe(MESSAGE_HEAD_BYTES)
  head.writeUInt8(message.type)
  head.writeUInt16BE(message.chunkStreamId & 0xffff, 1)
  head.writeUInt32BE(message.messageStreamId >>> 0, 3)
  head.writeUInt32BE(message.timestamp >>> 0, 7)
  return [head, message.payload]
}

/** The payload is a view of `body`. */
export function readMessageBody(body: Buffer): ChunkedMessage {
  return {
    type: body.readUInt8(),
    chunkStreamId: body.readUInt16BE(1),
    messageStreamId: body.readUInt32BE(3),
    timestamp: body.readUInt32BE(7),
    payload: body.subarray(MESSAGE_HEAD_BYTES),
  }
}

export function dropsBody({ disposable, video, audio }: Drops): Uint8Array {
  const body = Buffer.allocUnsafe(12)
  for (const [at, count] of [disposable, video, audio].entries()) body.writeUInt32BE(count >>> 0, 4 * at)
  return body
}

export function readDropsBody(body: Buffer): Drops {
  return { disposable: body.readUInt32BE(), video: body.readUInt32BE(4), audio: body.readUInt32BE(8) }
}

export function jsonBody(body: PlayBody | FeedBody): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}

/** Frames both ways. */
export class FrameStream {
  private rest: Buffer | undefined

  /** @param receive body: shared */
  constructor(
    private readonly stream: Duplex,
    private readonly receive: (kind: number, id: number, body: Buffer) => void,
  ) {
    stream.on('data', (bytes: Buffer) => this.read(bytes))
  }

  /** Bytes that the other process has not taken. */
  get queuedBytes(): number {
    return this.stream.writableLength
  }

  onDrain(listener: () => void): void {
    this.stream.on('drain', listener)
  }

  /** @param parts of the body, shared */
  send(kind: number, id: number, ...parts: readonly Uint8Array[]): void {
    if (!this.stream.writable) return
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    const bodyBytes = parts.reduce((sum, { length }) => sum + length, 0)
    head.writeUInt32BE(HEAD_BYTES - 4 + bodyBytes)
    head.writeUInt8(kind, 4)
    head.writeUInt32BE(id, 5)
    this.stream.cork()
    this.stream.write(head)
    for (const part of parts) this.stream.write(part)
    this.stream.uncork()
  }

  private read(bytes: Buffer): void {
    let left = this.rest === undefined ? bytes : Buffer.concat([this.rest, bytes])
    while (left.length >= HEAD_BYTES) {
      const end = 4 + left.readUInt32BE()
      if (end > MOST_BYTES)
        throw new StateError('STATE_ORDER', `a frame of ${end} bytes between our processes`)
      if (left.length < end) break
      this.receive(left.readUInt8(4), left.readUInt32BE(5), left.subarray(HEAD_BYTES, end))
      left = left.subarray(end)
    }
    this.rest = left.length > 0 ? left : undefined
  }
}
