/** Players who have all that was flushed, want the same and get it in the same form: one buffer serves them all. */
import type { Message } from '../rtmp/wire/message.js'
import { cutTogether } from './form.js'
import type { Form } from './form.js'
import type { LiveSeat } from './live-seat.js'
import type { Notice, Unit } from './unit.js'

/** Bytes for all, or what all are told. */
export type Share = Uint8Array | Notice

export class Group {
  readonly seats = new Set<LiveSeat>()

  /**
   * @param wishes bits of `UnitFlag` that they get
   * @param awaitsKeyframe they are moved when one comes
   */
  constructor(
    readonly form: Form,
    readonly wishes: number,
    readonly awaitsKeyframe: boolean,
  ) {}

  /** What of the units they get, in order: mostly one buffer. */
  shares(units: readonly Unit[]): readonly Share[] {
    const shares: Share[] = []
    let run: Message[] = []
    let last: Unit | undefined
    for (const unit of units) {
      const { content, flags } = unit
      if ((flags & this.wishes) === 0) continue
      if (typeof content !== 'string') {
        run.push(content)
        last = unit
      } else {
        this.share(run, last, shares)
        shares.push(content)
        run = []
      }
    }
    this.share(run, last, shares)
    return shares
  }

  /** @param last unit of the run */
  private share(run: readonly Message[], last: Unit | undefined, shares: Share[]): void {
    if (run.length === 0) return
    const bytes = run.length === 1 ? last?.cut(this.form) : cutTogether(this.form, run)
    if (bytes !== undefined && bytes.length > 0) shares.push(bytes)
  }
}
