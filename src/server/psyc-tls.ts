/**
 * TLS between nodes: over a connection that is there, in either role, and what the peer's certificate is worth. Who has a
 * certificate shows it as a client too, so that the other side need not ask its resolver.
 *
 * Loaded only when it is needed: the library takes time to start.
 */
import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import { TLSSocket, connect, rootCertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { PeerCertificate } from '../psyc/session/peer.js'

/** What we show, and whom we trust. */
export interface Credentials {
  /** Our certificate, which may be renewed; undefined: we have none. */
  readonly own: () => SecureContext | undefined
  /** The same if it is for the host of our uniforms; who is shown another one refuses us. */
  readonly shown: () => SecureContext | undefined
  /** Certificates in PEM that we trust besides the well-known ones. */
  readonly ca: string | undefined
}

/**
 * @param host whom the peer's certificate is to be for
 * @param secured called once, if TLS comes about; the certificate is not valid when it names a problem
 */
export function secureAsClient(
  socket: Socket,
  host: string,
  { shown, ca }: Credentials,
  secured: (certificate: PeerCertificate) => void,
): TLSSocket {
  const secureContext = shown()
  const tls = connect({
    socket,
    rejectUnauthorized: false, // judged below, so that the log can say what is wrong
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(secureContext === undefined && ca !== undefined ? { ca: trusted(ca) } : {}),
  })
  tls.once('secureConnect', () => {
    const problem = tls.authorized ? undefined : String(tls.authorizationError)
    secured({ hosts: tls.authorized ? hostsOf(tls) : undefined, problem })
  })
  return tls
}

/** @param secured called once, if TLS comes about; a client need not show a certificate */
export function secureAsServer(
  socket: Socket,
  secureContext: SecureContext,
  secured: (certificate: PeerCertificate) => void,
): TLSSocket {
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    requestCert: true,
    rejectUnauthorized: false, // without one the resolver proves the peer
  })
  tls.once('secure', () => secured({ hosts: clientHosts(tls) }))
  return tls
}

/** The hosts that the client of a connection of ours is certified for; undefined without a valid certificate. */
export function clientHosts(tls: Socket): readonly string[] | undefined {
  if (!(tls instanceof TLSSocket)) return undefined
  const isShown = Object.keys(tls.getPeerCertificate()).length > 0
  return isShown && verifyError(tls) === null ? hostsOf(tls) : undefined
}

/** For `createSecureContext`. */
export function trusted(ca: string): string[] {
  return [...rootCertificates, ca]
}

/** Only a server of node:tls judges its clients by itself; a single socket must be asked. Unknown counts as an error. */
function verifyError(tls: TLSSocket): unknown {
  const { ssl } = tls as unknown as { readonly ssl?: { verifyError?: () => unknown } }
  return ssl?.verifyError?.() ?? (ssl?.verifyError === undefined ? 'unknown' : null)
}

/** "DNS:a.example, DNS:*.b.example, IP Address:10.1.2.3". */
function hostsOf(tls: TLSSocket): readonly string[] {
  const { subjectaltname = '' } = tls.getPeerCertificate()
  return subjectaltname
    .split(', ')
    .filter((name) => /^(DNS|IP Address):/.test(name))
    .map((name) => name.slice(name.indexOf(':') + 1).toLowerCase())
}
