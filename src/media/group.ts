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
    let run: Unit[] = []
    for (const unit of units) {
      if ((unit.flags & this.wishes) === 0) continue
      if (typeof unit.content !== 'string') run.push(unit)
      else {
        this.share(run, shares)
        shares.push(unit.content)
        run = []
      }
    }
    this.share(run, shares)
    return shares
  }

  private share(run: readonly Unit[], shares: Share[]): void {
    const [first] = run
    if (first === undefined) return
    const bytes =
      run.length === 1 ? first.cut(this.form) : cutTogether(this.form, run.map(messageOf).filter(isMessage))
    if (bytes !== undefined && bytes.length > 0) shares.push(bytes)
  }
}

function messageOf({ content }: Unit): Message | undefined {
  return typeof content === 'string' ? undefined : content
}

function isMessage(message: Message | undefined): message is Message {
  return message !== undefined
}
