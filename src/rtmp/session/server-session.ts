/** A client of ours on a byte stream: the byte stream, its connection, and the limits on the time before connect. */
import { GatewayError, LimitError, TransportError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timer, Timers } from '../../util/timers.js'
import type { Crypto } from '../wire/handshake.js'
import { RtmpByteStream } from './byte-stream.js'
import type { ByteSink } from './byte-stream.js'
import type { NetConnection, NetConnectionHandler } from './events.js'
import { ServerNetConnection } from './net-connection.js'

export interface ServerSessionOptions {
  /** Opaque short text, unique on this node; players see it as `clientid`. */
  readonly id: string
  readonly sink: ByteSink
  readonly timers: Timers
  readonly limits: Limits
  readonly crypto: Crypto
  readonly log: Log
}

/** C0 and C1, C2: what comes before the first chunk. */
const HANDSHAKE_BYTES = 3073

export class RtmpServerSession {
  readonly connection: ServerNetConnection
  private readonly stream: RtmpByteStream
  private readonly limits: Limits
  private connectTimer: Timer | undefined

  /** @param handlerFor called once, within the constructor; the connection cannot be used before `connect` came */
  constructor(
    options: ServerSessionOptions,
    handlerFor: (connection: NetConnection) => NetConnectionHandler,
  ) {
    const { id, timers, limits, log } = options
    this.limits = limits
    this.stream = new RtmpByteStream(
      { ...options, role: 'server' },
      {
        ready: () => {
          this.connectTimer = timers.after(limits.connectMs, () => this.checkConnect())
        },
        heard: () => this.connection.heard(),
        receive: (message) => this.connection.receive(message),
        failed: (error) => {
          // what the client did is the sink's to report
          if (!(error instanceof GatewayError))
            log.error({ connection: id, err: error }, 'RTMP session failed')
        },
        over: (how) => {
          this.connectTimer?.cancel()
          this.connection.closed(how)
        },
      },
    )
    this.connection = new ServerNetConnection({ ...options, transport: this.stream }, handlerFor)
  }

  get receivedBytes(): number {
    return this.stream.receivedBytes
  }

  get writtenBytes(): number {
    return this.stream.writtenBytes
  }

  /** The next bytes of the client, in order. Shared. Never throws. */
  receive(bytes: Uint8Array): void {
    this.stream.receive(bytes)
    if (this.connection.isRequested) return
    const { preConnectBytes } = this.limits
    const received = this.stream.receivedBytes - HANDSHAKE_BYTES
    if (received > preConnectBytes)
      this.stream.fail(new LimitError('preConnectBytes', preConnectBytes, received))
  }

  /** The client closed its side (`finished`), or the socket broke (`lost`). */
  ended(how: 'finished' | 'lost'): void {
    this.stream.ended(how)
  }

  /** The socket has sent what it held. */
  drained(): void {
    this.stream.drained()
  }

  private checkConnect(): void {
    if (!this.connection.isRequested)
      this.stream.fail(new TransportError('TRANSPORT_TIMEOUT', 'no connect command came'))
  }
}
