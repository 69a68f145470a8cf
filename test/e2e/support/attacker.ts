/** One who sends what nobody should: bytes by any way in, and what becomes of the connection. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Server } from './server.js'

export interface Attacker {
  /** Waits until the bytes are taken, or the connection is over. */
  write(bytes: Uint8Array): Promise<void>
  /** The server closed it. */
  readonly closed: Promise<void>
  readonly isClosed: boolean
  readonly received: () => Buffer
  /** Something came, or the end. */
  answered(): Promise<void>
  pause(): void
  destroy(): void
}

export type Way = (server: Server) => Promise<Attacker>

/** Every way in: the door answers every protocol on every port, and two of them through WebSocket. */
export const tcpWays: Readonly<Record<string, Way>> = {
  'RTMP port': ({ ports }) => byTcp(ports.rtmp),
  'HTTP port': ({ ports }) => byTcp(ports.http),
  'PSYC port': ({ ports }) => byTcp(ports.psyc),
}

export const webSocketWay = (path: '/rtmp' | '/psyc'): Way => {
  return ({ ports }) => byWebSocket(`ws://127.0.0.1:${ports.http}${path}`)
}

async function byTcp(port: number): Promise<Attacker> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: false })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return new TcpAttacker(socket)
}

class TcpAttacker implements Attacker {
  readonly closed: Promise<void>
  private readonly parts: Buffer[] = []
  private readonly waiting: (() => void)[] = []

  constructor(private readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (bytes: Buffer) => {
      this.parts.push(bytes)
      this.tell()
    })
    socket.once('close', () => this.tell())
  }

  get isClosed(): boolean {
    return this.socket.destroyed
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.socket.destroyed || this.socket.writableEnded) return
    if (this.socket.write(bytes)) return
    await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.closed])
  }

  received(): Buffer {
    return Buffer.concat(this.parts)
  }

  answered(): Promise<void> {
    if (this.parts.length > 0 || this.socket.destroyed) return Promise.resolve()
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  pause(): void {
    this.socket.pause()
  }

  destroy(): void {
    this.socket.destroy()
  }

  private tell(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }
}

async function byWebSocket(url: string): Promise<Attacker> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await Promise.race([once(socket, 'open'), closed])
  const parts: Buffer[] = []
  let waiting: (() => void)[] = []
  const tell = (): void => {
    for (const resolve of waiting) resolve()
    waiting = []
  }
  socket.on('message', (bytes: Buffer) => {
    parts.push(bytes)
    tell()
  })
  void closed.then(tell)
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN
  return {
    write: async (bytes) => {
      if (!isOpen()) return
      await Promise.race([new Promise<void>((resolve) => socket.send(bytes, () => resolve())), closed])
    },
    closed,
    get isClosed() {
      return socket.readyState === WebSocket.CLOSED
    },
    received: () => Buffer.concat(parts),
    answered: () =>
      parts.length > 0 || !isOpen()
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve)
          }),
    pause: () => socket.pause(),
    destroy: () => socket.terminate(),
  }
}
