/**
 * The payload of a message while its chunks arrive. Room grows with what has come and never with what was announced:
 * a header that promises 16 MB costs nothing. Doubling keeps a million tiny chunks linear.
 */
import { noBytes } from '../../../util/bytes.js'

/** Below this many bytes a loop is faster than making a view and copying it. */
const SHORT = 24

export class PartialMessage {
  private room = noBytes
  /** Bytes that have come; 0 when no message is under way. */
  received = 0

  /** Bytes of memory held: at most twice `received`. */
  get capacity(): number {
    return this.room.length
  }

  /**
   * Copy bytes[at, at + length), borrowed.
   * @param messageLength of the whole message, ≥ received + length
   */
  append(bytes: Uint8Array, at: number, length: number, messageLength: number): void {
    const { received } = this
    const needed = received + length
    if (needed > this.room.length) this.grow(Math.min(messageLength, 2 * needed))
    const { room } = this
    if (length < SHORT) for (let i = 0; i < length; i++) room[received + i] = bytes[at + i] ?? 0
    else room.set(bytes.subarray(at, at + length), received)
    this.received = needed
  }

  private grow(capacity: number): void {
    const room = new Uint8Array(capacity)
    room.set(this.room.subarray(0, this.received))
    this.room = room
  }

  /** The payload, owned by the caller; complete, so that it fills the room. The next message starts empty. */
  take(): Uint8Array {
    const payload = this.room
    this.drop()
    return payload
  }

  /** Forget what has come. */
  drop(): void {
    this.room = noBytes
    this.received = 0
  }
}
