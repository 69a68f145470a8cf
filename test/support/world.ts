/**
 * A whole gateway without sockets: the node, its places, Flash clients by real RTMP sessions over byte pipes, PSYC
 * clients and psyced by text. The test owns time and the turn; nothing happens before `settle`, which every act calls.
 */
import type { Recordings } from '../../src/media/recording.js'
import type { ObjectStore } from '../../src/psyc/entity/object-store.js'
import { MemoryPersonStore } from '../../src/psyc/entity/person-store.js'
import type { Connect } from '../../src/psyc/session/connect.js'
import type { Resolve } from '../../src/psyc/session/proof.js'
import { configOf } from '../../src/server/config.js'
import type { ConfigSource } from '../../src/server/config.js'
import { buildWorld } from '../../src/server/world.js'
import type { World } from '../../src/server/world.js'
import type { Access } from '../../src/translate/access.js'
import type { LogFields } from '../../src/util/log.js'
import { TimerQueue } from '../../src/util/timers.js'
import type { Timer } from '../../src/util/timers.js'
import { ManualTurn } from '../../src/util/turn.js'
import { FakeTime } from './fake-clock.js'
import { WorldFlash } from './world-flash.js'
import type { FlashOptions } from './world-flash.js'
import { WorldPsyc } from './world-psyc.js'

export interface TestWorldOptions {
  readonly config?: ConfigSource
  /** 4404 by default. */
  readonly psycPort?: number
  readonly access?: Access
  /** None by default. */
  readonly recordings?: Recordings
  /** Survives a node that is started anew. */
  readonly objectStore?: ObjectStore
  /** Host names to addresses; others do not resolve. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>
  /** Shared with other worlds of a network, which then settles and waits for all of them. */
  readonly network?: {
    readonly time: FakeTime
    readonly turn: ManualTurn
    readonly connect: Connect
    readonly resolve: Resolve
    /** For tokens: the same in every run. */
    readonly randomBytes: (length: number) => Uint8Array
    settle(): void
    wait(ms: number): void
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: LogFields
  readonly message: string
}

/** What is kept for clients: all 0 when they are gone. */
export interface Census {
  readonly persons: number
  readonly members: number
  readonly streams: number
  readonly objects: number
  readonly circuits: number
  /** Deadlines besides those of empty places. */
  readonly timers: number
}

export const nothingLeft: Census = {
  persons: 0,
  members: 0,
  streams: 0,
  objects: 0,
  circuits: 0,
  timers: 0,
}

/** Deadlines of one process among those of all: none while it stands still. */
class StillTimers extends TimerQueue {
  stillUntil = 0

  constructor(private readonly all: TimerQueue) {
    super(all.clock)
  }

  override after(delayMs: number, run: () => void): Timer {
    const due = (): void => {
      const stillMs = this.stillUntil - this.clock.now()
      if (stillMs > 0) timer = this.all.after(stillMs, due)
      else run()
    }
    let timer = this.all.after(delayMs, due)
    return { cancel: () => timer.cancel() }
  }

  override get size(): number {
    return this.all.size
  }
}

export class TestWorld {
  readonly time: FakeTime
  readonly timers: StillTimers
  readonly turn: ManualTurn
  readonly logged: LogLine[] = []
  readonly world: World
  private readonly clients = new Set<WorldFlash>()
  private readonly network: TestWorldOptions['network']
  private opened = 0

  constructor({
    config,
    psycPort = 4404,
    access,
    recordings,
    objectStore,
    hosts = {},
    network,
  }: TestWorldOptions = {}) {
    this.network = network
    this.time = network?.time ?? new FakeTime()
    this.timers = new StillTimers(this.time.timers)
    this.turn = network?.turn ?? new ManualTurn()
    const note = (level: LogLine['level']) => (fields: LogFields, message: string) => {
      this.logged.push({ level, fields, message })
    }
    this.world = buildWorld({
      config: configOf({ host: 'gw.example', ...config }),
      log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
      version: 'test',
      psycPort,
      timers: this.timers,
      turn: this.turn,
      personStore: new MemoryPersonStore(100),
      resolve: network?.resolve ?? ((host, done) => done(hosts[host] ?? [])),
      ...(network && { connect: network.connect, randomBytes: network.randomBytes }),
      flashRecordings: recordings ?? null,
      ...(access && { access }),
      ...(objectStore && { objectStore }),
    })
  }

  /** Carry all bytes and end turns until nothing moves. */
  settle(): void {
    if (this.network !== undefined) {
      this.network.settle()
      return
    }
    for (let isMoving = true; isMoving;) {
      this.turn.end()
      isMoving = this.exchange()
    }
  }

  /** Carry what clients and server have for each other, once. @returns whether anything moved */
  exchange(): boolean {
    return [...this.clients].map((client) => client.exchange()).includes(true)
  }

  /** Time passes; every deadline is a turn of its own. */
  wait(ms: number): void {
    if (this.network !== undefined) this.network.wait(ms)
    else this.time.advanceInTurns(ms, () => this.settle())
  }

  /** A Flash client that has asked to connect; what came of it is in its `connected`. */
  flash(options: FlashOptions = {}): WorldFlash {
    const client = new WorldFlash(this, options)
    this.clients.add(client)
    this.settle()
    return client
  }

  /** A PSYC client or node that has greeted; the answer is read. */
  psyc(syntax: '1.0' | '0.9' = '1.0', address = '127.0.0.1'): WorldPsyc {
    const peer = new WorldPsyc(this, syntax, { address, port: 40_000 + this.opened++, isEncrypted: false })
    peer.greet()
    return peer
  }

  /** The process stands still for so long: as when it is suspended, or has no processor. What came is there when it goes on. */
  standStill(ms: number): void {
    this.timers.stillUntil = this.time.clock.now() + ms
  }

  /** ms until it goes on. */
  get stillMs(): number {
    return Math.max(0, this.timers.stillUntil - this.time.clock.now())
  }

  whenAwake(run: () => void): void {
    if (this.stillMs > 0) this.time.timers.after(this.stillMs, run)
    else run()
  }

  /** As the program does when it is asked to stop. */
  stop(): void {
    this.world.announceShutdown()
    this.wait(200)
    for (const client of this.clients) if (client.closed === undefined && !client.isDead) client.close()
    this.world.close()
    this.settle()
  }

  /** The uniform of one of our entities, or of one of its channels. */
  uniform(resource: string): string {
    return this.world.node.uniformText(resource)
  }

  get errors(): readonly LogLine[] {
    return this.logged.filter(({ level }) => level === 'error')
  }

  census(): Census {
    const { persons, places, hub, node } = this.world
    const all = [...places.all()]
    return {
      persons: persons.size,
      members: all.reduce((sum, { members }) => sum + members.size, 0),
      streams: hub.size,
      objects: this.world.objects.size,
      circuits: node.circuits.length,
      timers: this.time.timers.size - all.filter(({ members }) => members.size === 0).length,
    }
  }
}
