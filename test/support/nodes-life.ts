/**
 * A random life of whole nodes: lines break, stall and lie about being up, nodes are cut off, and gateways and the home are
 * killed and start anew, while something is done on them. It ends when everything has settled.
 */
import type { ConfigSource } from '../../src/server/config.js'
import { FaultLines } from './fault-lines.js'
import type { FaultRates } from './fault-lines.js'
import { TestNetwork } from './network.js'
import { random } from './random.js'
import type { TestWorld, TestWorldOptions } from './world.js'

export const HOME = 'gw.example'
const HOSTS = [HOME, 'a.example', 'b.example', 'c.example', 'd.example']
const REST_MS = 90_000

export interface NodeLife {
  readonly host: string
  world: TestWorld
}

export interface LifeOptions {
  /** All nodes are trusted, and there are more than the home feeds. */
  readonly isTree?: boolean
  /** Of 1000 steps, how many are that. */
  readonly kills?: number
  readonly homeKills?: number
  readonly unplugs?: number
}

export abstract class NodesLife {
  readonly network: TestNetwork
  /** The first is the home. */
  readonly nodes: NodeLife[] = []
  /** Those that were killed, too: their clocks go on. */
  protected readonly worlds: TestWorld[] = []
  readonly counts = { kills: 0, homeKills: 0, unplugs: 0 }
  protected readonly pick: (below: number) => number
  protected readonly down = new Set<NodeLife>()
  private readonly faults: FaultLines
  private due: { readonly at: number; readonly run: () => void }[] = []

  constructor(
    seed: number,
    rates: FaultRates,
    private readonly options: LifeOptions,
  ) {
    this.pick = random(seed)
    this.network = new TestNetwork(seed)
    this.faults = new FaultLines(this.network, seed + 1, rates)
  }

  /** Something happens. @param kind what, below 1000 */
  protected abstract step(kind: number): void
  /** Some time has passed. */
  protected abstract look(): void
  /** The program of that node has ended. */
  protected abstract died(node: NodeLife): void
  /** It has started anew. */
  protected abstract revived(node: NodeLife): void

  /** @param settings of all nodes */
  protected begin(settings: ConfigSource, more: Pick<TestWorldOptions, 'objectStore'> = {}): void {
    const { isTree = false } = this.options
    const tree = isTree ? { degree: 1 + this.pick(2), relays: ['*.example'] } : {}
    const config = { ...settings, ...tree }
    this.start = (host) => {
      const world = this.network.add(host, { config, ...more })
      this.worlds.push(world)
      return world
    }
    for (const host of HOSTS.slice(0, isTree ? 5 : 3 + this.pick(2)))
      this.nodes.push({ host, world: this.start(host) })
  }

  /** @param ms of virtual time with faults */
  run(ms: number): this {
    const { clock } = this.network.time
    const { kills = 8, homeKills = 4, unplugs = 6 } = this.options
    const end = clock.now() + ms
    this.faults.start()
    while (clock.now() < end) {
      const kind = this.pick(1_000)
      if (kind < kills) this.kill(1 + this.pick(this.nodes.length - 1))
      else if (kind < kills + homeKills) this.kill(0)
      else if (kind < kills + homeKills + unplugs) this.unplug()
      else this.step(this.pick(1_000))
      this.pass(this.pick(150))
    }
    this.faults.stop()
    this.rest()
    return this
  }

  /** Long enough for everything to settle. */
  rest(): void {
    for (let left = REST_MS; left > 0; left -= 1_000) this.pass(1_000)
  }

  get isTree(): boolean {
    return this.options.isTree === true
  }

  get errors(): string[] {
    return this.nodes.flatMap(({ world }) => world.errors.map(({ message }) => message))
  }

  /** One that is up, if the first that comes to mind is. */
  protected anyNode(): NodeLife | undefined {
    const node = this.nodes[this.pick(this.nodes.length)]
    return node === undefined || this.down.has(node) ? undefined : node
  }

  protected later(ms: number, run: () => void): void {
    this.due.push({ at: this.network.time.clock.now() + ms, run })
  }

  private start: (host: string) => TestWorld = () => {
    throw new Error('it has not begun')
  }

  protected pass(ms: number): void {
    this.network.wait(ms)
    const now = this.network.time.clock.now()
    const ready = this.due.filter(({ at }) => at <= now)
    this.due = this.due.filter(({ at }) => at > now)
    for (const { run } of ready) run()
    this.look()
  }

  private kill(at: number): void {
    const node = this.nodes[at]
    if (node === undefined || this.down.has(node)) return
    this.counts[at === 0 ? 'homeKills' : 'kills']++
    this.down.add(node)
    this.network.kill(node.host)
    this.network.settle()
    this.look()
    this.died(node)
    this.later(this.pick(8_000), () => {
      node.world = this.start(node.host)
      this.down.delete(node)
      this.revived(node)
    })
  }

  /** A node is cut off for a while: its lines break, or seem to be there, and no new ones come to be. */
  private unplug(): void {
    const node = this.nodes[this.pick(this.nodes.length)]
    if (node === undefined || this.network.unplugged.has(node.host)) return
    this.counts.unplugs++
    this.network.unplugged.add(node.host)
    const isTold = this.pick(2) === 0
    for (const line of this.network.linesOf(node.host)) {
      if (isTold) line.cut()
      else line.isBlackHole = true
    }
    this.later(this.pick(12_000), () => this.network.unplugged.delete(node.host))
  }
}
