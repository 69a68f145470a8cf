/** A stream as `watch` tells of it: what it is made of when that changes, and what came in each second. */
import { AmfEcmaArray, AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import { isKeyframe, isSequenceHeader } from '../media/tags.js'
import type { StateVariables } from '../psyc/state/variables.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { decodeData } from '../rtmp/wire/message/data.js'
import { readTags } from '../translate/flv-packets.js'
import { HEADERS, METADATA } from '../translate/stream-packets.js'
import { GatewayError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { codecOf, sizeOf } from './watch-codecs.js'

/** "" for what is not known, or not there. */
export interface Makeup {
  readonly video: string
  readonly audio: string
  /** "1280x720". */
  readonly size: string
  /** Frames per second, as the metadata says. */
  readonly rate: string
  readonly encoder: string
}

/** What came since the last one. */
export interface Tally {
  readonly packets: number
  readonly pictures: number
  readonly keyframes: number
  readonly sounds: number
  /** Of bodies: media with its FLV headers. */
  readonly bytes: number
  /** Packets that the counter shows to be missing. */
  readonly missing: number
  /** Stream time of the newest message, ms. */
  readonly timeMs: number
}

export interface DataLine {
  readonly handler: string
  readonly args: readonly AmfValue[]
}

const nothing: Tally = {
  packets: 0,
  pictures: 0,
  keyframes: 0,
  sounds: 0,
  bytes: 0,
  missing: 0,
  timeMs: 0,
}

const unknown: Makeup = { video: '', audio: '', size: '', rate: '', encoder: '' }

export class MediaWatch {
  private tally: Tally = nothing
  private makeup: Makeup = unknown
  private told = unknown

  /** A new run: headers and metadata of what was before count no more. */
  restart(state: StateVariables): void {
    this.makeup = unknown
    for (const { value } of state.dict(HEADERS)?.values() ?? []) this.look(value)
    const metadata = state.bytes(METADATA)
    if (metadata !== undefined) this.look(metadata)
  }

  /**
   * The body of a packet.
   * @returns what it says besides media: metadata, and what the publisher sends
   * @throws GatewayError  it is no FLV
   */
  take(body: Uint8Array, missing: number): DataLine[] {
    const { tally } = this
    this.tally = {
      ...tally,
      packets: tally.packets + 1,
      bytes: tally.bytes + body.length,
      missing: tally.missing + missing,
    }
    return this.look(body, (message) => this.count(message))
  }

  /** What came since the last call. */
  takeTally(): Tally {
    const { tally } = this
    this.tally = { ...nothing, timeMs: tally.timeMs }
    return tally
  }

  /** What the stream is made of, if that is news. */
  takeMakeup(): Makeup | undefined {
    const { makeup, told } = this
    const isNews = (Object.keys(makeup) as (keyof Makeup)[]).some((each) => makeup[each] !== told[each])
    this.told = makeup
    return isNews ? makeup : undefined
  }

  private look(tags: Uint8Array, count?: (message: Message) => void): DataLine[] {
    const said: DataLine[] = []
    for (const { message } of readTags(tags, defaultLimits)) {
      const { type } = message
      if (type === MessageType.Audio || type === MessageType.Video) {
        count?.(message)
        this.learn(message)
      } else said.push(this.learnData(message))
    }
    return said
  }

  private count(message: Message): void {
    const { tally } = this
    this.tally = { ...tally, timeMs: message.timestamp }
    if (isSequenceHeader(message)) return
    const { pictures, keyframes, sounds } = tally
    const isPicture = message.type === MessageType.Video
    this.tally = {
      ...this.tally,
      pictures: pictures + (isPicture ? 1 : 0),
      keyframes: keyframes + (isKeyframe(message) ? 1 : 0),
      sounds: sounds + (isPicture ? 0 : 1),
    }
  }

  /** A header tells more than the frames behind it. */
  private learn(message: Message): void {
    const codec = codecOf(message)
    if (codec === undefined) return
    const which = message.type === MessageType.Video ? 'video' : 'audio'
    if (isSequenceHeader(message) || !this.makeup[which].startsWith(codec))
      this.makeup = { ...this.makeup, [which]: codec }
    const size = this.makeup.size === '' ? sizeOf(message) : undefined
    if (size !== undefined) this.makeup = { ...this.makeup, size }
  }

  private learnData(message: Message): DataLine {
    const line = dataOf(message)
    const facts = line.args.find((value) => value instanceof AmfObject || value instanceof AmfEcmaArray)
    if (line.handler !== 'onMetaData' || facts === undefined) return line
    const [width, height] = [facts.get('width'), facts.get('height')]
    const rate = facts.get('framerate') ?? facts.get('videoframerate')
    const encoder = facts.get('encoder') ?? facts.get('videodevice')
    this.makeup = {
      ...this.makeup,
      size: typeof width === 'number' && typeof height === 'number' ? `${width}x${height}` : this.makeup.size,
      rate: typeof rate === 'number' ? String(Math.round(rate * 100) / 100) : '',
      encoder: typeof encoder === 'string' ? encoder : '',
    }
    return line
  }
}

function dataOf(message: Message): DataLine {
  try {
    const { handler, args } = decodeData(message, defaultLimits)
    return { handler, args }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { handler: `unreadable data: ${error.message}`, args: [] }
  }
}
