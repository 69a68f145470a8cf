/** A socket, or a WebSocket as a stream, below a circuit; it may be secured on the way. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Circuit } from '../psyc/session/circuit.js'
import type { CircuitSink, LineTls, PeerCertificate } from '../psyc/session/peer.js'
import { noBytes } from '../util/bytes.js'
import type { Log } from '../util/log.js'
import type { Turn } from '../util/turn.js'
import { guarded, guardedUntilDone } from './guard.js'
import type { Credentials } from './psyc-tls.js'
import { SocketOutlet } from './socket-outlet.js'
import type { Unfinished } from './unfinished.js'

export interface LineServices {
  readonly turn: Turn
  readonly log: Log
  readonly credentials: Credentials
  readonly unfinished: Unfinished
}

export class CircuitLine implements CircuitSink {
  readonly tls: LineTls | undefined
  private outlet: SocketOutlet
  private circuit: Circuit | undefined
  private hasFailed = false

  constructor(
    private socket: Duplex,
    private readonly services: LineServices,
  ) {
    this.outlet = new SocketOutlet(socket, services.turn)
    if (socket instanceof Socket) this.tls = this.tlsUpon(socket)
  }

  /** Feed the circuit what comes, and tell it the end. Once. */
  run(circuit: Circuit): void {
    this.circuit = circuit
    this.socket.once('close', this.services.unfinished.watch(circuit))
    this.listen()
  }

  /** At once: a circuit has gathered what the turn produces. */
  send(bytes: Uint8Array): void {
    this.outlet.sendNow(bytes)
  }

  get queuedBytes(): number {
    return this.outlet.queuedBytes
  }

  end(): void {
    this.outlet.end()
  }

  abort(): void {
    this.outlet.abort()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  private listen(): void {
    const { socket } = this
    socket.on('data', this.onData)
    socket.on('end', this.onEnd)
    socket.on('error', () => (this.hasFailed = true))
    socket.on('close', () => this.tell((circuit) => (this.hasFailed ? circuit.reset() : circuit.end())))
  }

  private readonly onData = (bytes: Buffer): void => {
    if (!this.tell((circuit) => circuit.receive(bytes))) this.outlet.abort()
  }

  private readonly onEnd = (): void => {
    this.tell((circuit) => circuit.end())
  }

  private tell(what: (circuit: Circuit) => void): boolean {
    const { circuit } = this
    return circuit === undefined || guarded(this.services.log, () => what(circuit))
  }

  private tlsUpon(raw: Socket): LineTls {
    const { credentials } = this.services
    return {
      get canServe() {
        return credentials.own() !== undefined
      },
      start: (host, done) => {
        raw.off('data', this.onData)
        raw.off('end', this.onEnd)
        raw.pause()
        this.outlet.sendNow(noBytes)
        raw.write(noBytes, () =>
          guardedUntilDone(this.services.log, this.secure(raw, host, done), () => raw.destroy()),
        )
      },
    }
  }

  /** Everything that was sent without TLS is out. */
  private async secure(
    raw: Socket,
    host: string | undefined,
    done: (certificate: PeerCertificate) => void,
  ): Promise<void> {
    const { secureAsClient, secureAsServer } = await import('./psyc-tls.js')
    const { credentials, turn } = this.services
    const context = credentials.own()
    if (raw.destroyed) return
    if (host === undefined && context === undefined) {
      raw.destroy()
      return
    }
    const secured = (certificate: PeerCertificate): void => void this.tell(() => done(certificate))
    const tls =
      host === undefined && context !== undefined
        ? secureAsServer(raw, context, secured)
        : secureAsClient(raw, host ?? '', credentials, secured)
    this.socket = tls
    this.outlet = new SocketOutlet(tls, turn)
    this.listen()
  }
}
