/**
 * Leaves what comes on a socket in the kernel for a while, so that many small messages cost one read. Those that rest
 * wake together: then they are all found readable in one round of the event loop.
 *
 * `socket.pause()` would go on reading, into memory, up to the high-water mark. What does stop is the handle below, for
 * which Node has no public name; a socket that has none does not rest.
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Timers } from '../util/timers.js'

interface ReadHandle {
  readStop(): number
  readStart(): number
}

export class ReadRests {
  private readonly resting = new Set<Socket>()
  /** Those of them that were read in this round of the loop. */
  private readonly justRead = new Set<Socket>()
  /** When they wake; undefined: nobody has to. */
  private wakeMs: number | undefined

  constructor(private readonly timers: Timers) {}

  /**
   * Read nothing of the socket for `ms`, or less: until those wake who rest already. That the peer has closed is heard
   * after that, too.
   * @param socket flowing
   * @returns false: it cannot rest, or those who rest already wake too late for it
   */
  rest(socket: Duplex, ms: number): boolean {
    if (!(socket instanceof Socket) || socket instanceof TLSSocket) return false
    const handle = handleOf(socket)
    if (handle === undefined || !this.wakeWithin(ms)) return false
    handle.readStop()
    if (!this.resting.has(socket)) this.add(socket)
    return true
  }

  /**
   * Read it again, because it is to be written to.
   * @returns whether something may have come in its rest; false, too, for one that has only begun
   */
  wake(socket: Duplex): boolean {
    if (!(socket instanceof Socket) || this.justRead.has(socket) || !this.resting.delete(socket)) return false
    handleOf(socket)?.readStart()
    return true
  }

  private wakeWithin(ms: number): boolean {
    const mostMs = this.timers.clock.now() + ms
    if (this.wakeMs !== undefined) return this.wakeMs <= mostMs
    this.wakeMs = mostMs
    this.timers.after(ms, () => this.wakeAll())
    return true
  }

  private add(socket: Socket): void {
    this.resting.add(socket)
    this.justRead.add(socket)
    if (this.justRead.size === 1) setImmediate(() => this.justRead.clear())
  }

  private wakeAll(): void {
    this.wakeMs = undefined
    for (const socket of this.resting) handleOf(socket)?.readStart()
    this.resting.clear()
    this.justRead.clear()
  }
}

/** Undefined once the socket is closed, and where Node has changed. */
function handleOf(socket: Socket): ReadHandle | undefined {
  const { _handle: handle } = socket as { _handle?: Partial<ReadHandle> | null }
  const isKnown = typeof handle?.readStop === 'function' && typeof handle.readStart === 'function'
  return isKnown ? (handle as ReadHandle) : undefined
}
