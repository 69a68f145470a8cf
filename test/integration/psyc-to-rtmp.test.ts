/** What PSYC clients, psyced and other persons do, as Flash clients and each other see it [design 2; psyc.md 5, 6]. */
import { AmfObject } from '../../src/amf/value.js'
import type { AmfValue } from '../../src/amf/value.js'
import { TestWorld, nothingLeft } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'
import type { SeenPacket, WorldPsyc } from '../support/world-psyc.js'

const ROOM = 'psyc://gw.example/@chat-lobby'

interface Meeting {
  readonly world: TestWorld
  readonly ann: WorldFlash
  readonly bob: WorldPsyc
}

/** Ann by Flash and Bob by PSYC, both in the room, all news read. */
function meeting(
  syntax: '1.0' | '0.9' = '1.0',
  methods: Record<string, (...args: readonly AmfValue[]) => AmfValue> = {},
): Meeting {
  const world = new TestWorld({ config: { apps: { chat: { owners: ['bob'] } } } })
  const ann = world.flash({ args: ['Ann'], objectEncoding: 3, methods })
  ann.tell('members')
  const bob = world.psyc(syntax).link('bob').enter('@chat-lobby', 'bob')
  ann.take()
  bob.take()
  return { world, ann, bob }
}

describe('a callback for many clients', () => {
  const on = {
    _message_public: { call: 'heard', args: ['nick', 'body', 'nicks'] },
    _notice_place_enter: { call: 'came', args: ['nick'] },
  }
  const config = { profiles: { own: { on, presence: 'connect' } }, apps: { room: { profile: 'own' } } }

  test('is the same for all but for what each client knows itself, in the encoding of each', () => {
    const world = new TestWorld({ config })
    const [ann, ben, cid] = [0, 3, 3].map((objectEncoding, at) =>
      world.flash({
        app: 'room',
        args: [['Ann', 'Ben', 'Cid'][at] ?? ''],
        objectEncoding: objectEncoding as 0 | 3,
      }),
    )
    expect(ann?.take('call came')).toEqual(['call came "Ben"', 'call came "Cid"'])
    expect(ben?.take('call came')).toEqual(['call came "Cid"'])
    const bob = world.psyc().link('bob').enter('@room', 'bob')
    for (const client of [ann, ben, cid]) client?.take()
    bob.packet('@room', '_message_public', {}, 'hello')
    expect([ann, ben, cid].map((client) => client?.take('call'))).toEqual([
      ['call heard "bob" "hello" ["Ben","Cid","bob","Ann"]'],
      ['call heard "bob" "hello" ["Ann","Cid","bob","Ben"]'],
      ['call heard "bob" "hello" ["Ann","Ben","bob","Cid"]'],
    ])
  })
})

describe.each(['1.0', '0.9'] as const)('a PSYC %s client', (syntax) => {
  const family = syntax === '1.0' ? 'context' : 'place'

  test('comes and goes', () => {
    const { ann, bob } = meeting(syntax)
    bob.packet('@chat-lobby', syntax === '1.0' ? '_request_context_leave' : '_request_leave', { _tag: 'out' })
    expect(bob.methods()).toEqual([`_echo_${family}_leave`])
    bob.enter('@chat-lobby', 'bob')
    expect(bob.methods()).toEqual([`_echo_${family}_enter`])
    expect(ann.take('call')).toEqual([
      'call userLeft "bob" "psyc://gw.example/~bob"',
      'call userJoined "bob" "psyc://gw.example/~bob"',
    ])
  })

  test('sees a Flash client come and go, by the names of its syntax', () => {
    const { world, ann, bob } = meeting(syntax)
    const eve = world.flash({ args: ['Eve'] })
    expect(bob.methods()).toEqual([])
    eve.tell('members')
    const [enter] = bob.take()
    expect(enter?.method).toBe(`_notice_${family}_enter`)
    expect(enter?.vars).toMatchObject({
      _context: ROOM,
      _source_relay: 'psyc://gw.example/~eve',
      _nick: 'eve',
      _name_display: 'Eve',
      _nick_place: 'chat-lobby',
    })
    eve.close()
    ann.breaks()
    expect(bob.methods()).toEqual([`_notice_${family}_leave_logout`, `_notice_${family}_leave_disconnect`])
  })

  test('talks and listens; his own line comes back as an echo', () => {
    const { ann, bob } = meeting(syntax)
    bob.packet('@chat-lobby', '_message_public', { _nick: 'liar' }, 'hello ü')
    expect(bob.take().map(({ method, body }) => `${method} ${body}`)).toEqual([
      '_message_echo_public hello ü',
    ])
    expect(ann.take('call')).toEqual(['call receiveMessage "bob" "hello ü"'])
    ann.call('sendMessage', 'two\nlines')
    expect(bob.take().map(({ method, body, vars }) => [method, body, vars['_source_relay']])).toEqual([
      ['_message_public', 'two\nlines', 'psyc://gw.example/~ann'],
    ])
  })

  test('whispers', () => {
    const { ann, bob } = meeting(syntax)
    bob.packet('~ann', '_message_private', {}, 'psst')
    expect([ann.take('call'), bob.methods()]).toEqual([
      ['call receivePrivate "bob" "psst"'],
      ['_message_echo_private'],
    ])
    ann.call('sendPrivate', 'bob', 'what?')
    expect(bob.take()).toMatchObject([
      { method: '_message_private', body: 'what?', vars: { _source_relay: 'psyc://gw.example/~ann' } },
    ])
    bob.packet('@chat-lobby', '_message_private', {}, 'psst')
    expect([ann.take('call'), bob.methods()]).toEqual([[], ['_failure_unsupported_function_whisper']])
  })

  test('gets answers with the tag under the names of its syntax', () => {
    const { bob } = meeting(syntax)
    bob.packet('@chat-lobby', '_request_members', { _tag: 'abc' })
    const [answer] = bob.take()
    expect(answer?.vars).toMatchObject(
      syntax === '1.0' ? { _tag_relay: 'abc' } : { _tag_relay: 'abc', _tag_reply: 'abc' },
    )
  })

  test('is told the end of the node', () => {
    const { world, bob } = meeting(syntax)
    world.world.announceShutdown()
    world.settle()
    expect([bob.methods(), bob.isOpen]).toEqual([['_warning_server_shutdown'], false])
  })

  test('kicks a Flash client, which is closed', () => {
    const { world, ann, bob } = meeting(syntax)
    bob.packet('@chat-lobby', '_request_kick', { _person: 'ann' })
    expect(bob.methods().sort()).toEqual([`_notice_${family}_leave_banned`, '_status_place_banned'])
    expect([ann.closed, world.census().members]).toEqual(['finished', 1])
  })
})

describe('calls of the place by `_request_invoke`', () => {
  const text = (packet: SeenPacket | undefined): string =>
    packet?.vars['_list_result'] ?? Buffer.from(packet?.vars['_data_result'] ?? '', 'base64').toString()

  test.each([
    ['echo', '|=_text:2 hi', '_echo_invoke', '|=_text:2 hi', []],
    ['echo', undefined, '_echo_invoke', '|=_undefined:0 ', []],
    ['broadcast', '|=_text:5 hello|=_amount:1 7', '_echo_invoke', '|=_amount:1 2', ['call hello 7']],
    ['broadcast', undefined, '_error_illegal_arguments_invoke', '', []],
    ['sendTo', '|=_text:3 Ann|=_text:5 hello', '_echo_invoke', '|=_flag:1 1', ['call hello']],
    ['sendTo', '|=_text:3 eve|=_text:5 hello', '_error_illegal_arguments_invoke', '', []],
    ['nothing', undefined, '_error_unknown_invoke', '', []],
    ['echo', '|=_amount:2 x', '_error_illegal_arguments_invoke', '', []],
    ['checkBandwidth', undefined, '_error_unknown_invoke', '', []],
  ])('%s %s', (name, args, method, result, heard) => {
    for (const syntax of ['1.0', '0.9'] as const) {
      const { ann, bob } = meeting(syntax)
      const list: Record<string, string> =
        args === undefined
          ? {}
          : syntax === '1.0'
            ? { _list_arguments: args }
            : { _data_arguments: Buffer.from(args).toString('base64') }
      bob.packet('@chat-lobby', '_request_invoke', { _tag: 'q', _name_invoke: name, ...list })
      const answer = bob.take().find(({ vars }) => vars['_tag_relay'] === 'q')
      expect([answer?.method, text(answer), ann.take('call')]).toEqual([method, result, heard])
    }
  })

  test('members', () => {
    const { bob } = meeting()
    bob.packet('@chat-lobby', '_request_invoke', { _tag: 'q', _name_invoke: 'members' })
    expect(text(bob.take()[0])).toContain('psyc://gw.example/~ann')
  })

  test('not for strangers', () => {
    const { world } = meeting()
    const eve = world.psyc()
    eve.packet('@chat-lobby', '_request_invoke', { _tag: 'q', _name_invoke: 'echo' })
    expect(eve.methods()).toEqual(['_error_necessary_membership'])
  })
})

describe('calls of a Flash client', () => {
  const ask = (bob: WorldPsyc, name: string, args: Record<string, string> = {}): void =>
    bob.packet('~ann', '_request_invoke', { _tag: 'q', _name_invoke: name, ...args })

  test('what it returns goes back', () => {
    const { ann, bob } = meeting('1.0', { add: (a, b) => Number(a) + Number(b) })
    ask(bob, 'add', { _list_arguments: '|=_amount:1 2|=_amount:1 3' })
    expect(ann.take('call')).toEqual(['call add 2 3'])
    expect(bob.take()).toMatchObject([
      { method: '_echo_invoke', vars: { _tag_relay: 'q', _list_result: '|=_amount:1 5' } },
    ])
  })

  test('a native sender may leave types out', () => {
    const { ann, bob } = meeting('1.0', { hello: () => undefined })
    ask(bob, 'hello', { _list_arguments: '| plain' })
    expect(ann.take('call')).toEqual(['call hello "plain"'])
  })

  test.each([['_result'], ['onStatus'], ['ONSTATUS'], ['close'], ['psyc'], ['onPsyc'], ['close\0x']])(
    '%s is nobody`s to call',
    (name) => {
      const { ann, bob } = meeting()
      const length = Buffer.byteLength(name)
      bob.write(
        `:_target\tpsyc://gw.example/~ann\n:_tag\tq\n\n:_name_invoke ${length}\t${name}\n_request_invoke\n|\n`,
      )
      expect([ann.take(), bob.methods()]).toEqual([[], ['_error_illegal_invoke']])
      bob.write(`:_target\t${ROOM}\n\n:_name_invoke ${length}\t${name}\n_notice_invoke\n|\n`)
      expect(ann.take()).toEqual([])
    },
  )

  test('a method that it has not', () => {
    const { bob } = meeting()
    ask(bob, 'nothing')
    expect(bob.take()).toMatchObject([{ method: '_error_unknown_invoke', vars: { _name_invoke: 'nothing' } }])
  })

  test('one that does not answer in 30 s, and one that goes', () => {
    const { world, ann, bob } = meeting()
    ann.isDead = true
    ask(bob, 'slow')
    world.wait(30_000)
    expect(bob.methods()).toEqual(['_failure_timeout_invoke'])
    const other = meeting()
    other.ann.isDead = true
    ask(other.bob, 'slow')
    other.ann.breaks()
    expect(other.bob.methods()).toContain('_failure_timeout_invoke')
  })

  test.each([['|=_amount:1 x'], ['|=_nonsense:9 short']])('arguments that are none: %s', (list) => {
    const { ann, bob } = meeting()
    ask(bob, 'hello', { _list_arguments: list })
    expect([ann.take(), bob.methods()]).toEqual([[], ['_error_illegal_arguments_invoke']])
  })
})

describe('what a stranger cannot make a Flash client believe', () => {
  test.each([
    ['a line of the room', '_message_public', {}],
    ['an old line', '_message_public', { _time_place: '1' }],
    ['somebody`s coming', '_notice_place_enter', {}],
    ['somebody`s coming, new name', '_notice_context_enter', {}],
    ['somebody`s going', '_notice_place_leave', {}],
    ['that it is banned', '_notice_place_leave_banned', {}],
    ['that the place has ended', '_notice_context_leave_netburp', {}],
  ])('%s', (_name, method, vars) => {
    const { world, ann } = meeting()
    const eve = world.psyc()
    eve.packet('~ann', method, vars, 'boo')
    expect([ann.closed, ann.take('call')]).toEqual([undefined, []])
  })

  test('another place is not the room of the app', () => {
    const world = new TestWorld({ config: { apps: { other: { owners: ['bob'] } } } })
    const ann = world.flash({ args: ['ann'] })
    const bob = world.psyc().link('bob').enter('@other', 'bob')
    // by the tunnel the person is in two places
    const tunnel = `|\n:_target\t${world.uniform('@other')}\n:_tag\tt\n\n:_nick\tann\n_request_context_enter\n|\n`
    ann.call('psyc', tunnel)
    ann.take()
    bob.packet('@other', '_message_public', {}, 'over here')
    expect(ann.take('call receive')).toEqual([])
    bob.packet('@other', '_request_kick', { _person: 'ann' })
    expect([ann.closed, ann.call('echo', 1)]).toEqual([undefined, 'result 1'])
  })

  test('nobody looks like somebody else', () => {
    const { world, ann } = meeting()
    const eve = world.psyc('1.0', '10.9.9.9')
    eve.enter('@chat-lobby', 'ann', { _name_display: 'Ann' })
    expect(ann.take('call userJoined')).toEqual(['call userJoined "Ann@10.9.9.9" "psyc://10.9.9.9:-40001/"'])
    const mallory = world.psyc().link('mallory').enter('@chat-lobby', 'mallory', { _name_display: 'Bob' })
    expect(ann.take('call userJoined')).toEqual(['call userJoined "mallory" "psyc://gw.example/~mallory"'])
    mallory.packet('~ann', '_message_private', { _nick: 'bob' }, 'hi')
    expect(ann.take('call')).toEqual(['call receivePrivate "mallory" "hi"'])
    const list = ann.call('sendTo', 'Ann@10.9.9.9', 'hello')
    expect([list, eve.methods().slice(-1)]).toEqual(['result true', ['_notice_invoke']])
  })
})

describe('history', () => {
  test('comes through the method for the past, and only there', () => {
    const { world, bob } = meeting()
    bob.packet('@chat-lobby', '_message_public', {}, 'old')
    const eve = world.flash({ args: ['eve'] })
    expect(eve.take('call receive')).toEqual(['call receiveHistory "bob" "old" 1700000001000'])
    bob.packet('@chat-lobby', '_message_public', { _time_place: '5' }, 'new')
    expect(eve.take('call receive')).toEqual(['call receiveMessage "bob" "new"'])
  })

  test('and an app that shows none is sent none', () => {
    const world = new TestWorld()
    const ann = world.flash({ app: 'game', args: ['ann'] })
    ann.call('sendMessage', 'old')
    const eve = world.flash({ app: 'game', args: ['eve'] })
    expect(eve.take('call receive')).toEqual([])
  })
})

describe('onPsyc', () => {
  const optIns: readonly [string, ConstructorParameters<typeof TestWorld>[0], readonly AmfValue[]][] = [
    [
      'by the profile',
      { config: { profiles: { p: { psyc: true } }, apps: { x: { profile: 'p' } } } },
      ['ann'],
    ],
    ['by an argument', {}, ['ann', AmfObject.of({ psyc: true })]],
  ]

  test.each(optIns)('everything else, %s', (_name, options, args) => {
    const world = new TestWorld(options)
    const ann = world.flash({ app: 'x', args })
    const bob = world.psyc().link('bob').enter('@x', 'bob')
    ann.take()
    bob.packet('@x', '_message_public', { _color: 'red' }, 'hi [_nick]')
    bob.packet('~ann', '_message_private', {}, 'psst')
    expect(ann.take('call onPsyc')).toEqual([
      expect.stringMatching(
        /{method:"_message_public",source:"psyc:\/\/gw.example\/~bob",target:undefined,context:"psyc:\/\/gw.example\/@x",vars:{.*_color:"red".*},body:".*"}/,
      ),
      expect.stringMatching(
        /{method:"_message_private",source:"psyc:\/\/gw.example\/~bob",target:"psyc:\/\/gw.example\/~ann",context:undefined,/,
      ),
    ])
  })

  test('nothing without', () => {
    const world = new TestWorld()
    const ann = world.flash({ app: 'x', args: ['ann'] })
    const bob = world.psyc().link('bob').enter('@x', 'bob')
    ann.take()
    bob.packet('@x', '_message_public', {}, 'hi')
    bob.packet('~ann', '_message_private', {}, 'psst')
    expect(ann.take()).toEqual([])
  })
})

test('a psyced that loses its circuit: its users stay 30 s, then leave; a client at once', () => {
  const world = new TestWorld({ hosts: { 'psyced.example': ['10.0.0.7'] } })
  const ann = world.flash({ args: ['ann'] })
  ann.tell('members')
  const psyced = world.psyc('0.9', '10.0.0.7')
  psyced.enter('@chat-lobby', 'toni', { _source: 'psyc://psyced.example/~toni' })
  expect(psyced.methods()).toEqual(['_echo_place_enter'])
  const client = world.psyc('1.0', '10.0.0.8').enter('@chat-lobby', 'visitor')
  ann.take()
  client.breaks()
  expect(ann.take('call')).toEqual(['call userLeft "visitor" "psyc://10.0.0.8:-40001/"'])
  psyced.breaks()
  world.wait(29_999)
  expect(ann.take('call')).toEqual([])
  world.wait(1)
  expect(ann.take('call')).toEqual(['call userLeft "toni" "psyc://psyced.example/~toni"'])
  ann.close()
  expect([world.census(), world.errors]).toEqual([nothingLeft, []])
})

test('one that is back in time has not left', () => {
  const world = new TestWorld({ hosts: { 'psyced.example': ['10.0.0.7'] } })
  const ann = world.flash({ args: ['ann'] })
  ann.tell('members')
  const toni = { _source: 'psyc://psyced.example/~toni' }
  world.psyc('0.9', '10.0.0.7').enter('@chat-lobby', 'toni', toni).breaks()
  world.wait(20_000)
  const again = world.psyc('0.9', '10.0.0.7').enter('@chat-lobby', 'toni', toni)
  world.wait(60_000)
  expect(ann.take('call userLeft')).toEqual([])
  ann.call('sendMessage', 'still there?')
  expect(again.methods()).toContain('_message_public')
})
