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
  private resting: Socket[] = []

  constructor(private readonly timers: Timers) {}

  /**
   * Read nothing of the socket for `ms`, or less: until those wake who rest already. That the peer has closed is heard
   * after that, too.
   * @param socket flowing
   * @returns false: it cannot rest
   */
  rest(socket: Duplex, ms: number): boolean {
    if (!(socket instanceof Socket) || socket instanceof TLSSocket) return false
    const handle = handleOf(socket)
    if (handle === undefined) return false
    handle.readStop()
    this.resting.push(socket)
    if (this.resting.length === 1) this.timers.after(ms, () => this.wake())
    return true
  }

  private wake(): void {
    const { resting } = this
    this.resting = []
    for (const socket of resting) handleOf(socket)?.readStart()
  }
}

/** Undefined once the socket is closed, and where Node has changed. */
function handleOf(socket: Socket): ReadHandle | undefined {
  const { _handle: handle } = socket as { _handle?: Partial<ReadHandle> | null }
  const isKnown = typeof handle?.readStop === 'function' && typeof handle.readStart === 'function'
  return isKnown ? (handle as ReadHandle) : undefined
}
