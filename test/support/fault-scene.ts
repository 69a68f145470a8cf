/** Flash clients on three nodes in one room, with shared objects at the first: real sessions, real circuits. */
import { MemoryObjectStore } from '../../src/psyc/entity/object-store.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import type { Limits } from '../../src/util/limits.js'
import { TestNetwork } from './network.js'
import type { Line } from './network.js'
import { FlashObject } from './player-model-flash.js'
import type { WorldFlash } from './world-flash.js'
import type { TestWorld } from './world.js'

export const HOME = 'a.example'
export const HOSTS = [HOME, 'b.example', 'c.example'] as const
/** Flags of a message of an object. */
export const PERSISTENT = 2
export const PROXY = 0x10

export interface SceneOptions {
  readonly limits?: Partial<Limits>
  /** Rules for objects. */
  readonly objects?: Readonly<Record<string, { readonly strict: boolean }>>
  /** Of b and c. */
  readonly gatewayLimits?: Partial<Limits>
}

export class Scene {
  readonly network = new TestNetwork()
  readonly store = new MemoryObjectStore()
  private readonly worlds = new Map<string, TestWorld>()
  private players = 0

  constructor(private readonly options: SceneOptions = {}) {
    for (const host of HOSTS) this.start(host)
  }

  start(host: string): TestWorld {
    const { limits, objects, gatewayLimits } = this.options
    const own = host === HOME ? limits : { ...limits, ...gatewayLimits }
    const config = {
      apps: { chat: { home: `psyc://${HOME}/` } },
      ...(own && { limits: own }),
      ...(objects && { objects }),
    }
    const world = this.network.add(host, { config, objectStore: this.store })
    this.worlds.set(host, world)
    return world
  }

  world(host: string): TestWorld {
    const world = this.worlds.get(host)
    if (world === undefined) throw new Error(`no ${host}`)
    return world
  }

  client(host: string): WorldFlash {
    const client = this.world(host).flash({ args: [`player${this.players++}`], objectEncoding: 3 })
    if (client.outcome !== 'result NetConnection.Connect.Success') throw new Error(client.outcome)
    return client
  }

  /** A client on that node that uses the object. */
  player(host: string, flags = 0, name = 'board'): FlashObject {
    const player = new FlashObject(this.client(host), name, flags)
    const [first, second] = player.take()
    if (first !== 'useSuccess' || second !== 'clear') throw new Error(`${host} has no ${name}`)
    return player
  }

  /** One on each node. */
  players3(flags = 0): [FlashObject, FlashObject, FlashObject] {
    const [a, b, c] = HOSTS.map((host) => this.player(host, flags))
    if (a === undefined || b === undefined || c === undefined) throw new Error('too few')
    return [a, b, c]
  }

  /** The line by which that node follows the home. */
  line(host: string): Line {
    const [line] = this.network.between(HOME, host)
    if (line === undefined) throw new Error(`${host} has no line`)
    return line
  }

  /** Objects in use at the home. */
  get homes(): readonly string[] {
    const place = this.world(HOME).world.places
    return [...(place.objectsOf(parseUniform(`psyc://${HOME}/@chat-lobby`))?.channels() ?? [])]
  }

  errors(): unknown[] {
    return [...this.worlds.values()].flatMap(({ errors }) => errors)
  }
}
