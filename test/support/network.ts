/**
 * Several whole worlds in one process, on one clock: each is a node with a host name and an address of its own, and
 * calls the others by name over lines in memory. The test cuts, stops and counts the lines.
 */
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { Connect, ConnectEvents } from '../../src/psyc/session/connect.js'
import type { CircuitSink, Peer } from '../../src/psyc/session/peer.js'
import type { Resolve } from '../../src/psyc/session/proof.js'
import type { ConfigSource } from '../../src/server/config.js'
import type { Timer } from '../../src/util/timers.js'
import { ManualTurn } from '../../src/util/turn.js'
import { decodeUtf8 } from '../../src/util/utf8.js'
import { FakeTime } from './fake-clock.js'
import { random } from './random.js'
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

  /** What is on its way, at most that many bytes of it: a packet may come in pieces. */
  take(most = Number.POSITIVE_INFINITY): Uint8Array[] {
    const taken: Uint8Array[] = []
    let rest = most
    for (let next = this.waiting[0]; next !== undefined && rest > 0; next = this.waiting[0]) {
      const part = next.subarray(0, Math.min(rest, next.length))
      if (part.length === next.length) this.waiting.shift()
      else this.waiting[0] = next.subarray(part.length)
      rest -= part.length
      taken.push(part)
    }
    return taken
  }
}

/** A connection between two nodes: `a` has called `b`. */
export class Line {
  readonly fromA = new Wire(this)
  readonly fromB = new Wire(this)
  /** Nothing arrives any more, and nobody is told. */
  isBlackHole = false
  isClosed = false
  /** Bytes that may still arrive each way until somebody allows more; any number when undefined. */
  budget: { a: number; b: number } | undefined
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
    this.a.whenAwake(() => this.circuits?.a.reset())
    this.b.whenAwake(() => this.circuits?.b.reset())
  }

  /**
   * The connection breaks for one side alone; the other goes on believing in it.
   * @param whose the side that is told
   */
  cutFor(whose: 'a' | 'b'): void {
    if (this.isClosed) return
    this.isBlackHole = true
    this[whose].whenAwake(() => this.circuits?.[whose].reset())
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
    const isMoving = [this.carry('a', 'b'), this.carry('b', 'a')].includes(true)
    return isMoving || this.tellEnd()
  }

  private carry(from: 'a' | 'b', to: 'a' | 'b'): boolean {
    const [sender, reader] = from === 'a' ? [this.fromA, this.fromB] : [this.fromB, this.fromA]
    if (reader.isPaused || this[to].stillMs > 0) return false
    const parts = sender.take(this.budget?.[from])
    for (const bytes of parts) {
      if (this.budget !== undefined) this.budget[from] -= bytes.length
      this.circuits?.[to].receive(bytes)
    }
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
    // What was sent before the end arrives before it, however slow the line is.
    if ((fromA.isEnded && fromA.queuedBytes > 0) || (fromB.isEnded && fromB.queuedBytes > 0)) return false
    this.isClosed = true
    this.a.whenAwake(() => circuits.a.end())
    this.b.whenAwake(() => circuits.b.end())
    return true
  }
}

/** Somebody on the network who is no node of ours; it answers at any port. */
export interface Guest {
  readonly address: string
  /** A node calls. @returns undefined: nobody answers */
  called(from: Peer): { readonly sink: CircuitSink; opened(circuit: Circuit): void } | undefined
  /** Carry what there is, both ways. @returns whether anything moved */
  exchange(): boolean
}

interface NodeAt {
  readonly host: string
  readonly world: TestWorld
  address: string
  isDown: boolean
}

export class TestNetwork {
  readonly time = new FakeTime()
  readonly turn = new ManualTurn()
  readonly lines: Line[] = []
  /** Host names of who is no node of ours, with their addresses: nobody answers there. */
  readonly strangers = new Map<string, string>()
  /** Host names of nodes that reach nobody and are reached by nobody; lines that there are stay. */
  readonly unplugged = new Set<string>()
  /** Host names of nodes that nobody can call, as behind a NAT; they call others. */
  readonly uncallable = new Set<string>()
  private readonly apart = new Set<string>()
  /** How long the next attempt to connect takes. */
  connectMs = (): number => 0
  private readonly nodes = new Map<string, NodeAt>()
  private readonly guests = new Map<string, Guest>()
  private readonly connecting = new Set<() => void>()
  private ports = 40_000
  private addresses = 0
  private readonly pick: (below: number) => number

  /** @param seed of the nodes' tokens, and so of the times of their attempts */
  constructor(seed = 1) {
    this.pick = random(seed)
  }

  /** A node of that host name; it answers at port 4404. */
  add(
    host: string,
    options: Pick<TestWorldOptions, 'access' | 'recordings' | 'objectStore'> & { config?: ConfigSource } = {},
  ): TestWorld {
    const address = this.nodes.get(host)?.address ?? this.newAddress()
    const world: TestWorld = new TestWorld({
      ...options,
      config: { ...options.config, host },
      network: {
        time: this.time,
        turn: this.turn,
        connect: (to, events) => this.connect(node, to.host, to.port, events),
        resolve: this.resolve,
        randomBytes: (length) => Uint8Array.from({ length }, () => this.pick(256)),
        settle: () => this.settle(),
        wait: (ms) => this.wait(ms),
      },
    })
    const node: NodeAt = { host, world, address, isDown: false }
    this.nodes.set(host, node)
    return world
  }

  /**
   * The process is gone: its lines break, and nobody is answered. `add` with the same name starts it anew.
   * @param isTold false: the machine lost its power, and to others the lines seem to be there
   */
  kill(host: string, isTold = true): void {
    const node = this.nodes.get(host)
    if (node === undefined) return
    node.isDown = true
    for (const line of this.linesOf(host)) {
      if (isTold) line.cut()
      else line.isBlackHole = true
    }
  }

  /** Its host name has another address from now on. */
  move(host: string): void {
    const node = this.nodes.get(host)
    if (node !== undefined) node.address = this.newAddress()
  }

  private newAddress(): string {
    const at = this.addresses++
    return `127.0.${Math.floor(at / 250)}.${2 + (at % 250)}`
  }

  /** Two nodes do not reach each other, though others reach both; lines that there are stay. @returns its end */
  part(one: string, other: string): () => void {
    const keys = [`${one} ${other}`, `${other} ${one}`]
    for (const key of keys) this.apart.add(key)
    return () => {
      for (const key of keys) this.apart.delete(key)
    }
  }

  addGuest(host: string, guest: Guest): void {
    this.guests.set(host, guest)
  }

  /** A guest calls a node. @returns undefined when there is none */
  callFromGuest(guest: Guest, host: string, sink: CircuitSink): Circuit | undefined {
    const called = this.nodes.get(host)
    if (called === undefined || called.isDown) return undefined
    const peer = { address: guest.address, port: this.ports++, isEncrypted: false }
    return called.world.world.node.accept(sink, peer)
  }

  /** The addresses of a host. */
  addressesOf(host: string): readonly string[] {
    const address =
      this.nodes.get(host)?.address ?? this.guests.get(host)?.address ?? this.strangers.get(host)
    return address === undefined ? [] : [address]
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
    this.time.advanceInTurns(ms, () => this.settle())
  }

  private step(): boolean {
    const outcomes = [...this.connecting]
    this.connecting.clear()
    for (const decide of outcomes) decide()
    const moved = this.lines.map((line) => line.exchange())
    const worlds = [...this.nodes.values()]
      .filter(({ isDown, world }) => !isDown && world.stillMs === 0)
      .map(({ world }) => world.exchange())
    const guests = [...this.guests.values()].map((guest) => guest.exchange())
    return outcomes.length > 0 || [...moved, ...worlds, ...guests].includes(true)
  }

  private readonly resolve: Resolve = (host, done) => {
    done(this.addressesOf(host))
  }

  private connect(caller: NodeAt, host: string, port: number, events: ConnectEvents): ReturnType<Connect> {
    let timer: Timer | undefined
    const decideIn = (ms: number): void => {
      if (ms > 0) timer = this.time.timers.after(ms, () => this.connecting.add(decide))
      else this.connecting.add(decide)
    }
    const decide = (): void => {
      const stillMs = Math.max(caller.world.stillMs, this.nodes.get(host)?.world.stillMs ?? 0)
      if (stillMs > 0) decideIn(stillMs)
      else this.answer(caller, host, port, events)
    }
    decideIn(this.connectMs())
    const cancel = (): void => {
      timer?.cancel()
      this.connecting.delete(decide)
    }
    return { cancel }
  }

  private answer(caller: NodeAt, host: string, port: number, events: ConnectEvents): void {
    const called = this.nodes.get(host)
    if (caller.isDown) return
    if (!this.isOpen(caller.host, host)) return events.failed('_disconnect')
    const guest = this.guests.get(host)
    if (guest !== undefined) {
      this.joinGuest(caller, guest, port, events)
      return
    }
    if (called === undefined) events.failed(this.strangers.has(host) ? '_disconnect' : '_resolve')
    else if (called.isDown || port !== 4404) events.failed('_disconnect')
    else this.join(caller, called, events)
  }

  private isOpen(from: string, to: string): boolean {
    const isPlugged = !this.unplugged.has(from) && !this.unplugged.has(to)
    return isPlugged && !this.uncallable.has(to) && !this.apart.has(`${from} ${to}`)
  }

  private joinGuest(caller: NodeAt, guest: Guest, port: number, events: ConnectEvents): void {
    const peer = { address: caller.address, port: this.ports++, isEncrypted: false }
    const line = guest.called(peer)
    if (line === undefined) events.failed('_disconnect')
    else line.opened(events.opened(line.sink, { ...peer, address: guest.address, port }))
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
