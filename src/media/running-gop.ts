/**
 * Where the running group of pictures begins in the log, for players that come late [design 10; rtmp.md 7]. The first group
 * begins with the first sound or picture of the publication, so that who comes while it runs misses nothing; what has no
 * keyframe within `gopLeadMs` is no group.
 */
import type { Limits } from '../util/limits.js'
import { UnitFlag } from './unit.js'
import type { Unit } from './unit.js'

export class RunningGop {
  /** Sequence number of its first unit; undefined before there is one, and when the group is too long to be kept. */
  start: number | undefined
  first: Unit | undefined
  /** `new`: nothing was published yet; `lead`: no keyframe. */
  private stage: 'new' | 'lead' | 'group' = 'new'

  constructor(private readonly limits: Limits) {}

  /** The unit that has just come to the log as number `sequence`. A group is kept whole or not at all. */
  note(unit: Unit, sequence: number): void {
    const { stage } = this
    const isKeyframe = (unit.flags & UnitFlag.Keyframe) !== 0
    if (stage === 'new' && (unit.flags & UnitFlag.Kept) !== 0) return
    if (isKeyframe || stage === 'new') this.stage = isKeyframe ? 'group' : 'lead'
    if (stage === 'new' || (stage === 'group' && isKeyframe)) {
      this.start = sequence
      this.first = unit
    } else if (this.isTooLong(unit, sequence)) {
      this.forget()
      this.stage = 'group'
    }
  }

  /** The publication is over. */
  restart(): void {
    this.forget()
    this.stage = 'new'
  }

  private forget(): void {
    this.start = undefined
    this.first = undefined
  }

  private isTooLong(unit: Unit, sequence: number): boolean {
    const { first, start, stage } = this
    if (first === undefined || start === undefined) return false
    const { gopCacheBytes, gopCacheMs, gopCacheMessages, gopLeadMs } = this.limits
    return (
      unit.firstByte + unit.length - first.firstByte > gopCacheBytes ||
      unit.timeMs - first.timeMs > (stage === 'lead' ? gopLeadMs : gopCacheMs) ||
      sequence - start >= gopCacheMessages
    )
  }
}
