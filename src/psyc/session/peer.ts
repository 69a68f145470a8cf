/** The transport below a circuit, as the circuit sees it. */

/** The far end of a connection. */
export interface Peer {
  readonly address: string
  /** Its port: ephemeral when we were called. */
  readonly port: number
  readonly isEncrypted: boolean
  /** Lower-case host names that the peer's valid TLS certificate proves, `*.` among them; undefined without one. */
  readonly certifiedHosts?: readonly string[] | undefined
}

/** Carries bytes to the peer, in order. The owner calls `end` or `reset` of the circuit when the connection is over. */
export interface CircuitSink {
  /** Shared bytes: never changed by either side. */
  send(bytes: Uint8Array): void
  /** Bytes that were sent and not yet taken by the peer, as far as is known. */
  readonly queuedBytes: number
  /** Send what is queued, then close. A peer that does not take it is not waited for long. */
  end(): void
  /** Close now and drop what is queued. */
  abort(): void
  /** Stop and go on reading from the peer. */
  pause(): void
  resume(): void
  /** TLS upon this very connection; undefined where there can be none. */
  readonly tls?: LineTls | undefined
}

export interface LineTls {
  /** We have a certificate, so that the peer may ask for TLS. */
  readonly canServe: boolean
  /**
   * Secure the connection, behind what was sent so far; what is sent from now on goes out afterwards. When it cannot be
   * secured the connection breaks.
   * @param host whom the peer's certificate is to be for; undefined: the peer asked, and we are the server
   * @param done called once, if it comes about
   */
  start(host: string | undefined, done: (certificate: PeerCertificate) => void): void
}

export interface PeerCertificate {
  /** Lower-case host names that it proves; undefined when there is none, or none that is valid. */
  readonly hosts: readonly string[] | undefined
  /** What is wrong with it, for the log; undefined: it is valid for `host`. */
  readonly problem?: string | undefined
}
