/**
 * Whatever breaks between nodes for a while, everybody in a room has heard the same in the end: each line that its
 * place has taken, once, and each coming and going once.
 */
import fc from 'fast-check'
import { TestNetwork } from '../support/network.js'
import type { Line } from '../support/network.js'
import type { TestWorld } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'

/** The same lives each time; SEED=… gives others. */
const SEED = Number(process.env['SEED'] ?? 1)

const away = { apps: { chat: { home: 'psyc://gw.example/' } } }
const HOSTS = ['gw.example', 'a.example', 'b.example']
/** Nodes that feed each other. */
const TREE = [...HOSTS, 'c.example', 'd.example']

type Act =
  | { readonly kind: 'say'; readonly who: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'cut' | 'hole'; readonly node: number }
  | { readonly kind: 'cut one' | 'hole one'; readonly line: number }
  | { readonly kind: 'join' | 'part'; readonly node: number }

const node = fc.integer({ min: 0, max: 14 })
const acts = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('say' as const), who: fc.integer({ min: 0, max: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'hole' as const), node }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('cut one' as const, 'hole one' as const),
        line: fc.integer({ min: 0, max: 59 }),
      }),
    },
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

  constructor(private readonly hosts = HOSTS) {
    const more = hosts === TREE ? { degree: 1, relays: ['*.example'] } : {}
    this.worlds = hosts.map((host) => this.network.add(host, { config: { ...away, ...more } }))
    this.people = [0, 1, 1, 2, ...hosts.slice(3).map((_, number) => 3 + number)].map((at, number) =>
      this.enter(at, `p${number}`),
    )
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
      case 'part':
        return this.visit(act.kind, act.node % this.hosts.length)
      case 'cut':
      case 'hole':
        return this.break(act.kind, this.network.linesOf(this.hosts[act.node % this.hosts.length] ?? ''))
      default:
        return this.breakOne(act.kind === 'cut one' ? 'cut' : 'hole', act.line)
    }
  }

  private visit(kind: 'join' | 'part', node: number): void {
    if (kind === 'join') this.guests.set(node, this.guests.get(node) ?? this.enter(node, `g${node}`))
    else {
      this.guests.get(node)?.close()
      this.guests.delete(node)
    }
  }

  private say(who: number): void {
    const answer = this.people[who]?.ask('sendMessage', String(this.said++))
    if (answer !== undefined) this.taken.push(answer)
  }

  private breakOne(kind: 'cut' | 'hole', at: number): void {
    const open = this.network.lines.filter(({ isClosed }) => !isClosed)
    this.break(kind, open.slice(at % open.length, (at % open.length) + 1))
  }

  private break(kind: 'cut' | 'hole', lines: readonly Line[]): void {
    for (const line of lines) {
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

/** A room after all that, with time to come to rest. */
function lived(hosts: string[], list: readonly Act[]): Room {
  const room = new Room(hosts)
  for (const act of list) room.do(act)
  room.network.wait(90_000)
  return room
}

test.each([
  ['from the home', HOSTS],
  ['in a tree of nodes', TREE],
])(
  'everybody has heard everything that was taken, once: %s',
  (_, hosts) => {
    fc.assert(
      fc.property(acts, (list) => {
        const room = lived(hosts, list)
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
      { numRuns: 40, seed: SEED },
    )
  },
  60_000,
)

test.each([
  ['from the home', HOSTS],
  ['in a tree of nodes', TREE],
])(
  'comings and goings alternate, and everybody ends with who is there: %s',
  (_, hosts) => {
    fc.assert(
      fc.property(acts, (list) => {
        const room = lived(hosts, list)
        const present = room.people.map((one) => {
          const there = new Map<string, number>()
          for (const line of one.take('call user')) {
            const [, what, , uniform = ''] = line.split(' ')
            if (what !== 'userJoined' && what !== 'userLeft') continue
            const now =
              (there.get(uniform) ?? (/~p/.test(uniform) ? 1 : 0)) + (what === 'userJoined' ? 1 : -1)
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
      { numRuns: 40, seed: SEED },
    )
  },
  60_000,
)
