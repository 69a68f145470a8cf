/** The transport below a circuit, as the circuit sees it. */

/** The far end of a connection. */
export interface Peer {
  readonly address: string
  /** Its port: ephemeral when we were called. */
  readonly port: number
  readonly isEncrypted: boolean
  /** Lower-case host names that the peer's valid TLS certificate proves; undefined without one. */
  readonly certifiedHosts?: readonly string[] | undefined
}

/** Carries bytes to the peer, in order. The owner calls `end` or `reset` of the circuit when the connection is over. */
export interface CircuitSink {
  /** Shared bytes: never changed by either side. */
  send(bytes: Uint8Array): void
  /** Bytes that were sent and not yet taken by the peer, as far as is known. */
  readonly queuedBytes: number
  /** Send what is queued, then close. */
  end(): void
  /** Close now and drop what is queued. */
  abort(): void
  /** Stop and go on reading from the peer. */
  pause(): void
  resume(): void
}
