/**
 * The bytes of a circuit that wait to be parsed. Each received buffer is used in place; only what a packet leaves
 * over at the end of a buffer is copied in front of the next one, into a buffer that doubles, so that the copying
 * stays linear. Bytes once handed out as views are never written again.
 */
import { copyOf, noBytes } from '../../util/bytes.js'

/** Bytes: a larger buffer is not held for a small rest of it. */
const HELD = 65_536

export class Received {
  /** Read [mark, end); shared. */
  bytes: Uint8Array = noBytes
  /** What lies before is parsed. */
  mark = 0
  /** What lies before was looked at, and need not be again. */
  at = 0
  end = 0
  /** As far as known, so many bytes from `mark` on are needed to go on: no more room than that is made. */
  wanted = Infinity
  /** Bytes that were copied; for tests of linearity. */
  copied = 0
  private base = 0
  private growing = false

  /** The number of bytes of the circuit before `at`. */
  get offset(): number {
    return this.base + this.at
  }

  /** @param bytes shared: they must not change any more */
  append(bytes: Uint8Array): void {
    if (this.mark === this.end) this.replace(bytes)
    else this.join(bytes)
  }

  private replace(bytes: Uint8Array): void {
    this.base += this.end
    this.bytes = bytes
    this.mark = 0
    this.at = 0
    this.end = bytes.length
    this.growing = false
  }

  /**
   * To be called when everything there is was used: lets go of buffers that are parsed, so that a circuit that has
   * fallen silent does not hold the largest packet it ever sent.
   */
  settle(): void {
    const waiting = this.end - this.mark
    if (waiting > 0 && (this.bytes.length < HELD || waiting > this.bytes.length / 4)) return
    this.base += this.mark
    this.bytes = waiting === 0 ? noBytes : copyOf(this.bytes.subarray(this.mark, this.end))
    this.copied += waiting
    this.at -= this.mark
    this.mark = 0
    this.end = waiting
    this.growing = false
  }

  private join(bytes: Uint8Array): void {
    if (!this.growing || this.bytes.length - this.end < bytes.length) this.grow(bytes.length)
    this.bytes.set(bytes, this.end)
    this.end += bytes.length
    this.copied += bytes.length
  }

  private grow(more: number): void {
    const waiting = this.end - this.mark
    const needed = waiting + more
    const larger = new Uint8Array(Math.max(needed, Math.min(2 * needed, this.wanted)))
    larger.set(this.bytes.subarray(this.mark, this.end))
    this.copied += waiting
    this.base += this.mark
    this.at -= this.mark
    this.mark = 0
    this.end = waiting
    this.bytes = larger
    this.growing = true
  }

  /** Position of the next LF from `at` on, or -1; then everything has been looked at. */
  findLf(): number {
    const { bytes, end } = this
    const near = Math.min(end, this.at + 64) // most lines are short; memchr pays off only beyond
    for (let at = this.at; at < near; at++) if (bytes[at] === 10) return at
    if (near < end) {
      const far = bytes.subarray(near, end).indexOf(10)
      if (far >= 0) return near + far
    }
    this.at = end
    return -1
  }

  /** A shared view of [start, end). */
  view(start: number, end: number): Uint8Array {
    if (start === end) return noBytes
    const { bytes } = this
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
  }
}
