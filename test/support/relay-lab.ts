/**
 * Nodes with relays between them, without sockets: real client sessions against real server sessions. Every node has a
 * name; hosts that are no node are servers that the test plays itself, or nobody.
 */
import type { Stream } from '../../src/media/hub.js'
import type { Player, Seat } from '../../src/media/player.js'
import type { Publication } from '../../src/media/publication.js'
import { RtmpServerSession } from '../../src/rtmp/session/server-session.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { configOf } from '../../src/server/config.js'
import { Relays } from '../../src/server/relay/relays.js'
import type { OpenWire, Wire, WireHandler } from '../../src/server/relay/wire.js'
import { streamAddress } from '../../src/translate/name.js'
import { limitsWith } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { ManualTurn } from '../../src/util/turn.js'
import { buildWorld } from '../../src/server/world.js'
import type { World } from '../../src/server/world.js'
import { FakeTime } from './fake-clock.js'
import { FakeHandler } from './fake-net-connection.js'
import { FakeSink } from './fake-pipe.js'
import { media } from './fake-rtmp-text.js'
import { testCrypto } from './rtmp-crypto.js'

export interface LabLine {
  readonly node: string
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

type Serve = (sink: FakeSink) => RtmpServerSession

/** A connection of a relay, both ends. */
export class LabWire implements Wire {
  readonly sink = new FakeSink()
  session: RtmpServerSession | undefined
  /** Bytes that the other end does not take. */
  stuckBytes = 0
  writtenBytes = 0
  /** How long it was asked to leave what comes where it is, ms. */
  readonly rests: number[] = []
  isStuck = false
  isOpen = true
  /** How our side went. */
  ended: 'end' | 'abort' | undefined
  private toServer: Uint8Array[] = []

  constructor(
    readonly host: string,
    private readonly handler: WireHandler,
  ) {}

  get queuedBytes(): number {
    return this.stuckBytes
  }

  open(serve: Serve): void {
    this.session = serve(this.sink)
    this.handler.opened()
  }

  send(bytes: Uint8Array): void {
    if (this.ended !== undefined) return
    if (this.isStuck) this.stuckBytes += bytes.length
    else {
      this.writtenBytes += bytes.length
      this.toServer.push(bytes)
    }
  }

  end(): void {
    this.ended ??= 'end'
  }

  abort(): void {
    this.ended ??= 'abort'
    this.toServer = []
  }

  rest(ms: number): boolean {
    this.rests.push(ms)
    return true
  }

  /** What the other end takes of itself, without a session. */
  feed(bytes: Uint8Array): void {
    this.handler.received(bytes)
  }

  close(how: 'finished' | 'lost' = 'lost', reason?: string): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.handler.closed(how, reason)
    this.session?.ended(how)
  }

  exchange(): boolean {
    if (!this.isOpen) return false
    const out = this.toServer.splice(0)
    for (const bytes of out) this.session?.receive(bytes)
    const back = this.sink.take()
    if (back.length > 0 && this.ended === undefined) this.handler.received(back)
    if (this.ended !== undefined || this.sink.isOver) this.close(this.ended === 'abort' ? 'lost' : 'finished')
    return out.length > 0 || back.length > 0
  }
}

/** Plays a server: notes what the relay does, answers unless told not to. */
export interface Actor {
  readonly handler: FakeHandler
  readonly wire: LabWire
}

export class RelayLab {
  readonly time = new FakeTime()
  readonly turn = new ManualTurn()
  readonly log: LabLine[] = []
  readonly wires: LabWire[] = []
  readonly actors: Actor[] = []
  /** Done with each server that the test plays, before it hears anything. */
  prepare: (handler: FakeHandler) => void = () => undefined
  /** For hosts that are no node: is somebody there? */
  isThere: (host: string) => boolean = () => true
  /** Whether connections are opened at all. */
  isReachable = true
  private readonly nodes = new Map<string, LabNode>()

  node(name: string, relay: readonly unknown[], limits: Partial<Limits> = {}): LabNode {
    const node = new LabNode(this, name, relay, limits)
    this.nodes.set(`${name}.example`, node)
    node.relays.start()
    this.settle()
    return node
  }

  /** Messages of the log that are about relays, since last asked. */
  said(): string[] {
    return this.log
      .splice(0)
      .flatMap(({ node, message, level }) => (level === 'debug' ? [] : [`${node}: ${message}`]))
  }

  settle(): void {
    for (let isMoving = true; isMoving;) {
      this.turn.end()
      isMoving = this.wires.map((wire) => wire.exchange()).includes(true)
    }
  }

  wait(ms: number): void {
    this.time.advanceInTurns(ms, () => this.settle())
  }

  readonly openWire: OpenWire = ({ host }, _tls, handler) => {
    const wire = new LabWire(host, handler)
    this.wires.push(wire)
    this.turn.atEnd(() => {
      if (!this.isReachable) return
      const node = this.nodes.get(host)
      if (node !== undefined) wire.open((sink) => node.serve(sink))
      else if (this.isThere(host)) wire.open((sink) => this.act(wire, sink))
      else wire.close('lost', 'nobody listens there')
    })
    return wire
  }

  private act(wire: LabWire, sink: FakeSink): RtmpServerSession {
    return new RtmpServerSession(
      {
        id: 'actor',
        sink,
        timers: this.time.timers,
        limits: limitsWith(),
        log: silentLog,
        crypto: testCrypto(3),
      },
      (connection) => {
        const handler = new FakeHandler(connection)
        this.prepare(handler)
        this.actors.push({ handler, wire })
        return handler
      },
    )
  }
}

export class LabNode {
  readonly world: World
  readonly relays: Relays
  readonly limits: Limits

  constructor(
    private readonly lab: RelayLab,
    readonly name: string,
    relay: readonly unknown[],
    limits: Partial<Limits>,
  ) {
    const { timers } = lab.time
    const config = configOf({ host: `${name}.example`, relay, limits })
    this.limits = config.limits
    const note = (level: string) => (fields: LabLine['fields'], message: string) => {
      if (message.startsWith('relay')) lab.log.push({ node: name, level, message, fields })
    }
    const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
    this.world = buildWorld({ config, log, version: 'test', psycPort: 4404, timers, turn: lab.turn })
    this.relays = new Relays({
      entries: config.relay,
      hub: this.world.hub,
      root: this.world.node.root.text,
      marks: this.world.relayMarks,
      limits: config.limits,
      crypto: testCrypto(4),
      openWire: lab.openWire,
      random: () => 1,
      ...{ timers, log },
    })
  }

  serve(sink: FakeSink): RtmpServerSession {
    const { world, lab, limits } = this
    return new RtmpServerSession(
      { id: world.newId(), sink, timers: lab.time.timers, limits, log: silentLog, crypto: testCrypto(5) },
      (connection) => world.flashClient(connection, '127.0.0.1'),
    )
  }

  stream(path: string): Stream {
    const parts = path.split('/')
    const [app = '', ...rest] = parts
    const name = rest.pop() ?? ''
    return this.world.hub.open(
      streamAddress(this.world.node.root.text, { app, instance: rest.join('/'), name }),
    )
  }

  publish(path: string): LabPublisher {
    const publisher = new LabPublisher(this.stream(path))
    this.lab.settle()
    return publisher
  }

  play(path: string): LabPlayer {
    const player = new LabPlayer(this.stream(path))
    this.lab.settle()
    return player
  }
}

/** Somebody here who publishes. */
export class LabPublisher {
  readonly publication: Publication | undefined
  isReplaced = false

  constructor(stream: Stream) {
    this.publication = stream.publish({ replaced: () => (this.isReplaced = true) })
  }

  media(...messages: readonly Message[]): void {
    for (const message of messages) this.publication?.media(message)
  }
}

/** Somebody here who plays: notes the messages. */
export class LabPlayer implements Player {
  readonly messages: Message[] = []
  readonly events: string[] = []
  readonly outstandingBytes = 0
  readonly form = {
    name: 'lab',
    cut: (message: Message): Uint8Array => {
      this.messages.push(message)
      return message.payload
    },
  }
  readonly seat: Seat

  constructor(stream: Stream) {
    this.seat = stream.play(this)
  }

  write(): void {
    // noted when it was cut
  }

  published(): void {
    this.events.push('published')
  }

  unpublished(): void {
    this.events.push('unpublished')
  }

  overrun(): void {
    this.events.push('overrun')
  }

  /** "9@40": type and time, since last asked. */
  take(): string[] {
    return this.messages.splice(0).map(({ type, timestamp }) => `${type}@${timestamp}`)
  }
}

export const header = (timestamp = 0): Message => media(9, timestamp, [0x17, 0, 0, 0, 0])
export const keyframe = (timestamp: number): Message => media(9, timestamp, [0x17, 1, 0, 0, 0, 1])
export const frame = (timestamp: number, bytes = 4): Message =>
  media(9, timestamp, [0x27, 1, 0, 0, 0, ...new Array<number>(bytes).fill(7)])
export const sound = (timestamp: number): Message => media(8, timestamp, [0xaf, 1, 9])
