/** The way in: who is let in, under which name, and what is left of those who are not [design 2, 2.1]. */
import type { AmfObject } from '../../../src/amf/value.js'
import type { Access, Decision, Wish } from '../../../src/translate/access.js'
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { FlashOptions } from '../../support/world-flash.js'

const ROOM = 'psyc://gw.example/@chat-lobby'

function nicks(world: TestWorld, room = ROOM): string[] {
  const place = [...world.world.places.all()].find(({ uniform }) => uniform.text === room)
  return place?.members.listed.map(({ nick }) => nick) ?? []
}

describe('let in', () => {
  test('says who one is, then who is there; onBWDone between', () => {
    const ann = new TestWorld().flash({ args: ['Ann'] })
    expect(ann.outcome).toBe('result NetConnection.Connect.Success')
    expect([ann.info('nick'), ann.info('uniform')]).toEqual(['Ann', 'psyc://gw.example/~ann'])
    expect(ann.lines).toEqual([
      'StreamBegin 0',
      'call onBWDone',
      'call setClientID "ann"',
      'call userList [{nick:"Ann",uniform:"psyc://gw.example/~ann",id:"ann"}]',
    ])
  })

  test('encoders are told nothing that they did not ask', () => {
    const obs = new TestWorld().flash({ flashVersion: 'FMLE/3.0 (compatible; FMSc/1.0)' })
    expect(obs.outcome).toBe('result NetConnection.Connect.Success')
    expect([obs.info('nick'), obs.info('uniform')]).toEqual([undefined, undefined])
    expect(obs.lines).toEqual(['StreamBegin 0'])
  })

  test('a profile turns onBWDone off', () => {
    const world = new TestWorld({
      config: { profiles: { quiet: { onBWDone: false } }, apps: { x: { profile: 'quiet' } } },
    })
    expect(world.flash({ app: 'x' }).lines).toEqual(['StreamBegin 0'])
  })

  test.each([
    ['chat', 'psyc://gw.example/@chat'],
    ['chat/_definst_', 'psyc://gw.example/@chat'],
    ['chat/_DefInst_', 'psyc://gw.example/@chat'],
    ['chat/', 'psyc://gw.example/@chat'],
    ['Chat/Lobby', ROOM],
    ['my-app/x', 'psyc://gw.example/@my=2dapp-x'],
    ['chat/a/b', 'psyc://gw.example/@chat-a=2fb'],
  ])('%s is the place %s', (app, place) => {
    const world = new TestWorld()
    world.flash({ app })
    expect([...world.world.places.all()].map(({ uniform }) => uniform.text)).toEqual([place])
  })

  test('what the client pipelines waits for the answer, in order', () => {
    const answers: unknown[] = []
    const world = new TestWorld()
    const ann = world.flash({
      args: ['ann'],
      pipelined: (client) => {
        const { session } = client
        for (let round = 0; round < 2; round++) client.exchange() // the handshake
        for (const text of ['a', 'b']) session.call('echo', [text], (answer) => answers.push(answer))
      },
    })
    expect(ann.lines.slice(0, 2)).toEqual(['StreamBegin 0', 'call onBWDone'])
    expect(answers).toEqual([
      { ok: true, value: 'a' },
      { ok: true, value: 'b' },
    ])
  })
})

describe('refused', () => {
  const says =
    (decision: Decision, action = 'connect'): Access['decide'] =>
    (wish, decided) =>
      decided(wish.action === action ? decision : { allowed: true })

  const no: Decision = { allowed: false, method: '_error_necessary_ticket', message: 'No ticket.' }

  test.each<[string, ConstructorParameters<typeof TestWorld>[0], FlashOptions, string, string]>([
    [
      'an app that is not named',
      { config: { apps: { strict: true, chat: {} } } },
      { app: 'other' },
      'NetConnection.Connect.InvalidApp',
      '_error_unknown_application',
    ],
    ['no app', {}, { app: '' }, 'NetConnection.Connect.InvalidApp', '_error_unknown_application'],
    [
      'a name that makes no place',
      {},
      { app: `chat/${'x'.repeat(300)}` },
      'NetConnection.Connect.Rejected',
      '_error_illegal_name_place',
    ],
    ['by the access seam', { access: { decide: says(no) } }, {}, 'NetConnection.Connect.Rejected', no.method],
    [
      'no room for another place',
      { config: { limits: { places: 0 } } },
      {},
      'NetConnection.Connect.Rejected',
      '_error_illegal_uniform',
    ],
    [
      'a full place',
      { config: { limits: { placeMembers: 0 } } },
      {},
      'NetConnection.Connect.Rejected',
      '_failure_exceeded_limit_place',
    ],
    [
      'too many persons',
      { config: { limits: { persons: 0 } } },
      {},
      'NetConnection.Connect.Rejected',
      '_failure_exceeded_limit_persons',
    ],
  ])('%s', (_name, options, flash, code, method) => {
    const world = new TestWorld(options)
    const ann = world.flash({ args: ['ann'], ...flash })
    expect(ann.outcome).toContain(`error ${code}: [ Server.Reject ] : `)
    const application = ann.info('application') as AmfObject
    expect(application.get('method')).toBe(method)
    expect(application.get('message')).toBe(application.get('msg'))
    expect(ann.closed).toBe('finished')
    expect(world.census()).toEqual(nothingLeft)
  })

  test('one who is banned, until he is not', () => {
    const world = new TestWorld({ config: { apps: { chat: { owners: ['owner'] } } } })
    const owner = world.psyc().link('owner').enter('@chat-lobby', 'owner')
    const ann = world.flash({ args: ['ann'] })
    ann.call('members')
    owner.packet('@chat-lobby', '_request_kick', { _person: 'ann' })
    expect([ann.closed, nicks(world)]).toEqual(['finished', ['owner']])
    const again = world.flash({ args: ['ann'] })
    expect((again.info('application') as AmfObject).get('method')).toBe(
      '_error_place_enter_necessary_invitation',
    )
    owner.packet('@chat-lobby', '_request_unban', { _person: world.uniform('~ann') })
    expect(world.flash({ args: ['ann'] }).outcome).toBe('result NetConnection.Connect.Success')
  })

  test('when the home is silent for 8 s', () => {
    const world = new TestWorld()
    world.world.node.register({
      uniform: { ...world.world.node.root, ...placeUniform(world) },
      receive: () => undefined,
    })
    const ann = world.flash({ args: ['ann'] })
    world.wait(7_999)
    expect(ann.outcome).toBe('nothing')
    world.wait(1)
    expect(ann.outcome).toMatch(/^error NetConnection.Connect.Rejected/)
    expect((ann.info('application') as AmfObject).get('method')).toBe('_failure_timeout_place')
    expect(world.census()).toEqual(nothingLeft)
  })
})

function placeUniform(world: TestWorld) {
  return { text: world.uniform('@chat-lobby'), key: ROOM, entityKey: ROOM, resource: '@chat-lobby' }
}

describe('leaving in the middle', () => {
  const later: { wish: Wish; decide: (decision: Decision) => void }[] = []
  const slow: Access = { decide: (wish, decide) => later.push({ wish, decide }) }
  beforeEach(() => later.splice(0))

  test('before the access seam has decided', () => {
    const world = new TestWorld({ access: slow })
    const ann = world.flash({ args: ['ann'] })
    ann.breaks()
    for (const { decide } of later) decide({ allowed: true })
    world.settle()
    expect([later.length, world.census()]).toEqual([1, nothingLeft])
  })

  test('before the place has answered', () => {
    const world = new TestWorld()
    // in one turn: what it sent is read and it is gone before the node has looked at anything
    const bob = world.flash({
      args: ['bob'],
      pipelined: (client) => {
        for (let round = 0; round < 4; round++) client.exchange()
        client.server.ended('lost')
        client.isDead = true
      },
    })
    expect(bob.outcome).toBe('nothing')
    expect(world.census()).toEqual(nothingLeft)
  })

  test('while the holder of the name is pinged', () => {
    const world = new TestWorld()
    const ann = world.flash({ args: ['ann'] })
    ann.call('members')
    ann.isDead = true
    const second = world.flash({ args: ['ann'] })
    second.breaks()
    world.wait(3_000)
    expect(nicks(world)).toEqual([])
    expect(world.census()).toEqual(nothingLeft)
  })
})

describe('names that somebody has [design 2.1]', () => {
  function withRule(duplicateNick: string, presence = 'act') {
    const profiles = { p: { duplicateNick, presence, calls: {} } }
    return new TestWorld({ config: { profiles, apps: { x: { profile: 'p' } } } })
  }

  test.each([
    ['suffix', 'result NetConnection.Connect.Success', 'Ann_2', ['ann', 'ann_2'], undefined],
    [
      'reject',
      'error NetConnection.Connect.Rejected: [ Server.Reject ] : The nick Ann cannot be had.',
      undefined,
      ['ann'],
      undefined,
    ],
    ['replace', 'result NetConnection.Connect.Success', 'Ann', ['ann'], 'finished'],
  ])('%s', (rule, outcome, nick, all, closed) => {
    const world = withRule(rule)
    const first = world.flash({ app: 'x', args: ['ann'] })
    first.call('members')
    const second = world.flash({ app: 'x', args: ['Ann'] })
    expect([second.outcome, second.info('nick'), first.closed]).toEqual([outcome, nick, closed])
    if (second.closed === undefined) second.call('members')
    expect(nicks(world, 'psyc://gw.example/@x')).toEqual(all)
    if (second.closed === undefined) second.close()
    first.close()
    expect(world.census()).toEqual(nothingLeft)
  })

  test('one who does not answer a ping for 3 s is closed, and his name passes', () => {
    const world = new TestWorld()
    const first = world.flash({ args: ['ann'] })
    first.call('members')
    first.isDead = true
    const second = world.flash({ args: ['ann'] })
    world.wait(2_999)
    expect(second.outcome).toBe('nothing')
    world.wait(1)
    expect([second.info('nick'), second.info('uniform')]).toEqual(['ann', 'psyc://gw.example/~ann'])
    second.call('members')
    expect(nicks(world)).toEqual(['ann'])
    second.close()
    expect(world.census()).toEqual(nothingLeft)
  })

  test('a silent one gives way and goes on under another', () => {
    const world = new TestWorld({ config: { apps: { chat: { owners: [] } } } })
    const first = world.flash({ args: ['ann'] })
    first.take()
    const second = world.flash({ args: ['ann'] })
    expect(second.info('nick')).toBe('ann')
    expect([first.closed, first.take()]).toEqual([undefined, []])
    second.call('members')
    expect(nicks(world)).toEqual(['ann'])
    expect(first.call('members')).toBe(
      'result [{nick:"ann_2",uniform:"psyc://gw.example/~ann_2"},{nick:"ann",uniform:"psyc://gw.example/~ann"}]',
    )
    first.call('sendMessage', 'still here')
    expect(second.take('call receive')).toEqual(['call receiveMessage "ann_2" "still here"'])
    for (const client of [first, second]) client.close()
    expect(world.census()).toEqual(nothingLeft)
  })

  test('a renamed one is not told the past again', () => {
    const world = new TestWorld()
    const bob = world.flash({ args: ['bob'] })
    bob.call('sendMessage', 'old')
    const first = world.flash({ args: ['ann'] })
    expect(first.take('call receive')).toHaveLength(1)
    world.flash({ args: ['ann'] })
    expect(first.take('call receive')).toEqual([])
  })

  test('a name of a PSYC client is numbered', () => {
    const world = new TestWorld()
    world.psyc().link('ann')
    expect(world.flash({ args: ['ann'] }).info('nick')).toBe('ann_2')
  })

  test('numbers go on, and never past the limit of a nick', () => {
    const world = new TestWorld()
    const long = 'x'.repeat(32)
    const all = [long, long, long].map((nick) => {
      const client = world.flash({ args: [nick] })
      client.call('members')
      return client.info('nick')
    })
    expect(all).toEqual([long, `${long}_2`, `${long}_3`])
  })

  test('a nick of many bytes is one', () => {
    const nick = 'Ж'.repeat(32)
    expect(new TestWorld().flash({ args: [nick] }).info('nick')).toBe(nick)
  })
})

describe('a registered name [design 2.1]', () => {
  function registered(): TestWorld {
    const world = new TestWorld()
    const client = world.psyc().link('ann')
    client.packet('~ann', '_request_input', {}, '/set password s3cret!')
    expect(client.methods()).toContain('_echo_set_password')
    client.close()
    return world
  }

  test.each<[string, readonly string[], string]>([
    ['with its password', ['Ann', 's3cret!'], 'psyc://gw.example/~ann'],
    ['without', ['Ann'], 'psyc://gw.example/~ann_2'],
  ])('%s', (_name, args, uniform) => {
    expect(registered().flash({ args }).info('uniform')).toBe(uniform)
  })

  test('with a wrong one', () => {
    const ann = registered().flash({ args: ['ann', 'guess'] })
    expect((ann.info('application') as AmfObject).get('method')).toBe('_error_invalid_password')
  })

  test('many times: one person, one member; calls reach all, the first answer counts', () => {
    const world = registered()
    const answering = (value: string) => ({ args: ['ann', 's3cret!'], methods: { who: () => value } })
    const links = ['first', 'second'].map((value) => world.flash(answering(value)))
    for (const link of links) link.tell('members')
    expect([world.census().persons, world.census().members, nicks(world)]).toEqual([1, 1, ['ann']])
    const bob = world.psyc().link('bob').enter('@chat-lobby', 'bob')
    bob.take()
    bob.packet('~ann', '_request_invoke', { _tag: 'q', _name_invoke: 'who' })
    expect(links.map((link) => link.take('call who'))).toEqual([['call who'], ['call who']])
    const answers = bob.take().filter(({ vars }) => vars['_tag_relay'] === 'q')
    expect(answers[0]?.vars['_list_result']).toBe('|=_text:5 first')
    links[0]?.close()
    expect([nicks(world), bob.methods()]).toEqual([['ann', 'bob'], []])
    links[1]?.close()
    expect(bob.methods()).toEqual(['_notice_context_leave_logout'])
    bob.close()
    expect(world.census()).toEqual(nothingLeft)
  })
})

describe('silent members [design 2]', () => {
  const acts: readonly [string, (client: ReturnType<TestWorld['flash']>) => void][] = [
    ['a call', (client) => client.tell('echo', 1)],
    ['the use of a shared object', (client) => client.use('users')],
    ['publishing', (client) => client.publish('cam')],
  ]

  test.each(acts)('%s ends the silence', (_name, act) => {
    const world = new TestWorld()
    const bob = world.flash({ args: ['bob'] })
    bob.tell('echo', 1)
    bob.take()
    const ann = world.flash({ args: ['ann'] })
    expect([bob.take(), nicks(world)]).toEqual([[], ['bob']])
    act(ann)
    expect(bob.take('call')).toEqual(['call userJoined "ann" "psyc://gw.example/~ann"'])
    expect(ann.take('call userJoined')).toEqual([])
    ann.close()
    expect(bob.take('call')).toEqual(['call userLeft "ann" "psyc://gw.example/~ann"'])
  })

  test('playing does not, and one who only looked was never there', () => {
    const world = new TestWorld()
    const bob = world.flash({ args: ['bob'] })
    bob.tell('echo', 1)
    bob.take()
    const ann = world.flash({ args: ['ann'] })
    ann.play('cam')
    ann.close()
    expect(bob.take('call')).toEqual([])
  })

  test('encoders are silent whatever they do', () => {
    const world = new TestWorld()
    const obs = world.flash({ args: ['obs'], flashVersion: 'FMLE/3.0' })
    obs.publish('cam')
    obs.call('members')
    expect(nicks(world)).toEqual([])
  })

  test.each([
    ['connect', ['ann']],
    ['never', []],
  ])('presence: %s', (presence, listed) => {
    const world = new TestWorld({ config: { profiles: { p: { presence } }, apps: { x: { profile: 'p' } } } })
    const ann = world.flash({ app: 'x', args: ['ann'] })
    if (presence === 'never') ann.call('members')
    expect(nicks(world, 'psyc://gw.example/@x')).toEqual(listed)
  })
})
