/** Many nodes in one room, and a home that feeds two of them: places and objects by a tree of trusted nodes [design 5]. */
import { MemoryObjectStore } from '../../src/psyc/entity/object-store.js'
import type { ConfigSource } from '../../src/server/config.js'
import { TestNetwork } from './network.js'
import type { Line } from './network.js'
import { FlashObject } from './player-model-flash.js'
import type { TestWorld } from './world.js'
import type { WorldFlash } from './world-flash.js'

export const HOME = 'home.example'
export const NODES = 9
export const HOSTS = Array.from({ length: NODES }, (_, at) => `n${at}.example`)
export const CHAT = '_message_public'
export const CHANGE = '_notice_change_shared'

export interface Link {
  readonly from: string
  readonly to: string
  readonly copies: number
}

export class Room {
  readonly network = new TestNetwork()
  readonly worlds = new Map<string, TestWorld>()
  readonly people = new Map<string, WorldFlash>()
  readonly boards = new Map<string, FlashObject>()
  private readonly store = new MemoryObjectStore()
  private said = 0

  /** @param hosts besides the home, in the order they come: the first two are fed by the home itself */
  constructor(
    private readonly more: ConfigSource = { degree: 2, relays: ['*.example'] },
    hosts: readonly string[] = HOSTS,
  ) {
    for (const host of [HOME, ...hosts]) this.start(host)
    this.network.wait(5_000)
    this.hush()
  }

  start(host: string): void {
    const config = { apps: { chat: { home: `psyc://${HOME}/` } }, ...this.more }
    const world = this.network.add(host, { config, objectStore: this.store })
    const client = world.flash({ args: [host.split('.')[0] ?? ''], objectEncoding: 3 })
    if (client.outcome !== 'result NetConnection.Connect.Success') throw new Error(client.outcome)
    client.tell('echo', 0)
    this.worlds.set(host, world)
    this.people.set(host, client)
    this.boards.set(host, new FlashObject(client, 'board'))
  }

  /** The process is gone, with its client. @param isTold false: and nobody is told */
  kill(host: string, isTold = true): void {
    this.network.kill(host, isTold)
    for (const all of [this.worlds, this.people, this.boards]) all.delete(host)
  }

  say(host: string): string {
    const text = `line ${this.said++}`
    this.people.get(host)?.call('sendMessage', text)
    return text
  }

  /** What each has heard since last asked. */
  heard(): Map<string, string[]> {
    return new Map(
      [...this.people].map(([host, one]) => [
        host,
        one.take('call receiveMessage').map((line) => /"(line \d+)"$/.exec(line)?.[1] ?? '?'),
      ]),
    )
  }

  hush(): void {
    for (const one of this.people.values()) one.take()
    for (const board of this.boards.values()) board.take()
  }

  slots(): string[] {
    return [...new Set([...this.boards.values()].map(({ slots }) => JSON.stringify(slots)))]
  }

  /** Who sends how often what whom, while that is done. */
  links(method: string, act: () => void): Link[] {
    const before = new Map(this.network.lines.map((line) => [line, this.counts(line, method)]))
    act()
    return this.network.lines.flatMap((line) => {
      const [a = 0, b = 0] = before.get(line) ?? []
      const [nowA, nowB] = this.counts(line, method)
      const [hostA, hostB] = [this.hostOf(line.a), this.hostOf(line.b)]
      return [
        { from: hostA, to: hostB, copies: nowA - a },
        { from: hostB, to: hostA, copies: nowB - b },
      ].filter(({ copies }) => copies > 0)
    })
  }

  /** Those that feed others besides the home, in the tree of the place. */
  inner(): string[] {
    const links = this.links(CHAT, () => this.say(HOME))
    return [...new Set(links.map(({ from }) => from))].filter((host) => host !== HOME)
  }

  errors(): unknown[] {
    return [...this.worlds.values()].flatMap(({ errors }) => errors)
  }

  private counts(line: Line, method: string): [number, number] {
    return [line.count(line.a, method), line.count(line.b, method)]
  }

  private hostOf(world: TestWorld): string {
    return [...this.worlds].find(([, known]) => known === world)?.[0] ?? 'gone'
  }
}

export function degreeOf(links: readonly Link[]): number {
  const sent = new Map<string, number>()
  for (const { from } of links) sent.set(from, (sent.get(from) ?? 0) + 1)
  return Math.max(...sent.values())
}

export function all<T>(room: Room, value: T): Map<string, T> {
  return new Map([...room.people.keys()].map((host) => [host, value]))
}
