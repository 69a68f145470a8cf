/**
 * FLV to messages: bytes cut anywhere go in, the header and every audio, video and data tag come out [FLV 10.1 §E].
 * What a stranger can make it hold: twice the bytes of the unfinished tag that have arrived.
 *
 *   header ─▶ gap ─▶ previous size ─▶ tag header ─▶ tag data ─▶ previous size …
 *
 * A previous size that is wrong does no harm as long as a tag of a known type follows: players warn and go on. Behind a
 * wrong one nothing else is believed, so that a lying length is found out at the next tag.
 */
import { PartialMessage } from '../rtmp/wire/chunk/partial-message.js'
import { readU24, readU32 } from '../rtmp/wire/chunk/message-header.js'
import { mediaPayload } from '../rtmp/wire/chunk/payload.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { noBytes } from '../util/bytes.js'
import { FlvError, LimitError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import {
  FLV_HEADER_LENGTH,
  FLV_PREVIOUS_SIZE_LENGTH,
  FLV_SIGNATURE,
  FLV_TAG_HEADER_LENGTH,
  flvContents,
} from './flv-writer.js'
import type { FlvContents } from './flv-writer.js'

export interface FlvSink {
  header?(contents: FlvContents): void
  /**
   * @param message type 8, 9, 15 or 18, message stream 0; payload shared
   * @param offset of the tag, from the start of the stream
   */
  message(message: Message, offset: number): void
}

export type FlvLimits = Pick<Limits, 'messageBytes' | 'commandBytes' | 'flvHeaderBytes'>

/** The limit of a tag's data by its type; tags of other types are skipped. */
const limitOfType: ReadonlyMap<number, 'messageBytes' | 'commandBytes'> = new Map([
  [MessageType.Audio, 'messageBytes'],
  [MessageType.Video, 'messageBytes'],
  [MessageType.DataAmf3, 'commandBytes'],
  [MessageType.Data, 'commandBytes'],
])

/** The words of messages too. */
type Part = 'header' | 'previous size' | 'tag header' | 'data' | 'gap'

export class FlvReader {
  private part: Part = 'header'
  /** A header or previous size whose end has not come. */
  private readonly held = new Uint8Array(FLV_TAG_HEADER_LENGTH)
  private heldLength = 0
  private readonly partial = new PartialMessage()
  /** Of the stream: the first byte of the present read, and of the present tag. */
  private base = 0
  private tagStart = 0
  private type = 0
  private timestamp = 0
  private size = 0
  private skipLeft = 0
  /** What the next previous size should be, and whether the last one was that. */
  private expected = 0
  private isInStep = true

  /** @param sink may not call `receive` from within */
  constructor(
    private readonly sink: FlvSink,
    private readonly limits: FlvLimits,
  ) {}

  /** Bytes that have come of a tag whose end has not. */
  get unfinishedBytes(): number {
    return this.partial.received
  }

  /**
   * Take the next bytes. Shared: payloads may be views of them. After a throw the position is lost: call no more.
   *
   * @throws FlvError FLV_SIGNATURE, FLV_HEADER, FLV_TAG
   * @throws LimitError messageBytes, commandBytes, flvHeaderBytes
   */
  receive(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) at = this.take(bytes, at)
    this.base += bytes.length
  }

  /**
   * No more bytes follow. The last previous size may be missing.
   * @throws FlvError FLV_TRUNCATED  inside the header or a tag
   */
  end(): void {
    const { part } = this
    const isBetweenTags = part === 'previous size' || (part === 'tag header' && this.heldLength === 0)
    if (!isBetweenTags) throw new FlvError('FLV_TRUNCATED', `the FLV ends inside a ${part}`, this.base)
  }

  /** Take what belongs to the present part. @returns the offset behind it */
  private take(bytes: Uint8Array, at: number): number {
    switch (this.part) {
      case 'header':
        return this.takeFixed(bytes, at, FLV_HEADER_LENGTH, (from, start) => this.openHeader(from, start))
      case 'previous size':
        return this.takeFixed(bytes, at, FLV_PREVIOUS_SIZE_LENGTH, (from, start) => {
          this.isInStep = readU32(from, start) === this.expected
          this.part = 'tag header'
        })
      case 'tag header':
        return this.takeFixed(bytes, at, FLV_TAG_HEADER_LENGTH, (from, start) => this.openTag(from, start))
      case 'data':
        return this.takeData(bytes, at)
      case 'gap':
        return this.skip(bytes, at)
    }
  }

  /** Call `read` once `length` bytes lie together, be it in `bytes` or in `held`. */
  private takeFixed(
    bytes: Uint8Array,
    at: number,
    length: number,
    read: (bytes: Uint8Array, at: number) => void,
  ): number {
    const { held, heldLength } = this
    if (heldLength === 0 && bytes.length - at >= length) {
      this.tagStart = this.base + at
      read(bytes, at)
      return at + length
    }
    if (heldLength === 0) this.tagStart = this.base + at
    const end = Math.min(bytes.length, at + length - heldLength)
    held.set(bytes.subarray(at, end), heldLength)
    this.heldLength = heldLength + end - at
    if (this.heldLength === length) {
      this.heldLength = 0
      read(held, 0)
    }
    return end
  }

  private openHeader(bytes: Uint8Array, at: number): void {
    if (FLV_SIGNATURE.some((byte, index) => bytes[at + index] !== byte))
      throw new FlvError('FLV_SIGNATURE', 'the bytes do not begin with "FLV"')
    const bodyOffset = readU32(bytes, at + 5)
    if (bodyOffset < FLV_HEADER_LENGTH)
      throw new FlvError('FLV_HEADER', `the body begins at ${bodyOffset}, inside the header`, 5)
    if (bodyOffset > this.limits.flvHeaderBytes)
      throw new LimitError('flvHeaderBytes', this.limits.flvHeaderBytes, bodyOffset)
    this.sink.header?.(flvContents(bytes[at + 4] ?? 0))
    this.skipThenPreviousSize(bodyOffset - FLV_HEADER_LENGTH)
  }

  private openTag(bytes: Uint8Array, at: number): void {
    this.type = bytes[at] ?? 0
    this.size = readU24(bytes, at + 1)
    this.timestamp = (((bytes[at + 7] ?? 0) << 24) | readU24(bytes, at + 4)) >>> 0
    this.expected = FLV_TAG_HEADER_LENGTH + this.size
    const limitName = limitOfType.get(this.type)
    const isTag = limitName !== undefined && readU24(bytes, at + 8) === 0
    if (!this.isInStep && !isTag)
      throw new FlvError(
        'FLV_TAG',
        `expected a tag behind a wrong size, got type ${this.type}`,
        this.tagStart,
      )
    if (limitName === undefined) {
      this.skipThenPreviousSize(this.size)
      return
    }
    if (this.size > this.limits[limitName]) throw new LimitError(limitName, this.limits[limitName], this.size)
    if (this.size === 0) this.deliver(noBytes)
    else this.part = 'data'
  }

  private takeData(bytes: Uint8Array, at: number): number {
    const { partial, size } = this
    const length = Math.min(size - partial.received, bytes.length - at)
    if (length === size) this.deliver(mediaPayload(bytes, at, length))
    else {
      partial.append(bytes, at, length, size)
      if (partial.received === size) this.deliver(partial.take())
    }
    return at + length
  }

  private deliver(payload: Uint8Array): void {
    const { type, timestamp } = this
    this.part = 'previous size'
    this.sink.message({ type, timestamp, messageStreamId: 0, payload }, this.tagStart)
  }

  private skipThenPreviousSize(length: number): void {
    this.skipLeft = length
    this.part = length === 0 ? 'previous size' : 'gap'
  }

  private skip(bytes: Uint8Array, at: number): number {
    const length = Math.min(this.skipLeft, bytes.length - at)
    this.skipThenPreviousSize(this.skipLeft - length)
    return at + length
  }
}
