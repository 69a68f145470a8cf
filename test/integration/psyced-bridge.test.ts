/** Flash users in the rooms of a psyced, and its users in ours [design 3, Bridge; psyced.md]. */
import { BRIDGED, meeting, setting } from '../support/psyced-meeting.js'

test('a Flash client enters the place on psyced, and is told who is there', () => {
  const { psyced, gw } = setting()
  const toni = psyced.double.user('toni')
  toni.join('lobby')
  const ann = gw.flash({ args: ['Ann'] })
  expect(ann.outcome).toBe('result NetConnection.Connect.Success')
  expect(ann.take('call userList')).toEqual([expect.stringContaining('"toni"')])
  expect(psyced.double.places.get('lobby')?.members.map(({ uniform }) => uniform)).toEqual([
    'psyc://gw.example/~ann',
    'psyc://psyced.example/~toni',
  ])
  expect(toni.take()).toEqual(['ann enters lobby.'])
  expect(psyced.double.croaked).toEqual([])
})

test('talk goes both ways, once', () => {
  const { network, ann, toni } = meeting()
  expect(ann.call('sendMessage', 'hello ü')).toBe('result undefined')
  expect(toni.take()).toEqual(['ann says: hello ü'])
  expect(ann.take('call')).toEqual(['call receiveMessage "Ann" "hello ü"'])
  toni.say('lobby', 'hi ö')
  network.settle()
  expect(ann.take('call')).toEqual(['call receiveMessage "toni" "hi ö"'])
})

test('/me is an action there, and is shown as one here', () => {
  const { network, ann, toni } = meeting()
  ann.call('sendMessage', '/me waves')
  expect(toni.take()).toEqual(['ann waves.'])
  toni.act('lobby', 'dances')
  network.settle()
  expect(ann.take('call')).toEqual([
    'call receiveMessage "Ann" "*waves*"',
    'call receiveMessage "toni" "*dances*"',
  ])
})

test('the topic is no line of talk, and takes nobody’s nick', () => {
  const { network, psyced, gw } = setting()
  const toni = psyced.double.user('toni')
  toni.join('lobby')
  toni.say('lobby', 'old')
  psyced.double.places.get('lobby')?.setTopic('toni', 'weather')
  toni.part('lobby')
  network.settle()
  const [ann] = ['Ann', 'Bob'].map((nick) => gw.flash({ args: [nick] }))
  expect(ann?.take('call receiveHistory')).toEqual([
    expect.stringMatching(/^call receiveHistory "toni" "old" /),
  ])
  toni.join('lobby')
  network.settle()
  expect(ann?.take('call userJoined').at(-1)).toBe('call userJoined "toni" "psyc://psyced.example/~toni"')
})

test('private messages go both ways', () => {
  const { network, gw, ann, toni } = meeting()
  expect(ann.call('sendPrivate', 'toni', 'psst')).toBe('result undefined')
  expect(toni.take()).toEqual(['ann tells you: psst'])
  expect(ann.take('call')).toEqual([])
  toni.tell(gw.uniform('~ann'), 'what?')
  network.settle()
  expect(ann.take('call')).toEqual(['call receivePrivate "toni" "what?"'])
  expect(ann.call('sendPrivate', 'nobody', 'x')).toContain('NetConnection.Call.Failed')
  expect(ann.call('sendPrivate', 'psyc://psyced.example/~nobody', 'x')).toContain('Cannot reach')
})

test('each coming and going is told once, and nothing of oneself', () => {
  const { network, psyced, gw, ann } = meeting()
  const bob = gw.flash({ args: ['bob'] })
  const tess = psyced.double.user('tess')
  tess.join('lobby')
  network.settle()
  bob.close()
  tess.part('lobby')
  network.settle()
  expect(ann.take('call')).toEqual([
    'call userJoined "bob" "psyc://gw.example/~bob"',
    'call userJoined "tess" "psyc://psyced.example/~tess"',
    'call userLeft "bob" "psyc://gw.example/~bob"',
    'call userLeft "tess" "psyc://psyced.example/~tess"',
  ])
})

test('two gateways: each hears the other once, by the name that is shown', () => {
  const { network, psyced, ann } = meeting()
  const gw2 = network.add('gw2.example', {
    config: { apps: { chat: { ...BRIDGED, home: 'psyc://gw.example/' } } },
  })
  const zoe = gw2.flash({ args: ['Zoë'] })
  expect(ann.take('call')).toEqual(['call userJoined "Zoë" "psyc://gw2.example/~zo=c3=ab"'])
  ann.call('sendMessage', 'hello')
  zoe.call('sendMessage', 'hi')
  const lines = ['call receiveMessage "Ann" "hello"', 'call receiveMessage "Zoë" "hi"']
  expect([ann.take('call'), zoe.take('call receive')]).toEqual([lines, lines])
  expect(psyced.double.croaked).toEqual([])
})

test('objects and calls of a bridged app live at its home', () => {
  const { network, ann, toni } = meeting()
  const gw2 = network.add('gw2.example', {
    config: { apps: { chat: { ...BRIDGED, home: 'psyc://gw.example/' } } },
  })
  const bob = gw2.flash({ args: ['bob'], methods: { greet: () => undefined } })
  ann.use('board')
  bob.use('board')
  bob.set('board', 'x', 1)
  expect(ann.take('so')).toContain('so board change x=1')
  expect(ann.call('broadcast', 'greet', 'all')).toBe('result 2')
  expect(bob.take('call greet')).toEqual(['call greet "all"'])
  expect(bob.call('members')).toContain('toni')
  expect(bob.call('sendTo', 'Ann', 'greet', 'you')).toBe('result true')
  expect(ann.take('call greet')).toEqual(['call greet "all"', 'call greet "you"'])
  expect(toni.take().filter((line) => !/bob enters/.test(line))).toEqual([])
})

test('gateways that do not agree on the home: both operators are told, once', () => {
  const { network, gw, ann } = meeting()
  const gw2 = network.add('gw2.example', { config: { apps: { chat: BRIDGED } } })
  const bob = gw2.flash({ args: ['bob'] })
  bob.call('sendMessage', 'x')
  ann.call('sendMessage', 'y')
  gw2.flash({ args: ['eve'] })
  for (const world of [gw, gw2]) {
    const told = world.logged.filter(({ message }) => message.startsWith('another gateway has another home'))
    expect(told).toHaveLength(1)
  }
})

test('who is refused by psyced is refused here; a psyced that is not there refuses nobody else', () => {
  const { network, psyced, gw } = setting()
  psyced.isDown = true
  const ann = gw.flash({ args: ['ann'] })
  network.wait(9_000)
  expect(ann.outcome).toMatch(/^error NetConnection.Connect.Rejected/)
  expect(gw.flash({ app: 'other', args: ['bob'] }).outcome).toBe('result NetConnection.Connect.Success')
  psyced.isDown = false
  network.wait(30_000)
  expect(gw.flash({ args: ['ann'] }).outcome).toBe('result NetConnection.Connect.Success')
})

test('encoders and apps that hear nothing stay out of psyced until they act', () => {
  const { gw, psyced } = setting({ apps: { talk: { ...BRIDGED, profile: 'plain' }, chat: BRIDGED } })
  const encoder = gw.flash({ app: 'chat/lobby', flashVersion: 'FMLE/3.0 (compatible; FMSc/1.0)' })
  const viewer = gw.flash({ app: 'talk/lobby', args: ['vera'] })
  expect([encoder.outcome, viewer.outcome]).toEqual([
    'result NetConnection.Connect.Success',
    'result NetConnection.Connect.Success',
  ])
  expect(psyced.double.places.size).toBe(0)
  expect(viewer.call('sendMessage', 'now')).toBe('result undefined')
  expect(psyced.double.places.get('lobby')?.members).toMatchObject([{ nick: 'vera' }])
  encoder.close()
  viewer.close()
  expect(psyced.double.places.get('lobby')?.members).toEqual([])
  expect(psyced.sent).not.toContain('fmle')
})

test('an object that shows the members of the room shows those of psyced, too', () => {
  const { network, gw, ann, toni } = meeting()
  ann.use('users')
  const slots = (lines: string[]): string[] =>
    lines.flatMap((line) => [...line.matchAll(/(\S+)=\{name:"/g)].map(([, slot]) => slot ?? ''))
  expect(slots(ann.take('so users change')).sort()).toEqual(['ann', 'toni@psyced.example'])
  toni.part('lobby')
  const bob = gw.flash({ args: ['bob'] })
  network.settle()
  expect(ann.take('so users').join(' ')).toMatch(/remove .*toni@psyced.example.* change bob=/)
  bob.close()
  expect(ann.take('so users').join(' ')).toMatch(/remove .*bob/)
})

test('the topic is heard, and set, as a profile says', () => {
  const profile = {
    calls: { setTopic: { method: '_request_set_topic', variables: { _topic: 'arg.0' } } },
    on: {
      _notice_place_topic: { call: 'topicChanged', args: ['_nick', '_topic'] },
      _message_public: { call: 'say', args: ['nick', 'body'] },
    },
  }
  const { network, psyced, gw } = setting({
    profiles: { room: profile },
    apps: { room: { ...BRIDGED, profile: 'room' } },
  })
  const ann = gw.flash({ app: 'room/lobby', args: ['ann'] })
  expect(ann.call('setTopic', 'tea')).toBe('result undefined')
  expect(ann.take('call')).toContain('call topicChanged "ann" "tea"')
  psyced.double.place('lobby', 'lobby').setTopic('toni', 'coffee')
  network.settle()
  expect(ann.take('call')).toEqual(['call topicChanged "toni" "coffee"'])
})

test('typed values go to psyced as base64 in lines of 1800 bytes', () => {
  const { psyced, ann, toni } = meeting()
  ann.call('sendTo', 'toni', 'greet', 'x'.repeat(5_000))
  const [, packed = ''] = /:_data_arguments\t([^]*?)\n_notice_invoke/.exec(psyced.sent) ?? []
  const lines = packed.split('\n\t')
  expect(lines.slice(0, -1).map(({ length }) => length)).toEqual([1800, 1800, 1800])
  expect(Buffer.from(lines.join(''), 'base64').toString()).toContain('x'.repeat(5_000))
  expect(toni.take()).toEqual([])
})

test('the past of the room is told as the past', () => {
  const { gw, ann, toni } = meeting()
  ann.call('sendMessage', 'before')
  toni.say('lobby', 'and before')
  const bob = gw.flash({ args: ['bob'] })
  const [first, second, ...more] = bob.take('call receive')
  expect([first, second, more]).toEqual([
    expect.stringMatching(/^call receiveHistory .*"before"/),
    expect.stringMatching(/^call receiveHistory "toni" "and before"/),
    [],
  ])
})
