/**
 * The last casts of a stream, by sequence number: since the last keyframe, for nodes that come late, and before that as
 * far as a slow node needs them. Nodes have cursors into it, and none has a queue [design 10].
 */
import type { Modifier, Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import { CastFlag } from './stream-cast.js'
import type { StreamCast } from './stream-cast.js'

const COMPACT_AT = 256 // ours: casts given up before the array is made shorter

/** Where those begin who come late. */
export interface Beginning {
  /** Sequence number of the first cast. */
  readonly sequence: number
  /** The state before it. */
  readonly state: readonly Modifier[]
}

export class StreamLog {
  /** At the last keyframe; undefined when there was none, or what follows it is too much to be kept. */
  keyframe: Beginning | undefined
  /** Bytes of all casts so far. */
  totalBytes = 0
  private casts: StreamCast[] = []
  /** Sequence number of `casts[0]`. */
  private base = 0
  /** How many of `casts` are given up. */
  private head = 0

  /** @param keepsGroups whether what follows a keyframe is kept until the next */
  constructor(
    private readonly limits: Limits,
    private readonly keepsGroups: boolean,
  ) {}

  /** Sequence number of the next cast. */
  get end(): number {
    return this.base + this.casts.length
  }

  get bytes(): number {
    const first = this.casts[this.head]
    return first === undefined ? 0 : this.totalBytes - first.firstByte
  }

  at(sequence: number): StreamCast | undefined {
    return this.casts[sequence - this.base]
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
    if (this.keepsGroups && (flags & CastFlag.Keyframe) !== 0)
      this.keyframe = { sequence: this.end, state: state() }
    this.casts.push({ packet, counter, flags, bytes, arrivedMs: nowMs, firstByte: this.totalBytes })
    this.totalBytes += bytes
    if (this.isTooLong(nowMs)) this.keyframe = undefined
  }

  /** Forget what lies before `sequence`. */
  trim(sequence: number): void {
    const head = Math.min(sequence, this.end) - this.base
    if (head <= this.head) return
    if (head >= COMPACT_AT || head === this.casts.length) {
      this.casts = this.casts.slice(head)
      this.base += head
      this.head = 0
    } else this.head = head
  }

  /** A group of pictures is kept whole or not at all. */
  private isTooLong(nowMs: number): boolean {
    const { keyframe, limits } = this
    const first = keyframe === undefined ? undefined : this.at(keyframe.sequence)
    if (keyframe === undefined || first === undefined) return false
    return (
      this.totalBytes - first.firstByte > limits.gopCacheBytes ||
      nowMs - first.arrivedMs > limits.gopCacheMs ||
      this.end - keyframe.sequence > limits.gopCacheMessages
    )
  }
}
