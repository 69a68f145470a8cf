/** What the relay must know of an audio or video message: its first bytes [rtmp.md 6.4; FLV 10.1 §E.4]. */
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'

const EX_HEADER = 0x80
const AVC = 7
const HEVC_LEGACY = 12 // the Chinese CDN extension, laid out as AVC
const AAC = 10
const EX_AUDIO = 9

const VideoPacketType = {
  SequenceStart: 0,
  CodedFrames: 1,
  CodedFramesX: 3,
  Metadata: 4,
  Mpeg2TsSequenceStart: 5,
  Multitrack: 6,
  ModEx: 7,
} as const
const AudioPacketType = { SequenceStart: 0, MultichannelConfig: 4, Multitrack: 5, ModEx: 7 } as const
const KEYFRAME = 1
const DISPOSABLE = 3
const COMMAND = 5 // for the player (a seek begins, ends), whatever codec it names
const CODED_FRAMES = 1 // of AVC and its like: 0 is a header, 2 the end of the sequence

/** A message that decoders need before any frame: cached for late players. */
export function isSequenceHeader({ type, payload }: Message): boolean {
  if (type === MessageType.Video) return isVideoHeader(payload)
  return type === MessageType.Audio && isAudioHeader(payload)
}

/**
 * Which sequence header it is: a new one takes the place of the last with the same key. "video:0", "audio:0" for the
 * first track or the only one; "video:0:4" for a header of another packet type (colour, channels); the numbers of all
 * its tracks for one that holds several: "video:0+1".
 */
export function headerKey({ type, payload }: Message): string {
  const [kind, types] =
    type === MessageType.Video ? ['video', VideoPacketType] : (['audio', AudioPacketType] as const)
  const isEnhanced = type === MessageType.Video ? isExVideo(payload) : isExAudio(payload)
  if (!isEnhanced) return `${kind}:0`
  const { packetType, tracks } = readEx(payload, types.ModEx, types.Multitrack)
  const isStart = packetType === types.SequenceStart || packetType === VideoPacketType.Mpeg2TsSequenceStart
  return `${kind}:${tracks.join('+')}${isStart ? '' : `:${packetType}`}`
}

/** Whether others can be decoded without this picture. */
export function isDisposable({ type, payload }: Message): boolean {
  return type === MessageType.Video && frameTypeOf(payload) === DISPOSABLE
}

/** Whether a decoder can begin with this video message. */
export function isKeyframe({ type, payload }: Message): boolean {
  if (type !== MessageType.Video) return false
  const first = payload[0] ?? 0
  if (frameTypeOf(payload) !== KEYFRAME) return false
  if (!isExVideo(payload)) return !hasPacketType(first) || payload[1] === CODED_FRAMES
  const packetType = exPacketType(payload, VideoPacketType.ModEx, VideoPacketType.Multitrack)
  return packetType === VideoPacketType.CodedFrames || packetType === VideoPacketType.CodedFramesX
}

function isVideoHeader(payload: Uint8Array): boolean {
  const first = payload[0] ?? 0
  if (!isExVideo(payload)) return frameTypeOf(payload) !== COMMAND && hasPacketType(first) && payload[1] === 0
  const packetType = exPacketType(payload, VideoPacketType.ModEx, VideoPacketType.Multitrack)
  // the frame type of metadata says nothing [ERTMP v2]
  return (
    packetType === VideoPacketType.Metadata || (isVideoStart(packetType) && frameTypeOf(payload) !== COMMAND)
  )
}

function isVideoStart(packetType: number): boolean {
  return packetType === VideoPacketType.SequenceStart || packetType === VideoPacketType.Mpeg2TsSequenceStart
}

function isExVideo(payload: Uint8Array): boolean {
  return ((payload[0] ?? 0) & EX_HEADER) !== 0
}

function isExAudio(payload: Uint8Array): boolean {
  return (payload[0] ?? 0) >> 4 === EX_AUDIO
}

function frameTypeOf(payload: Uint8Array): number {
  return ((payload[0] ?? 0) >> 4) & 7
}

/** Whether a byte follows that tells headers, frames and the end of a sequence apart. */
function hasPacketType(first: number): boolean {
  const codec = first & 15
  return codec === AVC || codec === HEVC_LEGACY
}

function isAudioHeader(payload: Uint8Array): boolean {
  const codec = (payload[0] ?? 0) >> 4
  if (codec === AAC) return payload[1] === 0
  if (codec !== EX_AUDIO) return false
  const packetType = exPacketType(payload, AudioPacketType.ModEx, AudioPacketType.Multitrack)
  return packetType === AudioPacketType.SequenceStart || packetType === AudioPacketType.MultichannelConfig
}

/** The packet type of an Enhanced RTMP message behind ModEx prefixes and the multitrack byte [ERTMP v2]; -1: cut short. */
function exPacketType(payload: Uint8Array, modEx: number, multitrack: number): number {
  const at = afterModEx(payload, modEx)
  const packetType = at === 0 ? (payload[0] ?? 0) & 15 : nibble(payload[at])
  return packetType === multitrack ? nibble(payload[at + 1]) : packetType
}

/** Offset of the byte that holds the packet type behind all ModEx prefixes; 0 where there are none. */
function afterModEx(payload: Uint8Array, modEx: number): number {
  let at = 0
  while (nibble(payload[at]) === modEx) {
    let size = (payload[at + 1] ?? 0) + 1
    at += 2
    if (size === 256) {
      size = ((payload[at] ?? 0) << 8) + (payload[at + 1] ?? 0) + 1
      at += 2
    }
    at += size
  }
  return at
}

const MultitrackType = { OneTrack: 0, ManyTracks: 1, ManyTracksManyCodecs: 2 } as const
const FOUR_CC = 4
const TRACK_SIZE = 3

/** Packet type and tracks of an Enhanced RTMP message; track 0 where it names none [ERTMP v2]. */
function readEx(
  payload: Uint8Array,
  modEx: number,
  multitrack: number,
): { packetType: number; tracks: readonly number[] } {
  let at = afterModEx(payload, modEx)
  const packetType = nibble(payload[at])
  if (packetType !== multitrack) return { packetType, tracks: [0] }
  const format = payload[++at] ?? 0
  const multitrackType = format >> 4
  const hasOwnCodecs = multitrackType === MultitrackType.ManyTracksManyCodecs
  at += hasOwnCodecs ? 1 : 1 + FOUR_CC
  const tracks: number[] = []
  while (at < payload.length) {
    if (hasOwnCodecs) at += FOUR_CC
    tracks.push(payload[at++] ?? 0)
    if (multitrackType === MultitrackType.OneTrack) break
    at += TRACK_SIZE + (((payload[at] ?? 0) << 16) | ((payload[at + 1] ?? 0) << 8) | (payload[at + 2] ?? 0))
  }
  return { packetType: format & 15, tracks }
}

function nibble(byte: number | undefined): number {
  return byte === undefined ? -1 : byte & 15
}
