/**
 * The end of the present event-loop turn. What one turn produces for a peer is gathered and leaves at its end
 * in one write or one message: no timer, no delay.
 */
export interface Turn {
  /** Run once when the present turn ends, in the order asked. What `run` asks again comes in the same round. */
  atEnd(run: () => void): void
}

/** A turn that the test, or a simulation, ends by hand. */
export class ManualTurn implements Turn {
  private waiting: (() => void)[] = []

  atEnd(run: () => void): void {
    this.waiting.push(run)
  }

  end(): void {
    for (let round = this.waiting; round.length > 0; round = this.waiting) {
      this.waiting = []
      for (const run of round) run()
    }
  }
}
