/**
 * TLS on any port: a connection whose first byte begins a TLS handshake is secured, and then stands before the one door
 * again, since RTMPS is RTMP or HTTP behind TLS and only the next byte tells [rtmp.md 1.5, design 6].
 *
 * Loaded only with a certificate: the library takes time to start.
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import type { TlsConfig } from './config-schema.js'
import { CertificateWatch, certificateWarning, readCertificate } from './tls-certificate.js'

/** Puts TLS on connections. */
export interface Securer {
  /**
   * @param socket stands still, its first bytes unread
   * @param secured called once if TLS comes about; else the socket is closed and the log says why
   */
  secure(socket: Socket, secured: (socket: Socket) => void): void
  stop(): void
}

export class TlsDoor implements Securer {
  private context: SecureContext
  private readonly watch: CertificateWatch

  /** @throws ConfigError CONFIG_INVALID when certificate and key are not in order */
  constructor(
    config: TlsConfig,
    private readonly limits: Limits,
    private readonly log: Log,
  ) {
    const certificate = readCertificate(config)
    const warning = certificateWarning(certificate, Date.now())
    if (warning !== undefined) log.warn({ cert: config.cert }, warning)
    this.context = certificate.context
    this.watch = new CertificateWatch(config, log, ({ context }) => (this.context = context))
  }

  secure(socket: Socket, secured: (socket: Socket) => void): void {
    const { limits, log } = this
    const { remoteAddress } = socket
    const tls = new TLSSocket(socket, { isServer: true, secureContext: this.context })
    let isSecured = false
    const timeout = setTimeout(() => {
      log.info({ remoteAddress, limit: 'tlsMs' }, 'connection closed: TLS took too long')
      socket.destroy()
    }, limits.tlsMs)
    timeout.unref()
    tls.once('close', () => clearTimeout(timeout))
    tls.on('error', (error: Error) => {
      if (isSecured) return // 'close' follows; each session listens for itself
      log.info({ remoteAddress, reason: reasonOf(error) }, 'connection closed: TLS did not come about')
    })
    tls.once('secure', () => {
      isSecured = true
      clearTimeout(timeout)
      secured(tls)
    })
  }

  stop(): void {
    this.watch.stop()
  }
}

/** OpenSSL's reason without its numbers and file names. */
function reasonOf(error: Error): string {
  const { reason, code } = error as { readonly reason?: string; readonly code?: string }
  return reason ?? code ?? error.message
}
