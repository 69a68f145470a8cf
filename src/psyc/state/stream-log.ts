/**
 * The last casts of a stream, by sequence number: since the last keyframe, for nodes that come late, and before that as
 * far as a slow node needs them. Nodes have cursors into it, and none has a queue [design 10]. As for players of one node,
 * the first group of pictures begins with the first sound or picture of the run; what has no keyframe within `gopLeadMs`
 * is no group.
 */
import type { Modifier, Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import { SequenceLog } from '../../util/sequence-log.js'
import { CastFlag } from './stream-cast.js'
import type { StreamCast } from './stream-cast.js'

/** Where those begin who come late. */
export interface Beginning {
  /** Sequence number of the first cast. */
  readonly sequence: number
  /** The state before it. */
  readonly state: readonly Modifier[]
}

export class StreamLog {
  /** Of the running group of pictures; undefined when there is none, or it is too much to be kept. */
  beginning: Beginning | undefined
  /** Bytes of all casts so far. */
  totalBytes = 0
  private readonly casts = new SequenceLog<StreamCast>()
  /** `new`: no sound or picture came yet; `lead`: no keyframe. */
  private stage: 'new' | 'lead' | 'group' = 'new'

  /** @param keepsGroups whether what follows a keyframe is kept until the next */
  constructor(
    private readonly limits: Limits,
    private readonly keepsGroups: boolean,
  ) {}

  /** Sequence number of the next cast. */
  get end(): number {
    return this.casts.end
  }

  get bytes(): number {
    const { first } = this.casts
    return first === undefined ? 0 : this.totalBytes - first.firstByte
  }

  at(sequence: number): StreamCast | undefined {
    return this.casts.at(sequence)
  }

  /** @param state before the cast; shared */
  append(
    packet: Packet,
    counter: number,
    flags: number,
    state: () => readonly Modifier[],
    nowMs: number,
  ): void {
    const bytes = packet.body.length
    if (this.keepsGroups && this.begins(flags)) this.beginning = { sequence: this.end, state: state() }
    this.casts.append({ packet, counter, flags, bytes, arrivedMs: nowMs, firstByte: this.totalBytes })
    this.totalBytes += bytes
    if (!this.isTooLong(nowMs)) return
    this.beginning = undefined
    this.stage = 'group'
  }

  /** Forget what lies before `sequence`. */
  trim(sequence: number): void {
    this.casts.trim(sequence)
  }

  /** Whether a group of pictures begins with a cast of such flags. */
  private begins(flags: number): boolean {
    const { stage } = this
    const isKeyframe = (flags & CastFlag.Keyframe) !== 0
    if (stage === 'new' && (flags & CastFlag.Kept) !== 0) return false
    if (isKeyframe || stage === 'new') this.stage = isKeyframe ? 'group' : 'lead'
    return stage === 'new' || (stage === 'group' && isKeyframe)
  }

  /** A group of pictures is kept whole or not at all. */
  private isTooLong(nowMs: number): boolean {
    const { beginning, limits, stage } = this
    const first = beginning === undefined ? undefined : this.at(beginning.sequence)
    if (beginning === undefined || first === undefined) return false
    return (
      this.totalBytes - first.firstByte > limits.gopCacheBytes ||
      nowMs - first.arrivedMs > (stage === 'lead' ? limits.gopLeadMs : limits.gopCacheMs) ||
      this.end - beginning.sequence > limits.gopCacheMessages
    )
  }
}
