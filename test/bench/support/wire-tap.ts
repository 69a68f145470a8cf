/**
 * What nodes say to each other, read on the wire: every node listens at an address of its own and is known by another
 * one, where a tap stands that passes all bytes on and reads the packets. It calls on behalf of the caller from the
 * caller's name, so that the proof of the sender holds.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server as NetServer, Socket } from 'node:net'
import type { Packet } from '../../../src/psyc/wire/packet.js'
import { PacketParser } from '../../../src/psyc/wire/parser.js'
import { limitsWith } from '../../../src/util/limits.js'

/** Node `n` is called 127.0.47.n and listens at 127.0.48.n. */
export const nameOf = (node: number): string => `127.0.47.${node}`
export const addressOf = (node: number): string => `127.0.48.${node}`
const nodeAt = (address: string): number => Number(address.split('.')[3])

const limits = limitsWith()

export class WireTap {
  private readonly servers: NetServer[] = []
  private readonly sockets = new Set<Socket>()

  /** @param seen every packet that one node gets from another */
  constructor(private readonly seen: (from: number, to: number, packet: Packet) => void) {}

  /** Stand before the node. @param psycPort where it listens, and where it is called */
  async add(node: number, psycPort: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (caller) => this.join(caller, node, psycPort))
    this.servers.push(server)
    server.listen(psycPort, nameOf(node))
    await once(server, 'listening')
  }

  stop(): void {
    for (const server of this.servers) server.close()
    for (const socket of this.sockets) socket.destroy()
  }

  private join(caller: Socket, node: number, port: number): void {
    const from = nodeAt(caller.remoteAddress ?? '')
    const called = connect({
      ...{ host: addressOf(node), port, localAddress: nameOf(from) },
      ...{ allowHalfOpen: true, noDelay: true },
    })
    caller.setNoDelay(true)
    this.pass(caller, called, from, node)
    this.pass(called, caller, node, from)
  }

  private pass(source: Socket, sink: Socket, from: number, to: number): void {
    const parser = new PacketParser(limits)
    this.sockets.add(source)
    source.on('data', (bytes) => {
      sink.write(bytes)
      parser.receive(bytes)
      for (let packet = parser.next(); packet !== undefined; packet = parser.next())
        this.seen(from, to, packet)
    })
    source.on('end', () => sink.end())
    source.on('error', () => sink.destroy())
    source.on('close', () => {
      this.sockets.delete(source)
      sink.destroy()
    })
  }
}
