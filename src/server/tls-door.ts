/**
 * TLS on any port: a connection whose first byte begins a TLS handshake is secured, and then stands before the one door
 * again, since RTMPS is RTMP or HTTP behind TLS and only the next byte tells [rtmp.md 1.5, design 6].
 *
 * Loaded only with a certificate: the library takes time to start.
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import type { TlsConfig } from './config-schema.js'
import { clientHosts, trusted } from './psyc-tls.js'
import { CertificateWatch, certificateWarning, readCertificate } from './tls-certificate.js'
import type { Certificate } from './tls-certificate.js'

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
  /** For connections from now on. */
  certificate: Certificate
  /** The port at which clients are asked for a certificate: browsers, which are not to be, have others. */
  askingPort: number | undefined
  private readonly watch: CertificateWatch

  /** @throws ConfigError CONFIG_INVALID when certificate and key are not in order */
  constructor(
    config: TlsConfig,
    private readonly limits: Limits,
    private readonly log: Log,
    ca?: string,
  ) {
    const authorities = ca === undefined ? undefined : trusted(ca)
    const certificate = readCertificate(config, authorities)
    const warning = certificateWarning(certificate, Date.now())
    if (warning !== undefined) log.warn({ cert: config.cert }, warning)
    this.certificate = certificate
    const renewed = (newer: Certificate): void => void (this.certificate = newer)
    this.watch = new CertificateWatch(config, log, renewed, undefined, authorities)
  }

  secure(socket: Socket, secured: (socket: Socket) => void): void {
    const { limits, log } = this
    const { remoteAddress } = socket
    const tls = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.certificate.context,
      ...(socket.localPort === this.askingPort ? { requestCert: true, rejectUnauthorized: false } : {}),
    })
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

  /** The hosts that a client behind this door is certified for; undefined without a valid certificate. */
  clientHosts(socket: Socket): readonly string[] | undefined {
    return clientHosts(socket)
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
