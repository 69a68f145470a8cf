/**
 * The way out to one peer, for any session: what one turn produces leaves in one write, and what the peer has not
 * taken yet is known.
 */
import type { Duplex } from 'node:stream'
import type { Turn } from '../util/turn.js'

const FLUSH_GRACE_MS = 5_000 // ours: how long a closing peer may take to read the rest

/** Flush, then close. A peer that never reads the rest, or never closes its side, is not waited for. */
export function endInTime(socket: Duplex, last = ''): void {
  socket.end(last)
  const timeout = setTimeout(() => socket.destroy(), FLUSH_GRACE_MS)
  timeout.unref()
  socket.once('close', () => clearTimeout(timeout))
}

export class SocketOutlet {
  private parts: Uint8Array[] = []
  private partsBytes = 0
  private isEnding = false

  constructor(
    readonly socket: Duplex,
    private readonly turn: Turn,
  ) {}

  /** Bytes are shared: never changed after this call. */
  send(bytes: Uint8Array): void {
    if (this.isEnding || this.socket.destroyed) return
    this.parts.push(bytes)
    this.partsBytes += bytes.length
    if (this.parts.length === 1) this.turn.atEnd(() => this.flush())
  }

  /** Shared; at once, behind what waits for the end of the turn: without a copy, for what was gathered elsewhere. */
  sendNow(bytes: Uint8Array): void {
    if (this.isEnding || this.socket.destroyed) return
    this.flush()
    this.socket.write(bytes)
  }

  get queuedBytes(): number {
    return this.partsBytes + this.socket.writableLength
  }

  /** What is queued goes out first. */
  end(): void {
    if (this.isEnding) return
    this.flush()
    this.isEnding = true
    endInTime(this.socket)
  }

  /** Close now and drop what is queued. */
  abort(): void {
    this.isEnding = true
    this.parts = []
    this.partsBytes = 0
    this.socket.destroy()
  }

  private flush(): void {
    const { parts } = this
    const [first] = parts
    if (first === undefined || this.socket.destroyed) return
    const whole = parts.length === 1 ? first : Buffer.concat(parts, this.partsBytes)
    this.parts = []
    this.partsBytes = 0
    this.socket.write(whole)
  }
}
