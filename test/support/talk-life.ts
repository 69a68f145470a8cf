/**
 * A random life of one room over whole nodes: people on every node talk, in the room and in private, come and go, while
 * lines break, stall and lie about being up, nodes are cut off, and gateways and the home are killed and start anew. It ends
 * when everything has settled. What each client was told is kept, to be judged.
 */
import { FaultLines } from './fault-lines.js'
import type { FaultRates } from './fault-lines.js'
import { TestNetwork } from './network.js'
import { random } from './random.js'
import type { WorldFlash } from './world-flash.js'
import type { TestWorld } from './world.js'

export const HOME = 'gw.example'
const HOSTS = [HOME, 'a.example', 'b.example', 'c.example', 'd.example']
const REST_MS = 90_000

interface NodeLife {
  readonly host: string
  world: TestWorld
}

/** One connection of somebody. */
export interface Guest {
  readonly nick: string
  readonly at: NodeLife
  readonly flash: WorldFlash
  readonly uniform: string
  /** Lines that had been said when it was in; undefined before. */
  inSince: number | undefined
  /** It went by itself, or with its node. */
  isGone: boolean
}

export interface Line {
  readonly text: string
  readonly by: Guest
  /** A private one. */
  readonly to: Guest | undefined
  readonly number: number
  readonly answer: () => string
  /** Run of the home in which the speaker was told that it was taken. */
  takenIn: number | undefined
}

export interface TalkOptions {
  readonly isTree?: boolean
  /** Of 1000 steps, how many are that. */
  readonly kills?: number
  readonly homeKills?: number
  readonly unplugs?: number
}

export class TalkLife {
  readonly network: TestNetwork
  readonly guests: Guest[] = []
  readonly lines: Line[] = []
  /** Each kill of the home begins another. */
  homeRun = 0
  readonly counts = { kills: 0, homeKills: 0, unplugs: 0 }
  private readonly pick: (below: number) => number
  private readonly faults: FaultLines
  private readonly nodes: NodeLife[] = []
  private readonly down = new Set<NodeLife>()
  private due: { readonly at: number; readonly run: () => void }[] = []
  private readonly config

  constructor(
    seed: number,
    rates: FaultRates,
    private readonly options: TalkOptions = {},
  ) {
    this.pick = random(seed)
    this.network = new TestNetwork(seed)
    this.faults = new FaultLines(this.network, seed + 1, rates)
    const tree = options.isTree === true ? { degree: 1 + this.pick(2), relays: ['*.example'] } : {}
    this.config = { apps: { chat: { home: `psyc://${HOME}/` } }, ...tree }
    const hosts = HOSTS.slice(0, options.isTree === true ? 5 : 3 + this.pick(2))
    for (const host of hosts)
      this.nodes.push({ host, world: this.network.add(host, { config: this.config }) })
    for (const node of this.nodes) for (let count = 1 + this.pick(2); count > 0; count--) this.join(node)
    this.look()
  }

  /** @param ms of virtual time with faults */
  run(ms: number): this {
    const { clock } = this.network.time
    const end = clock.now() + ms
    this.faults.start()
    while (clock.now() < end) {
      this.step()
      this.network.wait(this.pick(150))
      this.doDue()
      this.look()
    }
    this.faults.stop()
    this.rest()
    return this
  }

  /** Who is in, and stays. */
  get present(): Guest[] {
    return this.guests.filter(
      ({ isGone, inSince, flash }) => !isGone && inSince !== undefined && flash.closed === undefined,
    )
  }

  get errors(): string[] {
    return this.nodes.flatMap(({ world }) => world.errors.map(({ message }) => message))
  }

  private rest(): void {
    for (let left = REST_MS; left > 0; left -= 1_000) {
      this.network.wait(1_000)
      this.doDue()
      this.look()
    }
  }

  private later(ms: number, run: () => void): void {
    this.due.push({ at: this.network.time.clock.now() + ms, run })
  }

  private doDue(): void {
    const now = this.network.time.clock.now()
    const ready = this.due.filter(({ at }) => at <= now)
    this.due = this.due.filter(({ at }) => at > now)
    for (const { run } of ready) run()
  }

  private step(): void {
    const { kills = 8, homeKills = 4, unplugs = 6 } = this.options
    const kind = this.pick(1_000)
    if (kind < 500) this.say()
    else if (kind < 560) this.whisper()
    else if (kind < 600) this.joinAnywhere()
    else if (kind < 630) this.leave()
    else if (kind < 630 + kills) this.kill(1 + this.pick(this.nodes.length - 1))
    else if (kind < 630 + kills + homeKills) this.kill(0)
    else if (kind < 630 + kills + homeKills + unplugs) this.unplug()
  }

  private anyone(): Guest | undefined {
    const there = this.present
    return there[this.pick(there.length)]
  }

  private say(): void {
    const by = this.anyone()
    if (by !== undefined) this.speak(by, undefined)
  }

  private whisper(): void {
    const by = this.anyone()
    const to = this.anyone()
    if (by !== undefined && to !== undefined && by !== to) this.speak(by, to)
  }

  private speak(by: Guest, to: Guest | undefined): void {
    const number = this.lines.length
    const text = `line ${number}`
    const answer =
      to === undefined ? by.flash.ask('sendMessage', text) : by.flash.ask('sendPrivate', to.uniform, text)
    this.lines.push({ text, by, to, number, answer, takenIn: undefined })
    this.look()
  }

  /** What has become of what was asked. */
  private look(): void {
    for (const line of this.lines)
      if (line.takenIn === undefined && line.answer().startsWith('result')) line.takenIn = this.homeRun
    for (const guest of this.guests) {
      if (guest.inSince !== undefined || !guest.flash.outcome.startsWith('result')) continue
      guest.inSince = this.lines.length
      guest.flash.tell('echo', 0)
    }
  }

  private joinAnywhere(): void {
    const node = this.nodes[this.pick(this.nodes.length)]
    if (node !== undefined && !this.down.has(node)) this.join(node)
  }

  /** Somebody new, or one who was there before. */
  private join(at: NodeLife, nick = this.freeNick(at)): void {
    const flash = at.world.flash({ args: [nick] })
    this.guests.push({
      nick,
      at,
      flash,
      uniform: at.world.uniform(`~${nick}`),
      inSince: undefined,
      isGone: false,
    })
  }

  private freeNick(at: NodeLife): string {
    const old = this.guests.filter((guest) => guest.at === at)
    const free = old.filter(({ nick }) => !old.some((other) => other.nick === nick && !isOver(other)))
    const again = free[this.pick(2 * free.length + 1)]
    return again?.nick ?? `p${this.guests.length}`
  }

  private leave(): void {
    const guest = this.anyone()
    if (guest === undefined || this.present.length < 3) return
    guest.isGone = true
    if (this.pick(2) === 0) guest.flash.close()
    else guest.flash.breaks()
  }

  /** The program of a node ends, with its clients, and starts anew; then they come back, or some of them. */
  private kill(at: number): void {
    const node = this.nodes[at]
    if (node === undefined || this.down.has(node)) return
    this.counts[at === 0 ? 'homeKills' : 'kills']++
    this.down.add(node)
    this.network.kill(node.host)
    this.network.settle()
    this.look()
    if (at === 0) this.homeRun++
    const people = this.guests.filter((guest) => guest.at === node && !isOver(guest))
    for (const guest of people) guest.isGone = true
    this.later(this.pick(8_000), () => {
      node.world = this.network.add(node.host, { config: this.config })
      this.down.delete(node)
      for (const { nick } of people) if (this.pick(3) > 0) this.joinLater(node, nick)
    })
  }

  private joinLater(node: NodeLife, nick: string): void {
    this.later(this.pick(3_000), () => {
      const isTaken = this.guests.some((guest) => guest.at === node && guest.nick === nick && !isOver(guest))
      if (!this.down.has(node) && !isTaken) this.join(node, nick)
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

function isOver({ isGone, flash }: Guest): boolean {
  return isGone || flash.closed !== undefined
}
