/** A client behind TLS, as `RawClient` is without. */
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { RawClient } from './gateway.js'

export class TlsClient extends RawClient {
  readonly tls: TLSSocket
  readonly secured: Promise<void>

  /** Takes any certificate. */
  constructor(port: number, options: ConnectionOptions = {}) {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    super(socket)
    this.tls = socket
    this.secured = new Promise((resolve, reject) => {
      socket.once('secureConnect', () => resolve())
      socket.once('error', reject)
    })
    this.secured.catch(() => undefined) // a test may only want to see the connection closed
  }
}
