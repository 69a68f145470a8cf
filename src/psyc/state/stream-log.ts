/**
 * The last casts of a stream, by sequence number: since the last keyframe, for nodes that come late; of the last
 * `routeHealMs`, for those whom another node has fed; and before that as far as a slow node needs them. Nodes have cursors into it, and none has a queue [design 10]. As for players of one node,
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
  /** Sequence number of the first cast that is kept for those whom another node has fed. */
  private healing = 0
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

  /** Sequence number of the cast that follows that one; undefined when some that did are not here any more. */
  after(counter: number): number | undefined {
    const { casts } = this
    if (casts.first === undefined || casts.first.counter > counter + 1) return undefined
    let [from, to] = [casts.start, casts.end]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((casts.at(middle)?.counter ?? 0) > counter) to = middle
      else from = middle + 1
    }
    return from
  }

  /** Sequence number of the first cast that somebody may need who comes from now on. */
  neededFrom(nowMs: number): number {
    for (let cast = this.at(this.healing); cast !== undefined; cast = this.at(this.healing)) {
      if (!this.isPast(cast, nowMs)) break
      this.healing++
    }
    return Math.min(this.healing, this.beginning?.sequence ?? this.end)
  }

  /** Nobody needs any of it who comes from now on. */
  finish(): void {
    this.beginning = undefined
    this.healing = this.end
  }

  /** Forget what lies before `sequence`. */
  trim(sequence: number): void {
    this.casts.trim(sequence)
  }

  private isPast({ arrivedMs, firstByte }: StreamCast, nowMs: number): boolean {
    const { routeHealMs, gopCacheBytes, gopCacheMessages } = this.limits
    return (
      nowMs - arrivedMs > routeHealMs ||
      this.totalBytes - firstByte > gopCacheBytes ||
      this.end - this.healing > gopCacheMessages
    )
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
