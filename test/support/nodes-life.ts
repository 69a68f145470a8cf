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
const HOSTS = [HOME, ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((letter) => `${letter}.example`)]
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
  /**
   * Besides, nodes lose their power and nobody is told, or stop in order, or stand still; several die at once and are back
   * at once, some with another address; two nodes cannot reach each other for a while, and nobody can call the last one.
   */
  readonly isRough?: boolean
}

/** Some are slow, and many stalls are one way. */
function roughLines(seed: number): FaultRates {
  const bytesPerSecond = [undefined, 20_000, 4_000][seed % 3]
  return { hasOneWay: true, ...(bytesPerSecond !== undefined && { bytesPerSecond }) }
}

export abstract class NodesLife {
  readonly network: TestNetwork
  /** The first is the home. */
  readonly nodes: NodeLife[] = []
  /** Those that were killed, too: their clocks go on. */
  protected readonly worlds: TestWorld[] = []
  readonly counts = { kills: 0, homeKills: 0, unplugs: 0, outages: 0, stops: 0, partings: 0, stills: 0 }
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
    const rough = options.isRough === true ? roughLines(seed) : {}
    this.faults = new FaultLines(this.network, seed + 1, { ...rates, ...rough })
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
    for (const host of HOSTS.slice(0, isTree ? (this.isRough ? 8 : 5) : 3 + this.pick(2)))
      this.nodes.push({ host, world: this.start(host) })
    if (this.isRough) this.network.uncallable.add(this.nodes.at(-1)?.host ?? '')
  }

  /** @param ms of virtual time with faults */
  run(ms: number): this {
    const { clock } = this.network.time
    const { kills = 8, homeKills = 4, unplugs = 6 } = this.options
    const end = clock.now() + ms
    this.faults.start()
    while (clock.now() < end) {
      const kind = this.pick(1_000)
      if (this.isRough) this.beRough(this.pick(1_000))
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

  protected get isRough(): boolean {
    return this.options.isRough === true
  }

  get errors(): string[] {
    return this.nodes.flatMap(({ world }) => world.errors.map(({ message }) => message))
  }

  /** One that is up, if the first that comes to mind is. */
  protected anyNode(): NodeLife | undefined {
    const node = this.nodes[this.pick(this.nodes.length)]
    return node === undefined || !this.isUp(node) ? undefined : node
  }

  protected isUp(node: NodeLife): boolean {
    return !this.down.has(node) && node.world.stillMs === 0
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
    const node = this.upAt(at)
    if (node === undefined) return
    this.counts[at === 0 ? 'homeKills' : 'kills']++
    this.lose(node, () => this.network.kill(node.host), this.pick(8_000))
  }

  private beRough(kind: number): void {
    if (kind < 6) this.losePower()
    else if (kind < 12) this.stop()
    else if (kind < 20) this.partTwo()
    else if (kind < 26) this.freeze()
  }

  /** Of one node or of several in one room. */
  private losePower(): void {
    for (let count = 1 + this.pick(2); count > 0; count--) {
      const node = this.upAt(this.pick(this.nodes.length))
      if (node === undefined) continue
      this.counts.outages++
      this.lose(node, () => this.network.kill(node.host, false), this.briefly())
      if (this.pick(4) === 0) this.network.move(node.host)
    }
  }

  private stop(): void {
    const node = this.upAt(this.pick(this.nodes.length))
    if (node === undefined || node.world.stillMs > 0) return
    this.counts.stops++
    this.network.uncallable.add(node.host)
    node.world.stop()
    this.lose(node, () => this.network.kill(node.host), this.briefly())
    if (node !== this.nodes.at(-1)) this.network.uncallable.delete(node.host)
  }

  private freeze(): void {
    const node = this.upAt(this.pick(this.nodes.length))
    if (node === undefined) return
    this.counts.stills++
    node.world.standStill(this.pick(this.pick(2) === 0 ? 3_000 : 25_000))
  }

  /** @returns ms: as long as a program takes to start, or an operator */
  private briefly(): number {
    return this.pick(2) === 0 ? this.pick(200) : this.pick(8_000)
  }

  private upAt(at: number): NodeLife | undefined {
    const node = this.nodes[at]
    return node === undefined || this.down.has(node) ? undefined : node
  }

  private lose(node: NodeLife, kill: () => void, ms: number): void {
    this.down.add(node)
    kill()
    this.network.settle()
    this.look()
    this.died(node)
    this.later(ms, () => {
      node.world = this.start(node.host)
      this.down.delete(node)
      this.revived(node)
    })
  }

  private partTwo(): void {
    const one = this.nodes[this.pick(this.nodes.length)]?.host ?? ''
    const other = this.nodes[this.pick(this.nodes.length)]?.host ?? ''
    if (one === other) return
    this.counts.partings++
    const join = this.network.part(one, other)
    const isTold = this.pick(2) === 0
    for (const line of this.network.between(one, other)) {
      if (isTold) line.cut()
      else line.isBlackHole = true
    }
    this.later(this.pick(12_000), join)
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
