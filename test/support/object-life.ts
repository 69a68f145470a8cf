/**
 * A random life of two shared objects of one room, one of them persistent, over whole nodes: Flash clients on every node
 * use them, write slots of their own and slots that all write, remove, clear as proxies do, `send`, release, stand still
 * for a while, and go by themselves or by a broken line. What each was told is kept, to be judged.
 *
 * A witness sits at the home: what is told there is the order in which the home did things.
 */
import { MemoryObjectStore } from '../../src/psyc/entity/object-store.js'
import type { SharedObjectMessage } from '../../src/rtmp/wire/shared-object.js'
import type { FaultRates } from './fault-lines.js'
import { NodesLife } from './nodes-life.js'
import type { LifeOptions, NodeLife } from './nodes-life.js'
import { PlayerModel } from './player-model.js'
import type { WorldFlash } from './world-flash.js'

const PROXY = 0x10
const PERSISTENT = 2
export const OBJECTS = { board: 0, log: PERSISTENT } as const
export type ObjectName = keyof typeof OBJECTS

/** Something that a player did or was told, in order. Slots that are not there are undefined. */
export type Entry =
  | { readonly kind: 'wrote'; readonly slots: ReadonlyMap<string, unknown> }
  | { readonly kind: 'used' }
  | { readonly kind: 'synced' }
  /** What a message made of slots; `isState`: it began with a clear. */
  | { readonly kind: 'told'; readonly slots: ReadonlyMap<string, unknown>; readonly isState: boolean }
  /** `writes` of the slot that wait since he was last told of it: one success may be for several, if he was slow. */
  | { readonly kind: 'success'; readonly slot: string; readonly writes: readonly unknown[] }
  | { readonly kind: 'sent'; readonly text: string }

/** One object as one client knows it. */
export class Player {
  readonly entries: Entry[] = []
  readonly model: PlayerModel
  isUsed = false
  private heard = 0
  /** By slot, what he wrote since he was last told of it, and has no answer to: what success is about. */
  readonly believed = new Map<string, unknown[]>()

  constructor(
    readonly guest: Guest,
    readonly object: ObjectName,
    readonly isProxy: boolean,
    /** What it is told is wanted in every detail. */
    private readonly isWitness = false,
  ) {
    this.model = new PlayerModel('', object, OBJECTS[object] | (isProxy ? PROXY : 0))
  }

  get isSynced(): boolean {
    return this.isUsed && this.model.hasSynced
  }

  use(): void {
    this.isUsed = true
    this.entries.push({ kind: 'used' })
    this.believed.clear()
    this.model.use()
    this.move()
  }

  release(): void {
    this.isUsed = false
    this.model.release()
    this.move()
  }

  /** @param slots undefined: removed */
  write(slots: ReadonlyMap<string, string | undefined>): void {
    this.entries.push({ kind: 'wrote', slots })
    for (const [slot, value] of slots) this.believed.set(slot, [...(this.believed.get(slot) ?? []), value])
    const set = [...slots].map(([name, value]) => [name, value ?? null] as const)
    this.model.set(...set)
    this.move()
  }

  clear(): void {
    const slots = new Map([...this.model.slots.keys()].map((name) => [name, undefined]))
    this.entries.push({ kind: 'wrote', slots })
    this.model.clear()
    this.move()
  }

  send(text: string): void {
    this.model.send(text)
    this.move()
  }

  /** Take what has come. */
  listen(): void {
    const { objects } = this.guest.flash
    for (; this.heard < objects.length; this.heard++) {
      const message = objects[this.heard]
      if (message?.name === this.object) this.hear(message)
    }
  }

  private move(): void {
    for (const message of this.model.up.splice(0)) this.guest.flash.session.sendSharedObject(message)
  }

  private succeeded(slot: string): void {
    const writes = this.believed.get(slot) ?? []
    this.entries.push({ kind: 'success', slot, writes })
    this.believed.set(slot, writes.slice(1))
  }

  private hear(message: SharedObjectMessage): void {
    if (!this.isUsed) return
    // What an earlier use was told may be on its way still.
    if (!this.isSynced && !message.events.some(({ kind }) => kind === 'useSuccess')) {
      this.model.hear(message)
      return
    }
    const before = new Set(this.model.slots.keys())
    const { model } = this
    let told = new Map<string, unknown>()
    let isState = false
    const tell = (): void => {
      if (isState || told.size > 0) this.entries.push({ kind: 'told', slots: told, isState })
      if (isState) this.believed.clear()
      for (const slot of told.keys()) this.believed.delete(slot)
      told = new Map()
      isState = false
    }
    for (const event of message.events) {
      model.hear({ ...message, events: [event] })
      if (this.isWitness || !isState) tell()
      if (event.kind === 'useSuccess') this.entries.push({ kind: 'synced' })
      else if (event.kind === 'clear') {
        told = new Map([...before].map((name) => [name, undefined]))
        isState = true
      } else if (event.kind === 'change') for (const { name, value } of event.slots) told.set(name, value)
      else if (event.kind === 'remove') for (const name of event.names) told.set(name, undefined)
      else {
        tell()
        if (event.kind === 'sendMessage')
          this.entries.push({ kind: 'sent', text: JSON.stringify(event.args[0]) })
        const names =
          event.kind === 'success'
            ? event.names
            : event.kind === 'proxySuccess'
              ? event.slots.map(({ name }) => name)
              : []
        for (const slot of names) this.succeeded(slot)
      }
    }
    tell()
  }
}

/** One connection of somebody. */
export interface Guest {
  readonly nick: string
  readonly at: NodeLife
  readonly flash: WorldFlash
  readonly players: readonly Player[]
  isGone: boolean
}

export interface ObjectLifeOptions extends LifeOptions {
  /** Clients do not stand still. */
  readonly isQuick?: boolean
}

export class ObjectLife extends NodesLife {
  readonly guests: Guest[] = []
  /** One for each run of the home. */
  readonly witnesses: Guest[] = []
  private made = 0

  constructor(
    seed: number,
    rates: FaultRates,
    private readonly lifeOptions: ObjectLifeOptions = {},
  ) {
    super(seed, rates, lifeOptions)
    const limits = {
      objectSlowBytes: this.pick(3) === 0 ? 500 : 65_536,
      statePacketBytes: this.pick(3) === 0 ? 40 : 262_144,
    }
    const objects = this.pick(3) === 0 ? { board: { strict: true } } : {}
    const settings = { apps: { chat: { home: 'psyc://gw.example/' } }, limits, objects }
    this.begin(settings, { objectStore: new MemoryObjectStore() })
    for (const node of this.nodes) this.revived(node)
  }

  /** Players whose clients are there and use the object. */
  players(object: ObjectName): Player[] {
    return this.present.flatMap(({ players }) =>
      players.filter((player) => player.object === object && player.isUsed),
    )
  }

  get present(): Guest[] {
    return [...this.witnesses, ...this.guests].filter((guest) => !isOver(guest))
  }

  /** At the end one comes who knows nothing but what he is told. */
  override run(ms: number): this {
    super.run(ms)
    for (const node of this.nodes) this.guests.push(this.join(node, `late-${node.host.slice(0, 1)}`))
    this.rest()
    return this
  }

  /** What is kept for those who have left. */
  get left(): string[] {
    const { nodes } = this
    const circuits = this.worlds.reduce((sum, { world }) => sum + world.node.circuits.length, 0)
    const places = this.worlds.flatMap(({ world }) => [...world.places.all()])
    // A circuit that is up has deadlines of its own.
    const timers = this.network.time.timers.size - 3 * circuits - places.length
    const isTooMany = timers > 0
    return nodes
      .flatMap(({ host, world }) => {
        const { persons, members, streams, objects } = world.census()
        const all = [...world.world.places.all()]
        const homes = all.flatMap(({ uniform }) => [
          ...(world.world.places.objectsOf(uniform)?.channels() ?? []),
        ])
        const counts = { persons, members, streams, objects, homes: homes.length }
        return Object.entries(counts).flatMap(([what, count]) =>
          count > 0 ? [`${host} has ${count} ${what}`] : [],
        )
      })
      .concat(isTooMany ? [`${timers} timers`] : [])
  }

  /** Everybody goes. */
  end(): this {
    for (const guest of this.present) this.leave(guest)
    this.rest()
    return this
  }

  protected look(): void {
    for (const { players } of [...this.witnesses, ...this.guests])
      for (const player of players) player.listen()
  }

  protected died(node: NodeLife): void {
    for (const guest of this.present) if (guest.at === node) guest.isGone = true
  }

  protected revived(node: NodeLife): void {
    if (node === this.nodes[0]) this.witnesses.push(this.join(node, 'witness'))
    for (let count = 1 + this.pick(2); count > 0; count--)
      this.later(this.pick(1_000), () => {
        if (this.isUp(node)) this.guests.push(this.join(node))
      })
  }

  protected step(kind: number): void {
    if (kind < 40) this.come()
    else if (kind < 70) this.go()
    else if (kind < 110) this.standStill()
    else this.act(kind)
  }

  private act(kind: number): void {
    const guest = this.anyGuest()
    const player = guest?.players[this.pick(2)]
    if (player === undefined) return
    player.listen()
    if (!player.isUsed) player.use()
    else if (kind < 140) player.release()
    else if (kind < 300) player.send(`s${this.made++}`)
    else if (kind < 340 && player.isProxy) player.clear()
    else player.write(this.someSlots(player))
    this.network.settle()
  }

  private someSlots(player: Player): Map<string, string | undefined> {
    const slots = new Map<string, string | undefined>()
    for (let count = this.pick(4) === 0 ? 2 : 1; count > 0; count--) {
      const name = this.pick(3) === 0 ? player.guest.nick : `free${this.pick(3)}`
      const kind = this.pick(10)
      const same = player.model.slots.get(name)
      if (kind === 0) slots.set(name, undefined)
      else slots.set(name, kind === 1 && typeof same === 'string' ? same : `v${this.made++}`)
    }
    return slots
  }

  private come(): void {
    const node = this.anyNode()
    if (node !== undefined) this.guests.push(this.join(node))
  }

  private go(): void {
    const guest = this.anyGuest()
    if (guest !== undefined && this.present.length > 3) this.leave(guest)
  }

  private leave(guest: Guest): void {
    guest.isGone = true
    if (this.pick(2) === 0) guest.flash.close()
    else guest.flash.breaks()
  }

  /** For a while what is said and what is told waits. */
  private standStill(): void {
    const guest = this.anyGuest()
    if (guest === undefined || guest.flash.isDead || this.lifeOptions.isQuick === true) return
    guest.flash.isDead = true
    guest.flash.toClient.queued = 2_000
    this.later(this.pick(2_000), () => {
      guest.flash.toClient.queued = 0
      if (!guest.isGone) guest.flash.isDead = false
    })
  }

  private anyGuest(): Guest | undefined {
    const there = this.guests.filter((guest) => !isOver(guest))
    return there[this.pick(there.length)]
  }

  private join(at: NodeLife, nick = `p${this.guests.length}`): Guest {
    const flash = at.world.flash({ args: [nick], objectEncoding: this.pick(2) === 0 ? 0 : 3 })
    const players: Player[] = []
    const isWitness = nick === 'witness'
    const guest: Guest = { nick, at, flash, players, isGone: false }
    for (const object of ['board', 'log'] as const) {
      const player = new Player(guest, object, !isWitness && this.pick(6) === 0, isWitness)
      players.push(player)
      player.use()
    }
    this.network.settle()
    return guest
  }
}

function isOver({ isGone, flash }: Guest): boolean {
  return isGone || flash.closed !== undefined
}
