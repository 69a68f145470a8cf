/** A client of ours on a byte stream: the byte stream, its connection, and the limits on the time before connect. */
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import type { Crypto } from '../wire/handshake.js'
import { BeforeConnect } from './before-connect.js'
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

export class RtmpServerSession {
  readonly connection: ServerNetConnection
  private readonly stream: RtmpByteStream
  private readonly beforeConnect: BeforeConnect

  /** @param handlerFor called once, within the constructor; the connection cannot be used before `connect` came */
  constructor(
    options: ServerSessionOptions,
    handlerFor: (connection: NetConnection) => NetConnectionHandler,
  ) {
    const { id, timers, limits, log } = options
    this.stream = new RtmpByteStream(
      { ...options, role: 'server' },
      {
        ready: () => this.beforeConnect.begin(),
        heard: () => this.connection.heard(),
        receive: (message) => this.connection.receive(message),
        failed: (error) => {
          // what the client did is the sink's to report
          if (!(error instanceof GatewayError))
            log.error({ connection: id, err: error }, 'RTMP session failed')
        },
        over: (how) => {
          this.beforeConnect.end()
          this.connection.closed(how)
        },
      },
    )
    this.beforeConnect = new BeforeConnect(this.stream, timers, limits, () => this.connection.isRequested)
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
    this.beforeConnect.received()
  }

  get unfinishedBytes(): number {
    return this.stream.unfinishedBytes
  }

  /** Close for a limit that is not the client's own. */
  fail(why: Error): void {
    this.stream.fail(why)
  }

  /** The client closed its side (`finished`), or the socket broke (`lost`). */
  ended(how: 'finished' | 'lost'): void {
    this.stream.ended(how)
  }

  /** The socket has sent what it held. */
  drained(): void {
    this.stream.drained()
  }
}
