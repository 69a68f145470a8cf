/**
 * Chunk stream to messages [RTMP §5.3], with the deviations of peers that rtmp.md 2.1-2.3 lists. Bytes may be cut
 * anywhere. What a stranger can make it hold: `chunkStreams` small records and twice the bytes that have arrived of
 * unfinished messages, `partialBytes` at most.
 *
 *   idle ── header complete ──▶ in chunk ── chunk complete ──▶ idle, and the message out if it was its last chunk
 */
import { noBytes } from '../../../util/bytes.js'
import { LimitError, RtmpError } from '../../../util/errors.js'
import type { LimitName, Limits } from '../../../util/limits.js'
import { decodeAbort } from '../message/abort.js'
import { decodeSetChunkSize } from '../message/set-chunk-size.js'
import type { ChunkedMessage } from '../message.js'
import { MessageType } from '../message.js'
import { ChunkType, basicHeaderLength, chunkTypeOf, readChunkStreamId } from './basic-header.js'
import { DEFAULT_CHUNK_SIZE } from './encoder.js'
import {
  ChunkStream,
  EXTENDED,
  EXTENDED_LENGTH,
  MAX_CHUNK_HEADER_LENGTH,
  messageHeaderLengths,
  readTimestampField,
  readU24,
  readU32,
  repeatMessage,
  startMessage,
} from './message-header.js'
import { copied, mediaPayload } from './payload.js'

/** These may be long (`messageBytes`); any other type is held to `commandBytes`. */
const mediaTypes: ReadonlySet<number> = new Set([MessageType.Audio, MessageType.Video, MessageType.Aggregate])

export class ChunkDecoder {
  private readonly streams = new Map<number, ChunkStream>()
  /** The beginning of a chunk header whose end has not come. */
  private readonly held = new Uint8Array(MAX_CHUNK_HEADER_LENGTH)
  private heldLength = 0
  /** In force now; the peer changes it by Set Chunk Size. */
  private chunkSize = DEFAULT_CHUNK_SIZE
  /** Whose chunk is arriving. */
  private current: ChunkStream | undefined
  private chunkRemaining = 0
  /** Payload bytes of unfinished messages, the whole of the chunk that is arriving included. */
  private partialBytes = 0
  /** Stream offset of the first byte of the present read, and of the present chunk for errors. */
  private base = 0
  private chunkStart = 0

  /**
   * @param onMessage called for every complete message in order of completion, Set Chunk Size and Abort (which have
   *   taken effect by then) included. It must not throw and must not call `receive`.
   * @param limits chunkStreams, messageBytes, commandBytes, partialBytes
   */
  constructor(
    private readonly onMessage: (message: ChunkedMessage) => void,
    private readonly limits: Limits,
  ) {}

  /** Whether bytes of a message, or of a chunk header, have come whose end has not. */
  get isUnfinished(): boolean {
    return this.partialBytes > 0 || this.heldLength > 0
  }

  /** Bytes that have come of unfinished messages. */
  get unfinishedBytes(): number {
    let bytes = 0
    for (const { partial } of this.streams.values()) bytes += partial.received
    return bytes
  }

  /**
   * Take the next bytes after the handshake. Shared: payloads may be views of them. After a throw the position in
   * the stream is lost: close the connection and call no more.
   *
   * @throws RtmpError RTMP_CHUNK_NO_PREDECESSOR, RTMP_CHUNK_INTERRUPTED, RTMP_LENGTH_CHANGED, RTMP_CHUNK_SIZE_RANGE,
   *   RTMP_BAD_CONTROL
   * @throws LimitError chunkStreams, messageBytes, commandBytes, partialBytes
   */
  receive(bytes: Uint8Array): void {
    this.consume(bytes)
    this.base += bytes.length
  }

  private consume(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length)
      at =
        this.current === undefined
          ? this.receiveHeader(bytes, at)
          : this.receivePayload(this.current, bytes, at)
  }

  /** Take a header, or hold what there is of it. @returns the offset behind what was taken */
  private receiveHeader(bytes: Uint8Array, at: number): number {
    this.chunkStart = this.base + at - this.heldLength
    if (this.heldLength === 0) {
      const length = this.headerLength(bytes, at, bytes.length)
      if (length !== undefined) {
        this.beginChunk(bytes, at, length)
        return at + length
      }
    }
    const { held, heldLength } = this
    const added = Math.min(held.length - heldLength, bytes.length - at)
    held.set(bytes.subarray(at, at + added), heldLength)
    const length = this.headerLength(held, 0, heldLength + added)
    if (length === undefined) {
      this.heldLength += added
      return at + added
    }
    this.heldLength = 0
    this.beginChunk(held, 0, length)
    if (length >= heldLength) return at + length - heldLength
    this.consumeAgain(held.slice(length, heldLength), at)
    return at
  }

  /** Up to three bytes that looked like a repeated extended timestamp and turned out to be payload. */
  private consumeAgain(bytes: Uint8Array, before: number): void {
    const { base } = this
    this.base = base + before - bytes.length
    this.consume(bytes)
    this.base = base
  }

  /**
   * Length of the chunk header in bytes[at, end), extended timestamp included.
   * @returns undefined when more bytes are needed to know
   */
  private headerLength(bytes: Uint8Array, at: number, end: number): number | undefined {
    const first = bytes[at] ?? 0
    const basic = basicHeaderLength(first)
    if (end - at < basic) return undefined
    const fmt = chunkTypeOf(first)
    if (fmt === ChunkType.Continue) {
      const repeated = this.repeatedLength(readChunkStreamId(bytes, at), bytes, at + basic, end)
      return repeated === undefined ? undefined : basic + repeated
    }
    if (fmt === ChunkType.SameLength) this.known(readChunkStreamId(bytes, at), fmt)
    const length = basic + messageHeaderLengths[fmt]
    if (end - at < length) return undefined
    if (readU24(bytes, at + basic) !== EXTENDED) return length
    return end - at < length + EXTENDED_LENGTH ? undefined : length + EXTENDED_LENGTH
  }

  /** 4 if the extended timestamp is repeated behind a fmt 3 basic header, else 0; undefined for more bytes. */
  private repeatedLength(id: number, bytes: Uint8Array, at: number, end: number): number | undefined {
    const stream = this.known(id, ChunkType.Continue)
    const { extendedTimestamp } = stream
    if (extendedTimestamp === undefined) return 0
    const isContinuation = stream.partial.received > 0
    // [DEVIATION RTMP §5.3.1.3: a continuation without the field is accepted; old ffmpeg and librtmp leave it out.
    // Vector chunk-ext-ts-t3-absent. Compared byte by byte, so that a short last chunk does not wait for more.]
    for (let i = 0; i < EXTENDED_LENGTH; i++) {
      if (at + i >= end) return undefined
      const expected = (extendedTimestamp >>> (24 - 8 * i)) & 0xff
      if (isContinuation && bytes[at + i] !== expected) return 0
    }
    return EXTENDED_LENGTH
  }

  /** Let the complete header bytes[at, at + length) take effect. */
  private beginChunk(bytes: Uint8Array, at: number, length: number): void {
    const first = bytes[at] ?? 0
    const fmt = chunkTypeOf(first)
    const id = readChunkStreamId(bytes, at)
    const basic = basicHeaderLength(first)
    const stream = fmt < ChunkType.SameLength ? this.open(id) : this.known(id, fmt)
    if (stream.partial.received > 0) this.continueMessage(stream, fmt, bytes, at + basic)
    else if (fmt === ChunkType.Continue)
      repeatMessage(stream, length > basic ? readU32(bytes, at + basic) : undefined)
    else {
      startMessage(stream, fmt, bytes, at + basic)
      this.checkLength(stream)
    }
    this.expectPayload(stream)
  }

  /** A header in the middle of a message: fmt 3, or a needless fmt 1 or 2 that changes nothing [rtmp.md 2.1]. */
  private continueMessage(stream: ChunkStream, fmt: ChunkType, bytes: Uint8Array, at: number): void {
    if (fmt === ChunkType.Continue) return
    const where = `on chunk stream ${stream.chunkStreamId}`
    if (fmt === ChunkType.Full)
      throw new RtmpError('RTMP_CHUNK_INTERRUPTED', `fmt 0 inside a message ${where}`, this.chunkStart)
    if (fmt === ChunkType.SameStream) {
      const length = readU24(bytes, at + 3)
      if (length !== stream.messageLength)
        throw new RtmpError(
          'RTMP_LENGTH_CHANGED',
          `expected length ${stream.messageLength}, got ${length} ${where}`,
          this.chunkStart,
        )
    }
    readTimestampField(stream, bytes, at, messageHeaderLengths[fmt])
  }

  private expectPayload(stream: ChunkStream): void {
    const length = Math.min(this.chunkSize, stream.messageLength - stream.partial.received)
    if (length === 0) {
      this.deliver(stream, noBytes) // legal: audio's silence marker
      return
    }
    const partialBytes = this.partialBytes + length
    if (partialBytes > this.limits.partialBytes)
      throw new LimitError('partialBytes', this.limits.partialBytes, partialBytes)
    this.partialBytes = partialBytes
    this.chunkRemaining = length
    this.current = stream
  }

  private receivePayload(stream: ChunkStream, bytes: Uint8Array, at: number): number {
    const length = Math.min(this.chunkRemaining, bytes.length - at)
    const { partial, messageLength } = stream
    const isWhole = length === messageLength
    if (!isWhole) partial.append(bytes, at, length, messageLength)
    this.chunkRemaining -= length
    if (this.chunkRemaining === 0) {
      this.current = undefined
      if (isWhole) this.deliver(stream, wholePayload(bytes, at, length, stream.type))
      else if (partial.received === messageLength) this.deliver(stream, partial.take())
    }
    return at + length
  }

  private deliver(stream: ChunkStream, payload: Uint8Array): void {
    const { type, timestamp, messageStreamId, chunkStreamId } = stream
    this.partialBytes -= payload.length
    if (type === MessageType.SetChunkSize) this.chunkSize = decodeSetChunkSize(payload)
    else if (type === MessageType.Abort) this.abort(decodeAbort(payload))
    this.onMessage({ type, timestamp, messageStreamId, payload, chunkStreamId })
  }

  /** Drop what has come of the message on that chunk stream; its header stays [Errata §6]. */
  private abort(chunkStreamId: number): void {
    const partial = this.streams.get(chunkStreamId)?.partial
    if (partial === undefined) return
    this.partialBytes -= partial.received
    partial.drop()
  }

  /** For fmt 0, and for fmt 1, with which librtmp opens chunk stream 2 [rtmp.md 2.1]. */
  private open(id: number): ChunkStream {
    const known = this.streams.get(id)
    if (known !== undefined) return known
    const count = this.streams.size + 1
    if (count > this.limits.chunkStreams)
      throw new LimitError('chunkStreams', this.limits.chunkStreams, count)
    const stream = new ChunkStream(id)
    this.streams.set(id, stream)
    return stream
  }

  private known(id: number, fmt: ChunkType): ChunkStream {
    const stream = this.streams.get(id)
    if (stream === undefined)
      throw new RtmpError('RTMP_CHUNK_NO_PREDECESSOR', `fmt ${fmt} opens chunk stream ${id}`, this.chunkStart)
    return stream
  }

  private checkLength({ type, messageLength }: ChunkStream): void {
    const name: LimitName = mediaTypes.has(type) ? 'messageBytes' : 'commandBytes'
    if (messageLength > this.limits[name]) throw new LimitError(name, this.limits[name], messageLength)
  }
}

/**
 * [CHOICE: a payload that lies whole in one read is handed on as a view when it is media and most of the read; media is soon
 * gone. The values of a command may be kept for days, and must not hold a buffer many times their size.]
 */
function wholePayload(bytes: Uint8Array, at: number, length: number, type: number): Uint8Array {
  return mediaTypes.has(type) ? mediaPayload(bytes, at, length) : copied(bytes, at, length)
}
