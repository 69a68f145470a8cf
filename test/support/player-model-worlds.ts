/**
 * A random life of two shared objects over whole nodes: real circuits, dialled and proven, on lines that break. Players
 * on every node write one object all at once and add to the other, a persistent one, what must never be lost once they
 * were told success. Homes and nodes are killed and start anew. It ends when everything has settled.
 */
import { MemoryObjectStore } from '../../src/psyc/entity/object-store.js'
import type { ObjectStore } from '../../src/psyc/entity/object-store.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import type { SharedObjectEvent } from '../../src/rtmp/wire/shared-object.js'
import { SharedObjects } from '../../src/translate/shared-object.js'
import type { Limits } from '../../src/util/limits.js'
import { FaultLines } from './fault-lines.js'
import type { FaultRates } from './fault-lines.js'
import { TestNetwork } from './network.js'
import { PlayerModel, encodeTicket } from './player-model.js'
import { random } from './random.js'
import type { TestWorld } from './world.js'

const HOME = 'a.example'
const PLACE = `psyc://${HOME}/@chat-lobby`
const SLOTS = ['a', 'b', 'c']
const PERSISTENT = 2
const HOSTS = [HOME, 'b.example', 'c.example', 'd.example', 'e.example', 'f.example']

interface NodeLife {
  readonly host: string
  world: TestWorld
  objects: SharedObjects
}

interface Seat {
  readonly at: NodeLife
  readonly name: string
  /** Writes what others write too. */
  shared: PlayerModel
  /** Adds slots of its own. */
  log: PlayerModel
}

export interface WorldsOutcome {
  /** By player; the last came when all was over. */
  readonly shared: readonly string[]
  readonly logs: readonly string[]
  /** Slots of the log that a player was told success for and that nobody has. */
  readonly missing: readonly string[]
  readonly acknowledged: number
  readonly faults: FaultLines['counts']
  /** Most nodes that were fed by others than the home at a time. */
  readonly relayed: number
  readonly errors: readonly string[]
}

export interface WorldsOptions {
  /** Probability in percent of each step that a node is killed and starts anew; 1 by default. */
  readonly restarts?: number
  /** All nodes are trusted, and there are more than the home feeds. */
  readonly isTree?: boolean
}

export class WorldsLife {
  readonly network: TestNetwork
  private readonly pick: (below: number) => number
  private readonly faults: FaultLines
  private readonly store: ObjectStore = new MemoryObjectStore()
  private readonly nodes: NodeLife[] = []
  private readonly seats: Seat[] = []
  private readonly acknowledged = new Set<string>()
  private readonly isSharedPersistent: boolean
  private readonly limits: Partial<Limits>
  private readonly restarts: number
  private readonly tree: { degree: number; relays: string[] } | undefined
  private relayed = 0
  private added = 0
  private persons = 0

  constructor(seed: number, rates: FaultRates, { restarts = 1, isTree = false }: WorldsOptions = {}) {
    this.restarts = restarts
    this.pick = random(seed)
    this.network = new TestNetwork(seed)
    this.isSharedPersistent = this.pick(2) === 0
    this.limits = {
      objectSlowBytes: this.pick(3) === 0 ? 500 : 65_536,
      statePacketBytes: this.pick(3) === 0 ? 40 : 262_144,
    }
    this.faults = new FaultLines(this.network, seed + 1, rates)
    this.tree = isTree ? { degree: 1 + this.pick(2), relays: ['*.example'] } : undefined
    const count = isTree ? 4 + this.pick(3) : 2 + this.pick(3)
    for (const host of HOSTS.slice(0, count)) this.nodes.push({ host, ...this.start(host) })
    for (let at = 0; at < this.nodes.length + 1 + this.pick(3); at++) {
      const node = this.nodes[at % this.nodes.length]
      if (node !== undefined) this.seats.push(this.sit(node))
    }
  }

  /** @param ms of virtual time with faults */
  run(ms: number): WorldsOutcome {
    const { clock } = this.network.time
    const end = clock.now() + ms
    this.faults.start()
    while (clock.now() < end) {
      this.step()
      this.countRelayed()
      this.network.wait(this.pick(60))
    }
    this.faults.stop()
    this.comeToRest()
    return this.outcome()
  }

  private step(): void {
    const seat = this.seats[this.pick(this.seats.length)]
    if (seat === undefined) return
    const kind = this.pick(100)
    if (kind < 30) this.write(seat.shared)
    else if (kind < 40) seat.log.set([`${seat.name}.${this.added++}`, 1])
    else if (kind < 90) this.move(seat)
    else if (kind < 93) seat.shared.send(this.pick(100))
    else if (kind < 95) this.rejoin(seat)
    else if (kind >= 100 - this.restarts) this.restart()
  }

  private countRelayed(): void {
    const fed = this.nodes.map(({ objects }) => objects.childCount)
    this.relayed = Math.max(this.relayed, ...fed)
  }

  private write(player: PlayerModel): void {
    const slot = (): string => SLOTS[this.pick(SLOTS.length)] ?? 'a'
    const kind = this.pick(8)
    if (kind === 0) player.remove(slot())
    else if (kind === 1) player.set([slot(), this.pick(3)], [slot(), this.pick(3)])
    else player.set([slot(), this.pick(4)])
  }

  /** What is between the player and its node moves a bit. */
  private move(seat: Seat): boolean {
    let any = false
    for (const player of [seat.shared, seat.log]) {
      const message = player.up.shift()
      if (message !== undefined) seat.at.objects.handle(player, message)
      const events = player.receive()
      if (player === seat.log) this.note(events)
      any ||= message !== undefined || events.length > 0
    }
    return any
  }

  private note(events: readonly SharedObjectEvent[]): void {
    for (const event of events)
      if (event.kind === 'success') for (const name of event.names) this.acknowledged.add(name)
  }

  /** The player's connection breaks and he comes again. */
  private rejoin(seat: Seat): void {
    seat.at.objects.leave(seat.shared)
    seat.at.objects.leave(seat.log)
    this.join(seat)
  }

  private restart(): void {
    const node = this.nodes[this.pick(this.nodes.length)]
    if (node === undefined) return
    this.network.kill(node.host)
    this.network.wait(this.pick(3_000))
    Object.assign(node, this.start(node.host))
    for (const seat of this.seats) if (seat.at === node) this.join(seat)
  }

  private comeToRest(): void {
    for (let round = 0; round < 12; round++) {
      for (let isMoving = true; isMoving;) {
        isMoving = this.seats.map((seat) => this.move(seat)).includes(true)
        this.network.settle()
      }
      this.network.wait(10_000)
    }
  }

  private start(host: string): { world: TestWorld; objects: SharedObjects } {
    const world = this.network.add(host, {
      objectStore: this.store,
      config: { limits: this.limits, ...this.tree },
    })
    const { node, relaying } = world.world
    const { turn } = this.network
    return {
      world,
      objects: new SharedObjects({ node, turn, relaying, place: parseUniform(PLACE), encode: encodeTicket }),
    }
  }

  private sit(at: NodeLife): Seat {
    const seat = {
      at,
      name: `p${this.seats.length}`,
      shared: this.newPlayer(at, 0),
      log: this.newPlayer(at, 0),
    }
    this.join(seat)
    return seat
  }

  private join(seat: Seat): void {
    seat.shared = this.newPlayer(seat.at, this.isSharedPersistent ? PERSISTENT : 0, 'shared')
    seat.log = this.newPlayer(seat.at, PERSISTENT, 'log')
    seat.shared.use()
    seat.log.use()
  }

  private newPlayer({ world }: NodeLife, flags: number, object = ''): PlayerModel {
    return new PlayerModel(world.uniform(`~p${this.persons++ % 5}`), object, flags)
  }

  private outcome(): WorldsOutcome {
    // One more player, who knows nothing but what the home tells.
    const [home] = this.nodes
    if (home !== undefined) this.seats.push(this.sit(home))
    this.comeToRest()
    const players = this.seats.map(({ shared, log }) => ({ shared, log }))
    const stored = players.at(-1)?.log.slots
    return {
      shared: players.map(({ shared }) => show(shared)),
      logs: players.map(({ log }) => show(log)),
      missing: [...this.acknowledged].filter((name) => stored?.has(name) !== true),
      acknowledged: this.acknowledged.size,
      faults: this.faults.counts,
      relayed: this.relayed,
      errors: this.nodes.flatMap(({ world }) => world.errors.map(({ message }) => message)),
    }
  }
}

function show({ hasSynced, slots }: PlayerModel): string {
  if (!hasSynced) return 'never synced'
  return JSON.stringify([...slots].sort(([a], [b]) => (a < b ? -1 : 1)))
}
