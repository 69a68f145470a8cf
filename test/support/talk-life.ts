/**
 * A random life of one room over whole nodes: people on every node talk, in the room and in private, come and go, while
 * lines break, stall and lie about being up, nodes are cut off, and gateways and the home are killed and start anew. It ends
 * when everything has settled. What each client was told is kept, to be judged.
 */
import type { FaultRates } from './fault-lines.js'
import { HOME, NodesLife } from './nodes-life.js'
import type { LifeOptions, NodeLife } from './nodes-life.js'
import type { WorldFlash } from './world-flash.js'

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

export class TalkLife extends NodesLife {
  readonly guests: Guest[] = []
  readonly lines: Line[] = []
  /** Each kill of the home begins another. */
  homeRun = 0
  /** Who was there when the node was killed, by its host. */
  private readonly scattered = new Map<string, readonly Guest[]>()

  constructor(seed: number, rates: FaultRates, options: LifeOptions = {}) {
    super(seed, rates, options)
    this.begin({ apps: { chat: { home: `psyc://${HOME}/` } } })
    for (const node of this.nodes) for (let count = 1 + this.pick(2); count > 0; count--) this.join(node)
    this.look()
  }

  /** Who is in, and stays. */
  get present(): Guest[] {
    return this.guests.filter(
      ({ isGone, inSince, flash }) => !isGone && inSince !== undefined && flash.closed === undefined,
    )
  }

  protected step(kind: number): void {
    if (kind < 510) this.say()
    else if (kind < 570) this.whisper()
    else if (kind < 610) this.joinAnywhere()
    else if (kind < 640) this.leave()
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
  protected look(): void {
    for (const line of this.lines)
      if (line.takenIn === undefined && line.answer().startsWith('result')) line.takenIn = this.homeRun
    for (const guest of this.guests) {
      if (guest.inSince !== undefined || !guest.flash.outcome.startsWith('result')) continue
      guest.inSince = this.lines.length
      guest.flash.tell('echo', 0)
    }
  }

  private joinAnywhere(): void {
    const node = this.anyNode()
    if (node !== undefined) this.join(node)
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

  protected died(node: NodeLife): void {
    if (node.host === HOME) this.homeRun++
    const people = this.guests.filter((guest) => guest.at === node && !isOver(guest))
    for (const guest of people) guest.isGone = true
    this.scattered.set(node.host, people)
  }

  /** They come back, or some of them. */
  protected revived(node: NodeLife): void {
    for (const { nick } of this.scattered.get(node.host) ?? [])
      if (this.pick(3) > 0) this.joinLater(node, nick)
  }

  private joinLater(node: NodeLife, nick: string): void {
    this.later(this.pick(3_000), () => {
      const isTaken = this.guests.some((guest) => guest.at === node && guest.nick === nick && !isOver(guest))
      if (this.isUp(node) && !isTaken) this.join(node, nick)
    })
  }
}

function isOver({ isGone, flash }: Guest): boolean {
  return isGone || flash.closed !== undefined
}
