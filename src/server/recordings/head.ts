/**
 * The first tag of a recording: an onMetaData of fixed length that says what the file holds, written again in place
 * as the file grows. Players of plain HTTP seek by its `keyframes`, and so do we after a restart.
 *
 *   what the publisher said | duration lasttimestamp filesize hasVideo … | keyframes {filepositions, times}
 *   | sequenceheaders [positions] | padding, to the fixed length
 */
import { decodeAmf0, encodeAmf0 } from '../../amf/amf0.js'
import { AmfArray, AmfEcmaArray, AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import { FLV_PREVIOUS_SIZE_LENGTH, FLV_TAG_HEADER_LENGTH, flvTag } from '../../media/flv-writer.js'
import type { KeyframeIndex, Keyframe } from '../../media/keyframe-index.js'
import { MessageType } from '../../rtmp/wire/message.js'
import type { Message } from '../../rtmp/wire/message.js'
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'

export const METADATA = 'onMetaData'
const CREATOR = 'rtmpsyc'
/** Ours: room for `KEYFRAMES_MOST` keyframes, and for what publishers usually say. */
const HEAD_BYTES = 32_768
export const HEAD_TAG_LENGTH = FLV_TAG_HEADER_LENGTH + HEAD_BYTES + FLV_PREVIOUS_SIZE_LENGTH
/** Ours: a publisher that says more is not quoted in the head. */
const QUOTE_BYTES = 4_096

export type Properties = AmfEcmaArray | AmfObject

/** What is ours to say, and nobody's business who plays over RTMP. */
const ours: ReadonlySet<string> = new Set([
  'duration',
  'lasttimestamp',
  'lastkeyframetimestamp',
  'filesize',
  'hasKeyframes',
  'hasVideo',
  'hasMetadata',
  'canSeekToEnd',
  'metadatacreator',
  'keyframes',
  'sequenceheaders',
  'padding',
])

/** What is said of a file that may still grow: true for its first `fileBytes`, whose last tag has the time `lastMs`. */
export interface Written {
  readonly fileBytes: number
  readonly lastMs: number
}

/** The head as a tag, always of `HEAD_TAG_LENGTH`. What the index knows behind `fileBytes` is left out. */
export function headTag(
  metadata: Properties | undefined,
  index: KeyframeIndex,
  written: Written,
): Uint8Array {
  const quoted = quotable(metadata)
  const { length } = encodeHead(quoted, index, written, [])
  const payload = encodeHead(quoted, index, written, padding(HEAD_BYTES - length))
  return flvTag({ type: MessageType.Data, timestamp: 0, messageStreamId: 0, payload })
}

function encodeHead(
  quoted: Properties | undefined,
  index: KeyframeIndex,
  { fileBytes, lastMs }: Written,
  padding: AmfValue[],
): Uint8Array {
  const head = new AmfEcmaArray()
  for (const [name, value] of quoted?.entries() ?? []) if (!ours.has(name)) head.push(name, value)
  const keyframes = index.keyframes.filter(({ position }) => position < fileBytes)
  const headers = index.headers.filter((position) => position < fileBytes)
  // by convention the first entry is the sequence header: players skip it
  const listed: Keyframe[] =
    keyframes.length === 0 ? [] : [{ timeMs: 0, position: headers[0] ?? 0 }, ...keyframes]
  const said: [string, AmfValue][] = [
    ['duration', lastMs / 1000],
    ['lasttimestamp', lastMs / 1000],
    ['lastkeyframetimestamp', (keyframes.at(-1)?.timeMs ?? 0) / 1000],
    ['filesize', fileBytes],
    ['hasKeyframes', index.hasVideo && keyframes.length > 0],
    ['canSeekToEnd', false],
    ['metadatacreator', CREATOR],
    [
      'keyframes',
      AmfObject.of({
        filepositions: new AmfArray(listed.map(({ position }) => position)),
        times: new AmfArray(listed.map(({ timeMs }) => timeMs / 1000)),
      }),
    ],
    ['sequenceheaders', new AmfArray(headers)],
    ['hasVideo', index.hasVideo],
    ['padding', new AmfArray(padding)],
  ]
  for (const [name, value] of said) head.push(name, value)
  return encodeAmf0([METADATA, head])
}

const PIECE = 200
const STRING_HEAD = 3 // marker and u16 length [AMF0 §2.4]

/** Values of so many bytes. ffmpeg complains of strings above 255. */
function padding(bytes: number): AmfValue[] {
  const whole = Math.floor(bytes / (STRING_HEAD + PIECE))
  const pieces: AmfValue[] = Array<string>(whole).fill(' '.repeat(PIECE))
  const rest = bytes - whole * (STRING_HEAD + PIECE)
  if (rest < STRING_HEAD) for (let at = 0; at < rest; at++) pieces.push(null)
  else pieces.push(' '.repeat(rest - STRING_HEAD))
  return pieces
}

function quotable(metadata: Properties | undefined): Properties | undefined {
  if (metadata === undefined) return undefined
  try {
    return encodeAmf0([metadata]).length <= QUOTE_BYTES ? metadata : undefined
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

/** What a file says about itself in its first tag. */
export interface Head {
  readonly properties: Properties
  /** Written by us: it may be written again in place. */
  readonly isOurs: boolean
  readonly keyframes: readonly Keyframe[]
  readonly headers: readonly number[]
  readonly hasVideo: boolean
  readonly lastMs: number
  /** Up to where the keyframes go; undefined when it does not say. */
  readonly fileBytes: number | undefined
}

/** @returns undefined for a payload that is no onMetaData, or not readable */
export function readHead(payload: Uint8Array, limits: Limits): Head | undefined {
  const properties = readMetadata(payload, limits)
  if (properties === undefined) return undefined
  const keyframes = readKeyframes(properties.get('keyframes'))
  const fileBytes = numberOf(properties.get('filesize'))
  const seconds = numberOf(properties.get('lasttimestamp')) ?? numberOf(properties.get('duration')) ?? 0
  return {
    properties,
    isOurs: properties.get('metadatacreator') === CREATOR && payload.length === HEAD_BYTES,
    keyframes,
    headers: positionsOf(properties.get('sequenceheaders')),
    hasVideo: properties.get('hasVideo') !== false,
    lastMs: Math.round(seconds * 1000),
    fileBytes: fileBytes !== undefined && Number.isSafeInteger(fileBytes) ? fileBytes : undefined,
  }
}

/** The properties of an onMetaData in a data message; undefined when it is none. */
export function readMetadata(payload: Uint8Array, limits: Limits): Properties | undefined {
  try {
    const [handler, properties] = decodeAmf0(payload, { limits })
    const isProperties = properties instanceof AmfEcmaArray || properties instanceof AmfObject
    return handler === METADATA && isProperties ? properties : undefined
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

/** onMetaData for one who plays over RTMP: what the publisher said, and how long it is. */
export function metadataMessage(properties: Properties, durationMs: number, timestamp: number): Message {
  const said = new AmfEcmaArray()
  for (const [name, value] of properties.entries()) if (!ours.has(name)) said.push(name, value)
  said.push('duration', durationMs / 1000)
  return { type: MessageType.Data, timestamp, messageStreamId: 0, payload: encodeAmf0([METADATA, said]) }
}

function readKeyframes(value: AmfValue): Keyframe[] {
  if (!(value instanceof AmfObject || value instanceof AmfEcmaArray)) return []
  const positions = positionsOf(value.get('filepositions'))
  const times = value.get('times')
  if (!(times instanceof AmfArray) || times.items.length !== positions.length) return []
  const keyframes: Keyframe[] = []
  for (const [at, position] of positions.entries()) {
    const timeMs = Math.round((numberOf(times.items[at]) ?? NaN) * 1000)
    const last = keyframes.at(-1)
    const isInOrder = last === undefined || (timeMs >= last.timeMs && position >= last.position)
    if (!Number.isSafeInteger(timeMs) || timeMs < 0 || !isInOrder) return []
    keyframes.push({ timeMs, position })
  }
  return keyframes.slice(1) // the first is the sequence header
}

function positionsOf(value: AmfValue): number[] {
  if (!(value instanceof AmfArray)) return []
  const positions = value.items.map((item) => numberOf(item) ?? -1)
  return positions.every((position) => Number.isSafeInteger(position) && position >= 0) ? positions : []
}

function numberOf(value: AmfValue): number | undefined {
  return typeof value === 'number' ? value : undefined
}
