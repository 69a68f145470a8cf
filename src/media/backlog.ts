/** The log of a stream: its last units by sequence number. Players have cursors into it, and none has a queue [design 10]. */
import { SequenceLog } from '../util/sequence-log.js'
import type { Unit } from './unit.js'

export class Backlog {
  private readonly units = new SequenceLog<Unit>()
  /** Payload bytes of all units since the stream began. */
  bytesBefore = 0
  /** Sequence number of the first unit that still gathers; all before it may go out. */
  flushed = 0

  /** Sequence number of the first unit that is still here. */
  get start(): number {
    return this.units.start
  }

  /** Sequence number of the next unit to come. */
  get end(): number {
    return this.units.end
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.bytesSince(this.units.first)
  }

  at(sequence: number): Unit | undefined {
    return this.units.at(sequence)
  }

  /** Payload bytes that gather. */
  get gatheredBytes(): number {
    return this.bytesSince(this.units.at(this.flushed))
  }

  /** The unit if it may go out. */
  flushedAt(sequence: number): Unit | undefined {
    return sequence < this.flushed ? this.units.at(sequence) : undefined
  }

  /** Let everything go out. @returns what gathered */
  flush(): readonly Unit[] {
    const gathered = this.units.from(this.flushed)
    this.flushed = this.units.end
    return gathered
  }

  append(unit: Unit): void {
    this.units.append(unit)
    this.bytesBefore += unit.length
  }

  /** Forget what lies before `sequence`. */
  trim(sequence: number): void {
    this.units.trim(sequence)
  }

  private bytesSince(unit: Unit | undefined): number {
    return unit === undefined ? 0 : this.bytesBefore - unit.firstByte
  }
}
