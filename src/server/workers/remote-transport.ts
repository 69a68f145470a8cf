/** In the primary: the way to a client whose socket a worker holds. */
import type { Seat } from '../../media/player.js'
import type { SeatingTransport } from '../../translate/hub-player.js'
import type { Log } from '../../util/log.js'
import type { ServerTransport } from '../../rtmp/session/net-connection.js'
import type { ChunkedMessage } from '../../rtmp/wire/message.js'
import { type FrameStream, ToWorker, messageBody } from './frames.js'

type SeatIn = (id: number, ...request: Parameters<SeatingTransport['seat']>) => Seat

export class RemoteTransport implements ServerTransport, SeatingTransport {
  private queued = 0
  private readonly drainListeners = new Set<() => void>()

  /** @param id of the connection between the two processes */
  constructor(
    readonly id: number,
    private readonly frames: FrameStream,
    private readonly log: Log,
    private readonly seatIn: SeatIn,
  ) {}

  /** Bytes that wait for the client in the worker, as it last said. */
  get queuedBytes(): number {
    return this.queued
  }

  get outstandingBytes(): number {
    return this.queued
  }

  /** @returns stop listening */
  onDrain(listener: () => void): () => void {
    this.drainListeners.add(listener)
    return () => this.drainListeners.delete(listener)
  }

  /** What the worker says waits. */
  tellQueued(bytes: number): void {
    const isLess = bytes < this.queued
    this.queued = bytes
    if (isLess) for (const listener of [...this.drainListeners]) listener()
  }

  send(message: ChunkedMessage): void {
    this.frames.send(ToWorker.Send, this.id, ...messageBody(message))
  }

  sendCut(bytes: Uint8Array): void {
    this.frames.send(ToWorker.Cut, this.id, bytes)
  }

  sendMedia(bytes: Uint8Array): void {
    this.sendCut(bytes)
  }

  announce(): void {
    this.frames.send(ToWorker.Announce, this.id)
  }

  end(): void {
    this.frames.send(ToWorker.End, this.id)
  }

  /** The worker writes the media; the listener here has the statuses. */
  seat(...request: Parameters<SeatingTransport['seat']>): Seat {
    return this.seatIn(this.id, ...request)
  }

  fail(error: Error): void {
    this.log.warn({ connection: this.id, reason: error.message }, 'RTMP connection closed')
    this.frames.send(ToWorker.Fail, this.id)
  }
}
