/** What a stream is made of, by its headers and first frames [FLV 10.1 §E.4; rtmp.md 6]. */
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'

const videoCodecs: Readonly<Record<number, string>> = {
  2: 'Sorenson H.263',
  3: 'Screen video',
  4: 'VP6',
  5: 'VP6 with alpha',
  6: 'Screen video 2',
  7: 'AVC (H.264)',
  12: 'HEVC (H.265)',
}

const audioCodecs: Readonly<Record<number, string>> = {
  0: 'PCM',
  1: 'ADPCM',
  2: 'MP3',
  3: 'PCM, little-endian',
  4: 'Nellymoser 16 kHz',
  5: 'Nellymoser 8 kHz',
  6: 'Nellymoser',
  7: 'G.711 A-law',
  8: 'G.711 mu-law',
  10: 'AAC',
  11: 'Speex',
  14: 'MP3 8 kHz',
}

const EX_VIDEO = 0x80
const EX_AUDIO = 9
const MULTITRACK = { video: 6, audio: 5 } as const
const AVC = 7
const AAC = 10
const H263 = 2

/** "AVC (H.264) High, level 3.1", "Opus": as much as this message tells; undefined for one that is no media. */
export function codecOf({ type, payload }: Message): string | undefined {
  if (payload.length === 0) return undefined
  if (type === MessageType.Video) return videoCodec(payload)
  return type === MessageType.Audio ? audioCodec(payload) : undefined
}

function videoCodec(payload: Uint8Array): string {
  const [first = 0] = payload
  if ((first & EX_VIDEO) !== 0) return enhanced(payload, MULTITRACK.video)
  const codec = first & 15
  const name = videoCodecs[codec] ?? `codec ${codec}`
  const isAvcHeader = codec === AVC && payload[1] === 0 && payload.length > 8
  return isAvcHeader ? `${name} ${avcProfile(payload)}` : name
}

/** FourCC where it stands alone; several tracks may have several. */
function enhanced(payload: Uint8Array, multitrack: number): string {
  if (((payload[0] ?? 0) & 15) === multitrack) return 'several tracks'
  return String.fromCharCode(...payload.subarray(1, 5)).replace(/[^\x20-\x7e]/g, '?')
}

const avcProfiles: Readonly<Record<number, string>> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4',
}

/** Of the configuration record behind the five bytes of an FLV header [ISO 14496-15 §5.2.4.1]. */
function avcProfile(payload: Uint8Array): string {
  const [profile = 0, , level = 0] = payload.subarray(6)
  return `${avcProfiles[profile] ?? `profile ${profile}`}, level ${(level / 10).toFixed(1)}`
}

const flvRates = [5_512, 11_025, 22_050, 44_100]
const aacRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
]
const fixedRate: ReadonlySet<number> = new Set([4, 5, 7, 8, 11, 14])

function audioCodec(payload: Uint8Array): string {
  const [first = 0, second = 0] = payload
  const codec = first >> 4
  if (codec === EX_AUDIO) return enhanced(payload, MULTITRACK.audio)
  const name = audioCodecs[codec] ?? `codec ${codec}`
  if (codec === AAC) return second === 0 && payload.length > 3 ? `${name} ${aacShape(payload)}` : name
  if (fixedRate.has(codec)) return name
  return `${name} ${flvRates[(first >> 2) & 3] ?? 0} Hz ${channels((first & 1) + 1)}`
}

/** AudioSpecificConfig: object type 5 bits, index of the rate 4, channels 4 [ISO 14496-3 §1.6.2.1]. */
function aacShape(payload: Uint8Array): string {
  const [high = 0, low = 0] = payload.subarray(2)
  const rate = aacRates[((high & 7) << 1) | (low >> 7)]
  return `${rate === undefined ? 'of some rate' : `${rate} Hz`} ${channels((low >> 3) & 15)}`
}

function channels(count: number): string {
  return count === 1 ? 'mono' : count === 2 ? 'stereo' : `${count} channels`
}

const h263Sizes: Readonly<Record<number, string>> = {
  2: '352x288',
  3: '176x144',
  4: '128x96',
  5: '320x240',
  6: '160x120',
}

/** Of a picture that tells its own size: a keyframe of Sorenson H.263, whose streams seldom have metadata. */
export function sizeOf({ type, payload }: Message): string | undefined {
  const isH263 = type === MessageType.Video && payload[0] === (0x10 | H263)
  if (!isH263 || payload.length < 10) return undefined
  // start code 17 bits, version 5, temporal reference 8, format 3, then 2 × 8 or 2 × 16 bits of size
  const at = (bit: number, count: number): number => {
    let value = 0
    for (let each = bit; each < bit + count; each++)
      value = (value << 1) | (((payload[1 + (each >> 3)] ?? 0) >> (7 - (each & 7))) & 1)
    return value
  }
  const format = at(30, 3)
  if (format === 0) return `${at(33, 8)}x${at(41, 8)}`
  return format === 1 ? `${at(33, 16)}x${at(49, 16)}` : h263Sizes[format]
}
