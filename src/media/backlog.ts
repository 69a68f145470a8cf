/** The log of a stream: its last units by sequence number. Players have cursors into it, and none has a queue [design 10]. */
import type { Unit } from './unit.js'

const COMPACT_AT = 256 // ours: units given up before the array is made shorter

export class Backlog {
  private units: Unit[] = []
  /** How many units at the beginning of `units` are given up. */
  private head = 0
  /** Sequence number of the first unit in `units`. */
  private base = 0
  /** Payload bytes of all units since the stream began. */
  bytesBefore = 0
  /** Sequence number of the first unit that still gathers; all before it may go out. */
  flushed = 0

  /** Sequence number of the first unit that is still here. */
  get start(): number {
    return this.base + this.head
  }

  /** Sequence number of the next unit to come. */
  get end(): number {
    return this.base + this.units.length
  }

  /** Payload bytes held. */
  get bytes(): number {
    const first = this.units[this.head]
    return first === undefined ? 0 : this.bytesBefore - first.firstByte
  }

  at(sequence: number): Unit | undefined {
    return sequence < this.start ? undefined : this.units[sequence - this.base]
  }

  /** Payload bytes that gather. */
  get gatheredBytes(): number {
    const first = this.units[this.flushed - this.base]
    return first === undefined ? 0 : this.bytesBefore - first.firstByte
  }

  /** The unit if it may go out. */
  flushedAt(sequence: number): Unit | undefined {
    return sequence < this.flushed ? this.at(sequence) : undefined
  }

  /** Let everything go out. @returns what gathered */
  flush(): readonly Unit[] {
    const gathered = this.units.slice(this.flushed - this.base)
    this.flushed = this.end
    return gathered
  }

  append(unit: Unit): void {
    this.units.push(unit)
    this.bytesBefore += unit.length
  }

  /** Forget what lies before `sequence`. */
  trim(sequence: number): void {
    const { units } = this
    const head = Math.min(sequence, this.end) - this.base
    if (head <= this.head) return
    if (head === units.length) {
      this.base = this.end
      this.units = []
      this.head = 0
      return
    }
    if (head < COMPACT_AT || head * 2 < units.length) {
      units.fill(undefined as unknown as Unit, this.head, head)
      this.head = head
      return
    }
    this.units = units.slice(head)
    this.base += head
    this.head = 0
  }
}
