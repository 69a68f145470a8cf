/**
 * In the primary: sockets on their way to a worker. One at a time: while Node holds a socket back because another is under
 * way, it still reads from it, and what it read would be lost. Nor does it stop reading until the worker has it, so that is
 * done here.
 */
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/** What goes with a socket to a worker. */
export interface SocketMessage {
  readonly kind: 'socket'
  readonly connection: number
  readonly remoteAddress: string
  /** What has been read of it. */
  readonly first: Uint8Array
}

/** What the worker answers: the next may come. */
export interface TakenMessage {
  readonly kind: 'taken'
}

interface Departure {
  readonly id: number
  readonly socket: Socket
  readonly remoteAddress: string
  readonly read: Uint8Array[]
  readonly collect: (bytes: Uint8Array) => void
}

export class Departures {
  private readonly waiting: Departure[] = []
  private isUnderWay = false

  /**
   * @param mostBytes what a client may send before it has left
   * @param lost told of sockets that never arrive
   */
  constructor(
    private readonly child: ChildProcess,
    private readonly mostBytes: number,
    private readonly lost: (id: number) => void,
  ) {
    child.on('message', ({ kind }: { readonly kind: string }) => {
      if (kind !== 'taken') return
      this.isUnderWay = false
      this.sendNext()
    })
  }

  add(id: number, socket: Socket, remoteAddress: string): void {
    const read: Uint8Array[] = []
    let readBytes = 0
    const collect = (bytes: Uint8Array): void => {
      read.push(bytes)
      readBytes += bytes.length
      if (readBytes > this.mostBytes) socket.destroy()
    }
    socket.on('data', collect)
    this.waiting.push({ id, socket, remoteAddress, read, collect })
    this.sendNext()
  }

  private sendNext(): void {
    while (!this.isUnderWay) {
      const next = this.waiting.shift()
      if (next === undefined) return
      this.send(next)
    }
  }

  private send({ id, socket, remoteAddress, read, collect }: Departure): void {
    while (!socket.destroyed && socket.read() !== null); // `collect` is told
    socket.off('data', collect)
    stopReading(socket)
    if (socket.destroyed || socket.readableEnded || !this.child.connected) {
      this.lost(id)
      return
    }
    const message: SocketMessage = {
      kind: 'socket',
      connection: id,
      remoteAddress,
      first: Buffer.concat(read),
    }
    this.isUnderWay = true
    this.child.send(message, socket, (error) => {
      if (error === null) return // the worker says when it is there
      this.lost(id)
      this.isUnderWay = false
      this.sendNext()
    })
  }
}

/** Node has no public word for it: `pause` only stops what is read from being told. */
function stopReading(socket: Socket): void {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readStop?(): void } | null }
  handle?.readStop?.()
}
