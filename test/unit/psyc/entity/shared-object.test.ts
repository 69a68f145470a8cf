import { MemoryObjectStore, type ObjectStore } from '../../../../src/psyc/entity/object-store.js'
import {
  SharedObjectHome,
  openRights,
  type SharedObjectHomeOptions,
} from '../../../../src/psyc/entity/shared-object-home.js'
import { renderLegacyPacket } from '../../../../src/psyc/wire/legacy-renderer.js'
import { PsycDict } from '../../../../src/psyc/wire/dict.js'
import { PsycList } from '../../../../src/psyc/wire/list.js'
import { Packet, valueText, type Variables } from '../../../../src/psyc/wire/packet.js'
import { renderPacket } from '../../../../src/psyc/wire/renderer.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import { StateVariables, stateLimits } from '../../../../src/psyc/state/variables.js'
import { limitsWith, type Limits } from '../../../../src/util/limits.js'
import { decodeUtf8 } from '../../../../src/util/utf8.js'
import { SimNetwork, type SimNode } from '../../../support/player-model-network.js'

const PLACE = 'psyc://gw.example/@chat-lobby'
const VOLATILE = '#_so_users'
const PERSISTENT = '#_sop_users'

class World {
  readonly network: SimNetwork
  readonly node: SimNode
  readonly far: SimNode
  readonly home: SharedObjectHome
  readonly members = new Set<string>()
  /** Packets that left the home, by method. */
  private readonly out: Packet[] = []
  private tags = 0

  constructor(options: Partial<SharedObjectHomeOptions> = {}, limits: Partial<Limits> = {}) {
    this.network = new SimNetwork(limitsWith(limits), (packet) => {
      if (packet.context !== undefined || packet.source?.startsWith(PLACE) === true) this.out.push(packet)
    })
    this.node = this.network.addNode('gw.example')
    this.far = this.network.addNode('far.example')
    this.home = new SharedObjectHome(this.node, parseUniform(PLACE), {
      rights: openRights((key) => this.members.has(key)),
      store: new MemoryObjectStore(),
      ...options,
    })
    this.node.register({
      uniform: parseUniform(PLACE),
      receive: (packet, origin) => this.home.receive(packet, origin),
    })
  }

  ask(person: string, method: string, variables: Variables = {}, channel = VOLATILE): string[] {
    const node = person.startsWith('psyc://far') ? this.far : this.node
    node.send(
      Packet.of({ _source: person, _target: PLACE + channel, _tag: `t${++this.tags}` }, method, variables),
    )
    this.network.flush()
    return this.take()
  }

  change(person: string, set: Record<string, string>, more: Variables = {}, channel = VOLATILE): string[] {
    const items = Object.entries(set).map(([key, value]) => ({ key, type: '_text', value }))
    return this.ask(person, '_request_change_shared', { _dict_change: new PsycDict(items), ...more }, channel)
  }

  enter(channel = VOLATILE): void {
    this.ask('psyc://far.example/', '_request_context_enter', {}, channel)
  }

  packets(): Packet[] {
    return this.out.splice(0)
  }

  take(): string[] {
    return this.packets().map((packet) => {
      const version = packet.text('_amount_version')
      const updates = packet.entity.filter(({ operator }) => operator !== ':' && operator !== '=')
      const what = updates.map(({ operator, name, value }) => `${operator}${name} ${valueText(value)}`)
      return [packet.route('_counter') ?? '-', packet.method, version ?? '-', ...what].join(' ')
    })
  }

  slots(channel = VOLATILE): Record<string, string> | undefined {
    const object = this.home.object(channel.slice(1))
    return (
      object &&
      Object.fromEntries([...object.slots.entries()].map(([key, { value }]) => [key, decodeUtf8(value)]))
    )
  }
}

const ALICE = 'psyc://far.example/~alice'
const BOB = 'psyc://gw.example/~bob'

test('a change is cast as the design says, and answered [design 4]', () => {
  const world = new World()
  world.enter()
  world.change(ALICE, { bob: 'here' })
  world.change(ALICE, { alice: 'online' }, { _list_remove: PsycList.ofTexts(['bob']) })
  const last = world.home.object('_so_users')
  expect(last?.context.counter).toBe(2)
  world.change(ALICE, { bob: 'here' })
  const removal = { alice: 'away' }
  world.far.send(
    Packet.of({ _source: ALICE, _target: PLACE + VOLATILE, _tag: 'x' }, '_request_change_shared', {
      _dict_change: new PsycDict([{ key: 'alice', type: '_text', value: removal.alice }]),
      _list_remove: PsycList.ofTexts(['bob']),
      _token_change: 'mine',
    }),
  )
  world.network.flush()
  const [cast, echo] = world.packets()
  expect(cast === undefined ? '' : decodeUtf8(renderPacket(cast))).toBe(
    [
      `:_context\t${PLACE}#_so_users`,
      `:_source_relay\t${ALICE}`,
      ':_counter\t4',
      '124',
      ':_amount_version\t4',
      ':_token_change\tmine',
      '@_dict_slots 23\t{5 alice} =_text:4 away',
      '@_dict_slots\t{3 bob} -',
      '_notice_change_shared',
      '|',
      '',
    ].join('\n'),
  )
  expect([echo?.method, echo?.source, echo?.target, echo?.tagRelay, echo?.text('_token_change')]).toEqual([
    '_echo_change_shared',
    PLACE + VOLATILE,
    ALICE,
    'x',
    'mine',
  ])
})

test('the full state follows the echo of an enter [design 4]', () => {
  const world = new World()
  world.members.add(BOB)
  world.change(BOB, { alice: 'online' })
  world.far.send(
    Packet.of(
      { _source: 'psyc://far.example/', _target: PLACE + VOLATILE, _tag: 't' },
      '_request_context_enter',
    ),
  )
  world.network.flush()
  const [echo, state] = world.packets()
  expect(echo?.method).toBe('_echo_context_enter')
  expect(state?.entity.map(({ operator, name, value }) => operator + name + valueText(value))).toEqual([
    `=_token_run${world.home.object('_so_users')?.context.run ?? ''}`,
    '=_amount_version1',
    '=_dict_slots{5 alice}=_text:6 online',
  ])
})

test('a big state comes in several packets that make one dict [design 4]', () => {
  const world = new World({}, { statePacketBytes: 60_000 })
  world.members.add(BOB)
  for (const name of ['a', 'b', 'c']) world.change(BOB, { [name]: name.repeat(40_000) })
  world.far.send(
    Packet.of({ _source: 'psyc://far.example/', _target: PLACE + VOLATILE }, '_request_context_enter'),
  )
  world.network.flush()
  const packets = world.packets().slice(1)
  expect(packets.map(({ method, stateOperation }) => [method, stateOperation])).toEqual([
    ['', 'reset'],
    ['', undefined],
    ['_status_state', undefined],
  ])
  const state = new StateVariables(stateLimits(world.node.limits))
  for (const packet of packets) state.apply(packet)
  expect(
    [...(state.dict('_dict_slots') ?? [])].map(([key, { value }]) => key + String(value.length)),
  ).toEqual(['a40000', 'b40000', 'c40000'])
})

test('members without state get typed text, in base64 on 0.9 [design 4]', () => {
  const world = new World()
  const speak = (syntax: '1.0' | '0.9'): void => {
    world.node.peers.set('psyc://far.example/', { understandsState: false, syntax })
  }
  speak('1.0')
  world.enter()
  const plain = (syntax: '1.0' | '0.9'): Packet[] => {
    speak(syntax)
    world.packets()
    world.members.add(BOB)
    world.node.send(
      Packet.of({ _source: BOB, _target: PLACE + VOLATILE }, '_request_change_shared', {
        _dict_change: `{3 bob}=_text:3 ${syntax}{1 a}=_data:1 x`,
      }),
    )
    world.network.flush()
    world.far.send(
      Packet.of({ _source: 'psyc://far.example/', _target: PLACE + VOLATILE }, '_request_context_enter'),
    )
    world.network.flush()
    return world
      .packets()
      .filter(({ method }) => /_change_shared$|_status/.test(method) && !method.startsWith('_echo'))
  }
  const [change, state] = plain('1.0')
  expect(change?.text('_data_change')).toBe('{3 bob} =_text:3 1.0\n{1 a} =_data:1 x')
  expect([state?.method, state?.stateOperation, state?.text('_data_slots')]).toEqual([
    '_status_state',
    undefined,
    '{3 bob}=_text:3 1.0{1 a}=_data:1 x',
  ])
  const [legacy] = plain('0.9')
  expect(legacy === undefined ? '' : decodeUtf8(renderLegacyPacket(legacy))).toContain(
    `:_data_change\t${Buffer.from('{3 bob} =_text:3 0.9').toString('base64')}\n`,
  )
})

test('the version grows by one per batch that changes something; equal values change nothing [design 4]', () => {
  const world = new World()
  world.members.add(BOB)
  expect(world.change(BOB, { a: '1', b: '2' })).toEqual(['- _echo_change_shared 1'])
  world.enter()
  expect(world.change(BOB, { a: '1', b: '3' })).toEqual([
    '2 _notice_change_shared 2 @_dict_slots {1 b} =_text:1 3',
    '- _echo_change_shared 2',
  ])
  expect(world.change(BOB, { a: '1' })).toEqual(['- _echo_change_shared 2'])
  expect(world.change(BOB, {}, { _list_remove: PsycList.ofTexts(['none']) })).toEqual([
    '- _echo_change_shared 2',
  ])
})

test('of several items for one slot the last counts, and removing comes last', () => {
  const world = new World()
  world.members.add(BOB)
  world.ask(BOB, '_request_change_shared', {
    _dict_change: '{1 a} 1{1 a} 2{1 b} 1{13 with }{ brace} 3',
    _list_remove: '| b',
  })
  expect(world.slots()).toEqual({ a: '2', 'with }{ brace': '3' })
})

test('who may write [design 4]', () => {
  const world = new World({
    rights: { ...openRights(() => false), mayWrite: (key) => !key.endsWith('~eve') },
  })
  expect(world.change(ALICE, { a: '1' })).toEqual(['- _error_necessary_membership -'])
  world.enter()
  expect(world.change(ALICE, { a: '1' })).toHaveLength(2)
  expect(world.change('psyc://far.example/~eve', { a: '1' })).toEqual(['- _error_necessary_privilege -'])
  expect(world.ask('psyc://far.example/~eve', '_notice_invoke')).toEqual(['- _error_necessary_privilege -'])
  expect(world.change('psyc://gw.example/~stranger', { a: '1' })).toEqual(['- _error_necessary_membership -'])
})

test('who may enter, and make an object', () => {
  const rights = {
    ...openRights(() => true),
    mayRead: (key: string, channel: string) => channel !== '_so_secret' || key === BOB,
    mayCreate: (_key: string, channel: string) => channel !== '_so_fixed',
  }
  const world = new World({ rights }, { objectsPerPlace: 2 })
  const enter = (channel: string): string[] =>
    world.ask('psyc://far.example/', '_request_context_enter', {}, channel)
  expect(enter('#_so_secret')).toEqual(['- _error_necessary_privilege -'])
  expect(enter('#_so_fixed')).toEqual(['- _error_necessary_privilege_create_shared -'])
  expect(enter('#_so_a')).toHaveLength(2)
  expect(enter('#_so_b')).toEqual(['- _failure_exceeded_limit_objects -'])
  expect(enter('#_stream_x')).toEqual(['- _error_unknown_name_shared -'])
  expect(world.ask(BOB, '_notice_invoke', {}, '#_so_none')).toEqual(['- _error_necessary_membership -'])
})

test.each([
  ['objectSlots', { a: '1', b: '1', c: '1', d: '1', e: '1' }, '_failure_exceeded_limit_slots'],
  ['objectKeyBytes', { 'key too long': '1' }, '_failure_exceeded_limit_name'],
  ['objectValueBytes', { a: '1'.repeat(21) }, '_failure_exceeded_limit_value'],
  [
    'objectBytes',
    { a: '1'.repeat(20), b: '1'.repeat(20), c: '1'.repeat(20) },
    '_failure_exceeded_limit_bytes',
  ],
])('more than %s is refused whole [design 4]', (_limit, set, method) => {
  const limits = { objectSlots: 4, objectKeyBytes: 8, objectValueBytes: 20, objectBytes: 60 }
  const world = new World({}, limits)
  world.members.add(BOB)
  world.change(BOB, { z: '0' })
  expect(world.change(BOB, set)).toEqual([`- ${method} 1`])
  expect(world.slots()).toEqual({ z: '0' })
  expect(world.change(BOB, { y: '0' }, { _list_remove: PsycList.ofTexts(['z']) })).toEqual([
    '- _echo_change_shared 2',
  ])
})

test('a strict object refuses what overwrites an unseen change of somebody else [design 4]', () => {
  const world = new World({ isStrict: (channel) => channel === '_so_users' })
  world.members.add(BOB).add(ALICE)
  world.change(BOB, { a: '1' }, { _amount_version: 0 })
  expect(world.change(ALICE, { a: '2' }, { _amount_version: 0 })).toEqual([
    '- _error_change_shared_conflict 1',
  ])
  expect(world.change(ALICE, { b: '2' }, { _amount_version: 0 })).toEqual(['- _echo_change_shared 2'])
  expect(world.change(BOB, { a: '3' }, { _amount_version: 0 })).toEqual(['- _echo_change_shared 3'])
  expect(world.change(BOB, {}, { _list_remove: PsycList.ofTexts(['a']) })).toEqual([
    '- _echo_change_shared 4',
  ])
  expect(world.change(ALICE, { a: '2' }, { _amount_version: 3 })).toEqual([
    '- _error_change_shared_conflict 4',
  ])
  expect(world.change(ALICE, { a: '2' }, { _amount_version: 4 })).toEqual(['- _echo_change_shared 5'])
  expect(world.ask(BOB, '_request_clear_shared', { _amount_version: 4 })).toEqual([
    '- _error_change_shared_conflict 5',
  ])
})

test('clear is a state reset [design 4]', () => {
  const world = new World()
  world.enter()
  world.change(ALICE, { a: '1' })
  world.far.send(Packet.of({ _source: ALICE, _target: PLACE + VOLATILE }, '_request_clear_shared'))
  world.network.flush()
  const [cast, echo] = world.packets()
  expect([cast?.method, cast?.stateOperation]).toEqual(['_notice_clear_shared', 'reset'])
  expect(cast?.entity.map(({ operator, name }) => operator + name)).toEqual([
    '=_token_run',
    '=_amount_version',
    '=_dict_slots',
  ])
  expect([echo?.method, echo?.text('_amount_version')]).toEqual(['_echo_clear_shared', '2'])
  expect(world.ask(ALICE, '_request_clear_shared')).toEqual(['- _echo_clear_shared 2'])
  expect(world.slots()).toEqual({})
})

test('send goes to all, in order with the changes, and changes nothing [design 2]', () => {
  const world = new World()
  world.enter()
  for (const step of [1, 2]) {
    const version = String(step)
    world.far.send(
      Packet.of({ _source: ALICE, _target: PLACE + VOLATILE }, '_request_change_shared', {
        _dict_change: `{1 a} ${version}`,
      }),
    )
    world.far.send(
      Packet.of({ _source: ALICE, _target: PLACE + VOLATILE }, '_notice_invoke', { _name_invoke: version }),
    )
  }
  world.network.flush()
  expect(world.take().filter((line) => !line.includes('_echo'))).toEqual([
    '1 _notice_change_shared 1 @_dict_slots {1 a} =:1 1',
    '2 _notice_invoke -',
    '3 _notice_change_shared 2 @_dict_slots {1 a} =:1 2',
    '4 _notice_invoke -',
  ])
})

test.each([
  ['_request_change_shared', { _dict_change: '{1 a' }, '_error_illegal_change_shared'],
  ['_request_change_shared', { _token_change: 'x'.repeat(65) }, '_error_illegal_change_shared'],
  ['_request_dance', {}, '_failure_unsupported_function'],
])('%s %j is answered %s', (method, variables, answer) => {
  const world = new World()
  world.enter()
  expect(world.ask(ALICE, method, variables)).toEqual([`- ${answer} -`])
  expect(world.ask(ALICE, '_error_whatever')).toEqual([])
})

test('a volatile object ends some time after its last subscriber [design 4]', () => {
  const world = new World()
  world.enter()
  world.change(ALICE, { a: '1' })
  world.network.advance(60_000)
  expect(world.slots()).toEqual({ a: '1' })
  world.ask('psyc://far.example/', '_request_context_leave')
  world.network.advance(4_999)
  world.enter()
  world.home.dropMember('psyc://far.example/')
  world.network.advance(4_999)
  expect(world.slots()).toEqual({ a: '1' })
  world.network.advance(1)
  expect([world.home.size, world.network.timers.size]).toEqual([0, 0])
})

test('whom casts do not reach is out; a cast that has no form for him is only skipped [psyc.md 5.7]', () => {
  const world = new World()
  world.enter()
  world.ask(ALICE, '_failure_unsuccessful_delivery_unrenderable')
  expect(world.home.object('_so_users')?.context.size).toBe(1)
  world.ask(ALICE, '_failure_unsuccessful_delivery_disconnect')
  expect(world.home.object('_so_users')?.context.size).toBe(0)
})

test('in the joint namespace a name is what it was first made as [design 4]', () => {
  const world = new World({ namespace: 'joint' })
  world.enter(VOLATILE)
  expect(world.ask('psyc://far.example/', '_request_context_enter', {}, PERSISTENT)).toEqual([
    '- _error_illegal_persistence_shared -',
  ])
  const separate = new World()
  separate.enter(VOLATILE)
  separate.enter(PERSISTENT)
  expect(separate.home.size).toBe(2)
})

describe('a persistent object', () => {
  /** A store whose commits wait, or fail. */
  class SlowStore implements ObjectStore {
    readonly waiting: (() => void)[] = []
    readonly groups: number[] = []
    fails = false
    private readonly store = new MemoryObjectStore()

    load: ObjectStore['load'] = (key, done) => {
      if (this.fails) done(new Error('unreadable'), undefined)
      else this.store.load(key, done)
    }

    append: ObjectStore['append'] = (key, changes, done) => {
      this.groups.push(changes.length)
      this.waiting.push(() => {
        if (this.fails) done(new Error('disk full'))
        else this.store.append(key, changes, done)
      })
    }
  }

  it('is durable before anybody hears of it; what waits becomes one commit [design 4]', () => {
    const store = new SlowStore()
    const world = new World({ store })
    world.enter(PERSISTENT)
    expect(world.change(ALICE, { a: '1' }, {}, PERSISTENT)).toEqual([])
    expect(world.change(ALICE, { a: '2' }, {}, PERSISTENT)).toEqual([])
    expect(world.change(BOB, { a: '3' }, {}, PERSISTENT)).toEqual([])
    expect(world.change(ALICE, { b: '4' }, {}, PERSISTENT)).toEqual([])
    expect(world.ask(ALICE, '_notice_invoke', {}, PERSISTENT)).toEqual([])
    store.waiting.shift()?.()
    world.network.flush()
    expect(world.take()).toEqual([
      '1 _notice_change_shared 1 @_dict_slots {1 a} =_text:1 1',
      '- _echo_change_shared 1',
      '- _error_necessary_membership -', // Bob is not in; his turn came with the group
    ])
    store.waiting.shift()?.()
    world.network.flush()
    expect(world.take()).toEqual([
      '2 _notice_change_shared 2 @_dict_slots {1 a} =_text:1 2',
      '- _echo_change_shared 2',
      '3 _notice_change_shared 3 @_dict_slots {1 b} =_text:1 4',
      '- _echo_change_shared 3',
      '4 _notice_invoke -',
    ])
    expect(store.groups).toEqual([1, 2])
  })

  it('is there again, with its version, in another run', () => {
    const store = new MemoryObjectStore()
    const world = new World({ store })
    world.enter(PERSISTENT)
    world.change(ALICE, { a: '1', b: '2' }, {}, PERSISTENT)
    world.change(ALICE, { c: '3' }, { _list_remove: PsycList.ofTexts(['a']) }, PERSISTENT)
    const run = world.home.object('_sop_users')?.context.run
    world.ask('psyc://far.example/', '_request_context_leave', {}, PERSISTENT)
    world.network.advance(5_000)
    expect(world.home.size).toBe(0)
    world.enter(PERSISTENT)
    expect(world.slots(PERSISTENT)).toEqual({ b: '2', c: '3' })
    expect(world.home.object('_sop_users')?.slots.version).toBe(2)
    expect(world.home.object('_sop_users')?.context.run).not.toBe(run)
    world.ask(ALICE, '_request_clear_shared', {}, PERSISTENT)
    const second = new World({ store })
    second.enter(PERSISTENT)
    expect(second.slots(PERSISTENT)).toEqual({})
  })

  it('takes back and refuses what cannot be stored [design 11]', () => {
    const store = new SlowStore()
    const world = new World({ store })
    world.enter(PERSISTENT)
    world.change(ALICE, { a: '1' }, {}, PERSISTENT)
    store.waiting.shift()?.()
    world.network.flush()
    world.take()
    world.change(ALICE, { b: '2' }, {}, PERSISTENT)
    world.change(ALICE, { a: '2' }, { _list_remove: PsycList.ofTexts(['b']) }, PERSISTENT)
    world.ask(ALICE, '_request_clear_shared', {}, PERSISTENT)
    store.fails = true
    store.waiting.shift()?.()
    store.waiting.shift()?.()
    world.network.flush()
    expect(world.take()).toEqual(Array(3).fill('- _failure_unavailable_storage -'))
    expect(world.slots(PERSISTENT)).toEqual({ a: '1' })
    expect(world.home.object('_sop_users')?.slots.version).toBe(1)
    store.fails = false
    world.change(ALICE, { a: '5' }, {}, PERSISTENT)
    store.waiting.shift()?.()
    world.network.flush()
    expect(world.take()[0]).toBe('2 _notice_change_shared 2 @_dict_slots {1 a} =_text:1 5')
  })

  it('never starts empty when it cannot be loaded [design 8]', () => {
    const store = new SlowStore()
    store.fails = true
    const world = new World({ store })
    expect(world.ask('psyc://far.example/', '_request_context_enter', {}, PERSISTENT)).toEqual([
      '- _failure_unavailable_storage -',
    ])
    expect(world.home.size).toBe(0)
    store.fails = false
    expect(world.ask('psyc://far.example/', '_request_context_enter', {}, PERSISTENT)).toHaveLength(2)
  })

  it('lets only so much wait', () => {
    const store = new SlowStore()
    const world = new World({ store }, { messageEvents: 2 })
    world.enter(PERSISTENT)
    for (const value of ['1', '2', '3']) world.change(ALICE, { a: value }, {}, PERSISTENT)
    expect(world.change(ALICE, { a: '4' }, {}, PERSISTENT)).toEqual(['- _failure_exceeded_limit_waiting 1'])
  })

  it('does not end while a commit is under way', () => {
    const store = new SlowStore()
    const world = new World({ store })
    world.members.add(BOB)
    world.change(BOB, { a: '1' }, {}, PERSISTENT)
    world.network.advance(20_000)
    expect(world.home.size).toBe(1)
    store.waiting.shift()?.()
    world.network.advance(20_000)
    expect(world.home.size).toBe(0)
    world.home.close()
  })
})
