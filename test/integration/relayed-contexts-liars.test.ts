/**
 * Nodes that lie about the tree of a place and of an object, to whole nodes over real circuits [design 5; issue 4]:
 * strangers, children of the tree, and a parent that `relays` trusts. Who is honest hears every line once and in order, and
 * has the members and slots as they are at the home.
 *
 * Not here, by design: what a trusted parent may do without being found out, for it is trusted. It may change what a
 * cast says, make one in the place of the next, or keep all back and say by pulses of its own that there is nothing.
 */
import { Packet } from '../../src/psyc/wire/packet.js'
import type { Modifier } from '../../src/psyc/wire/packet.js'
import { Liar, RESET } from '../support/liar.js'
import type { LiarGreeting } from '../support/liar.js'
import { BOARD, LIAR, LyingParent, PLACE, asItIs, isCast, routed } from '../support/lying-parent.js'
import type { Change } from '../support/lying-parent.js'
import { CHANGE, CHAT, HOME, HOSTS, Room, all } from '../support/room.js'
import type { Link } from '../support/room.js'
import type { TestWorld } from '../support/world.js'

const RUN = '0123456789abcdef'
const IDLE = '_notice_context_idle'

// ── parents ────────────────────────────────────────────────────────────────────────────────────────────────

type CastChange = (cast: Packet, counter: number, childKey: string) => readonly Packet[]

interface ParentLie {
  readonly what: string
  /** Made anew for each test, since some lies have a memory. */
  readonly change: () => Change
  /** Its children leave it while it goes on. */
  readonly isLeft: boolean
  /** What a child that has left it has written, if it was for what the parent said. */
  readonly why?: string
}

/** Each cast changed, everything else as it is. */
function casts(change: CastChange): () => Change {
  return () => (packet, childKey) =>
    isCast(packet) ? change(packet, packet.counter ?? 0, childKey) : [packet]
}

function counted(counter: (counter: number) => string | undefined): () => Change {
  return casts((cast, at) => [routed(cast, { _counter: counter(at) })])
}

/** Something besides the casts. */
function besides(make: (cast: Packet, counter: number, childKey: string) => readonly Packet[]): () => Change {
  return casts((cast, counter, childKey) => [cast, ...make(cast, counter, childKey)])
}

/** Once, after the fifth cast. */
function once(make: CastChange): () => Change {
  return () => {
    let left = 5
    return (packet, childKey) => {
      if (!isCast(packet) || left-- !== 0) return [packet]
      return [packet, ...make(packet, packet.counter ?? 0, childKey)]
    }
  }
}

function pulses(
  variables: (pulse: Packet) => Readonly<Record<string, string | number | undefined>>,
): () => Change {
  return () => (packet) =>
    packet.method === IDLE ? [Packet.of({ _context: packet.context }, IDLE, variables(packet))] : [packet]
}

/** One packet of a full state. */
function statePart(
  { context }: Packet,
  childKey: string,
  entity: readonly Modifier[],
  { isFirst = true, method = '', counter = 1 } = {},
): Packet {
  const routing = [
    ...Packet.of({ _context: context, _target: childKey, _counter: String(counter) }, '').routing,
  ]
  return new Packet(routing, entity, method, '', isFirst ? 'reset' : undefined)
}

function set(name: string, value: string): Modifier {
  return { operator: '=', name, value }
}

function many(name: string, count: number, bytes: number): Modifier[] {
  return Array.from({ length: count }, (_, at) => set(`${name}${at}`, 'x'.repeat(bytes)))
}

function withState(
  { routing, entity, method, body }: Packet,
  more: readonly Modifier[],
  isReset = false,
): Packet {
  return new Packet(routing, [...entity, ...more], method, body, isReset ? 'reset' : undefined)
}

function runPacket({ context }: Packet, childKey: string, run: string): Packet {
  return Packet.of({ _context: context, _target: childKey }, '_status_context_run', { _token_run: run })
}

const NOT_SO = 'what it says is not so'

const parentLies: readonly ParentLie[] = [
  { what: 'tells the truth', change: () => asItIs, isLeft: false },

  // what does not come
  { what: 'says nothing at all', change: () => () => [], isLeft: true },
  { what: 'keeps all casts back', change: casts(() => []), isLeft: true, why: 'holes' },
  {
    what: 'keeps every other cast back',
    change: casts((cast, at) => (at % 2 === 0 ? [cast] : [])),
    isLeft: true,
    why: 'holes',
  },
  {
    what: 'calls for patience in place of casts',
    change: casts(({ context }) => [
      Packet.of({ _context: context }, '_notice_context_wait', { _amount_depth: 1 }),
    ]),
    isLeft: true,
    why: 'holes',
  },
  {
    what: 'calls for patience and nothing else',
    change: () => (packet) =>
      packet.method === IDLE || isCast(packet)
        ? [Packet.of({ _context: packet.context }, '_notice_context_wait', { _amount_depth: 1 })]
        : [packet],
    isLeft: true,
  },

  // counters
  { what: 'sends each cast twice', change: casts((cast) => [cast, cast]), isLeft: false },
  {
    what: 'sends again what was long ago',
    change: () => {
      const old: Packet[] = []
      return (packet) => (isCast(packet) ? (old.push(packet), [packet, ...old.slice(-50, -1)]) : [packet])
    },
    isLeft: false,
  },
  {
    what: 'sends casts in the wrong order',
    change: () => {
      const held = new Map<string, Packet>()
      return (packet, childKey) => {
        const line = `${childKey} ${packet.context}`
        const before = held.get(line)
        if (!isCast(packet)) return [packet]
        if (before === undefined) return (held.set(line, packet), [])
        held.delete(line)
        return [packet, before]
      }
    },
    isLeft: true,
    why: 'holes',
  },
  {
    what: 'counts a thousand too many',
    change: counted((at) => String(at + 1_000)),
    isLeft: true,
    why: NOT_SO,
  },
  { what: 'counts as far as one can', change: counted(() => '9'.repeat(15)), isLeft: true, why: NOT_SO },
  {
    what: 'counts farther than one can',
    change: counted(() => '9'.repeat(60)),
    isLeft: true,
    why: 'PSYC_COUNTER',
  },
  { what: 'counts below nothing', change: counted(() => '-1'), isLeft: true, why: 'PSYC_COUNTER' },
  { what: 'counts by words', change: counted(() => 'many'), isLeft: true, why: 'PSYC_COUNTER' },
  { what: 'does not count', change: counted(() => undefined), isLeft: true, why: 'PSYC_COUNTER' },
  { what: 'does not count from nothing', change: counted(() => '0'), isLeft: true, why: 'holes' },
  {
    what: 'sends once a cast that is far ahead',
    change: once((cast) => [routed(cast, { _counter: '9'.repeat(15) })]),
    isLeft: false,
    why: NOT_SO,
  },

  // what is said of casts
  {
    what: 'says that there were more casts than there were',
    change: pulses((pulse) => ({
      _amount_depth: 0,
      _token_run: pulse.text('_token_run'),
      _amount_casts: 1_000_000,
    })),
    isLeft: true,
    why: NOT_SO,
  },
  {
    what: 'says that they are of another run',
    change: pulses(() => ({ _amount_depth: 0, _token_run: RUN, _amount_casts: 1 })),
    isLeft: true,
    why: NOT_SO,
  },
  {
    what: 'says before each that another run begins',
    change: casts((cast, _at, key) => [runPacket(cast, key, RUN), cast]),
    isLeft: true,
    why: NOT_SO,
  },
  {
    what: 'says before each that yet another run begins',
    change: casts((cast, at, key) => [runPacket(cast, key, String(10 ** 15 + at)), cast]),
    isLeft: true,
    why: NOT_SO,
  },

  // states
  {
    what: 'begins the state anew in each cast',
    change: casts((cast) => [withState(cast, [], true)]),
    isLeft: true,
    why: 'a cast that ends the run',
  },
  {
    what: 'changes the run in each cast',
    change: casts((cast) => [withState(cast, [set('_token_run', RUN)])]),
    isLeft: true,
    why: 'a cast that ends the run',
  },
  {
    what: 'begins a state and does not end it',
    change: once((cast, _at, key) => [statePart(cast, key, [set('_x', 'x')])]),
    isLeft: false,
  },
  {
    what: 'sends a state without end',
    change: besides((cast, _at, key) => [
      statePart(cast, key, []),
      ...many('_x', 45, 60_000).map((part) => statePart(cast, key, [part], { isFirst: false })),
    ]),
    isLeft: true,
    why: 'LIMIT_EXCEEDED',
  },
  {
    what: 'makes the state too big by casts',
    change: casts((cast) => [withState(cast, many('_x', 1_000, 1))]),
    isLeft: true,
    why: 'LIMIT_EXCEEDED',
  },
  {
    what: 'changes what cannot be changed so',
    change: casts((cast) => [withState(cast, [{ operator: '@', name: '_dict_slots', value: '{{{' }])]),
    isLeft: true,
    why: 'PSYC_UPDATE',
  },
  {
    what: 'sends a state of another run',
    change: besides((cast, _at, key) => [
      statePart(cast, key, [set('_token_run', RUN)], { method: '_status_state', counter: 10 ** 9 }),
    ]),
    isLeft: true,
    why: NOT_SO,
  },

  // for others
  {
    what: 'brings casts of a place where it feeds nobody',
    change: besides((cast) => [routed(cast, { _context: `psyc://${HOME}/@chat-other` })]),
    isLeft: true,
  },
  {
    what: 'speaks as others',
    change: besides((_cast, _at, key) => [
      Packet.of({ _source: `psyc://${HOME}/~home`, _target: key }, '_message_private', {}, 'line 0'),
    ]),
    isLeft: true,
  },
  {
    what: 'speaks to persons in the name of the place',
    change: besides((_cast, _at, key) =>
      ['_message_public', '_notice_place_leave_banned', '_echo_place_leave'].map((method) =>
        Packet.of({ _context: PLACE, _target: `${key}~${nickAt(key)}` }, method, { _nick: 'x' }, 'line 0'),
      ),
    ),
    isLeft: false,
  },
  {
    what: 'says what only the home says',
    change: besides(({ context }, _at, key) =>
      [
        '_echo_context_leave',
        '_notice_context_crowded',
        '_failure_context_enter_full',
        '_status_context_route',
        '_error_unknown_x',
      ].map((method) =>
        Packet.of({ _context: context, _target: key }, method, {
          _uniform_parent: `psyc://${LIAR}/`,
          _token_route: RUN,
        }),
      ),
    ),
    isLeft: false,
  },
  {
    what: 'says that it feeds them no more, and does',
    change: besides(({ context }, _at, key) => [
      Packet.of({ _source: `psyc://${LIAR}/`, _target: key }, '_failure_context_enter', {
        _uniform_context: context,
      }),
    ]),
    isLeft: true,
  },
]

function nickAt(key: string): string {
  return /(n\d)\.example/.exec(key)?.[1] ?? ''
}

describe.each(parentLies)('a parent that $what', ({ change, isLeft, why }) => {
  test(`${isLeft ? 'is left' : 'does no harm'}, and everybody hears all`, () => {
    const scene = new LyingParent()
    scene.change = change()
    const states = scene.room.links('_status_state', () => scene.run(12_000))
    scene.room.network.wait(2_000)
    expect(scene.room.heard()).toEqual(all(scene.room, scene.said))
    if (isLeft) expect(scene.fed()).toEqual([])
    expect(scene.faults()).toEqual([])
    scene.change = asItIs
    scene.room.network.wait(20_000)
    expect(scene.faults()).toEqual([])
    expect(
      Math.max(0, ...states.filter(({ from }) => from === HOME).map(({ copies }) => copies)),
    ).toBeLessThan(10)
    expect(scene.room.errors()).toEqual([])
    expect(
      scene.complaints('a parent in the tree of a context is left').map(({ why: said }) => said),
    ).toEqual(why === undefined ? [] : expect.arrayContaining([why]))
    expect(scene.blamed()).toEqual(why === undefined ? [] : [`psyc://${LIAR}/`])
    expect(scene.repeated()).toEqual([])
  })
})

test('a parent whose packets cannot be read is left', () => {
  const scene = new LyingParent()
  const [child = ''] = scene.children
  let sent = 0
  scene.run(12_000, () => {
    if (sent++ < 3) scene.raw(child, `:_context␉${PLACE}\n:_counter 99␉1\n1x\n|\n`)
  })
  scene.room.network.wait(2_000)
  expect(scene.room.heard()).toEqual(all(scene.room, scene.said))
  expect(scene.faults()).toEqual([])
  expect(scene.repeated()).toEqual([])
})

test('who was told of casts that have not been yet hears them when they come', () => {
  const scene = new LyingParent()
  const [child = ''] = scene.children
  let left = 5
  scene.change = casts((cast, counter, childKey) => {
    const ahead = Array.from({ length: 3_000 }, (_, at) =>
      routed(cast, { _counter: String(counter + at + 1) }),
    )
    return cast.context === PLACE && childKey.includes(child) && left-- === 0 ? [cast, ...ahead] : [cast]
  })()
  scene.run(1_500)
  scene.change = asItIs
  scene.run(4_000)
  expect(scene.faults()).toEqual([])
  // Who has passed it on in good faith is left, too: those below it cannot know whose lie it was.
  expect(scene.blamed()).toEqual([`psyc://${LIAR}/`, `psyc://${child}/`])
  expect(scene.repeated()).toEqual([])
  scene.room.kill(LIAR)
  scene.room.network.wait(4_000)
  expect(scene.faults()).toEqual([])
})

test.each([
  ['twice', casts((cast) => [cast, cast])],
  ['far ahead', counted(() => '9'.repeat(15))],
  ['without a counter', counted(() => undefined)],
  ['of another run', casts((cast, _at, key) => [runPacket(cast, key, RUN), cast])],
])('a PSYC client hears each line once where a parent sends casts %s', (_, change) => {
  const scene = new LyingParent()
  const joe = scene.room.worlds
    .get(scene.children[0] ?? '')
    ?.psyc()
    .link('joe')
  joe?.write(`:_target␉${PLACE}\n:_tag␉in\n\n:_nick␉joe\n_request_context_enter\n|\n`)
  joe?.take()
  scene.change = change()
  scene.run(6_000)
  scene.room.network.wait(2_000)
  const lines = joe?.take().flatMap(({ method, body }) => (method === CHAT ? [body] : []))
  expect(lines).toEqual(scene.said)
})

// ── strangers and children ─────────────────────────────────────────────────────────────────────────────────

/** Nine nodes in one room, and somebody who is none of them. */
class Outside {
  readonly room: Room
  readonly inner: string
  readonly leaf: string
  private ports = 50_000
  private ticks = 0

  constructor(limits: Readonly<Record<string, number>> = {}) {
    this.room = new Room({ degree: 2, relays: ['*.example'], limits })
    this.room.network.strangers.set(LIAR, '127.6.6.6')
    const feeding = this.room.inner()
    this.inner = feeding[0] ?? ''
    this.leaf = HOSTS.find((host) => !feeding.includes(host)) ?? ''
    this.room.hush()
  }

  /** A connection of the liar to that node. */
  liar(host: string, greeting: LiarGreeting = {}): Liar {
    const liar = new Liar(this.world(host), LIAR, '127.6.6.6', this.ports++, greeting)
    liar.take()
    return liar
  }

  world(host: string): TestWorld {
    const world = this.room.worlds.get(host)
    if (world === undefined) throw new Error(`there is no ${host}`)
    return world
  }

  /** Who feeds whom: "a.example b.example". */
  edges(): string[] {
    const names = (links: readonly Link[]): string[] =>
      links.filter(({ to }) => to !== HOME).map(({ from, to }) => `${from} ${to}`)
    const chat = this.room.links(CHAT, () => this.room.say(HOME))
    const changes = this.room.links(CHANGE, () => this.room.boards.get(HOME)?.set({ tick: ++this.ticks }))
    return [...names(chat).sort(), ...names(changes).sort()]
  }

  /** All hear each line once, and have the same slots and members. */
  expectHonest(): void {
    const { room } = this
    room.hush()
    const said: string[] = []
    for (let at = 0; at < 12; at++) {
      said.push(room.say(HOSTS[at % HOSTS.length] ?? HOME))
      room.boards.get(HOSTS[at % HOSTS.length] ?? HOME)?.set({ [`s${at % 3}`]: at })
      room.network.wait(250)
    }
    expect(room.heard()).toEqual(all(room, said))
    expect(room.slots()).toHaveLength(1)
    const members = [...room.people.values()].map((one) => one.call('members').replace(/@\S+/g, ''))
    expect(new Set(members).size).toBe(1)
    expect(room.errors()).toEqual([])
    const texts = [...room.worlds].flatMap(([host, { logged }]) =>
      logged.filter(({ level }) => level !== 'debug').map((line) => `${host} ${JSON.stringify(line)}`),
    )
    expect(texts.filter((text, at) => texts.indexOf(text) !== at)).toEqual([])
  }
}

const self = `psyc://${LIAR}/`

describe('a stranger', () => {
  const state = { [RESET]: '', '=_token_run': RUN }
  test.each<[string, Readonly<Record<string, string>>]>([
    [CHAT, { _nick: 'home' }],
    [CHANGE, { _amount_version: '99', '@_dict_slots': '{1 x} =_text:1 x' }],
    ['_status_state', state],
    ['', state],
    ['_notice_context_enter', { _nick: 'x', '@_dict_members': '{21 psyc://evil.example/~x} =1 x' }],
    ['_notice_context_leave', {}],
    ['_notice_place_leave_banned', {}],
    ['_notice_clear_shared', {}],
    ['_status_context_run', { _token_run: RUN }],
    [IDLE, { _amount_depth: '0', _token_run: RUN, _amount_casts: '99' }],
    ['_notice_context_wait', { _amount_depth: '0' }],
    ['_notice_context_crowded', {}],
    ['_notice_context_child', { _uniform_child: self, _token_route: RUN }],
    ['_notice_context_child_lost', { _uniform_child: 'psyc://n0.example/', _token_route: RUN }],
    ['_status_context_route', { _uniform_parent: self, _token_route: RUN, _amount_depth: '1' }],
    ['_failure_context_enter', {}],
    ['_failure_context_enter_again', { _time_wait: '1' }],
    ['_failure_context_enter_full', {}],
    ['_echo_context_enter', { _token_route: RUN }],
  ])('says "%s" in the name of the place and the object', (method, variables) => {
    const scene = new Outside()
    const before = scene.edges()
    for (const host of [scene.inner, scene.leaf, HOME]) {
      const root = `psyc://${host}/`
      for (const context of [PLACE, BOARD]) {
        const named = { ...variables, _uniform_context: context }
        const asCast = scene.liar(host)
        asCast.packet(
          { _context: context, _counter: '999999', _source_relay: `${root}~x` },
          method,
          variables,
          'line 0',
        )
        expect(asCast.isOpen).toBe(false)
        const toRoot = scene.liar(host)
        toRoot.packet({ _context: context, _target: root, _counter: '999999' }, method, variables)
        expect(toRoot.isOpen).toBe(false)
        const asMaster = scene.liar(host)
        asMaster.packet({ _source: context, _target: root }, method, named)
        expect(asMaster.isOpen).toBe(false)
        const asItself = scene.liar(host)
        for (const target of [root, context])
          asItself.packet({ _source: self, _target: target }, method, named)
      }
    }
    scene.room.network.wait(1_000)
    scene.expectHonest()
    expect(scene.edges()).toEqual(before)
  })

  test.each([
    ['without an edge', {}],
    ['with an edge of its own making', { _token_route: RUN, _token_run: RUN, _amount_casts: '0' }],
  ])('asks a node to be fed, %s, again and again', (_, edge) => {
    const scene = new Outside()
    const before = scene.edges()
    for (const host of [scene.inner, scene.leaf]) {
      for (const context of [PLACE, BOARD]) {
        const liar = scene.liar(host)
        const routing = { _source: self, _target: `psyc://${host}/`, _tag: 't' }
        const enter = liar.text(routing, '_request_context_enter', { _uniform_context: context, ...edge })
        liar.flood(Array.from({ length: 500 }, () => enter))
        scene.room.network.wait(2_500)
        expect(new Set(liar.take())).toEqual(new Set(['_failure_context_enter']))
        scene.edges()
        expect(liar.take()).toEqual([])
      }
    }
    scene.expectHonest()
    expect(scene.edges()).toEqual(before)
  })

  test('asks the home for a place in the tree again and again, and is in nothing', () => {
    const scene = new Outside()
    const before = scene.edges()
    const liar = scene.liar(HOME)
    for (const context of [PLACE, BOARD]) {
      const routing = { _source: self, _target: context, _tag: 't' }
      const enter = liar.text(routing, '_request_context_enter', { _amount_degree: '256' })
      liar.flood(Array.from({ length: 500 }, () => enter))
    }
    expect(new Set(liar.take())).toEqual(new Set(['_failure_context_enter_again']))
    scene.expectHonest()
    expect(scene.edges()).toEqual(before)
    expect(liar.take()).toEqual([])
  })
})

/** The liar in the tree, fed by a node: it cannot be called, so it feeds nobody. */
class Child {
  readonly atHome: Liar
  readonly atParent: Liar
  readonly parent: string
  readonly token: string

  constructor(
    readonly scene: Outside,
    readonly context: string,
    more: Readonly<Record<string, string>> = {},
  ) {
    this.atHome = scene.liar(HOME)
    this.atHome.packet({ _source: self, _target: context, _tag: 'in' }, '_request_context_enter')
    this.ask({ _amount_degree: '256', ...more })
    this.parent = this.atHome.last('_uniform_parent').replace(/^psyc:\/\/|\/$/g, '')
    this.token = this.atHome.last('_token_route')
    this.atParent = scene.liar(this.parent)
    this.enterAtParent({})
    expect(this.atParent.take()).toContain('_echo_context_enter')
    this.atHome.take()
  }

  ask(variables: Readonly<Record<string, string>>): void {
    const routing = { _source: self, _target: this.context, _tag: 't' }
    this.atHome.packet(routing, '_request_context_enter', { _amount_degree: '256', ...variables })
  }

  enterAtParent(variables: Readonly<Record<string, string>>): void {
    this.atParent.packet(
      { _source: self, _target: `psyc://${this.parent}/`, _tag: 't' },
      '_request_context_enter',
      { _uniform_context: this.context, _token_route: this.token, ...variables },
    )
  }
}

describe.each([
  ['place', PLACE],
  ['object', BOARD],
])('a child in the tree of the %s', (_, context) => {
  test('is fed like others, and only one copy goes to it', () => {
    const scene = new Outside()
    const child = new Child(scene, context)
    scene.edges()
    const method = context === PLACE ? CHAT : CHANGE
    expect([...child.atHome.take(), ...child.atParent.take()].filter((each) => each === method)).toEqual([
      method,
    ])
  })

  test('reports others as lost and left, and complains of those who never fed it', () => {
    const scene = new Outside()
    const child = new Child(scene, context)
    const before = scene.edges()
    for (const host of HOSTS) {
      const about = { _uniform_child: `psyc://${host}/`, _token_route: RUN }
      for (const method of ['_notice_context_child_lost', '_notice_context_child_left'])
        child.atHome.packet({ _source: self, _target: context }, method, about)
      child.ask({ _uniform_failed: `psyc://${host}/`, _token_route: RUN })
      child.atParent.packet({ _source: self, _target: `psyc://${child.parent}/` }, '_request_context_leave', {
        _uniform_context: context,
        _token_route: RUN,
      })
    }
    scene.room.network.wait(1_000)
    scene.expectHonest()
    expect(scene.edges()).toEqual(before)
  })

  test('offers to feed very many: nobody whom the home cannot call is named as parent', () => {
    const scene = new Outside()
    const child = new Child(scene, context)
    const { network } = scene.room
    for (const host of ['n10.example', 'n11.example', 'n12.example']) scene.room.start(host)
    network.wait(70_000)
    const parents = network.lines.flatMap((line) => [line.text(line.a), line.text(line.b)]).join('')
    expect(parents).not.toContain(`:_uniform_parent\t${self}`)
    child.atHome.take()
    scene.expectHonest()
  })

  test('names loops: itself, who is below, the home, nobody', () => {
    const scene = new Outside()
    const child = new Child(scene, context)
    const before = scene.edges()
    for (const parent of [self, `psyc://${scene.leaf}/`, `psyc://${HOME}/`, 'psyc://nobody.example/'])
      child.ask({ _uniform_parent: parent, _token_route: RUN })
    expect(new Set(child.atHome.take())).toEqual(new Set(['_status_context_route']))
    scene.room.network.wait(20_000)
    scene.expectHonest()
    expect(scene.edges()).toEqual(before)
  })

  test('asks without end, each time because its parent has failed, and to get everything again', () => {
    const scene = new Outside()
    const child = new Child(scene, context)
    const run = child.atParent.last('_token_run')
    const moves = scene.room.links('_status_context_route', () => {
      for (let second = 0; second < 40; second++) {
        for (let at = 0; at < 50; at++)
          child.ask({
            _uniform_failed: child.atHome.last('_uniform_parent'),
            _token_route: child.atHome.last('_token_route'),
            _token_run: run,
            _amount_casts: '0',
          })
        const answers = child.atHome.take()
        expect(answers.filter((method) => /_route$|_echo/.test(method)).length).toBeLessThanOrEqual(10)
        scene.room.network.wait(1_000)
      }
    })
    expect(moves).toEqual([])
    scene.room.network.wait(5_000)
    scene.expectHonest()
  })

  test('asks its parent without end for everything', () => {
    const scene = new Outside()
    const child = new Child(scene, context)
    for (let at = 0; at < 500; at++) child.enterAtParent({ _token_run: RUN, _amount_casts: '0' })
    scene.room.network.wait(3_000)
    expect(child.atParent.take().filter((method) => /_echo|_status_state/.test(method))).toEqual([])
    scene.expectHonest()
  })

  test('never reads: what waits for it is bounded, and others do not notice', () => {
    const scene = new Outside({ psycQueueBytes: 30_000 })
    const child = new Child(scene, context)
    child.atParent.isDeaf = child.atHome.isDeaf = true
    for (let at = 0; at < 20; at++) scene.expectHonest()
    expect(Math.max(child.atParent.queuedBytes, child.atHome.queuedBytes)).toBeLessThan(40_000)
    expect(child.atParent.isOpen).toBe(false)
    scene.expectHonest()
  })
})
