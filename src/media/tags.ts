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
const COMMAND = 5 // for the player (a seek begins, ends), whatever codec it names
const CODED_FRAMES = 1 // of AVC and its like: 0 is a header, 2 the end of the sequence

/** A message that decoders need before any frame: cached for late players. */
export function isSequenceHeader({ type, payload }: Message): boolean {
  if (type === MessageType.Video) return isVideoHeader(payload)
  return type === MessageType.Audio && isAudioHeader(payload)
}

/** Whether a decoder can begin with this video message. */
export function isKeyframe({ type, payload }: Message): boolean {
  if (type !== MessageType.Video) return false
  const first = payload[0] ?? 0
  if (((first >> 4) & 7) !== KEYFRAME) return false
  if ((first & EX_HEADER) === 0) return !hasPacketType(first) || payload[1] === CODED_FRAMES
  const packetType = exPacketType(payload, VideoPacketType.ModEx, VideoPacketType.Multitrack)
  return packetType === VideoPacketType.CodedFrames || packetType === VideoPacketType.CodedFramesX
}

function isVideoHeader(payload: Uint8Array): boolean {
  const first = payload[0] ?? 0
  if (((first >> 4) & 7) === COMMAND) return false
  if ((first & EX_HEADER) === 0) {
    return hasPacketType(first) && payload[1] === 0
  }
  const packetType = exPacketType(payload, VideoPacketType.ModEx, VideoPacketType.Multitrack)
  return packetType === VideoPacketType.SequenceStart || packetType === VideoPacketType.Mpeg2TsSequenceStart
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
  let packetType = (payload[0] ?? 0) & 15
  let at = 1
  while (packetType === modEx && at < payload.length) {
    let size = (payload[at++] ?? 0) + 1
    if (size === 256) {
      size = ((payload[at] ?? 0) << 8) + (payload[at + 1] ?? 0) + 1
      at += 2
    }
    at += size
    packetType = nibble(payload[at++])
  }
  return packetType === multitrack ? nibble(payload[at]) : packetType
}

function nibble(byte: number | undefined): number {
  return byte === undefined ? -1 : byte & 15
}
