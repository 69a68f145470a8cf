/** A tunnel of RTMPT as a stream of bytes, to be served like a socket. A write is done when an answer has taken it. */
import { Duplex } from 'node:stream'
import { RtmptTunnel } from '../rtmp/session/rtmpt-tunnel.js'
import type { TunnelEnd, TunnelOptions } from '../rtmp/session/rtmpt-tunnel.js'
import { TransportError } from '../util/errors.js'

type Done = (error?: Error | null) => void

export class RtmptStream extends Duplex {
  readonly tunnel: RtmptTunnel
  private taken: Done | undefined

  /** @param over called once, also when it is this end that closed */
  constructor(options: TunnelOptions, over: (end: TunnelEnd) => void) {
    super()
    this.tunnel = new RtmptTunnel(options, {
      receive: (bytes) => this.push(bytes),
      drained: () => this.allTaken(),
      over: (end) => {
        over(end)
        this.close(end)
      },
    })
  }

  override _read(): void {
    // the client sends when it wants to; the session takes everything at once
  }

  override _write(bytes: Uint8Array, _encoding: string, taken: Done): void {
    this.tunnel.write(bytes)
    this.awaitTaken(taken)
  }

  override _writev(parts: readonly { readonly chunk: Uint8Array }[], taken: Done): void {
    for (const { chunk } of parts) this.tunnel.write(chunk)
    this.awaitTaken(taken)
  }

  /** All that was written has been taken. */
  override _final(done: Done): void {
    this.tunnel.end()
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.tunnel.end()
    done(error)
  }

  private awaitTaken(taken: Done): void {
    if (this.tunnel.queuedBytes > 0) this.taken = taken
    else taken()
  }

  private allTaken(): void {
    const { taken } = this
    this.taken = undefined
    taken?.()
  }

  private close(end: TunnelEnd): void {
    if (end === 'closed') this.destroy()
    else if (end !== 'ended') this.destroy(new TransportError('TRANSPORT_TIMEOUT', `RTMPT: ${end}`))
  }
}
