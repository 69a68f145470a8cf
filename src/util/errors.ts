/**
 * The families of errors. "More bytes needed" is a value (undefined), never an error.
 * Discriminate by `instanceof` or `code`, never by the message.
 */
import type { ErrorCode } from './error-codes.js'
import type { LimitName } from './limits.js'

export abstract class GatewayError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = new.target.name
  }
}

/** The peer's bytes are wrong. `offset` counts bytes from where the decoder started. */
export abstract class ProtocolError extends GatewayError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly offset = 0,
  ) {
    super(code, `${message} (offset ${offset})`)
  }
}

export class AmfError extends ProtocolError {}
export class RtmpError extends ProtocolError {}
export class FlvError extends ProtocolError {}
export class PsycError extends ProtocolError {}

/** Well-formed, but more than the named limit of limits.ts allows. */
export class LimitError extends GatewayError {
  constructor(
    readonly limitName: LimitName,
    readonly limit: number,
    readonly actual: number,
  ) {
    super('LIMIT_EXCEEDED', `${limitName}: ${actual} is more than ${limit}`)
  }
}

/** Both sides are valid and one has no form on the other. Never closes a connection. */
export class TranslateError extends GatewayError {}

/** Our own call came at the wrong time: a bug of ours, never of the peer. */
export class StateError extends GatewayError {}

/** `path` leads to the offending entry, e.g. "apps.chat.profile". */
export class ConfigError extends GatewayError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly path = '',
  ) {
    super(code, path === '' ? message : `${path}: ${message}`)
  }
}

/** Socket, TLS or time-out; Node's own error is the cause. */
export class TransportError extends GatewayError {}
