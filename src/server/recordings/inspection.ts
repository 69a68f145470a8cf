/** What a file holds: from what it says about itself, and for the rest from its tags. */
import { FLV_PREVIOUS_SIZE_LENGTH, FLV_TAG_HEADER_LENGTH } from '../../media/flv-writer.js'
import type { FlvContents } from '../../media/flv-writer.js'
import { KeyframeIndex } from '../../media/keyframe-index.js'
import { readU32 } from '../../rtmp/wire/chunk/message-header.js'
import { MessageType } from '../../rtmp/wire/message.js'
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { readHead } from './head.js'
import type { Head } from './head.js'
import { TagCursor, fileHeader } from './tag-cursor.js'
import type { ByteSource } from './tag-cursor.js'

export interface Inspection {
  readonly contents: FlvContents
  /** What the first tag says, when it is an onMetaData. */
  readonly head: Head | undefined
  readonly headPosition: number
  /** Behind the head: where the media begin. */
  readonly bodyPosition: number
  readonly index: KeyframeIndex
  /** How far the index goes; tags behind it are not looked at yet. */
  indexedTo: number
}

/** Read the beginning of a file. @throws FlvError, LimitError  no FLV at all */
export async function inspect(source: ByteSource, size: number, limits: Limits): Promise<Inspection> {
  const { contents, firstTag: headPosition } = await fileHeader(source, limits)
  const cursor = new TagCursor(source, headPosition, () => size, limits)
  const first = await cursor.next()
  const head = first?.type === MessageType.Data ? readHead(first.payload, limits) : undefined
  const bodyPosition = head === undefined ? headPosition : cursor.position
  const index = new KeyframeIndex()
  if (head === undefined)
    return { contents, head, headPosition, bodyPosition, index, indexedTo: bodyPosition }

  const { fileBytes, keyframes, headers, lastMs, hasVideo } = head
  const knownTo = head.isOurs ? fileBytes : fileBytes === size ? size : undefined
  const isUsable = knownTo !== undefined && knownTo <= size && knownTo >= bodyPosition
  const isInside = [...keyframes, { position: 0 }].every(({ position }) => position < size)
  if (!isUsable || !isInside)
    return { contents, head, headPosition, bodyPosition, index, indexedTo: bodyPosition }
  index.load(keyframes, headers, lastMs, hasVideo)
  return { contents, head, headPosition, bodyPosition, index, indexedTo: knownTo }
}

/**
 * Look at the tags from `indexedTo` on, which then is where the last whole one ends.
 * @throws FlvError FLV_TAG
 */
export async function indexRest(
  source: ByteSource,
  found: Inspection,
  size: number,
  limits: Limits,
): Promise<void> {
  const cursor = new TagCursor(source, found.indexedTo, () => size, limits)
  for (let tag = await cursor.skip(); tag !== undefined; tag = await cursor.skip()) {
    found.index.note(tag, tag.position)
    found.indexedTo = tag.next
  }
}

/** The timestamp of the last tag, found from the end of the file; undefined when no whole tag ends there. */
export async function lastTimestamp(source: ByteSource, size: number): Promise<number | undefined> {
  const trailer = new Uint8Array(FLV_PREVIOUS_SIZE_LENGTH)
  await source.read(trailer, size - trailer.length)
  const length = readU32(trailer, 0)
  const position = size - trailer.length - length
  if (length < FLV_TAG_HEADER_LENGTH || position < 0) return undefined
  try {
    const cursor = new TagCursor(source, position, () => size, { messageBytes: 0xffffff } as Limits)
    const tag = await cursor.skip()
    return tag?.next === size ? tag.timestamp : undefined
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}
