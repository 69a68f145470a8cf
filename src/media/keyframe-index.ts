/**
 * Where to begin reading a recording for a given time. Never more than `KEYFRAMES_MOST` entries, however long it
 * gets: when they are full every second one goes, and who seeks reads on from the one before.
 */
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { isKeyframe, isSequenceHeader } from './tags.js'

/** Ours: 50 minutes of keyframes every 2 s before the first thinning, 27 KB in the file. */
export const KEYFRAMES_MOST = 1_500
/** Ours: a publisher that changes its codecs more often is looked for from an earlier keyframe. */
export const HEADERS_MOST = 64
/** Ours: without video any audio message is a place to begin; one in a second is enough. */
const AUDIO_STEP_MS = 1_000

export interface Keyframe {
  /** ms from the start of the recording. */
  readonly timeMs: number
  /** Of the tag, in bytes from the start of the file. */
  readonly position: number
}

/** What an index looks at: the first bytes of the payload are enough. */
export type TagStart = Pick<Message, 'type' | 'payload' | 'timestamp'>

export class KeyframeIndex {
  private list: Keyframe[] = []
  /** Positions of sequence headers, in order. */
  private readonly headerList: number[] = []
  /** No two keyframes are closer, ms. */
  private stepMs = 0
  hasVideo = false
  /** Timestamp of the last media or data, ms. */
  lastMs = 0

  get keyframes(): readonly Keyframe[] {
    return this.list
  }

  get headers(): readonly number[] {
    return this.headerList
  }

  /** The next tag of the file. */
  note(tag: TagStart, position: number): void {
    const { type, timestamp } = tag
    this.lastMs = Math.max(this.lastMs, timestamp)
    if (isSequenceHeader({ ...tag, messageStreamId: 0 })) this.addHeader(position)
    else if (isKeyframe({ ...tag, messageStreamId: 0 })) {
      if (!this.hasVideo) this.list = [] // what stood for it are audio messages
      this.hasVideo = true
      this.add({ timeMs: timestamp, position })
    } else if (type === MessageType.Audio && !this.hasVideo) {
      const last = this.list.at(-1)
      if (last === undefined || timestamp - last.timeMs >= AUDIO_STEP_MS)
        this.add({ timeMs: timestamp, position })
    }
  }

  /** What a file says about itself. Both in order; too many are thinned. */
  load(keyframes: readonly Keyframe[], headers: readonly number[], lastMs: number, hasVideo: boolean): void {
    this.hasVideo = hasVideo
    for (const keyframe of keyframes) this.add(keyframe)
    for (const position of headers) this.addHeader(position)
    this.lastMs = Math.max(this.lastMs, lastMs)
  }

  /** The last entry at or before the time; undefined when there is none. */
  before(timeMs: number): Keyframe | undefined {
    const { list } = this
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((list[middle]?.timeMs ?? 0) <= timeMs) low = middle + 1
      else high = middle
    }
    return list[low - 1]
  }

  private add(keyframe: Keyframe): void {
    const last = this.list.at(-1)
    if (last !== undefined && keyframe.timeMs - last.timeMs < this.stepMs) return
    this.list.push(keyframe)
    if (this.list.length < KEYFRAMES_MOST) return
    const span = keyframe.timeMs - (this.list[0]?.timeMs ?? 0)
    this.list = this.list.filter((_, at) => at % 2 === 0)
    this.stepMs = Math.max(this.stepMs * 2, Math.ceil((span * 2) / KEYFRAMES_MOST))
  }

  /** The first ones and the last stay: a file begins with its own, and a seek wants the latest. */
  private addHeader(position: number): void {
    if (this.headerList.length >= HEADERS_MOST) this.headerList.splice(HEADERS_MOST / 2, 1)
    this.headerList.push(position)
  }
}
