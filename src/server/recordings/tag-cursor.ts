/** FLV tags of a file one after the other, read ahead in blocks. */
import {
  FLV_HEADER_LENGTH,
  FLV_PREVIOUS_SIZE_LENGTH,
  FLV_SIGNATURE,
  FLV_TAG_HEADER_LENGTH,
  flvContents,
} from '../../media/flv-writer.js'
import type { FlvContents } from '../../media/flv-writer.js'
import { readU24, readU32 } from '../../rtmp/wire/chunk/message-header.js'
import { MessageType } from '../../rtmp/wire/message.js'
import { noBytes } from '../../util/bytes.js'
import { FlvError, LimitError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'

/** What is read of a file. */
export interface ByteSource {
  /** @returns how many bytes came; fewer than asked for at the end alone */
  read(into: Uint8Array, position: number): Promise<number>
}

export interface Tag {
  /** Of its first byte in the file. */
  readonly position: number
  /** Of what follows it. */
  readonly next: number
  readonly type: number
  /** ms, u32. */
  readonly timestamp: number
  readonly size: number
}

export interface WholeTag extends Tag {
  /** Shared. */
  readonly payload: Uint8Array
}

const BLOCK = 131_072 // ours: read at once
const START_BYTES = 64 // ours: enough of a payload to tell headers and keyframes

const tagTypes: ReadonlySet<number> = new Set([
  MessageType.Audio,
  MessageType.Video,
  MessageType.DataAmf3,
  MessageType.Data,
])

/**
 * The header of the file, and where the first tag is.
 * @throws FlvError FLV_SIGNATURE, FLV_HEADER
 * @throws LimitError flvHeaderBytes
 */
export async function fileHeader(
  source: ByteSource,
  limits: Limits,
): Promise<{ contents: FlvContents; firstTag: number }> {
  const header = new Uint8Array(FLV_HEADER_LENGTH)
  const length = await source.read(header, 0)
  if (length < FLV_HEADER_LENGTH || FLV_SIGNATURE.some((byte, at) => header[at] !== byte))
    throw new FlvError('FLV_SIGNATURE', 'the file does not begin with "FLV"')
  const offset = readU32(header, 5)
  if (offset < FLV_HEADER_LENGTH)
    throw new FlvError('FLV_HEADER', `the body begins at ${offset}, inside the header`, 5)
  if (offset > limits.flvHeaderBytes) throw new LimitError('flvHeaderBytes', limits.flvHeaderBytes, offset)
  return { contents: flvContents(header[4] ?? 0), firstTag: offset + FLV_PREVIOUS_SIZE_LENGTH }
}

export class TagCursor {
  private block: Uint8Array = noBytes
  private blockStart = 0

  /** @param end how far the file may be read, at the time of the call */
  constructor(
    private readonly source: ByteSource,
    public position: number,
    private readonly end: () => number,
    private readonly limits: Limits,
  ) {}

  /**
   * The next tag with its payload; undefined when it is not whole yet, or never will be: the position stays before it.
   * @throws FlvError FLV_TAG @throws LimitError messageBytes
   */
  async next(): Promise<WholeTag | undefined> {
    const tag = await this.head()
    if (tag === undefined) return undefined
    const at = await this.have(tag.position, tag.next - tag.position)
    if (at === undefined) return undefined
    const start = at + FLV_TAG_HEADER_LENGTH
    this.position = tag.next
    return { ...tag, payload: this.block.slice(start, start + tag.size) }
  }

  /** The next tag without its payload, only its first bytes; borrowed until the next call. */
  async skip(): Promise<WholeTag | undefined> {
    const tag = await this.head()
    if (tag === undefined || tag.next > this.end()) return undefined
    const length = FLV_TAG_HEADER_LENGTH + Math.min(tag.size, START_BYTES)
    const at = await this.have(tag.position, length)
    if (at === undefined) return undefined
    this.position = tag.next
    return { ...tag, payload: this.block.subarray(at + FLV_TAG_HEADER_LENGTH, at + length) }
  }

  private async head(): Promise<Tag | undefined> {
    const { position } = this
    const at = await this.have(position, FLV_TAG_HEADER_LENGTH)
    if (at === undefined) return undefined
    const { block } = this
    const type = block[at] ?? 0
    const size = readU24(block, at + 1)
    if (isBlank(block, at)) return undefined // what a power failure leaves of a file that was growing
    if (!tagTypes.has(type) || readU24(block, at + 8) !== 0)
      throw new FlvError('FLV_TAG', `expected a tag, got type ${type}`, position)
    if (size > this.limits.messageBytes) throw new LimitError('messageBytes', this.limits.messageBytes, size)
    const timestamp = (((block[at + 7] ?? 0) << 24) | readU24(block, at + 4)) >>> 0
    const next = position + FLV_TAG_HEADER_LENGTH + size + FLV_PREVIOUS_SIZE_LENGTH
    return { position, next, type, timestamp, size }
  }

  /** Have `length` bytes at `position` in the block. @returns where they are in it */
  private async have(position: number, length: number): Promise<number | undefined> {
    const { block, blockStart } = this
    const at = position - blockStart
    if (at >= 0 && at + length <= block.length) return at
    const end = this.end()
    if (position + length > end) return undefined
    const bytes = new Uint8Array(Math.min(Math.max(BLOCK, length), end - position))
    const read = await this.source.read(bytes, position)
    this.block = bytes.subarray(0, read)
    this.blockStart = position
    return read < length ? undefined : 0
  }
}

function isBlank(block: Uint8Array, at: number): boolean {
  for (let index = at; index < at + FLV_TAG_HEADER_LENGTH; index++) if (block[index] !== 0) return false
  return true
}
