/** What the readers of both syntaxes share: bytes in, packets out, and nothing more after the first error. */
import { Received } from './received.js'

export abstract class PacketReader<P> {
  protected readonly input = new Received()
  private closed = false

  /** The number of bytes parsed or looked at. */
  get offset(): number {
    return this.input.offset
  }

  /** Bytes copied because packets lay across buffers. */
  get copied(): number {
    return this.input.copied
  }

  /** The next bytes of the circuit, shared: values and bodies of packets are views on them. */
  receive(bytes: Uint8Array): void {
    if (!this.closed && bytes.length > 0) this.input.append(bytes)
  }

  /**
   * The next packet, or undefined when more bytes are needed. An empty packet has no routing and method "".
   * Who keeps a value or body for long should copy it: the view holds the whole received buffer.
   * @throws PsycError by libpsyc's reasons, LimitError psyc…: once; the place in the stream is lost, so that the
   * reader is closed and gives nothing more
   */
  next(): P | undefined {
    if (this.closed) return undefined
    try {
      return this.advance()
    } catch (error) {
      this.closed = true
      throw error
    }
  }

  /** Parse until a packet is complete or the bytes are at their end. */
  protected abstract advance(): P | undefined
}
