/** What travels between nodes in the body of a stream's packets: FLV tags, and what a packet is by them [design 5]. */
import type { Form } from '../media/form.js'
import {
  FLV_MOST_TAG_BYTES,
  FLV_PREVIOUS_SIZE_LENGTH,
  FLV_TAG_HEADER_LENGTH,
  flvTagLength,
  writeFlvTag,
} from '../media/flv-writer.js'
import { UnitFlag, flagsOf } from '../media/unit.js'
import { CastFlag } from '../psyc/state/stream-cast.js'
import { readU24, readU32 } from '../rtmp/wire/chunk/message-header.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { concat, noBytes } from '../util/bytes.js'
import { FlvError, LimitError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'

const SLAB_BYTES = 131_072 // ours: half a second of a usual stream

/**
 * As `flvForm`, but AMF3 data stays as it is: nodes understand tags of type 15. For one source: its tags lie one behind the
 * other in large pieces of memory, so that what is gathered is one piece without being copied again.
 */
export class TagForm implements Form {
  readonly name = 'flv node'
  private slab = noBytes
  private used = 0

  cut(message: Message): Uint8Array | undefined {
    const bytes = this.cutAll([message])
    return bytes.length === 0 ? undefined : bytes
  }

  cutAll(messages: readonly Message[]): Uint8Array {
    const tags = messages.filter(({ payload }) => payload.length <= FLV_MOST_TAG_BYTES)
    const length = tags.reduce((sum, tag) => sum + flvTagLength(tag), 0)
    if (length > this.slab.length - this.used) {
      this.slab = new Uint8Array(Math.max(length, SLAB_BYTES))
      this.used = 0
    }
    const start = this.used
    for (const tag of tags) this.used = writeFlvTag(this.slab, this.used, tag)
    return view(this.slab, start, length)
  }
}

/** The bytes of tags that follow each other: without a copy where they lie so. Shared. */
export function joinTags(tags: readonly Tag[]): Uint8Array {
  const [first] = tags
  if (first === undefined) return noBytes
  let length = 0
  for (const { bytes } of tags) {
    const isBehind =
      bytes.buffer === first.bytes.buffer && bytes.byteOffset === first.bytes.byteOffset + length
    if (!isBehind) return concat(tags.map((tag) => tag.bytes))
    length += bytes.length
  }
  return view(first.bytes, 0, length)
}

/** A tag between others. */
export interface Tag {
  readonly message: Message
  /** The whole of it, a view. */
  readonly bytes: Uint8Array
}

type TagLimits = Pick<Limits, 'messageBytes' | 'commandBytes'>

const limitOfType: ReadonlyMap<number, keyof TagLimits> = new Map([
  [MessageType.Audio, 'messageBytes'],
  [MessageType.Video, 'messageBytes'],
  [MessageType.DataAmf3, 'commandBytes'],
  [MessageType.Data, 'commandBytes'],
])

/**
 * The tags that the bytes are made of, nothing else.
 * @param bytes shared: tags and payloads are views on them
 * @throws FlvError FLV_TAG, FLV_TRUNCATED
 * @throws LimitError messageBytes, commandBytes
 */
export function readTags(bytes: Uint8Array, limits: TagLimits): Tag[] {
  const tags: Tag[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = readTag(bytes, at, limits)
    tags.push(tag)
    at += tag.bytes.length
  }
  return tags
}

function readTag(bytes: Uint8Array, at: number, limits: TagLimits): Tag {
  const dataStart = at + FLV_TAG_HEADER_LENGTH
  if (dataStart + FLV_PREVIOUS_SIZE_LENGTH > bytes.length) throw truncated(at)
  const type = bytes[at] ?? 0
  const limitName = limitOfType.get(type)
  const length = readU24(bytes, at + 1)
  if (limitName === undefined) throw new FlvError('FLV_TAG', `expected a tag, got type ${type}`, at)
  if (length > limits[limitName]) throw new LimitError(limitName, limits[limitName], length)
  const dataEnd = dataStart + length
  const end = dataEnd + FLV_PREVIOUS_SIZE_LENGTH
  if (end > bytes.length) throw truncated(at)
  if (readU32(bytes, dataEnd) !== FLV_TAG_HEADER_LENGTH + length)
    throw new FlvError('FLV_TAG', 'the size behind a tag is wrong', at)
  const timestamp = (((bytes[at + 7] ?? 0) << 24) | readU24(bytes, at + 4)) >>> 0
  const payload = view(bytes, dataStart, length)
  return {
    message: { type, timestamp, messageStreamId: 0, payload },
    bytes: view(bytes, at, end - at),
  }
}

function truncated(at: number): FlvError {
  return new FlvError('FLV_TRUNCATED', 'the bytes end inside a tag', at)
}

/** Never a Buffer, whatever the source gave. */
function view(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length)
}

/** What a packet of these messages is to those who pass it on: `CastFlag` bits. */
export function castFlagsOf(messages: readonly Message[]): number {
  let all = ~0
  let some = 0
  for (const message of messages) {
    const flags = flagsOf(message)
    all &= flags
    some |= flags
  }
  if (messages.length === 0 || (some & UnitFlag.Kept) !== 0) return CastFlag.Kept
  const [first] = messages
  const isKeyframe = first !== undefined && (flagsOf(first) & UnitFlag.Keyframe) !== 0
  if (isKeyframe) return CastFlag.Keyframe
  if ((all & UnitFlag.Audio) !== 0) return CastFlag.Sound
  return (all & UnitFlag.Disposable) !== 0 ? CastFlag.Disposable : 0
}
