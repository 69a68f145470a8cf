/**
 * Whether what arrived is what was sent, frame by frame: kind, time, bytes. Sequence headers and metadata are set-up, not
 * frames: programs send them again, or write their own.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { FlvReader } from '../../../src/media/flv-reader.js'
import { isSequenceHeader } from '../../../src/media/tags.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { defaultLimits } from '../../../src/util/limits.js'

/** "video 40 9f86d081884c7d65": kind, ms since the first frame of the stream, checksum of the payload. */
export type Frame = string

/** What a player got, or a file holds. */
export interface Media {
  readonly video: readonly Frame[]
  readonly audio: readonly Frame[]
}

const kinds: ReadonlyMap<number, keyof Media> = new Map([
  [MessageType.Video, 'video'],
  [MessageType.Audio, 'audio'],
])

/**
 * @param from ms: what the times count from; else the first frame, so that a player who takes the time from its own
 *   beginning is equal to the publisher
 */
export function mediaOf(messages: readonly Message[], from?: number): Media {
  const media: { video: Frame[]; audio: Frame[] } = { video: [], audio: [] }
  const frames = messages.filter((message) => kinds.has(message.type) && isFrame(message))
  const start = from ?? Math.min(...frames.map(({ timestamp }) => timestamp))
  for (const { type, timestamp, payload } of frames) {
    const kind = kinds.get(type) ?? 'video'
    media[kind].push(`${kind} ${timestamp - start} ${checksum(payload)}`)
  }
  return media
}

/** Not a header, not the end of an AVC sequence, which has nothing in it [FLV 10.1 §E.4.3.1]. */
function isFrame(message: Message): boolean {
  const { payload, type } = message
  const isAvcEnd = type === MessageType.Video && ((payload[0] ?? 0) & 0x8f) === 7 && payload[1] === 2
  return payload.length > 0 && !isSequenceHeader(message) && !isAvcEnd
}

/**
 * From the first picture on. What sounds before it may be over before another node has heard of the stream, and what
 * that node is given to begin with begins with a picture.
 */
export function fromFirstPicture({ video, audio }: Media): Media {
  const start = timeOf(video[0])
  const shifted = (frame: Frame): Frame => frame.replace(/ \d+ /, ` ${timeOf(frame) - start} `)
  return { video: video.map(shifted), audio: audio.filter((frame) => timeOf(frame) >= start).map(shifted) }
}

/** Headers and frames of a file, as messages. */
export async function readFlv(file: string): Promise<Message[]> {
  return flvMessages(await readFile(file))
}

/** A stream that was cut off in the middle of a tag is read up to there. */
export function flvMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = []
  const reader = new FlvReader({ message: (message) => messages.push(message) }, defaultLimits)
  reader.receive(bytes)
  return messages
}

export async function mediaOfFile(file: string): Promise<Media> {
  return mediaOf(await readFlv(file))
}

/**
 * A late player got a part without holes: from a keyframe on, and every frame after it.
 * @throws Error that names the first frame that is missing or foreign
 */
export function expectUnbroken(received: readonly Frame[], sent: readonly Frame[]): void {
  const bytes = (frame: Frame | undefined): string => frame?.split(' ')[2] ?? ''
  const at = sent.findIndex((frame) => bytes(frame) === bytes(received[0]))
  if (at < 0) throw new Error(`nobody sent ${received[0] ?? 'nothing'}`)
  const shift = timeOf(received[0]) - timeOf(sent[at])
  received.forEach((frame, index) => {
    const original = sent[at + index]
    if (bytes(original) !== bytes(frame) || timeOf(frame) - timeOf(original) !== shift)
      throw new Error(
        `frame ${index}: got ${frame}, sent was ${original ?? 'nothing'} (${shift} ms between the clocks)`,
      )
  })
}

/** ms */
export function timeOf(frame: Frame | undefined): number {
  return Number(frame?.split(' ')[1])
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
