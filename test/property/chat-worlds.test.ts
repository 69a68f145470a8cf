/**
 * Whatever breaks between nodes for a while, everybody in a room has heard the same in the end: each line that its
 * place has taken, once, and each coming and going once.
 */
import fc from 'fast-check'
import { TestNetwork } from '../support/network.js'
import type { TestWorld } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'

const away = { config: { apps: { chat: { home: 'psyc://gw.example/' } } } }
const HOSTS = ['gw.example', 'a.example', 'b.example']

type Act =
  | { readonly kind: 'say'; readonly who: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'cut' | 'hole'; readonly node: number }
  | { readonly kind: 'join' | 'part'; readonly node: number }

const node = fc.integer({ min: 0, max: 2 })
const acts = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('say' as const), who: fc.integer({ min: 0, max: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'hole' as const), node }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 4_000 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('join' as const, 'part' as const), node }) },
  ),
  { maxLength: 40 },
)

class Room {
  readonly network = new TestNetwork()
  readonly worlds: readonly TestWorld[]
  /** Who stays to the end. */
  readonly people: readonly WorldFlash[]
  private readonly guests = new Map<number, WorldFlash>()
  private readonly taken: (() => string)[] = []
  private said = 0

  constructor() {
    this.worlds = HOSTS.map((host) => this.network.add(host, away))
    this.people = [0, 1, 1, 2].map((at, number) => this.enter(at, `p${number}`))
    for (const one of this.people) one.take()
  }

  enter(at: number, nick: string): WorldFlash {
    const client = this.worlds[at]?.flash({ args: [nick] })
    if (client === undefined) throw new Error('no such node')
    client.tell('echo', 0)
    return client
  }

  do(act: Act): void {
    switch (act.kind) {
      case 'say':
        return this.say(act.who)
      case 'wait':
        return this.network.wait(act.ms)
      case 'join':
        this.guests.set(act.node, this.guests.get(act.node) ?? this.enter(act.node, `g${act.node}`))
        return
      case 'part':
        this.guests.get(act.node)?.close()
        this.guests.delete(act.node)
        return
      default:
        return this.break(act.kind, act.node)
    }
  }

  private say(who: number): void {
    const answer = this.people[who]?.ask('sendMessage', String(this.said++))
    if (answer !== undefined) this.taken.push(answer)
  }

  private break(kind: 'cut' | 'hole', node: number): void {
    for (const line of this.network.linesOf(HOSTS[node] ?? '')) {
      if (kind === 'cut') line.cut()
      else line.isBlackHole = true
    }
    this.network.settle()
  }

  /** Lines that the place says it has taken. */
  get acknowledged(): string[] {
    return this.taken.flatMap((answer, at) => (answer() === 'result undefined' ? [String(at)] : []))
  }
}

test('everybody has heard everything that was taken, once', () => {
  fc.assert(
    fc.property(acts, (list) => {
      const room = new Room()
      for (const act of list) room.do(act)
      room.network.wait(90_000)
      const heard = room.people.map((one) =>
        one.take('call receiveMessage').map((line) => /"(\d+)"$/.exec(line)?.[1] ?? '?'),
      )
      const stayed = heard.filter((_lines, at) => room.people[at]?.closed === undefined)
      for (const lines of stayed) {
        expect(new Set(lines).size).toBe(lines.length)
        expect(lines).toEqual(stayed[0])
        expect(lines).toEqual(expect.arrayContaining(room.acknowledged))
      }
      expect(room.worlds.flatMap(({ errors }) => errors)).toEqual([])
    }),
    { numRuns: 40 },
  )
}, 60_000)

test('comings and goings alternate, and everybody ends with who is there', () => {
  fc.assert(
    fc.property(acts, (list) => {
      const room = new Room()
      for (const act of list) room.do(act)
      room.network.wait(90_000)
      const present = room.people.map((one) => {
        const there = new Map<string, number>()
        for (const line of one.take('call user')) {
          const [, what, , uniform = ''] = line.split(' ')
          if (what !== 'userJoined' && what !== 'userLeft') continue
          const now = (there.get(uniform) ?? (/~p/.test(uniform) ? 1 : 0)) + (what === 'userJoined' ? 1 : -1)
          expect([uniform, now]).toEqual([uniform, what === 'userJoined' ? 1 : 0])
          there.set(uniform, now)
        }
        return [...there]
          .flatMap(([uniform, count]) => (count === 1 && /~g/.test(uniform) ? [uniform] : []))
          .sort()
      })
      const stayed = present.filter((_there, at) => room.people[at]?.closed === undefined)
      for (const there of stayed) expect(there).toEqual(stayed[0])
    }),
    { numRuns: 40 },
  )
}, 60_000)
