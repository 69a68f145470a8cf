/**
 * One random life of a shared object [design 4]: a home, nodes, players who write, read, come and go; circuits that
 * break, homes and nodes that restart, commits that fail or are cut off. It ends when everything has settled.
 */
import type { AmfValue } from '../../src/amf/value.js'
import type { Entity } from '../../src/psyc/entity/node.js'
import { MemoryObjectStore, type ObjectStore } from '../../src/psyc/entity/object-store.js'
import { SharedObjectHome } from '../../src/psyc/entity/shared-object-home.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { SharedObjects } from '../../src/translate/shared-object.js'
import { parseTyped } from '../../src/translate/value.js'
import { limitsWith } from '../../src/util/limits.js'
import { PlayerModel, encodeTicket } from './player-model.js'
import { SimNetwork, type SimNode } from './player-model-network.js'
import { random } from './random.js'

interface Gateway {
  readonly node: SimNode
  objects: SharedObjects
}

interface Seat {
  readonly gateway: Gateway
  player: PlayerModel
}

const PLACE = 'psyc://home/@chat-lobby'
const SLOT_NAMES = ['a', 'b', 'c', 'd']

export interface Outcome {
  /** What each player has in the end, and the home at the end of the list. */
  readonly copies: readonly string[]
  readonly isSettled: boolean
}

export class Life {
  private readonly pick: (below: number) => number
  private readonly network: SimNetwork
  private readonly gateways: Gateway[] = []
  private readonly seats: Seat[] = []
  private readonly isPersistent: boolean
  private readonly isStrict: boolean
  private readonly hasSlowCircuits: boolean
  private readonly commits: (() => void)[] = []
  private home: SharedObjectHome
  private readonly store: ObjectStore
  private players = 0
  private isCalm = false

  constructor(seed: number) {
    this.pick = random(seed)
    const { pick } = this
    this.network = new SimNetwork(
      limitsWith({
        objectSlots: pick(4) === 0 ? 2 : 4096,
        objectSlowBytes: pick(3) === 0 ? 40 : 65_536,
        statePacketBytes: pick(3) === 0 ? 40 : 262_144,
      }),
    )
    this.network.isRendered = pick(8) === 0
    this.isPersistent = pick(2) === 0
    this.isStrict = pick(4) === 0
    this.hasSlowCircuits = pick(3) === 0
    this.store = this.faultyStore(new MemoryObjectStore({ commit: (run) => this.commits.push(run) }))
    for (const host of ['home', 'b', 'c', 'd'].slice(0, 2 + pick(3))) {
      const node = this.network.addNode(host)
      this.gateways.push({ node, objects: this.newObjects(node) })
    }
    this.home = this.startHome()
    const seats = 3 + pick(3)
    for (let at = 0; at < seats; at++) {
      const gateway = this.gateways[at % this.gateways.length]
      if (gateway !== undefined) this.seats.push({ gateway, player: this.newPlayer(gateway) })
    }
  }

  /** Live for a number of steps, come to rest, and look. */
  run(steps: number): Outcome {
    for (let step = 0; step < steps; step++) this.step()
    this.isCalm = true
    const isSettled = this.network.settle(() => this.moveAll())
    const copies = this.seats.map(({ player }) => (player.hasSynced ? show(player.slots) : 'never synced'))
    const slots = this.home.object(this.isPersistent ? '_sop_x' : '_so_x')?.slots
    const stored = new Map(
      [...(slots?.entries() ?? [])].map(([name, { type, value }]) => [name, parseTyped(type, value)]),
    )
    return { copies: [...copies, show(stored)], isSettled }
  }

  private step(): void {
    const { pick } = this
    const seat = this.seats[pick(this.seats.length)]
    if (seat === undefined) return
    const kind = pick(100)
    if (kind < 20) this.write(seat.player)
    else if (kind < 36) this.playerToNode(seat)
    else if (kind < 52) seat.player.receive()
    else if (kind < 80) this.deliver()
    else if (kind < 88) seat.gateway.node.turn.end()
    else if (kind < 91) this.commits.shift()?.()
    else if (kind < 93) this.network.advance(1 + pick(400))
    else if (kind < 95) this.breakCircuit()
    else if (kind < 97) this.reconnect(seat)
    else if (kind < 98) this.reopen(seat.player)
    else if (kind < 99) seat.player.send(pick(100))
    else this.restart(pick(this.gateways.length))
  }

  private write(player: PlayerModel): void {
    const { pick } = this
    const name = (): string => SLOT_NAMES[pick(SLOT_NAMES.length)] ?? 'a'
    const kind = pick(10)
    if (kind === 0 && player.isProxy) player.clear()
    else if (kind === 0) player.remove(name())
    else if (kind === 1) player.set([name(), null])
    else if (kind === 2) player.set([name(), pick(3)], [name(), pick(3)])
    else player.set([name(), pick(4)])
  }

  private deliver(): void {
    const busy = this.network.busy()
    const key = busy[this.pick(busy.length || 1)]
    if (key !== undefined) this.network.deliverOne(key)
  }

  private playerToNode({ gateway, player }: Seat): void {
    const message = player.up.shift()
    if (message !== undefined) gateway.objects.handle(player, message)
  }

  private breakCircuit(): void {
    const [home, ...others] = this.gateways
    const other = others[this.pick(others.length)]
    if (home === undefined || other === undefined) return
    this.network.break(home.node, other.node, this.pick(2) === 0)
    if (this.pick(2) === 0) this.home.dropMember(other.node.root.rootKey)
  }

  /** The player's connection breaks and he comes again, as the same person. */
  private reconnect(seat: Seat): void {
    seat.gateway.objects.leave(seat.player)
    seat.player = this.newPlayer(seat.gateway)
  }

  /** He releases the object and gets it again, on the same connection: what is on its way goes to the new one. */
  private reopen(player: PlayerModel): void {
    player.release()
    player.use()
  }

  private restart(at: number): void {
    const gateway = this.gateways[at]
    if (gateway === undefined) return
    gateway.objects.close()
    for (const other of this.gateways)
      if (other !== gateway) this.network.break(gateway.node, other.node, false)
    gateway.node.forget()
    this.network.break(gateway.node, gateway.node, false)
    if (at === 0) {
      this.home.close()
      // A crash: what was being committed is durable or is not, and nobody was told.
      for (const commit of this.commits.splice(0)) if (this.pick(2) === 0) commit()
      this.home = this.startHome()
    }
    gateway.objects = this.newObjects(gateway.node)
    for (const seat of this.seats) if (seat.gateway === gateway) seat.player = this.newPlayer(gateway)
  }

  /** One thing of everything that waits outside the network. */
  private moveAll(): boolean {
    const commit = this.commits.shift()
    commit?.()
    let any = commit !== undefined
    for (const seat of this.seats) {
      any ||= seat.player.up.length > 0 || seat.player.down.length > 0
      this.playerToNode(seat)
      seat.player.receive()
    }
    return any
  }

  private newPlayer({ node }: Gateway): PlayerModel {
    const person = node.uniformText(`~p${this.players++ % 3}`)
    const isProxy = this.pick(6) === 0
    const player = new PlayerModel(person, 'x', (this.isPersistent ? 2 : 0) | (isProxy ? 0x10 : 0))
    player.use()
    return player
  }

  private newObjects(node: SimNode): SharedObjects {
    return new SharedObjects({ node, turn: node.turn, place: parseUniform(PLACE), encode: encodeTicket })
  }

  private startHome(): SharedObjectHome {
    const [{ node } = { node: this.network.addNode('home') }] = this.gateways
    const home = new SharedObjectHome(node, parseUniform(PLACE), {
      rights: {
        isMember: () => this.isStrict,
        mayRead: () => true,
        mayWrite: (key) => this.isCalm || this.isStrict || !key.endsWith('~p2') || this.pick(8) > 0,
        mayCreate: () => true,
      },
      store: this.store,
      isStrict: () => this.isStrict,
      isSlow: () => !this.isCalm && this.hasSlowCircuits && this.pick(3) === 0,
    })
    const place: Entity = {
      uniform: parseUniform(PLACE),
      receive: (packet, origin) => home.receive(packet, origin),
    }
    node.register(place)
    return home
  }

  /** The disk is full now and then. */
  private faultyStore(store: ObjectStore): ObjectStore {
    return {
      load: (key, done) => store.load(key, done),
      append: (key, changes, done) => {
        if (this.isCalm || this.pick(8) > 0) store.append(key, changes, done)
        else this.commits.push(() => done(new Error('disk full')))
      },
    }
  }
}

function show(slots: ReadonlyMap<string, AmfValue>): string {
  return JSON.stringify([...slots].sort(([a], [b]) => (a < b ? -1 : 1)))
}
