/** Many whole nodes that all play one stream, and what their lines carried of it: the tree as it really is. */
import type { Line } from './network.js'
import { TestNetwork } from './network.js'
import { Camera, Viewer } from './stream-network.js'
import type { TestWorld } from './world.js'

export interface StreamTreeOptions {
  readonly nodes: number
  readonly degree: number
  readonly config?: Record<string, unknown>
  /** Pictures from one keyframe to the next, 40 ms each. */
  readonly pictures?: number
}

/** `from` sent `copies` packets of the stream to `to`. */
export interface Link {
  readonly from: string
  readonly to: string
  readonly copies: number
}

const MASTER = 'a.example'

export class StreamTree {
  readonly network = new TestNetwork()
  master: TestWorld
  camera: Camera
  readonly viewers = new Map<string, Viewer>()
  /** Frames of each viewer, in the order they came. */
  readonly seen = new Map<string, number[]>()
  private readonly worlds = new Map<TestWorld, string>()

  constructor(private readonly options: StreamTreeOptions) {
    this.master = this.add(MASTER)
    this.camera = new Camera(this.master).begin()
    this.run(200)
    for (let at = 1; at <= options.nodes; at++) this.join(`n${at}.example`)
    this.run(1_000)
  }

  /** A node, and somebody who plays there. */
  join(host: string): void {
    this.viewers.set(host, new Viewer(this.add(host)))
    this.seen.set(host, [])
  }

  private add(host: string): TestWorld {
    const { degree, config } = this.options
    const world = this.network.add(host, {
      config: { degree, apps: { live: { home: `psyc://${MASTER}/`, batchMs: 0 } }, ...config },
    })
    this.worlds.set(world, host)
    return world
  }

  /** The stream goes on for that long: a picture and sound every 40 ms. */
  run(ms: number): void {
    const { pictures = 5 } = this.options
    for (let passed = 0; passed < ms; passed += 40) {
      this.camera.frame(this.camera.sent % (2 * pictures) === 0 ? 'key' : 'inter')
      this.camera.frame('sound')
      this.network.wait(40)
    }
    for (const [host, viewer] of this.viewers) this.seen.get(host)?.push(...viewer.frames())
  }

  world(host: string): TestWorld {
    for (const [world, name] of this.worlds) if (name === host) return world
    throw new Error(`there is no ${host}`)
  }

  kill(host: string): void {
    this.network.kill(host)
    this.viewers.delete(host)
  }

  /** Nothing that is sent to it or by it arrives, and nobody is told. */
  stop(host: string): void {
    for (const line of this.network.linesOf(host)) line.isBlackHole = true
    this.viewers.delete(host)
  }

  /** Its process is gone and comes back, and the camera publishes again: frames are numbered from 0. */
  restartMaster(): void {
    this.network.kill(MASTER)
    this.network.wait(500)
    this.master = this.add(MASTER)
    this.network.wait(500)
    this.camera = new Camera(this.master).begin()
    for (const host of this.seen.keys()) this.seen.set(host, [])
  }

  /** The links of the stream while it goes on for that long. */
  links(ms = 400): Link[] {
    for (const { fromA, fromB } of this.network.lines) fromA.sent.length = fromB.sent.length = 0
    this.run(ms)
    const open = this.network.lines.filter(({ isClosed, isBlackHole }) => !isClosed && !isBlackHole)
    return open
      .flatMap((line) => [this.link(line, 'a', 'b'), this.link(line, 'b', 'a')])
      .filter(({ copies }) => copies > 0)
  }

  private link(line: Line, from: 'a' | 'b', to: 'a' | 'b'): Link {
    const name = (world: TestWorld): string => this.worlds.get(world) ?? '?'
    return { from: name(line[from]), to: name(line[to]), copies: line.count(line[from], '_data_flv') }
  }

  /** Hops of the stream to the farthest node. */
  depth(links = this.links()): number {
    const parents = new Map(links.map(({ from, to }) => [to, from]))
    const hops = (host: string | undefined, count: number): number => {
      if (host === MASTER) return count
      if (host === undefined || count > links.length) return Number.POSITIVE_INFINITY
      return hops(parents.get(host), count + 1)
    }
    return Math.max(...[...this.viewers.keys()].map((host) => hops(host, 0)))
  }

  /** Nodes that feed others, the master left out. */
  inner(links = this.links()): string[] {
    return [...new Set(links.map(({ from }) => from))].filter((host) => host !== MASTER)
  }

  /** Viewers that saw nothing of what was sent from that frame on. */
  starving(sinceFrame: number): string[] {
    return [...this.viewers.keys()].filter((host) => (this.seen.get(host)?.at(-1) ?? -1) < sinceFrame)
  }

  /** Whether somebody saw a frame twice, or an earlier one after a later one. */
  disorder(): string[] {
    return [...this.seen].flatMap(([host, frames]) =>
      frames.flatMap((frame, at) => {
        const before = frames[at - 1]
        return before !== undefined && before >= frame ? [`${host}: ${frame} after ${before}`] : []
      }),
    )
  }

  /** Frames that those who are alive did not see, by host; nobody who missed none. */
  lost(): Map<string, number> {
    const lost = new Map<string, number>()
    for (const host of this.viewers.keys()) {
      const frames = this.seen.get(host) ?? []
      const [first = 0] = frames
      const missing = (frames.at(-1) ?? first) - first + 1 - frames.length
      if (missing > 0) lost.set(host, missing)
    }
    return lost
  }

  /** Goes on until nobody starves. @returns how long that took, at most `mostMs` */
  healed(mostMs: number): number {
    const since = this.camera.sent
    let ms = 0
    do {
      this.run(200)
      ms += 200
    } while (this.starving(since).length > 0 && ms < mostMs)
    return this.starving(since).length > 0 ? Number.POSITIVE_INFINITY : ms
  }
}
