/**
 * Several whole worlds in one process, on one clock: each is a node with a host name and an address of its own, and
 * calls the others by name over lines in memory. The test cuts, stops and counts the lines.
 */
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { Connect, ConnectEvents } from '../../src/psyc/session/connect.js'
import type { CircuitSink } from '../../src/psyc/session/peer.js'
import type { Resolve } from '../../src/psyc/session/proof.js'
import type { ConfigSource } from '../../src/server/config.js'
import { ManualTurn } from '../../src/util/turn.js'
import { decodeUtf8 } from '../../src/util/utf8.js'
import { FakeTime } from './fake-clock.js'
import { TestWorld } from './world.js'
import type { TestWorldOptions } from './world.js'

/** One direction of a line. */
class Wire implements CircuitSink {
  readonly sent: Uint8Array[] = []
  bytes = 0
  isEnded = false
  isAborted = false
  isPaused = false
  private waiting: Uint8Array[] = []
  /** Told of the other side's end already. */
  isTold = false

  constructor(private readonly line: Line) {}

  send(bytes: Uint8Array): void {
    if (this.isEnded || this.isAborted) return
    this.waiting.push(bytes)
    this.bytes += bytes.length
    if (this.line.isRecorded) this.sent.push(bytes)
  }

  get queuedBytes(): number {
    return this.waiting.reduce((sum, { length }) => sum + length, 0)
  }

  end(): void {
    this.isEnded = true
  }

  abort(): void {
    this.isAborted = true
    this.waiting = []
  }

  /** Of the reader at this end; its peer's bytes wait. */
  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  take(): Uint8Array[] {
    const { waiting } = this
    this.waiting = []
    return waiting
  }
}

/** A connection between two nodes: `a` has called `b`. */
export class Line {
  readonly fromA = new Wire(this)
  readonly fromB = new Wire(this)
  /** Nothing arrives any more, and nobody is told. */
  isBlackHole = false
  isClosed = false
  /** Keep what is sent, for `packets`. */
  isRecorded = true
  circuits: { readonly a: Circuit; readonly b: Circuit } | undefined

  constructor(
    readonly a: TestWorld,
    readonly b: TestWorld,
  ) {}

  /** The connection breaks for both. */
  cut(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.circuits?.a.reset()
    this.circuits?.b.reset()
  }

  /** What a node has sent over this line, as text. */
  text(from: TestWorld): string {
    return (from === this.a ? this.fromA : this.fromB).sent.map((bytes) => decodeUtf8(bytes)).join('')
  }

  /** How often that method went over the line. */
  count(from: TestWorld, method: string): number {
    return this.text(from).split(`\n${method}\n`).length - 1
  }

  /** @returns whether anything moved */
  exchange(): boolean {
    if (this.circuits === undefined || this.isBlackHole || this.isClosed) return false
    const { a, b } = this.circuits
    const isMoving = [this.carry(this.fromA, this.fromB, b), this.carry(this.fromB, this.fromA, a)].includes(
      true,
    )
    return isMoving || this.tellEnd()
  }

  private carry(from: Wire, reader: Wire, to: Circuit): boolean {
    if (reader.isPaused) return false
    const parts = from.take()
    for (const bytes of parts) to.receive(bytes)
    return parts.length > 0
  }

  private tellEnd(): boolean {
    const { fromA, fromB, circuits } = this
    if (circuits === undefined) return false
    if (fromA.isAborted || fromB.isAborted) {
      this.cut()
      return true
    }
    if (!fromA.isEnded && !fromB.isEnded) return false
    this.isClosed = true
    circuits.a.end()
    circuits.b.end()
    return true
  }
}

interface NodeAt {
  readonly world: TestWorld
  readonly address: string
  isDown: boolean
}

export class TestNetwork {
  readonly time = new FakeTime()
  readonly turn = new ManualTurn()
  readonly lines: Line[] = []
  private readonly nodes = new Map<string, NodeAt>()
  private readonly connecting = new Set<() => void>()
  private ports = 40_000

  /** A node of that host name; it answers at port 4404. */
  add(
    host: string,
    options: Pick<TestWorldOptions, 'access' | 'recordings'> & { config?: ConfigSource } = {},
  ): TestWorld {
    const address =
      this.nodes.get(host)?.address ??
      `127.0.${Math.floor(this.nodes.size / 250)}.${2 + (this.nodes.size % 250)}`
    const world: TestWorld = new TestWorld({
      ...options,
      config: { ...options.config, host },
      network: {
        time: this.time,
        turn: this.turn,
        connect: (to, events) => this.connect(host, to.host, to.port, events),
        resolve: this.resolve,
        settle: () => this.settle(),
        wait: (ms) => this.wait(ms),
      },
    })
    this.nodes.set(host, { world, address, isDown: false })
    return world
  }

  /** The process is gone: its lines break, and nobody is answered. `add` with the same name starts it anew. */
  kill(host: string): void {
    const node = this.nodes.get(host)
    if (node === undefined) return
    node.isDown = true
    for (const line of this.linesOf(host)) line.cut()
  }

  linesOf(host: string): Line[] {
    const world = this.nodes.get(host)?.world
    return this.lines.filter((line) => !line.isClosed && (line.a === world || line.b === world))
  }

  /** The open lines between two nodes. */
  between(one: string, other: string): Line[] {
    const world = this.nodes.get(other)?.world
    return this.linesOf(one).filter((line) => line.a === world || line.b === world)
  }

  /** Carry all bytes and end turns until nothing moves. */
  settle(): void {
    for (let isMoving = true; isMoving;) {
      this.turn.end()
      isMoving = this.step()
    }
  }

  /** Time passes; every deadline is a turn of its own. */
  wait(ms: number): void {
    const { clock, timers } = this.time
    const end = clock.now() + ms
    for (let next = timers.next(); next !== undefined && next <= end; next = timers.next()) {
      this.time.advance(Math.max(0, next - clock.now()))
      this.settle()
    }
    this.time.advance(end - clock.now())
    this.settle()
  }

  private step(): boolean {
    const outcomes = [...this.connecting]
    this.connecting.clear()
    for (const decide of outcomes) decide()
    const moved = this.lines.map((line) => line.exchange())
    const worlds = [...this.nodes.values()]
      .filter(({ isDown }) => !isDown)
      .map(({ world }) => world.exchange())
    return outcomes.length > 0 || moved.includes(true) || worlds.includes(true)
  }

  private readonly resolve: Resolve = (host, done) => {
    const node = this.nodes.get(host)
    done(node === undefined ? [] : [node.address])
  }

  private connect(from: string, host: string, port: number, events: ConnectEvents): ReturnType<Connect> {
    const decide = (): void => this.answer(from, host, port, events)
    this.connecting.add(decide)
    return { cancel: () => this.connecting.delete(decide) }
  }

  private answer(from: string, host: string, port: number, events: ConnectEvents): void {
    const caller = this.nodes.get(from)
    const called = this.nodes.get(host)
    if (caller === undefined || caller.isDown) return
    if (called === undefined) events.failed('_resolve')
    else if (called.isDown || port !== 4404) events.failed('_disconnect')
    else this.join(caller, called, events)
  }

  private join(caller: NodeAt, called: NodeAt, events: ConnectEvents): void {
    const line = new Line(caller.world, called.world)
    this.lines.push(line)
    const plain = { isEncrypted: false }
    const b = called.world.world.node.accept(line.fromB, {
      ...plain,
      address: caller.address,
      port: this.ports++,
    })
    const a = events.opened(line.fromA, { ...plain, address: called.address, port: 4404 })
    line.circuits = { a, b }
  }
}
