/** Servers for `probe` to meet, on ports of their own; each is closed with all its connections. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { cert, key } from './certificate.js'

export interface PeerServer {
  readonly port: number
  /** All connections break; others may come. */
  hangUp(): void
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
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hangUp,
    close: async () => {
      hangUp()
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
  socket.on('close', () => onward.destroy())
  for (const bytes of before) onward.write(bytes)
  socket.pipe(onward).pipe(socket)
}
