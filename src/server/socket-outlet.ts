/**
 * The way out to one peer, for any session: what one turn produces leaves in one write, and what the peer has not
 * taken yet is known.
 *
 * Nothing is written to a socket that rests. If the peer has closed, the write fails, Node closes the socket, and what
 * the peer said last, still in the kernel, is lost: so it is woken, read, and then written to.
 */
import type { Duplex } from 'node:stream'
import type { ByteSink } from '../rtmp/session/byte-stream.js'
import type { Turn } from '../util/turn.js'
import type { ReadRests } from './read-rests.js'

const FLUSH_GRACE_MS = 5_000 // ours: how long a closing peer may take to read the rest

/** Flush, then close. A peer that never reads the rest, or never closes its side, is not waited for. */
export function endInTime(socket: Duplex, last?: string): void {
  socket.end(last)
  const timeout = setTimeout(() => socket.destroy(), FLUSH_GRACE_MS)
  timeout.unref()
  socket.once('close', () => clearTimeout(timeout))
}

let lastBytes: Uint8Array | undefined
let lastBuffer: Buffer = Buffer.alloc(0)

/** The same bytes as a socket wants them. It would make a Buffer for each write; what all players of a stream get is one. */
function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes !== lastBytes) {
    lastBytes = bytes
    lastBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }
  return lastBuffer
}

export class SocketOutlet {
  private parts: Uint8Array[] = []
  private partsBytes = 0
  private isEnding = false
  /** What `socket.destroyed` says, which is too dear to be asked at each write. */
  private isClosed: boolean
  /** It has rested: it may be at rest now. */
  private mayRest = false
  /** It has just been woken. */
  private isReadFirst = false

  /** @param rests undefined: what comes is read as it comes */
  constructor(
    readonly socket: Duplex,
    private readonly turn: Turn,
    private readonly rests?: ReadRests,
  ) {
    this.isClosed = socket.destroyed
    socket.once('close', () => (this.isClosed = true))
  }

  /** Bytes are shared: never changed after this call. */
  send(bytes: Uint8Array): void {
    if (this.isEnding || this.isClosed) return
    this.keep(bytes)
    if (this.parts.length === 1) this.turn.atEnd(() => this.flush())
  }

  /** Shared; at once, behind what waits for the end of the turn: without a copy, for what was gathered elsewhere. */
  sendNow(bytes: Uint8Array): void {
    if (this.isEnding || this.isClosed) return
    if (this.partsBytes > 0) this.flush()
    if (this.mayRest && this.mustReadFirst()) this.keep(bytes)
    else this.socket.write(asBuffer(bytes))
  }

  /** As `ReadRests.rest`. */
  rest(ms: number): boolean {
    const isResting = !this.isReadFirst && this.rests?.rest(this.socket, ms) === true
    if (isResting) this.mayRest = true
    return isResting
  }

  get queuedBytes(): number {
    return this.partsBytes + this.socket.writableLength
  }

  /** What is queued goes out first. */
  end(): void {
    if (this.isEnding) return
    this.write()
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

  private keep(bytes: Uint8Array): void {
    this.parts.push(bytes)
    this.partsBytes += bytes.length
  }

  private flush(): void {
    if (this.mayRest && this.mustReadFirst()) return
    this.write()
  }

  /** A round of reading lies between the end of this turn and the next time that the loop gets there. */
  private mustReadFirst(): boolean {
    if (this.rests?.wake(this.socket) === true && !this.isReadFirst) {
      this.isReadFirst = true
      this.turn.atEnd(() => setImmediate(() => this.wasRead()))
    }
    return this.isReadFirst
  }

  private wasRead(): void {
    this.isReadFirst = false
    this.write()
  }

  private write(): void {
    const { parts } = this
    const [first] = parts
    if (first === undefined || this.isClosed) return
    const whole = parts.length === 1 ? asBuffer(first) : Buffer.concat(parts, this.partsBytes)
    this.parts = []
    this.partsBytes = 0
    this.socket.write(whole)
  }
}

/** The way out of an RTMP byte stream. */
export class SocketSink implements ByteSink {
  /** @param failed told why it is closed at once */
  constructor(
    private readonly outlet: SocketOutlet,
    private readonly failed: (error: Error) => void,
  ) {}

  send(bytes: Uint8Array): void {
    this.outlet.send(bytes)
  }

  sendNow(bytes: Uint8Array): void {
    this.outlet.sendNow(bytes)
  }

  end(): void {
    this.outlet.end()
  }

  fail(error: Error): void {
    this.failed(error)
    this.outlet.abort()
  }

  queuedBytes(): number {
    return this.outlet.queuedBytes
  }

  rest(ms: number): boolean {
    return this.outlet.rest(ms)
  }
}
