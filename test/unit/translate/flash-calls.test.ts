/** Where a call of a Flash client goes, and what comes back [design 2]. */
import { AmfArray, AmfObject } from '../../../src/amf/value.js'
import type { AmfValue } from '../../../src/amf/value.js'
import { TestWorld, nothingLeft } from '../../support/world.js'
import type { WorldFlash } from '../../support/world-flash.js'
import type { WorldPsyc } from '../../support/world-psyc.js'

function room(...nicks: string[]): { world: TestWorld; people: WorldFlash[] } {
  const world = new TestWorld()
  const people = nicks.map((nick) => {
    const client = world.flash({ app: 'game/one', args: [nick] })
    client.tell('echo', 0)
    return client
  })
  for (const client of people) client.take()
  return { world, people }
}

describe('built-ins', () => {
  const ANN = '{nick:"Ann",uniform:"psyc://gw.example/~ann"}'
  const BOB = '{nick:"bob",uniform:"psyc://gw.example/~bob"}'

  test.each<[string, AmfValue[], string, string[]]>([
    ['echo', [AmfObject.of({ a: 1 })], 'result {a:1}', []],
    ['echo', [], 'result undefined', []],
    ['members', [], `result [${ANN},${BOB}]`, []],
    ['broadcast', ['hello', 1, 'x'], 'result 2', ['call hello 1 "x"']],
    [
      'broadcast',
      [],
      'error NetConnection.Call.Failed: broadcast(method, …args): method is not a string',
      [],
    ],
    ['sendTo', ['BOB', 'hello', 1], 'result true', ['call hello 1']],
    ['sendTo', ['eve', 'hello'], 'error NetConnection.Call.Failed: sendTo: nobody is called eve here', []],
    [
      'sendTo',
      ['bob', 7],
      'error NetConnection.Call.Failed: sendTo(nick, method, …args): nick or method is not a string',
      [],
    ],
    ['checkBandwidth', [], 'result undefined', []],
  ])('%s', (name, args, answer, heardByBob) => {
    const { people } = room('Ann', 'bob')
    const [ann, bob] = people as [WorldFlash, WorldFlash]
    expect(ann.call(name, ...args)).toBe(answer)
    expect(bob.take('call')).toEqual(heardByBob)
    const isForAll = name === 'broadcast' && heardByBob.length > 0
    const heardByAnn = ann.take('call').filter((line) => !line.includes('onBW'))
    expect(heardByAnn).toEqual(isForAll ? heardByBob : [])
  })

  test('broadcast keeps identity and AMF3 values', () => {
    const world = new TestWorld()
    const [ann, bob] = ['ann', 'bob'].map((nick) =>
      world.flash({ app: 'game', args: [nick], objectEncoding: 3 }),
    )
    ann?.call('broadcast', 'x', Uint8Array.of(1, 2), new AmfArray([1, 'a', null]))
    expect(bob?.take('call x')).toEqual(['call x <0102> [1,"a",null]'])
  })

  test('sendTo by the name that is shown', () => {
    const { people } = room('Jörg', 'bob')
    expect(people[1]?.call('sendTo', 'jörg', 'hello')).toBe('result true')
    expect(people[0]?.take('call')).toEqual(['call hello'])
  })

  test('transaction 0 is never answered', () => {
    const { people } = room('ann')
    const [ann] = people as [WorldFlash]
    for (const name of ['echo', 'nothing', 'sendTo', 'members']) ann.tell(name)
    expect(ann.lines).toEqual([])
  })
})

test('what nobody knows is refused, and logged once with its arguments', () => {
  const { world, people } = room('ann')
  const [ann] = people as [WorldFlash]
  for (let times = 0; times < 3; times++)
    expect(ann.call('frobnicate', 'x', 5)).toBe(
      'error NetConnection.Call.Failed: Method not found (frobnicate).',
    )
  const lines = world.logged.filter(({ message }) => message.startsWith('unknown call'))
  expect(lines).toHaveLength(1)
  expect(lines[0]?.fields).toMatchObject({ kind: 'call', name: 'frobnicate', app: 'game/one' })
  expect(String(lines[0]?.fields['args'])).toContain('"x"')
})

describe('what the profile maps', () => {
  test('a line of chat is answered when the place has it', () => {
    const world = new TestWorld()
    const ann = world.flash({ args: ['ann'] })
    expect(ann.call('sendMessage', ' <b>hi</b>\r\n')).toBe('result undefined')
    expect(ann.take('call receive')).toEqual(['call receiveMessage "ann" " <b>hi</b>\\n"'])
    expect(ann.call('FCChat.main.sendMessage', '<b>hi</b>')).toBe('result undefined')
    expect(ann.take('call receive')).toEqual(['call receiveMessage "ann" "hi"'])
    expect(ann.call('FCChat/main/connect')).toBe('result undefined')
  })

  test('in any app; who calls it hears what that profile calls from then on', () => {
    const { people } = room('ann', 'bob')
    const [ann, bob] = people as [WorldFlash, WorldFlash]
    expect(ann.call('sendMessage', 'one')).toBe('result undefined')
    expect([ann.take('call'), bob.take('call')]).toEqual([['call receiveMessage "ann" "one"'], []])
    bob.call('sendMessage', 'two')
    expect(bob.take('call')).toEqual(['call receiveMessage "bob" "two"'])
  })

  test('a method of any family, with variables and an answer', () => {
    const world = new TestWorld({
      config: {
        profiles: {
          p: {
            calls: {
              draw: { method: '_notice_drawing', variables: { _amount_x: 'arg.0' }, answer: { to: 'nick' } },
            },
            on: { _notice_drawing: { call: 'drawn', args: ['nick', '_amount_x'] } },
          },
        },
        apps: { x: { profile: 'p' } },
      },
    })
    const ann = world.flash({ app: 'x', args: ['ann'] })
    expect(ann.call('draw', 7)).toBe('result {to:"ann"}')
    expect(ann.take('call drawn')).toEqual(['call drawn "ann" "7"'])
  })

  test('a request that places answer for all to hear is answered to who called, too', () => {
    const calls = { setTopic: { method: '_request_set_topic', variables: { _topic: 'arg.0' } } }
    const on = { _notice_place_topic: { call: 'topic', args: ['_topic'] } }
    const world = new TestWorld({
      config: { profiles: { p: { calls, on } }, apps: { x: { profile: 'p' } } },
    })
    const [ann, bob] = ['ann', 'bob'].map((nick) => world.flash({ app: 'x', args: [nick] })) as [
      WorldFlash,
      WorldFlash,
    ]
    expect(ann.call('setTopic', 'tea')).toBe('result undefined')
    expect([ann, bob].map((client) => client.take('call topic'))).toEqual(Array(2).fill(['call topic "tea"']))
    expect(bob.call('setTopic', 'x'.repeat(5_000))).toMatch(/^error NetConnection.Call.Failed/)
  })

  test.each([
    ['bob', 'result undefined', ['call receivePrivate "ann" "psst"']],
    ['BOB', 'result undefined', ['call receivePrivate "ann" "psst"']],
    ['psyc://gw.example/~bob', 'result undefined', ['call receivePrivate "ann" "psst"']],
    ['eve', 'error NetConnection.Call.Failed: Nobody of that name is here.', []],
    ['psyc://gw.example/~eve', 'error NetConnection.Call.Failed: Nobody here is called eve.', []],
  ])('a private word to %s', (who, answer, heard) => {
    const world = new TestWorld()
    const [ann, bob] = ['ann', 'bob'].map((nick) => world.flash({ args: [nick] })) as [WorldFlash, WorldFlash]
    bob.tell('members')
    bob.take()
    expect(ann.call('sendPrivate', who, 'psst')).toBe(answer)
    expect(bob.take('call receive')).toEqual(heard)
  })

  test('one that nobody takes fails after 30 s', () => {
    const world = new TestWorld()
    const ann = world.flash({ args: ['ann'] })
    world.psyc().link('deaf')
    const dumb = {
      uniform: { ...world.world.node.root, entityKey: world.uniform('$dumb') },
      receive: () => undefined,
    }
    world.world.node.register(dumb)
    const answer = ann.ask('sendPrivate', world.uniform('$dumb'), 'x')
    world.wait(29_999)
    expect(answer()).toBe('nothing')
    world.wait(1)
    expect(answer()).toBe('error NetConnection.Call.Failed: call to function sendPrivate failed')
  })
})

describe('the handler of an app [design 2]', () => {
  function withBot(): { world: TestWorld; ann: WorldFlash; bot: WorldPsyc } {
    const world = new TestWorld({ config: { apps: { game: { handler: 'psyc://gw.example/~bot' } } } })
    const bot = world.psyc().link('bot')
    const ann = world.flash({ app: 'game', args: ['ann'] })
    bot.take()
    return { world, ann, bot }
  }

  test('is asked, and told by whom', () => {
    const { ann, bot } = withBot()
    const answer = ann.ask('move', 3)
    const [asked] = bot.take()
    expect(asked?.method).toBe('_request_invoke')
    expect(asked?.vars).toMatchObject({
      _source_relay: 'psyc://gw.example/~ann',
      _name_invoke: 'move',
      _list_arguments: '|=_amount:1 3',
    })
    bot.packet('@game', '_echo_invoke', {
      _tag_relay: asked?.vars['_tag'] ?? '',
      _list_result: '|=_text:2 ok',
    })
    expect(answer()).toBe('result "ok"')
  })

  test.each([
    ['_error_illegal_move', 'You cannot.', 'error NetConnection.Call.Failed: You cannot.'],
    ['_error_unknown_invoke', '', 'error NetConnection.Call.Failed: Method not found (move).'],
    ['_failure_busy', 'Later.', 'error NetConnection.Call.Failed: Later.'],
  ])('that answers %s', (method, body, answer) => {
    const { ann, bot } = withBot()
    const asked = ann.ask('move')
    const tag = bot.take()[0]?.vars['_tag'] ?? ''
    bot.packet('@game', method, { _tag_relay: tag }, body)
    expect(asked()).toBe(answer)
  })

  test('that is silent for 30 s', () => {
    const { world, ann } = withBot()
    const asked = ann.ask('move')
    world.wait(30_000)
    expect(asked()).toBe('error NetConnection.Call.Failed: call to function move failed')
  })

  test('is not waited for by a client that is gone', () => {
    const { world, ann, bot } = withBot()
    const asked = ann.ask('move')
    const tag = bot.take()[0]?.vars['_tag'] ?? ''
    ann.breaks()
    expect([asked(), world.census()]).toEqual(['nothing', { ...nothingLeft, persons: 1, circuits: 1 }])
    bot.packet('@game', '_echo_invoke', { _tag_relay: tag, _list_result: '|=_text:2 ok' })
    expect([bot.take(), world.errors]).toEqual([[], []])
  })

  test('that answers what is no value', () => {
    const { ann, bot } = withBot()
    const asked = ann.ask('move')
    bot.packet('@game', '_echo_invoke', {
      _tag_relay: bot.take()[0]?.vars['_tag'] ?? '',
      _list_result: '|=_x',
    })
    expect(asked()).toMatch(/^(error|result)/)
  })

  test('that is not there', () => {
    const world = new TestWorld({ config: { apps: { game: { handler: 'psyc://gw.example/~bot' } } } })
    const ann = world.flash({ app: 'game', args: ['ann'] })
    expect(ann.call('move')).toBe('error NetConnection.Call.Failed: Nobody here is called bot.')
  })

  test('the profile stands before it, built-ins behind', () => {
    const world = new TestWorld({
      config: { apps: { game: { handler: 'psyc://gw.example/~bot', profile: 'chat' } } },
    })
    const bot = world.psyc().link('bot')
    const ann = world.flash({ app: 'game', args: ['ann'] })
    bot.take()
    expect(ann.call('sendMessage', 'x')).toBe('result undefined')
    expect(bot.take()).toEqual([])
    expect(ann.call('echo', 1)).toBe('nothing')
    expect(bot.methods()).toEqual(['_request_invoke'])
  })
})

test('the access seam refuses calls, objects, streams', () => {
  const world = new TestWorld({
    access: {
      decide: ({ action, name }, decided) => {
        const message = `No ${action} of ${name}.`
        decided(
          action === 'connect'
            ? { allowed: true }
            : { allowed: false, method: '_error_necessary_x', message },
        )
      },
    },
  })
  const ann = world.flash({ args: ['ann'] })
  ann.take()
  expect(ann.call('members')).toBe('error NetConnection.Call.Failed: No call of members.')
  ann.use('users')
  ann.publish('cam')
  ann.play('cam')
  expect(ann.take()).toEqual([
    expect.stringContaining('SharedObject.ObjectCreationFailed'),
    'status 1 NetStream.Publish.BadName',
    'status 2 NetStream.Play.Failed',
  ])
})

test('an answer that comes after the client has gone is for nobody', () => {
  const { world, people } = room('ann')
  const [ann] = people as [WorldFlash]
  ann.session.call('broadcast', ['x', 'y'.repeat(1000)])
  for (let round = 0; round < 3; round++) ann.exchange()
  ann.breaks()
  world.wait(31_000)
  expect([world.census(), world.errors]).toEqual([nothingLeft, []])
})
