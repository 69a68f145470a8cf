/** TCP ports, each with the same door behind it, and a bound on how many may stand in it. */
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { inUrl, isLoopback } from '../psyc/session/address.js'
import { ConfigError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import { waitAtDoor } from './door.js'
import type { Protocol } from './door.js'
import type { Securer } from './tls-door.js'

/** Gets each connection once its protocol is known: `tls` only where we have none, or within TLS. */
export type Entrance = (protocol: Protocol, socket: Socket, isEncrypted: boolean) => void

/** Keep-alive finds peers whose machine is gone: a PSYC circuit may be silent for as long as it likes [design 3]. */
const SOCKETS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }

export class Listeners {
  private readonly servers: Server[] = []
  private readonly sockets = new Set<Socket>()
  private readonly atDoor = new Set<Socket>()
  private readonly perAddress = new Map<string, number>()
  /** To be set before `listen` where there is a certificate. */
  securer: Securer | undefined

  constructor(
    private readonly limits: Limits,
    private readonly log: Log,
    private readonly enter: Entrance,
  ) {}

  get openConnections(): number {
    return this.sockets.size
  }

  /**
   * @param port 0 for any that is free
   * @returns the port
   * @throws ConfigError CONFIG_LISTEN
   */
  async listen(port: number, address: string, name: string): Promise<number> {
    const server = createServer(SOCKETS, (socket) => this.admit(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, address, name)))
      server.listen(port, address, () => resolve())
    })
    server.removeAllListeners('error')
    server.on('error', (error) => this.log.error({ err: error, port }, 'listener failed'))
    this.servers.push(server)
    return (server.address() as AddressInfo).port
  }

  /** Accept nobody new, and wait for nobody's first byte. */
  stop(): void {
    this.securer?.stop()
    for (const server of this.servers) server.close()
    for (const socket of this.atDoor) socket.destroy()
  }

  /** Close whatever is still open. */
  destroy(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  /** A connection came in. */
  admit(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    socket.on('error', () => undefined) // 'close' follows; each session listens for itself
    const refusal = this.refusal(address)
    if (refusal !== undefined) {
      this.log.warn({ remoteAddress: address, limit: refusal }, 'connection refused: too many are open')
      socket.destroy()
      return
    }
    this.count(socket, address)
    this.await(socket, (protocol) => {
      if (protocol === 'tls' && this.securer !== undefined) this.secure(socket, this.securer)
      else this.open(protocol, socket, socket, false)
    })
  }

  /** Through TLS, and before the door again. */
  private secure(socket: Socket, securer: Securer): void {
    securer.secure(socket, (secured) => {
      this.await(secured, (protocol) => this.open(protocol, secured, socket, true))
    })
  }

  private await(socket: Socket, open: (protocol: Protocol) => void): void {
    const { remoteAddress } = socket
    waitAtDoor(socket, this.limits.doorMs, open, () => {
      this.log.info({ remoteAddress, limit: 'doorMs' }, 'connection closed: no first byte came')
    })
  }

  /** @param counted the socket that was accepted: `socket` itself, or what lies below its TLS */
  private open(protocol: Protocol, socket: Socket, counted: Socket, isEncrypted: boolean): void {
    this.atDoor.delete(counted)
    this.enter(protocol, socket, isEncrypted)
  }

  /** No limit per address holds for this machine: there may be a proxy on it. */
  private refusal(address: string): string | undefined {
    if (this.sockets.size >= this.limits.connections) return 'connections'
    const open = this.perAddress.get(address) ?? 0
    return !isLoopback(address) && open >= this.limits.connectionsPerAddress
      ? 'connectionsPerAddress'
      : undefined
  }

  private count(socket: Socket, address: string): void {
    this.sockets.add(socket)
    this.atDoor.add(socket)
    this.perAddress.set(address, (this.perAddress.get(address) ?? 0) + 1)
    socket.once('close', () => {
      this.sockets.delete(socket)
      this.atDoor.delete(socket)
      const left = (this.perAddress.get(address) ?? 1) - 1
      if (left > 0) this.perAddress.set(address, left)
      else this.perAddress.delete(address)
    })
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: stop the other program or choose another port',
  EACCES: 'needs privileges: choose a port above 1023',
  EADDRNOTAVAIL: 'is no address of this machine',
  ENOTFOUND: 'is no address of this machine, and no name that leads to one',
}

function listenError(error: NodeJS.ErrnoException, port: number, address: string, name: string): ConfigError {
  const reason = reasons[error.code ?? ''] ?? error.message
  return new ConfigError('CONFIG_LISTEN', `${inUrl(address)}:${port} ${reason}`, `${name} port`)
}
