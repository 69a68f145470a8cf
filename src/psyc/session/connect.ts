/** The way out to another node, as the dialler sees it: who opens sockets implements it. */
import type { Circuit } from './circuit.js'
import type { CircuitSink, Peer } from './peer.js'

export interface Destination {
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
  /** TLS from the first byte, and a certificate that is valid for `host` [psyc.md 2.13]. */
  readonly isEncrypted: boolean
}

/** Why there is no connection; what follows `_failure_unsuccessful_delivery` [psyc.md 3.6]. */
export type ConnectFailure = '_resolve' | '_disconnect' | '_timeout_connect' | '_invalid_certificate'

export interface ConnectEvents {
  /** The line is up. @returns its circuit, which whoever connected feeds from now on and tells the end */
  opened(sink: CircuitSink, peer: Peer): Circuit
  /** Once, instead of `opened`. */
  failed(reason: ConnectFailure): void
}

export interface Attempt {
  /** Give it up: nothing is told any more. */
  cancel(): void
}

/** Tells the outcome later, never within the call. */
export type Connect = (to: Destination, events: ConnectEvents) => Attempt
