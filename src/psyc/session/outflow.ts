/**
 * What goes out on a circuit: packets in its syntax, empty ones that break a silence, and the NUL that ends a message of an
 * XMLSocket. Nothing does before the syntax is known, or after the end.
 */
import type { Packet } from '../wire/packet.js'
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import { KeepAlive } from './keep-alive.js'
import { Outbox } from './outbox.js'
import type { CircuitSink } from './peer.js'
import type { Syntax } from './syntax.js'

export interface OutflowOptions {
  readonly sink: CircuitSink
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  /** The syntax cannot hold that packet. */
  readonly unrenderable: (packet: Packet, error: GatewayError) => void
  /** The peer takes nothing, or says nothing for too long. */
  readonly lost: (reason: string) => void
}

/** What ends a message of an XMLSocket. Shared. */
const messageEnd = Uint8Array.of(0)

export class Outflow {
  readonly keepAlive: KeepAlive
  /** Undefined while it is not known. */
  syntax: Syntax | undefined
  private readonly outbox: Outbox
  private isXmlSocket = false
  private isClosed = false

  constructor(private readonly options: OutflowOptions) {
    const { sink, timers, turn, limits, lost } = options
    this.outbox = new Outbox({ sink, timers, turn, limits, stalled: lost })
    this.keepAlive = new KeepAlive({
      timers,
      limits,
      sendEmpty: () => this.sendEmpty(),
      dead: () => lost('silence'),
    })
  }

  /** Bytes that wait for the peer to take them. */
  get queuedBytes(): number {
    return this.outbox.queuedBytes
  }

  /** @returns whether the packet went out */
  send(packet: Packet): boolean {
    if (this.syntax === undefined || this.isClosed) return false
    try {
      this.sendBytes(this.syntax.render(packet))
      return true
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.options.unrenderable(packet, error)
      return false
    }
  }

  sendEmpty(): void {
    if (this.syntax !== undefined && !this.isClosed) this.sendBytes(this.syntax.emptyPacket)
  }

  /** From now on each packet is a message of an XMLSocket; what went out before is its first. */
  talkToXmlSocket(): void {
    if (this.isXmlSocket) return
    this.isXmlSocket = true
    this.outbox.send(messageEnd)
  }

  /** What was sent so far goes out now; what is sent from now on waits for `release`. */
  hold(): void {
    this.outbox.hold()
  }

  release(): void {
    this.outbox.release()
  }

  /** Everything out, then the connection is closed. */
  end(): void {
    this.isClosed = true
    this.keepAlive.stop()
    this.outbox.end()
  }

  /** Nothing more goes out. */
  drop(): void {
    this.outbox.drop()
  }

  private sendBytes(bytes: Uint8Array): void {
    this.keepAlive.sent()
    this.outbox.send(bytes)
    if (this.isXmlSocket) this.outbox.send(messageEnd)
  }
}
