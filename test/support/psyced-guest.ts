/** The double of psyced as a guest of a TestNetwork: its lines, which the test cuts and counts. */
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { CircuitSink, Peer } from '../../src/psyc/session/peer.js'
import type { Guest, TestNetwork } from './network.js'
import { PsycedDouble } from './psyced-double.js'
import type { DoubleCircuit, DoubleSocket } from './psyced-double.js'

/** One connection: the node's sink on one side, the double's socket on the other. */
export class GuestLine implements CircuitSink, DoubleSocket {
  circuit: Circuit | undefined
  far: DoubleCircuit | undefined
  isClosed = false
  /** All that the node has sent, latin1. */
  sent = ''
  /** All that psyced has sent, latin1. */
  received = ''
  private toGuest = ''
  private toNode = ''
  private isPaused = false
  private isEnded = false

  constructor(readonly peer: Peer) {}

  get address(): string {
    return this.peer.address
  }

  get port(): number {
    return this.peer.port
  }

  // ── CircuitSink, the node's ──

  send(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('latin1')
    this.toGuest += text
    this.sent += text
  }

  get queuedBytes(): number {
    return this.toGuest.length
  }

  end(): void {
    this.isEnded = true
  }

  abort(): void {
    this.cut()
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  // ── DoubleSocket, psyced's ──

  write(bytes: string): void {
    this.toNode += bytes
    this.received += bytes
  }

  close(): void {
    this.isEnded = true
  }

  /** Packets that the node has sent with that method. */
  count(method: string): number {
    return this.sent.split(`\n${method}\n`).length - 1
  }

  /** The connection breaks. */
  cut(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.circuit?.reset()
    this.far?.ended()
  }

  exchange(): boolean {
    if (this.isClosed) return false
    const { toGuest } = this
    const toNode = this.isPaused ? '' : this.toNode
    this.toGuest = ''
    if (toGuest !== '') this.far?.receive(toGuest)
    if (toNode !== '') {
      this.toNode = this.toNode.slice(toNode.length)
      this.circuit?.receive(Buffer.from(toNode, 'latin1'))
    }
    return toGuest !== '' || toNode !== '' || this.tellEnd()
  }

  private tellEnd(): boolean {
    if (!this.isEnded || this.isClosed) return false
    this.isClosed = true
    this.circuit?.end()
    this.far?.ended()
    return true
  }
}

export class PsycedGuest implements Guest {
  readonly address = '127.1.0.1'
  readonly double: PsycedDouble
  lines: GuestLine[] = []
  /** Nobody answers. */
  isDown = false

  constructor(
    private readonly network: TestNetwork,
    readonly host = 'psyced.example',
  ) {
    this.double = new PsycedDouble({
      host,
      resolve: (name) => network.addressesOf(name),
      dial: (name, port) => this.call(name, port),
      now: () => Math.floor(network.time.clock.wallTime() / 1000),
    })
    network.addGuest(host, this)
  }

  called(from: Peer): { readonly sink: GuestLine; opened(circuit: Circuit): void } | undefined {
    if (this.isDown) return undefined
    const line = new GuestLine(from)
    this.lines.push(line)
    line.far = this.double.accept(line)
    return { sink: line, opened: (circuit) => (line.circuit = circuit) }
  }

  exchange(): boolean {
    return this.lines.map((line) => line.exchange()).includes(true)
  }

  get open(): GuestLine[] {
    return this.lines.filter(({ isClosed }) => !isClosed)
  }

  /** What nodes have sent here in all. */
  get sent(): string {
    return this.lines.map(({ sent }) => sent).join('')
  }

  /** What psyced has sent in all. */
  get received(): string {
    return this.lines.map(({ received }) => received).join('')
  }

  cut(): void {
    for (const line of this.open) line.cut()
    this.network.settle()
  }

  private call(host: string, port: number): void {
    if (this.isDown) return
    const [address = ''] = this.network.addressesOf(host)
    const line = new GuestLine({ address, port, isEncrypted: false })
    const circuit = this.network.callFromGuest(this, host, line)
    if (circuit === undefined) return
    this.lines.push(line)
    line.circuit = circuit
    line.far = this.double.accept(line)
    line.far.call(`psyc://${host}/`)
    line.far.receive('.\n')
  }
}
