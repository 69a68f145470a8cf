/**
 * A random life of two streams over whole nodes: publishers on every node want the same two names, viewers everywhere play
 * them, and both come and go. What each was told is kept, to be judged. The apps live at the first node.
 */
import type { FaultRates } from './fault-lines.js'
import { HOME, NodesLife } from './nodes-life.js'
import type { LifeOptions, NodeLife } from './nodes-life.js'
import type { WorldFlash } from './world-flash.js'

export const NAMES = ['one', 'two'] as const
export type StreamName = (typeof NAMES)[number]

const KEYFRAME_EVERY = 6
const GROUPS_A_HEADER = 4
const AVC_HEADER = [0x17, 0, 0, 0, 0]

/** One connection that publishes or plays one name. */
abstract class Client {
  readonly flash: WorldFlash
  isGone = false

  constructor(
    readonly at: NodeLife,
    readonly name: StreamName,
  ) {
    this.flash = at.world.flash({ app: 'live', args: ['somebody'] })
  }

  get isOver(): boolean {
    return this.isGone || this.flash.closed !== undefined
  }
}

export class Publisher extends Client {
  sent = 0
  /** Virtual ms; undefined before. */
  liveSince: number | undefined
  liveUntil: number | undefined
  private heard = 0
  private readonly id: number

  /** @param number of the publication; in each frame */
  constructor(
    at: NodeLife,
    name: StreamName,
    readonly number: number,
  ) {
    super(at, name)
    this.id = this.flash.publish(name)
  }

  get isLive(): boolean {
    return this.liveSince !== undefined && this.liveUntil === undefined
  }

  get isRefused(): boolean {
    return this.flash.lines.some((line) => line.includes('NetStream.Publish.BadName'))
  }

  /** What has become of it by now. */
  look(now: number): void {
    const { lines } = this.flash
    for (; this.heard < lines.length; this.heard++) {
      if (lines[this.heard]?.includes('NetStream.Publish.Start') === true) this.liveSince = now
      else if (lines[this.heard]?.includes('NetStream.Unpublish.Success') === true) this.liveUntil ??= now
    }
    if (this.isOver) this.liveUntil ??= now
  }

  film(now: number): void {
    const header = Math.floor(this.sent / (KEYFRAME_EVERY * GROUPS_A_HEADER))
    if (this.sent % (KEYFRAME_EVERY * GROUPS_A_HEADER) === 0)
      this.send(now, [...AVC_HEADER, ...bytes(this.number), ...bytes(header)])
    const head = this.sent % KEYFRAME_EVERY === 0 ? 0x17 : 0x27
    this.send(now, [head, 1, 0, 0, 0, ...bytes(this.number), ...bytes(this.sent++)])
  }

  private send(now: number, payload: readonly number[]): void {
    const message = { type: 9, timestamp: now, messageStreamId: this.id, payload: Uint8Array.from(payload) }
    this.flash.session.send(message)
  }
}

/** A frame that came. */
export interface Seen {
  readonly by: number
  readonly frame: number
  readonly isKey: boolean
  /** What came last of headers, and which is right. */
  readonly header: string
  readonly wanted: string
}

export class Viewer extends Client {
  constructor(at: NodeLife, name: StreamName) {
    super(at, name)
    this.flash.play(name)
  }

  get seen(): Seen[] {
    let header = 'none'
    return this.flash.lines.flatMap((line) => {
      const [, kind, one = '', other = ''] =
        /^media 9\/\d+@\d+ ([12]70[01])000000(\w{4})(\w{4})$/.exec(line) ?? []
      const by = parseInt(one, 16)
      const frame = parseInt(other, 16)
      if (kind === '1700') header = `${by}:${frame}`
      const wanted = `${by}:${Math.floor(frame / (KEYFRAME_EVERY * GROUPS_A_HEADER))}`
      const isFrame = kind !== undefined && kind !== '1700'
      return isFrame ? [{ by, frame, isKey: kind === '1701', header, wanted }] : []
    })
  }
}

export class StreamLife extends NodesLife {
  readonly publishers: Publisher[] = []
  readonly viewers: Viewer[] = []
  /** When the home was killed, virtual ms. */
  readonly homeDied: number[] = []

  constructor(seed: number, rates: FaultRates, options: LifeOptions = {}) {
    super(seed, rates, options)
    this.begin({ apps: { live: { home: `psyc://${HOME}/`, batchMs: this.pick(2) * 25 } } })
    for (const node of this.nodes) this.revived(node)
  }

  /** At the end somebody on every node plays each. */
  override run(ms: number): this {
    super.run(ms)
    for (const name of NAMES) for (const node of this.nodes) this.viewers.push(new Viewer(node, name))
    for (let at = 0; at < 100; at++) this.pass(60)
    return this
  }

  /** Who wants it now. @returns after so long that it must be decided */
  want(name: StreamName, node: NodeLife): Publisher {
    const publisher = this.publish(node, name)
    if (publisher === undefined) throw new Error('nobody can call it')
    for (let left = 10_000; left > 0; left -= 100) this.pass(100)
    return publisher
  }

  live(name: StreamName): Publisher[] {
    return this.publishers.filter((one) => one.name === name && one.isLive)
  }

  /** Of the home: names with the hosts that have them. */
  get directory(): string[] {
    const places = [...(this.nodes[0]?.world.world.places.all() ?? [])]
    return places
      .flatMap(({ streams }) => [...streams.all()].map(({ name, uniform }) => `${name} ${uniform.host}`))
      .sort()
  }

  protected look(): void {
    const now = this.network.time.clock.now()
    for (const publisher of this.publishers) {
      publisher.look(now)
      if (publisher.isLive) publisher.film(now)
    }
    this.network.settle()
  }

  protected died(node: NodeLife): void {
    if (node.host === HOME) this.homeDied.push(this.network.time.clock.now())
    for (const client of [...this.publishers, ...this.viewers]) if (client.at === node) client.isGone = true
    this.look()
  }

  protected revived(node: NodeLife): void {
    this.later(this.pick(2_000), () => {
      if (!this.isUp(node)) return
      for (const name of NAMES) this.viewers.push(new Viewer(node, name))
      if (this.pick(2) === 0) this.publish(node)
    })
  }

  protected step(kind: number): void {
    const node = this.anyNode()
    if (node === undefined) return
    if (kind < 60) this.publish(node)
    else if (kind < 110) this.viewers.push(new Viewer(node, this.anyName()))
    else if (kind < 140) this.leave(this.publishers.filter(({ isLive }) => isLive))
    else if (kind < 170) this.leave(this.viewers.filter(({ isOver }) => !isOver))
    else if (kind < 200 && this.isRough) this.startAgain()
  }

  /** As an encoder does. */
  private startAgain(): void {
    const old = this.leave(this.publishers.filter(({ isLive }) => isLive))
    if (old !== undefined && this.isUp(old.at)) this.publish(old.at, old.name)
  }

  private publish(node: NodeLife, name = this.anyName()): Publisher | undefined {
    if (this.network.uncallable.has(node.host)) return undefined
    const publisher = new Publisher(node, name, this.publishers.length)
    this.publishers.push(publisher)
    return publisher
  }

  private leave<T extends Client>(those: readonly T[]): T | undefined {
    const client = those[this.pick(those.length)]
    if (client === undefined) return undefined
    client.isGone = true
    if (this.pick(2) === 0) client.flash.close()
    else client.flash.breaks()
    return client
  }

  private anyName(): StreamName {
    return NAMES[this.pick(NAMES.length)] ?? 'one'
  }
}

function bytes(number: number): [number, number] {
  return [number >> 8, number & 0xff]
}
