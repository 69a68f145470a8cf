/**
 * TLS upon a circuit of 0.9 that has begun without [psyc.md 2.12]. Who called asks, if the peer offers `_encrypt`, and is the
 * TLS client; so two sides never ask at once. Who is asked answers the same and is the server. psyced's answer may have
 * lost its variable on the way out, so an empty packet will do. Nothing but the question and its answer goes out until
 * the connection is secured; what came before counts, and the circuit goes on where it was.
 */
import type { Encryption } from './circuit-host.js'
import type { LineTls, PeerCertificate } from './peer.js'

export interface TlsUpgradeOptions {
  readonly tls: LineTls | undefined
  readonly policy: Encryption
  /** Whom we called; undefined: we were called. */
  readonly calledHost: string | undefined
  readonly isEncrypted: () => boolean
  /** Send the packet that asks, or answers, then nothing more. */
  sendSwitch(): void
  /** What follows in the clear is not the peer's, or not meant to be read so. */
  began(): void
  secured(certificate: PeerCertificate): void
}

export class TlsUpgrade {
  private state: 'none' | 'asked' | 'securing' = 'none'

  constructor(private readonly options: TlsUpgradeOptions) {}

  /** Whether to tell the peer that it may ask. */
  get isOffered(): boolean {
    const { tls, policy, calledHost, isEncrypted } = this.options
    return tls?.canServe === true && policy !== 'off' && calledHost === undefined && !isEncrypted()
  }

  /** Nothing may be sent. */
  get isUnderWay(): boolean {
    return this.state !== 'none'
  }

  /** The peer offers it. */
  offered(): void {
    const { tls, policy, calledHost, isEncrypted } = this.options
    if (tls === undefined || policy === 'off' || calledHost === undefined) return
    if (isEncrypted() || this.isUnderWay) return
    this.state = 'asked'
    this.options.sendSwitch()
  }

  /** The peer asks for it, or answers. @returns false: it asks for what we did not offer */
  switched(): boolean {
    if (this.state === 'asked') this.start()
    else if (this.state === 'none' && this.isOffered) {
      this.options.sendSwitch()
      this.start()
    } else return this.isUnderWay
    return true
  }

  /** @returns whether the empty packet was psyced's answer */
  receivedEmpty(): boolean {
    if (this.state !== 'asked') return false
    this.start()
    return true
  }

  private start(): void {
    this.state = 'securing'
    this.options.began()
    this.options.tls?.start(this.options.calledHost, (certificate) => {
      this.state = 'none'
      this.options.secured(certificate)
    })
  }
}
