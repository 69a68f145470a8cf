/** The way to the other end: a socket, plain or TLS, and what becomes of it. */
import { readFileSync } from 'node:fs'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ConfigError } from '../../util/errors.js'
import type { Log } from '../../util/log.js'
import type { Turn } from '../../util/turn.js'
import { guarded } from '../guard.js'
import type { ReadRests } from '../read-rests.js'
import { SocketOutlet } from '../socket-outlet.js'
import type { RelayTls } from './relay-entry.js'
import type { RelayTarget } from './relay-url.js'

/** One connection. */
export interface Wire {
  /** Shared: never changed after this call. */
  send(bytes: Uint8Array): void
  /** Flush, then close, in bounded time. */
  end(): void
  abort(): void
  /** Leave what comes where it is for so long, or less. @returns false: it goes on coming */
  rest(ms: number): boolean
  /** Bytes that the system has not taken. */
  readonly queuedBytes: number
  /** Bytes that it has. */
  readonly writtenBytes: number
}

export interface WireHandler {
  opened(): void
  received(bytes: Uint8Array): void
  /** The system took what was queued. */
  drained(): void
  /** Once, last. @param reason why it failed: the system's words, which hold nothing but the address */
  closed(how: 'finished' | 'lost', reason?: string): void
}

export type OpenWire = (target: RelayTarget, tls: RelayTls, handler: WireHandler) => Wire

const KEEP_ALIVE = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }

/** @param isOurs whether a port of this machine is one of this node */
export function tcpWires(
  turn: Turn,
  log: Log,
  rests: ReadRests,
  isOurs: (port: number) => boolean,
): OpenWire {
  return (target, tls, handler) => {
    const socket = open(target, tls)
    const outlet = new SocketOutlet(socket, turn, rests)
    let failure: string | undefined
    const run = (work: () => void): void => {
      if (!guarded(log, work)) outlet.abort()
    }
    socket.once(target.isEncrypted ? 'secureConnect' : 'connect', () => {
      if (socket.remoteAddress === socket.localAddress && isOurs(socket.remotePort ?? 0)) {
        failure = 'this is the node itself'
        outlet.abort()
      } else run(() => handler.opened())
    })
    socket.on('data', (bytes: Buffer) => run(() => handler.received(bytes)))
    socket.on('drain', () => run(() => handler.drained()))
    socket.on('error', (error: NodeJS.ErrnoException) => (failure ??= reasonOf(error)))
    socket.once('close', () =>
      run(() => handler.closed(failure === undefined ? 'finished' : 'lost', failure)),
    )
    return {
      send: (bytes) => outlet.send(bytes),
      end: () => outlet.end(),
      abort: () => outlet.abort(),
      rest: (ms) => outlet.rest(ms),
      get queuedBytes() {
        return outlet.queuedBytes
      },
      get writtenBytes() {
        return socket.bytesWritten - socket.writableLength
      },
    }
  }
}

function open({ host, port, isEncrypted }: RelayTarget, tls: RelayTls): Socket {
  if (!isEncrypted) return connect({ host, port, ...KEEP_ALIVE })
  const { rejectUnauthorized, servername = isIP(host) === 0 ? host : '' } = tls
  const ca = tls.ca === undefined ? {} : { ca: readCa(tls.ca) }
  // without a name of its own, the certificate is checked against the host
  const socket = connectTls({ host, port, rejectUnauthorized, ...(servername && { servername }), ...ca })
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE.keepAliveInitialDelay)
  return socket
}

/**
 * Read each time: the file may be replaced while we run.
 * @throws ConfigError CONFIG_FILE
 */
export function readCa(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException
    throw new ConfigError('CONFIG_FILE', `${file} cannot be read: ${code}`, 'relay.tls.ca')
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'no name server answers',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  ECONNRESET: 'the other end reset the connection',
  EPIPE: 'the other end closed the connection',
}

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  return reasons[code] ?? (code === '' ? message : `${code} ${message}`)
}
