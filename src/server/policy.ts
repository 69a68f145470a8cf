/** Flash's cross-domain policy files, over a raw socket and over HTTP [rtmp.md 1.7, flash-clients.md 4]. */
import type { Socket } from 'node:net'
import type { Log } from '../util/log.js'
import { endInTime } from './socket-outlet.js'

const REQUEST = Buffer.from('<policy-file-request/>\0')

/** Grants the given ports to SWFs of every domain: RTMP and PSYC use no cookies. */
export function socketPolicy(ports: readonly number[]): string {
  return (
    '<?xml version="1.0"?><cross-domain-policy>' +
    '<site-control permitted-cross-domain-policies="master-only"/>' +
    `<allow-access-from domain="*" to-ports="${ports.join(',')}"/></cross-domain-policy>`
  )
}

export const crossDomainXml =
  '<?xml version="1.0"?>\n<cross-domain-policy><allow-access-from domain="*"/>' +
  '<allow-http-request-headers-from domain="*" headers="*"/></cross-domain-policy>\n'

/** Answer a policy request on a socket that began with "<", then close; anything else is closed unanswered. */
export function answerPolicyRequest(
  socket: Socket,
  ports: readonly number[],
  timeoutMs: number,
  log: Log,
): void {
  let received = Buffer.alloc(0)
  const refuse = (): void => {
    log.info(
      { remoteAddress: socket.remoteAddress },
      'connection closed: it began with "<" and is no policy request',
    )
    socket.destroy()
  }
  const timeout = setTimeout(refuse, timeoutMs)
  timeout.unref()
  socket.once('close', () => clearTimeout(timeout))
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
    if (received.length < REQUEST.length && REQUEST.subarray(0, received.length).equals(received)) return
    socket.removeAllListeners('data')
    clearTimeout(timeout)
    if (received.subarray(0, REQUEST.length).equals(REQUEST)) endInTime(socket, `${socketPolicy(ports)}\0`)
    else refuse()
  })
  socket.resume()
}
