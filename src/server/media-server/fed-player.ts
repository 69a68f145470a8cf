/** A stream of the node on its way to the media console: a player whose peer is the thread. */
import { flvForm } from '../../media/flv-form.js'
import type { Form } from '../../media/form.js'
import type { Player, Seat } from '../../media/player.js'
import type { Stream } from '../../media/hub.js'

export class FedPlayer implements Player {
  readonly form: Form = flvForm
  outstandingBytes = 0
  private readonly seat: Seat

  /** @param post bytes owned by it */
  constructor(
    stream: Stream,
    private readonly post: (bytes: Uint8Array) => void,
  ) {
    this.seat = stream.play(this)
  }

  write(bytes: Uint8Array): void {
    this.outstandingBytes += bytes.length
    this.post(new Uint8Array(bytes))
  }

  taken(length: number): void {
    this.outstandingBytes -= length
    this.seat.drained()
  }

  leave(): void {
    this.seat.leave()
  }

  published(): void {
    /* the hub's watcher tells */
  }

  unpublished(): void {
    /* the hub's watcher tells */
  }

  overrun(): void {
    /* the seat is given up: the console shows a stream that stands still */
  }
}
