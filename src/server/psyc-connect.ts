/** Sockets to other PSYC nodes. */
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import type { Connect, ConnectEvents, ConnectFailure, Destination } from '../psyc/session/connect.js'
import type { Peer, PeerCertificate } from '../psyc/session/peer.js'
import type { Limits } from '../util/limits.js'
import { CircuitLine } from './circuit-line.js'
import type { LineServices } from './circuit-line.js'
import { guardedUntilDone } from './guard.js'

export interface ConnectServices extends LineServices {
  readonly limits: Limits
  /** Where our connections come from: other nodes compare it with the host of our uniforms. Undefined: as the system likes. */
  readonly localAddress?: string | undefined
}

/** Keep-alive finds peers whose machine is gone: a circuit may be silent for as long as it likes [design 3]. */
const KEEP_ALIVE_MS = 60_000

export function tcpConnect(services: ConnectServices): Connect {
  return (to, events) => {
    const attempt = new TcpAttempt(to, events, services)
    return { cancel: () => attempt.cancel() }
  }
}

class TcpAttempt {
  private readonly socket: Socket
  private readonly timeout: NodeJS.Timeout
  private isDecided = false

  constructor(
    private readonly to: Destination,
    private readonly events: ConnectEvents,
    private readonly services: ConnectServices,
  ) {
    const { host, port } = to
    const { localAddress, limits } = services
    this.socket = connectTcp({ host, port, ...(localAddress === undefined ? {} : { localAddress }) })
    this.socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
    this.timeout = setTimeout(() => this.fail('_timeout_connect'), limits.dialConnectMs)
    this.socket.on('error', (error: NodeJS.ErrnoException) =>
      this.fail(reasons[error.code ?? ''] ?? '_disconnect'),
    )
    this.socket.once('close', () => this.fail('_disconnect'))
    this.socket.once('connect', () => {
      if (to.isEncrypted) guardedUntilDone(services.log, this.secure(), () => this.fail('_disconnect'))
      else this.opened(this.socket, undefined)
    })
  }

  cancel(): void {
    this.decide()
    this.socket.destroy()
  }

  /** @returns whether it is the first decision */
  private decide(): boolean {
    clearTimeout(this.timeout)
    const isFirst = !this.isDecided
    this.isDecided = true
    return isFirst
  }

  private fail(reason: ConnectFailure): void {
    this.socket.destroy()
    if (this.decide()) this.events.failed(reason)
  }

  private async secure(): Promise<void> {
    const { secureAsClient } = await import('./psyc-tls.js')
    if (this.isDecided) return
    const { host } = this.to
    const tls = secureAsClient(this.socket, host, this.services.credentials, (certificate) => {
      if (certificate.problem === undefined) this.opened(tls, certificate)
      else this.failCertificate(certificate.problem)
    })
    tls.on('error', () => this.fail('_disconnect'))
  }

  private failCertificate(problem: string): void {
    const { log } = this.services
    log.warn({ host: this.to.host, problem }, 'the certificate of a node is not valid')
    this.fail('_invalid_certificate')
  }

  private opened(socket: Socket, certificate: PeerCertificate | undefined): void {
    if (!this.decide()) return
    const { remoteAddress = '', remotePort = 0 } = this.socket
    const peer: Peer = {
      address: remoteAddress,
      port: remotePort,
      isEncrypted: certificate !== undefined,
      certifiedHosts: certificate?.hosts,
    }
    const line = new CircuitLine(socket, this.services)
    line.run(this.events.opened(line, peer))
  }
}

const reasons: Readonly<Record<string, ConnectFailure>> = {
  ENOTFOUND: '_resolve',
  EAI_AGAIN: '_resolve',
  ETIMEDOUT: '_timeout_connect',
}
