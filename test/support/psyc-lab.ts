/**
 * A PSYC node without sockets: the test owns time, the turn, the host names and every peer. Packets are written as in
 * the reference: `␉` for TAB. Nothing happens before `settle`, which every peer's `send` calls.
 */
import { createHash, createHmac } from 'node:crypto'
import { MemoryPersonStore } from '../../src/psyc/entity/person-store.js'
import { PersonRegistry } from '../../src/psyc/entity/person-registry.js'
import { RootEntity } from '../../src/psyc/entity/root.js'
import { Node } from '../../src/psyc/entity/router.js'
import type { NodeOptions } from '../../src/psyc/entity/router.js'
import type { Entity, Origin } from '../../src/psyc/entity/node.js'
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { CircuitSink, LineTls, Peer, PeerCertificate } from '../../src/psyc/session/peer.js'
import type { Packet } from '../../src/psyc/wire/packet.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import type { Uniform } from '../../src/psyc/wire/uniform.js'
import { limitsWith } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'
import type { LogFields } from '../../src/util/log.js'
import { ManualTurn } from '../../src/util/turn.js'
import { decodeUtf8, encodeUtf8 } from '../../src/util/utf8.js'
import { FakeTime } from './fake-clock.js'

export interface LabOptions {
  readonly root?: string
  readonly limits?: Partial<Limits>
  /** Host names to addresses; others do not resolve. A name in `slow` is answered by `answerSlow`. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>
  readonly slow?: readonly string[]
  readonly allowsUnregistered?: boolean
  readonly connect?: NodeOptions['connect']
  readonly encryption?: NodeOptions['encryption']
  readonly admits?: NodeOptions['admits']
  readonly time?: FakeTime
  readonly turn?: ManualTurn
}

export interface LogLine {
  readonly level: string
  readonly fields: LogFields
  readonly message: string
}

export class PsycLab {
  readonly time: FakeTime
  readonly turn: ManualTurn
  readonly logged: LogLine[] = []
  readonly store = new MemoryPersonStore(100)
  readonly node: Node
  readonly registry: PersonRegistry
  private readonly unanswered: (() => void)[] = []
  private tokens = 0

  constructor(options: LabOptions = {}) {
    this.time = options.time ?? new FakeTime()
    this.turn = options.turn ?? new ManualTurn()
    const log = (level: string) => (fields: LogFields, message: string) => {
      this.logged.push({ level, fields, message })
    }
    this.node = new Node({
      root: parseUniform(options.root ?? 'psyc://gw.example/'),
      timers: this.time.timers,
      turn: this.turn,
      limits: limitsWith(options.limits),
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
      implementation: 'lab/1',
      randomBytes: (length) => this.countedBytes(length),
      resolve: (host, done) => {
        const answer = (): void => done(options.hosts?.[host] ?? [])
        if (options.slow?.includes(host) === true) this.unanswered.push(answer)
        else answer()
      },
      ...(options.connect && { connect: options.connect }),
      ...(options.encryption && { encryption: options.encryption }),
      ...(options.admits && { admits: options.admits }),
    })
    this.registry = new PersonRegistry({
      node: this.node,
      store: this.store,
      allowsUnregistered: options.allowsUnregistered ?? true,
      hasher: {
        sha1: (data) => createHash('sha1').update(data).digest(),
        hmacSha1: (key, data) => createHmac('sha1', key).update(data).digest(),
      },
    })
    const facts = { implementation: 'lab/1', persons: () => this.registry.size, places: () => [] }
    this.node.register(new RootEntity(this.node, facts))
  }

  /** Tokens are 0000000000000001, …2, … */
  private countedBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    new DataView(bytes.buffer).setUint16(length - 2, ++this.tokens)
    return bytes
  }

  settle(): void {
    this.turn.end()
  }

  /** Time passes; every deadline is a turn of its own. */
  wait(ms: number): void {
    this.time.advanceInTurns(ms, () => this.settle())
  }

  answerSlow(): void {
    for (const answer of this.unanswered.splice(0)) answer()
    this.settle()
  }

  connect(peer: Partial<Peer> = {}, hasCertificate = false): LabPeer {
    const whole = { address: '10.1.2.3', port: 40000, isEncrypted: false, ...peer }
    return new LabPeer(this, whole, hasCertificate)
  }

  /** A peer that has greeted in 1.0, and whose answer is read. */
  modern(peer: Partial<Peer> = {}): LabPeer {
    const connected = this.connect(peer)
    connected.send('|\n')
    connected.take()
    return connected
  }

  /** A peer that has greeted in 0.9, and whose answer is read. */
  legacy(peer: Partial<Peer> = {}): LabPeer {
    const connected = this.connect(peer)
    connected.send('.\n')
    connected.take()
    return connected
  }

  /** An entity that writes down what it gets. */
  entity(resource: string): RecordingEntity {
    const entity = new RecordingEntity(parseUniform(this.node.uniformText(resource)))
    this.node.register(entity)
    return entity
  }

  warnings(): readonly LogLine[] {
    return this.logged.filter(({ level }) => level === 'warn' || level === 'error')
  }
}

/** What both kinds of far ends keep: what they were sent, and whether the line stands. */
export class FarEnd {
  state: 'open' | 'ended' | 'aborted' = 'open'
  protected received = ''

  /** What came from the node since the last call, TABs shown as ␉. */
  take(): string {
    const text = this.received.replaceAll('\t', '␉')
    this.received = ''
    return text
  }

  /** The methods of the packets that came since the last call. */
  takeMethods(): string[] {
    return this.take()
      .split('\n')
      .filter((line) => line.startsWith('_'))
  }

  end(): void {
    if (this.state === 'open') this.state = 'ended'
  }

  abort(): void {
    this.state = 'aborted'
  }
}

/** The far end of a circuit, as the test plays it. */
export class LabPeer extends FarEnd implements CircuitSink {
  readonly circuit: Circuit
  /** Bytes that the peer leaves unread. */
  queuedBytes = 0
  isReading = true
  readonly tls: LabTls | undefined
  isPaused = false
  writes = 0

  constructor(
    readonly lab: PsycLab,
    peer: Peer,
    hasCertificate = false,
  ) {
    super()
    this.tls = hasCertificate ? new LabTls(lab, true) : undefined
    this.circuit = lab.node.accept(this, peer)
  }

  /** Bytes to the node. */
  send(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') {
      this.circuit.receive(encodeUtf8(bytes.replaceAll('␉', '\t')))
      this.lab.settle()
      return
    }
    this.writes++
    this.received += decodeUtf8(bytes)
    if (!this.isReading) this.queuedBytes += bytes.length
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  /** The peer closes in order. */
  close(): void {
    this.circuit.end()
    this.lab.settle()
  }

  /** The connection breaks. */
  breaks(): void {
    this.circuit.reset()
    this.lab.settle()
  }
}

/** TLS that comes about when the test says so. */
export class LabTls implements LineTls {
  /** Whom it was started for; null: as a server. */
  host: string | null | undefined
  private done: ((certificate: PeerCertificate) => void) | undefined

  constructor(
    private readonly lab: PsycLab,
    readonly canServe: boolean,
  ) {}

  start(host: string | undefined, done: (certificate: PeerCertificate) => void): void {
    this.host = host ?? null
    this.done = done
  }

  comesAbout(certificate: PeerCertificate = { hosts: undefined }): void {
    this.done?.(certificate)
    this.lab.settle()
  }
}

export class RecordingEntity implements Entity {
  readonly packets: Packet[] = []
  readonly origins: Origin[] = []
  onPacket: ((packet: Packet, origin: Origin) => void) | undefined

  constructor(readonly uniform: Uniform) {}

  receive(packet: Packet, origin: Origin): void {
    this.packets.push(packet)
    this.origins.push(origin)
    this.onPacket?.(packet, origin)
  }

  /** Method and source of what came, and forgets it. */
  take(): string[] {
    return this.packets
      .splice(0)
      .map(({ method, source, context }) => `${method} ${source ?? context ?? '-'}`)
  }
}
