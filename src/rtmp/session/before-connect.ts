/** The time that a client has for its connect command once the handshake is over, and the bytes up to it. */
import { LimitError, TransportError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import { HANDSHAKE_LENGTH } from '../wire/handshake.js'

/** The byte stream of the client. */
interface Awaited {
  readonly receivedBytes: number
  fail(error: Error): void
}

export class BeforeConnect {
  private timer: Timer | undefined

  /** @param isRequested whether the command has come */
  constructor(
    private readonly stream: Awaited,
    private readonly timers: Timers,
    private readonly limits: Pick<Limits, 'connectMs' | 'preConnectBytes'>,
    private readonly isRequested: () => boolean,
  ) {}

  /** The handshake is over. */
  begin(): void {
    this.timer = this.timers.after(this.limits.connectMs, () => {
      if (!this.isRequested())
        this.stream.fail(new TransportError('TRANSPORT_TIMEOUT', 'no connect command came'))
    })
  }

  /** Bytes were taken. */
  received(): void {
    if (this.isRequested()) return
    const { preConnectBytes } = this.limits
    const received = this.stream.receivedBytes - HANDSHAKE_LENGTH
    if (received > preConnectBytes)
      this.stream.fail(new LimitError('preConnectBytes', preConnectBytes, received))
  }

  /** The connection is over. */
  end(): void {
    this.timer?.cancel()
  }
}
