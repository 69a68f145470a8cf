/** Servers for `probe` to meet, on ports of their own; each is closed with all its connections. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface PeerServer {
  readonly port: number
  close(): Promise<void>
}

/** @param serve gets each connection */
export function listen(serve: (socket: Socket) => void): Promise<PeerServer> {
  return started(createServer(serve))
}

/** As `listen`, behind TLS with a certificate that nobody signed. */
export function listenTls(serve: (socket: Socket) => void): Promise<PeerServer> {
  return started(createTlsServer({ key, cert }, serve))
}

async function started(server: Server): Promise<PeerServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = await listen(() => undefined)
  await server.close()
  return server.port
}

/** Hand everything on to that port, both ways; what came before first. */
export function relay(socket: Socket, port: number, before: readonly Buffer[] = []): void {
  const onward = connect({ port, host: '127.0.0.1' })
  onward.on('error', () => socket.destroy())
  socket.on('error', () => onward.destroy())
  for (const bytes of before) onward.write(bytes)
  socket.pipe(onward).pipe(socket)
}

/** For localhost, self-signed, valid for a hundred years; protects nothing. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgv8ot17yWalwR+h/T
fmqtdeK+qUuwwoqOjhzNTVVBpiWhRANCAAQQO19PqYqMF8giaW7YiqDnrtrJjXRC
yL5YlD3VpxJbcsUspOjaIzyOocQGXojmOYCNHAhKUP2bXiErTOhHKBuN
-----END PRIVATE KEY-----`
const cert = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUb7Df0xeh6CTWyLnefdtHNr+gkBAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAyNDkxOFoYDzIxMjYxMDI4
MDI0OTE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQQO19PqYqMF8giaW7YiqDnrtrJjXRCyL5YlD3VpxJbcsUspOjaIzyO
ocQGXojmOYCNHAhKUP2bXiErTOhHKBuNo2kwZzAdBgNVHQ4EFgQUPnBX/QmpOJf4
9PPwDWKtxIEFRQ4wHwYDVR0jBBgwFoAUPnBX/QmpOJf49PPwDWKtxIEFRQ4wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgMOD0pKNQavUEAfqbYp6Qn5WbzD9In1jC35X6PZ8yFMICIDUS3v4vhLdC
kaX/hs9fxA5ASPfeY3aEJjOBFNa4j0DS
-----END CERTIFICATE-----`
