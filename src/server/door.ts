/**
 * One door: the first byte of a TCP connection tells its protocol, so every port answers all of them [design 6].
 * The first bytes are put back before the socket is handed on.
 */
import type { Socket } from 'node:net'

export type Protocol = 'rtmp' | 'tls' | 'http' | 'policy' | 'psyc' | 'unknown'

const TLS_HANDSHAKE = 0x16

/** @param first the first byte that a client sent */
export function protocolOf(first: number): Protocol {
  switch (first) {
    case 0x03:
    case 0x06: // RTMPE, and its two kinds that the handshake refuses by name
    case 0x08:
    case 0x09:
      return 'rtmp'
    case TLS_HANDSHAKE:
      return 'tls'
    case 0x3c: // '<'
      return 'policy'
    case 0x2e: // '.'
    case 0x7c: // '|'
      return 'psyc'
    default:
      return isLetter(first) ? 'http' : 'unknown'
  }
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
}

/**
 * Wait for the first bytes, then call `open` with the protocol and a socket that will emit all of them again, or, for
 * TLS, still holds them.
 * A silent client is closed after `timeoutMs`, and `silent` told; `open` is not called for one that closes first.
 */
export function waitAtDoor(
  socket: Socket,
  timeoutMs: number,
  open: (protocol: Protocol) => void,
  silent: () => void,
): void {
  const timeout = setTimeout(() => {
    socket.destroy()
    silent()
  }, timeoutMs)
  timeout.unref()
  const forget = (): void => clearTimeout(timeout)
  socket.once('close', forget)
  socket.once('data', (bytes: Buffer) => {
    forget()
    socket.off('close', forget)
    socket.pause()
    socket.unshift(bytes)
    const protocol = protocolOf(bytes[0] ?? 0)
    open(protocol)
    if (protocol !== 'tls') socket.resume() // TLS reads below the socket
  })
}
