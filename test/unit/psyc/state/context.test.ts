import type { PsycNode } from '../../../../src/psyc/entity/node.js'
import { ContextMaster, type ContextState } from '../../../../src/psyc/state/context-master.js'
import { memberKeyOf } from '../../../../src/psyc/state/context-node.js'
import type { ContextNode } from '../../../../src/psyc/state/context-node.js'
import { ContextReplica } from '../../../../src/psyc/state/context-replica.js'
import type { StateVariables } from '../../../../src/psyc/state/variables.js'
import { Packet, valueText, type Modifier } from '../../../../src/psyc/wire/packet.js'
import { parseUniform, uniformOf } from '../../../../src/psyc/wire/uniform.js'
import { limitsWith, type Limits } from '../../../../src/util/limits.js'
import { SimNetwork, type SimNode } from '../../../support/player-model-network.js'

/** The node of psyc/entity is one for the contexts below it. */
type Fits<T extends ContextNode> = T
export type NodeFits = Fits<PsycNode>

const PLACE = 'psyc://home/@cafe'

class World {
  /** What was sent, as "> member" or "target" and what it says. */
  readonly sent: string[] = []
  readonly packets: Packet[] = []
  readonly network: SimNetwork
  readonly home: SimNode
  readonly far: SimNode
  master: ContextMaster
  slow = false

  constructor(
    readonly topics: string[] = ['tea'],
    limits: Partial<Limits> = {},
  ) {
    this.network = new SimNetwork(limitsWith(limits), (packet, memberKey) => {
      this.sent.push(
        `${memberKey === undefined ? (packet.target ?? '') : `> ${memberKey}`} ${describe_(packet)}`,
      )
      this.packets.push(packet)
    })
    this.home = this.network.addNode('home')
    this.far = this.network.addNode('far')
    this.master = this.newMaster()
  }

  newMaster(): ContextMaster {
    const state: ContextState = {
      modifiers: () =>
        this.topics.map((topic, at) => ({
          operator: at === 0 ? '=' : '+',
          name: '_list_topics',
          value: `| ${topic}`,
        })),
      plain: (syntax) =>
        syntax === '0.9' ? undefined : [{ operator: ':', name: '_topics', value: this.topics.join() }],
    }
    const master = new ContextMaster(this.home, parseUniform(PLACE), state, () => this.slow)
    this.master = master
    this.home.unregister({ uniform: master.uniform, receive: () => undefined })
    this.home.register({
      uniform: master.uniform,
      receive: (packet, origin) => {
        const source = uniformOf(packet.source)
        if (source === undefined) return
        if (packet.stateOperation === 'resync') master.resync(packet, origin, source)
        else if (packet.method.includes('_enter')) master.enter(packet, origin, source)
        else master.leave(packet, origin, source)
      },
    })
    return master
  }

  say(topic: string): Packet {
    this.topics.push(topic)
    const modifiers: Modifier[] = [{ operator: '+', name: '_list_topics', value: `| ${topic}` }]
    return this.master.cast({ method: '_notice_topic', state: { modifiers, plain: () => [] } })
  }

  take(): string[] {
    return this.sent.splice(0)
  }
}

function describe_(packet: Packet): string {
  const entity = packet.entity.map(({ operator, name, value }) => `${operator}${name} ${valueText(value)}`)
  const what = [packet.route('_counter'), packet.stateOperation, packet.method, ...entity]
  return what.filter((part) => part !== undefined && part !== '').join(' ')
}

describe('the master', () => {
  test.each([
    ['_request_context_enter', '_echo_context_enter'],
    ['_request_enter', '_echo_place_enter'],
    ['_request_enter_again', '_echo_place_enter_again'],
  ])('answers %s in its family, then sends the state [psyc.md 5.1, 4.3]', (request, echo) => {
    const world = new World()
    world.far.send(Packet.of({ _source: 'psyc://far/', _target: PLACE, _tag: 't1' }, request))
    world.network.flush()
    const { run } = world.master
    expect(world.take().slice(1)).toEqual([
      `psyc://far/ ${echo}`,
      `> psyc://far/ 0 reset _status_state =_token_run ${run} =_list_topics | tea`,
    ])
    expect(world.packets[1]?.tagRelay).toBe('t1')
    expect(run).toMatch(/^[0-9a-f]{16}$/)
  })

  it('counts casts from 1 and names the counter in the state [design 4]', () => {
    const world = new World()
    world.master.addMember('psyc://far/', {
      rootKey: 'psyc://far/',
      isLocal: false,
      understandsState: true,
      syntax: '1.0',
    })
    world.say('rum')
    world.say('ale')
    world.master.sendState('psyc://far/', 'psyc://far/')
    expect(world.take().map((line) => line.replace(/=_token.*/, ''))).toEqual([
      '> psyc://far/ 1 _notice_topic +_list_topics | rum',
      '> psyc://far/ 2 _notice_topic +_list_topics | ale',
      '> psyc://far/ 2 reset _status_state ',
    ])
  })

  it('sends each form of a cast as one packet to all who take it [design 4, 10]', () => {
    const world = new World()
    const origin = { rootKey: '', isLocal: false, understandsState: true, syntax: '1.0' } as const
    for (const key of ['psyc://a/', 'psyc://b/']) world.master.addMember(key, origin)
    for (const key of ['psyc://c/', 'psyc://d/'])
      world.master.addMember(key, { ...origin, understandsState: false, syntax: '0.9' })
    world.master.addMember('psyc://e/', { ...origin, understandsState: false })
    const sent = world.packets
    world.master.cast({
      method: '_notice_x',
      sourceRelay: 'psyc://a/~x',
      state: {
        modifiers: [{ operator: '=', name: '_x', value: '1' }],
        plain: (syntax) => [{ operator: ':', name: `_x_${syntax === '1.0' ? 'new' : 'old'}`, value: '1' }],
      },
    })
    expect(sent[0]).toBe(sent[1])
    expect(sent[2]).toBe(sent[3])
    expect(sent.map((packet) => packet.entity[0]?.name)).toEqual(['_x', '_x', '_x_old', '_x_old', '_x_new'])
    expect(sent[0]?.routing.map(({ name }) => name)).toEqual(['_context', '_source_relay', '_counter'])
  })

  it('splits a big state; the last packet is _status_state [design 4]', () => {
    const world = new World(['a'.repeat(30), 'b'.repeat(30), 'c'], { statePacketBytes: 150 })
    world.master.addMember('psyc://far/', {
      rootKey: '',
      isLocal: false,
      understandsState: true,
      syntax: '1.0',
    })
    world.master.sendState('psyc://far/', 'psyc://far/~x')
    expect(
      world.packets.map(({ method, stateOperation, target }) => [method, stateOperation, target]),
    ).toEqual([
      ['', 'reset', 'psyc://far/~x'],
      ['_status_state', undefined, 'psyc://far/~x'],
    ])
  })

  it('sends members without state what it has for them [design 4]', () => {
    const world = new World()
    const origin = { rootKey: '', isLocal: false, understandsState: false } as const
    world.master.addMember('psyc://a/', { ...origin, syntax: '1.0' })
    world.master.addMember('psyc://b/', { ...origin, syntax: '0.9' })
    for (const key of ['psyc://a/', 'psyc://b/', 'psyc://nobody/']) world.master.sendState(key, key)
    expect(world.take()).toEqual(['> psyc://a/ 0 _status_state :_topics tea'])
  })

  it('leaves changes out for a member that is behind, and catches up before anything else [design 4]', () => {
    const world = new World()
    world.master.addMember('psyc://far/', {
      rootKey: '',
      isLocal: false,
      understandsState: true,
      syntax: '1.0',
    })
    world.slow = true
    world.say('rum')
    world.say('ale')
    expect(world.take()).toEqual([])
    world.master.cast({ method: '_message_public' })
    expect(world.take().map((line) => line.replace(/=_token_run \w+ /, ''))).toEqual([
      '> psyc://far/ 2 reset _status_state =_list_topics | tea +_list_topics | rum +_list_topics | ale',
      '> psyc://far/ 3 _message_public',
    ])
  })

  it('catches up by itself when there is room again, and leaves no timer', () => {
    const world = new World()
    world.master.addMember('psyc://far/', {
      rootKey: '',
      isLocal: false,
      understandsState: true,
      syntax: '1.0',
    })
    world.slow = true
    world.say('rum')
    world.network.advance(100)
    expect(world.take()).toEqual([])
    world.slow = false
    world.network.advance(100)
    expect(world.take()).toHaveLength(1)
    expect(world.network.timers.size).toBe(0)
  })

  it('answers a leave; whoever is no member hears so [psyc.md 5.3]', () => {
    const world = new World()
    const ask = (method: string): void =>
      world.far.send(Packet.of({ _source: 'psyc://far/~x', _target: PLACE, _tag: 't' }, method))
    for (const method of ['_request_enter', '_request_leave', '_request_context_leave']) ask(method)
    world.network.flush()
    expect(
      world
        .take()
        .slice(3)
        .filter((line) => line.includes('_leave')),
    ).toEqual(['psyc://far/~x _echo_place_leave', 'psyc://far/~x _echo_context_leave_invalid'])
  })

  it('knows members by the key that reaches them [psyc.md 5.6]', () => {
    const source = parseUniform('psyc://far/~x')
    const origin = { rootKey: 'psyc://far/', understandsState: true, syntax: '1.0' } as const
    expect(memberKeyOf(source, { ...origin, isLocal: false })).toBe('psyc://far/')
    expect(memberKeyOf(source, { ...origin, isLocal: true })).toBe('psyc://far/~x')
  })
})

/** A replica on the far node that writes down what it hears. */
class Listener {
  readonly heard: string[] = []
  readonly replica: ContextReplica

  constructor(world: World) {
    const topics = (state: StateVariables | undefined): string | undefined =>
      state
        ?.list('_list_topics')
        ?.map(({ value }) => String.fromCharCode(...value))
        .join()
    this.replica = new ContextReplica(world.far, world.master.uniform, {
      state: (state, before) =>
        this.heard.push(`state ${topics(state) ?? ''} before ${topics(before) ?? 'nothing'}`),
      cast: (packet, state) => this.heard.push(`${packet.method} ${topics(state) ?? ''}`),
      history: (packet) => this.heard.push(`history ${packet.method}`),
      lost: () => this.heard.push('lost'),
      refused: (answer) => this.heard.push(`refused ${answer?.method ?? ''}`),
    })
    this.replica.open()
    world.network.flush()
  }

  take(): string[] {
    return this.heard.splice(0)
  }
}

/** A cast as the home would send it, behind the home's back. */
function castOf(counter: number | undefined, topic: string): Packet {
  const routing = Packet.of({ _context: PLACE, _counter: counter?.toString() }, '').routing
  return new Packet(
    routing,
    [{ operator: '+', name: '_list_topics', value: `| ${topic}` }],
    '_notice_topic',
    '',
  )
}

describe('the replica', () => {
  it('enters, has the state, and follows the casts [design 4]', () => {
    const world = new World()
    const listener = new Listener(world)
    world.say('rum')
    world.network.flush()
    expect(listener.take()).toEqual(['state tea before nothing', '_notice_topic tea,rum'])
    expect([listener.replica.run, listener.replica.counter]).toEqual([world.master.run, 1])
    expect(listener.replica.isCurrent).toBe(true)
  })

  it('drops duplicates, and asks once for the state after a gap while it goes on delivering [psyc.md 4.3]', () => {
    const world = new World()
    const listener = new Listener(world)
    world.say('rum')
    world.network.flush()
    listener.take()
    world.take()
    listener.replica.receive(castOf(1, 'again'))
    expect(listener.take()).toEqual([])
    listener.replica.receive(castOf(5, 'late'))
    listener.replica.receive(castOf(9, 'later'))
    listener.replica.receive(castOf(undefined, 'uncounted'))
    expect(listener.take()).toHaveLength(3)
    expect(listener.replica.isCurrent).toBe(false)
    expect(world.take()).toEqual([`${PLACE} resync`])
    world.network.flush()
    expect(listener.take()).toEqual(['state tea,rum before tea,rum,late,later,uncounted'])
    expect([listener.replica.counter, listener.replica.isCurrent]).toEqual([1, true])
  })

  it('enters again when the state that it asked for does not come', () => {
    const world = new World()
    const listener = new Listener(world)
    world.master.removeMember('psyc://far/')
    listener.replica.resync()
    world.network.flush()
    world.take()
    world.network.advance(8_000)
    world.network.flush()
    expect(world.take()[0]).toBe(`${PLACE} _request_context_enter`)
    expect(listener.replica.isCurrent).toBe(true)
  })

  it('puts a state of several packets together aside', () => {
    const world = new World(['a'.repeat(60), 'b'.repeat(60)], { statePacketBytes: 80 })
    const listener = new Listener(world)
    expect(listener.take()).toEqual([`state ${world.topics.join()} before nothing`])
    listener.replica.receive(
      new Packet(Packet.of({ _context: PLACE, _target: 'psyc://far/' }, '').routing, [], '', '', 'reset'),
    )
    expect(listener.take()).toEqual([])
  })

  it('enters again after a loss, and gets the new run in full [design 4]', () => {
    const world = new World()
    const listener = new Listener(world)
    const before = listener.replica.run
    world.network.break(world.home, world.far, false)
    world.newMaster().cast({ method: '_notice_x' })
    world.network.settle()
    expect(listener.take()).toEqual(['state tea before nothing', 'lost', 'state tea before tea'])
    expect([listener.replica.run, listener.replica.counter]).toEqual([world.master.run, 1])
    expect(before).not.toBe(world.master.run)
  })

  it('tries 0.2 s, doubling to 30 s, as long as the home is away', () => {
    const world = new World()
    world.network.nodes.delete('psyc://home/')
    const listener = new Listener(world)
    world.take()
    const asked: number[] = []
    for (let ms = 0; ms < 300_000; ms += 50) {
      world.network.advance(50)
      if (world.take().length > 0) asked.push(ms + 50)
    }
    const waits = asked.map((ms, at) => ms - (asked[at - 1] ?? 0) - 8_000)
    expect(waits.slice(0, 4)).toEqual([150, 300, 600, 1200]) // the simulation's tokens make the least jitter
    expect(waits.slice(-2)).toEqual([22_500, 22_500])
    listener.replica.close()
    expect(world.network.timers.size).toBe(0)
  })

  it('is over when it is refused', () => {
    const world = new World()
    world.home.unregister({ uniform: world.master.uniform, receive: () => undefined })
    world.home.register({
      uniform: world.master.uniform,
      receive: (packet) =>
        world.home.send(
          Packet.of(
            { _source: PLACE, _target: packet.source, _tag_relay: packet.tag },
            '_error_necessary_privilege',
          ),
        ),
    })
    const listener = new Listener(world)
    expect(listener.take()).toEqual(['refused _error_necessary_privilege'])
    expect(world.network.timers.size).toBe(0)
  })

  it('enters again when a leave of old is confirmed that it did not send [design 4]', () => {
    const world = new World()
    const listener = new Listener(world)
    world.far.send(Packet.of({ _source: 'psyc://far/', _target: PLACE }, '_request_context_leave'))
    world.network.flush()
    expect(world.master.has('psyc://far/')).toBe(true)
    expect(listener.replica.isCurrent).toBe(true)
  })

  it('leaves, and hears nothing more', () => {
    const world = new World()
    const listener = new Listener(world)
    listener.replica.close()
    listener.replica.close()
    listener.replica.lost()
    world.say('rum')
    world.network.flush()
    expect(world.master.size).toBe(0)
    expect(listener.take()).toEqual(['state tea before nothing'])
  })

  it('asks once for a state that got too big, and gives up when that is too big as well [psyc.md 4.4]', () => {
    const world = new World(['tea'], { stateBytes: 60 })
    const listener = new Listener(world)
    listener.replica.receive(castOf(1, 'x'.repeat(80)))
    world.network.flush()
    expect(listener.take()).toEqual(['state tea before nothing', 'state tea before nothing'])
    world.say('x'.repeat(80))
    world.network.flush()
    expect(listener.take()).toEqual(['refused '])
    expect(world.master.size).toBe(0)
  })

  it('asks for the state when a cast is malformed', () => {
    const world = new World()
    const listener = new Listener(world)
    const { routing } = castOf(1, '')
    listener.replica.receive(
      new Packet(routing, [{ operator: '@', name: '_list_topics', value: '?' }], '_x', ''),
    )
    world.network.flush()
    expect(listener.take()).toEqual(['state tea before nothing', 'state tea before tea'])
  })

  it('enters again, later each time, when the state that its enter brings is malformed', () => {
    const world = new World(['a|9 x'])
    const listener = new Listener(world)
    const enters = (): number => world.take().filter((line) => line.includes('_request_')).length
    expect(enters()).toBe(1)
    for (const ms of [250, 500, 1_000]) {
      world.network.advance(ms)
      world.network.flush()
      expect(enters()).toBe(1)
    }
    expect([listener.take(), listener.replica.isCurrent]).toEqual([[], false])
    world.topics.splice(0, 1, 'tea')
    world.network.advance(2_000)
    world.network.flush()
    expect([listener.take(), listener.replica.isCurrent]).toEqual([['state tea before nothing'], true])
  })

  it('drops casts before the first state, and history before its enter is answered: it is that of an earlier one', () => {
    const world = new World()
    world.network.nodes.delete('psyc://home/')
    const listener = new Listener(world)
    listener.replica.receive(castOf(1, 'early'))
    listener.replica.receive(
      Packet.of({ _context: PLACE, _target: 'psyc://far/' }, '_message_public', {}, 'old'),
    )
    expect(listener.take()).toEqual([])
  })
})
