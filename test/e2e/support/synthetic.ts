/**
 * Streams that no program here can make: payloads are laid out as their codec has it and filled with bytes that tell every
 * frame from every other. A relay must not look further than the first bytes.
 */
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { Message } from '../../../src/rtmp/wire/message.js'

/** Without its message stream. */
export type MediaMessage = Omit<Message, 'messageStreamId'>

/** First bytes of a message [FLV 10.1 §E.4.2.1, §E.4.3.1; ERTMP v2]; of a frame before its data. */
interface Layout {
  readonly headers: readonly (readonly [type: number, ...bytes: number[]])[]
  readonly key: readonly number[]
  readonly inter: readonly number[]
  readonly audio: readonly number[]
}

const { Audio, Video } = MessageType
const fourCc = (text: string): number[] => [...Buffer.from(text)]
const noOffset = [0, 0, 0]

export const layouts = {
  'VP6 and Speex': { headers: [], key: [0x14, 0x00], inter: [0x24, 0x00], audio: [0xb6] },
  'VP6 with alpha and Nellymoser 8 kHz': { headers: [], key: [0x15], inter: [0x25], audio: [0x52] },
  'HEVC and Opus, enhanced': {
    headers: [
      [Video, 0x90, ...fourCc('hvc1'), 1, 2, 3],
      [Audio, 0x90, ...fourCc('Opus'), ...fourCc('OpusHead')],
    ],
    key: [0x91, ...fourCc('hvc1'), ...noOffset],
    inter: [0xa1, ...fourCc('hvc1'), ...noOffset],
    audio: [0x91, ...fourCc('Opus')],
  },
  'AV1 and AC-3, enhanced': {
    headers: [[Video, 0x90, ...fourCc('av01'), 0x81, 0, 0, 0]],
    key: [0x91, ...fourCc('av01')],
    inter: [0xa1, ...fourCc('av01')],
    audio: [0x91, ...fourCc('ac-3')],
  },
  'VP9 and FLAC, enhanced': {
    headers: [
      [Video, 0x90, ...fourCc('vp09'), 1, 0, 0, 0],
      [Audio, 0x90, ...fourCc('fLaC'), ...fourCc('fLaC')],
    ],
    key: [0x91, ...fourCc('vp09')],
    inter: [0xa1, ...fourCc('vp09')],
    audio: [0x91, ...fourCc('fLaC')],
  },
  'AVC in two tracks, enhanced': {
    headers: [
      // Multitrack, one track a message: sequence start of track 0 and of track 1
      [Video, 0x96, 0x00, ...fourCc('avc1'), 0, 1, 100],
      [Video, 0x96, 0x00, ...fourCc('avc1'), 1, 1, 100],
    ],
    key: [0x96, 0x01, ...fourCc('avc1'), 0, ...noOffset],
    inter: [0xa6, 0x01, ...fourCc('avc1'), 0, ...noOffset],
    audio: [0x2f],
  },
} as const satisfies Record<string, Layout>
export type Synthetic = keyof typeof layouts

const FRAME_MS = 40
const GROUP = 25
const KEY_BYTES = 6_000
const INTER_BYTES = 900
const AUDIO_BYTES = 160

/** Headers first, then video and audio in turn, 25 of each a second of stream. @param seed tells publishers apart */
export function synthetic(kind: Synthetic, frames: number, seed: number): MediaMessage[] {
  const { headers, key, inter, audio }: Layout = layouts[kind]
  const messages = headers.map(([type, ...bytes]) => message(type, 0, Uint8Array.from(bytes)))
  for (let frame = 0; frame < frames; frame++) {
    const isKey = frame % GROUP === 0
    const video = filled(isKey ? key : inter, isKey ? KEY_BYTES : INTER_BYTES, frame, seed)
    messages.push(message(Video, frame * FRAME_MS, video))
    messages.push(message(Audio, frame * FRAME_MS, filled(audio, AUDIO_BYTES, frame, seed)))
  }
  return messages
}

function message(type: number, timestamp: number, payload: Uint8Array): MediaMessage {
  return { type, timestamp, payload }
}

function filled(head: readonly number[], length: number, frame: number, seed: number): Uint8Array {
  const payload = new Uint8Array(length)
  for (let at = 0; at < length; at++) payload[at] = at * 31 + frame * 7 + (frame >>> 8) + seed * 13
  payload.set(head)
  payload.set([seed, frame >>> 8, frame], head.length)
  return payload
}
