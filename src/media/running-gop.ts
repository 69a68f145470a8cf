/** Where the running group of pictures begins in the log, for players that come late [design 10; rtmp.md 7]. */
import type { Limits } from '../util/limits.js'
import { UnitFlag } from './unit.js'
import type { Unit } from './unit.js'

export class RunningGop {
  /** Sequence number of its keyframe; undefined before the first, and when the group is too long to be kept. */
  start: number | undefined
  first: Unit | undefined

  constructor(private readonly limits: Limits) {}

  /** The unit that has just come to the log as number `sequence`. A group is kept whole or not at all. */
  note(unit: Unit, sequence: number): void {
    if ((unit.flags & UnitFlag.Keyframe) !== 0) {
      this.start = sequence
      this.first = unit
      return
    }
    const { first, start } = this
    if (first === undefined || start === undefined) return
    const { gopCacheBytes, gopCacheMs, gopCacheMessages } = this.limits
    const isTooLong =
      unit.firstByte + unit.length - first.firstByte > gopCacheBytes ||
      unit.timeMs - first.timeMs > gopCacheMs ||
      sequence - start >= gopCacheMessages
    if (isTooLong) this.forget()
  }

  forget(): void {
    this.start = undefined
    this.first = undefined
  }
}
