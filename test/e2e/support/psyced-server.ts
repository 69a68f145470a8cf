/** The double of psyced on a port of its own, for real programs. */
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { once } from 'node:events'
import { PsycedDouble } from '../../support/psyced-double.js'
import type { DoubleUser } from '../../support/psyced-double-user.js'

export class PsycedServer {
  readonly sockets = new Set<Socket>()

  private constructor(
    readonly double: PsycedDouble,
    private readonly server: Server,
  ) {}

  /** @param address an IP literal, which is its name as well */
  static async start(address: string, port: number): Promise<PsycedServer> {
    const double = new PsycedDouble({ host: address, port, resolve: (host) => [host] })
    const server = createServer((socket) => started.enter(socket))
    const started = new PsycedServer(double, server)
    server.listen(port, address)
    await once(server, 'listening')
    return started
  }

  private enter(socket: Socket): void {
    const { remoteAddress = '', remotePort = 0 } = socket
    const circuit = this.double.accept({
      address: remoteAddress,
      port: remotePort,
      write: (bytes) => socket.write(Buffer.from(bytes, 'latin1')),
      close: () => socket.end(),
    })
    this.sockets.add(socket)
    socket.on('data', (bytes) => circuit.receive(bytes.toString('latin1')))
    socket.on('error', () => undefined) // the other side may be gone
    socket.on('close', () => {
      this.sockets.delete(socket)
      circuit.ended()
    })
  }

  /** All connections break. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  async stop(): Promise<void> {
    this.cut()
    this.server.close()
    await once(this.server, 'close')
  }
}

/** Wait until the user has seen such a line. */
export async function hasSeen(user: DoubleUser, line: string): Promise<void> {
  const seen: string[] = []
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    seen.push(...user.take())
    if (seen.includes(line)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`"${line}" was not seen, but ${JSON.stringify(seen)}`)
}
