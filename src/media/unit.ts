/** What a stream's log is made of: one message, or one notice to the players, with what the hub must know of it. */
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import type { Form } from './form.js'
import { isDisposable, isKeyframe, isSequenceHeader } from './tags.js'

/** Bits of `Unit.flags`. A unit is audio, video or kept; the others tell more of a video. */
export const UnitFlag = {
  Audio: 1,
  Video: 2,
  /** Never dropped: sequence headers, metadata, `NetStream.send`, notices. */
  Kept: 4,
  Keyframe: 8,
  /** No other picture needs it. */
  Disposable: 16,
  /** Kept, and only for who was there: metadata (who comes gets the last), `NetStream.send`, notices. */
  Passing: 32,
} as const

/** What the players are told in order with the media. */
export type Notice = 'published' | 'unpublished'

export const NOTICE_FLAGS = UnitFlag.Kept | UnitFlag.Passing

export function flagsOf(message: Message): number {
  const { type } = message
  if (type !== MessageType.Audio && type !== MessageType.Video) return UnitFlag.Kept | UnitFlag.Passing
  if (isSequenceHeader(message)) return UnitFlag.Kept
  if (type === MessageType.Audio) return UnitFlag.Audio
  if (isKeyframe(message)) return UnitFlag.Video | UnitFlag.Keyframe
  return isDisposable(message) ? UnitFlag.Video | UnitFlag.Disposable : UnitFlag.Video
}

export class Unit {
  /** For the form that asked first, mostly the only one. */
  private firstForm: Form | undefined
  private firstCut: Uint8Array | undefined
  private otherCuts: Map<Form, Uint8Array | undefined> | undefined

  /**
   * @param content a message in stream time
   * @param timeMs the same time without wrap
   * @param arrivedMs of the clock
   * @param firstByte payload bytes of all units before it since the stream began
   */
  constructor(
    readonly content: Message | Notice,
    readonly flags: number,
    readonly timeMs: number,
    readonly arrivedMs: number,
    readonly firstByte: number,
  ) {}

  get length(): number {
    return typeof this.content === 'string' ? 0 : this.content.payload.length
  }

  /** Shared, and cut once for all players of the form. */
  cut(form: Form): Uint8Array | undefined {
    const { content } = this
    if (typeof content === 'string') return undefined
    if (this.firstForm === undefined) {
      this.firstForm = form
      this.firstCut = form.cut(content)
    }
    return form === this.firstForm ? this.firstCut : this.cutAlso(form, content)
  }

  private cutAlso(form: Form, message: Message): Uint8Array | undefined {
    const cuts = (this.otherCuts ??= new Map<Form, Uint8Array | undefined>())
    if (!cuts.has(form)) cuts.set(form, form.cut(message))
    return cuts.get(form)
  }
}
