/** Who may speak as whom: what strangers claim, over circuits and through the tunnel of a Flash client [design 2, 3]. */
import { TestWorld } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'
import type { WorldPsyc } from '../support/world-psyc.js'

const ROOM = '@chat-lobby'

interface Scene {
  readonly world: TestWorld
  readonly ann: WorldFlash
  readonly bob: WorldPsyc
}

/** Ann by Flash and Bob by PSYC in the room, all news read. */
function scene(): Scene {
  const world = new TestWorld({ hosts: { 'evil.example': ['10.6.6.6'] } })
  const ann = world.flash({ args: ['Ann'], objectEncoding: 3 })
  ann.tell('members')
  const bob = world.psyc().link('bob').enter(ROOM, 'bob')
  ann.take()
  bob.take()
  return { world, ann, bob }
}

/** A packet as text. */
function packet(routing: Record<string, string>, method: string, vars: Record<string, string> = {}): string {
  const lines = (all: Record<string, string>): string =>
    Object.entries(all)
      .map(([name, value]) => `:${name}\t${value}\n`)
      .join('')
  return `${lines(routing)}\n${lines(vars)}${method}\nlies\n|\n`
}

const lies: readonly (readonly [string, (scene: Scene) => Record<string, string>])[] = [
  ['a Flash user of ours', ({ world }) => ({ _source: world.uniform('~ann'), _target: world.uniform(ROOM) })],
  ['a PSYC user of ours', ({ world }) => ({ _source: world.uniform('~bob'), _target: world.uniform(ROOM) })],
  ['our root', ({ world }) => ({ _source: world.uniform(''), _target: world.uniform('~bob') })],
  ['a place of ours', ({ world }) => ({ _source: world.uniform(ROOM), _target: world.uniform('~bob') })],
  [
    'the context of our place',
    ({ world }) => ({ _context: world.uniform(ROOM), _target: world.uniform('~bob') }),
  ],
  ['the context of our place, to all', ({ world }) => ({ _context: world.uniform(ROOM) })],
  [
    'a user of ours in other letters',
    () => ({ _source: 'PSYC://GW.EXAMPLE:4404/~ANN', _target: 'psyc://gw.example/@chat-lobby' }),
  ],
  ['another node', ({ world }) => ({ _source: 'psyc://psyced.example/~ann', _target: world.uniform(ROOM) })],
  [
    'the far end of another circuit',
    ({ bob, world }) => ({ _source: bob.circuit.location.text, _target: world.uniform(ROOM) }),
  ],
]

describe.each(lies)('somebody says that he is %s', (_who, routing) => {
  test.each(['10.6.6.6', '127.0.0.1'])('from %s: nobody hears him, and the circuit is closed', (address) => {
    const all = scene()
    const eve = all.world.psyc('1.0', address)
    eve.write(packet(routing(all), '_message_public', { _nick: 'ann' }))
    eve.write(packet({ _target: all.world.uniform('~bob') }, '_message_private', { _nick: 'eve' }))
    expect([all.ann.take('call'), all.bob.take()]).toEqual([[], []])
    expect(eve.isOpen).toBe(false)
  })

  test('through the tunnel of a Flash client: the tunnel is closed, the client stays', () => {
    const all = scene()
    const eve = all.world.flash({ args: ['eve'], objectEncoding: 3 })
    eve.tell('members')
    all.ann.take()
    all.bob.take()
    eve.tell('psyc', '|\n')
    eve.tell('psyc', packet(routing(all), '_message_public', { _nick: 'ann' }))
    eve.tell('psyc', packet({ _target: all.world.uniform('~bob') }, '_message_private', { _nick: 'eve' }))
    expect([all.ann.take('call'), all.bob.take()]).toEqual([[], []])
    expect(eve.call('echo', 1)).toBe('result 1')
    eve.close()
    expect(all.world.census().circuits).toBe(1)
  })
})

test('the tunnel speaks for the person of its connection, and for it alone', () => {
  const { world, bob } = scene()
  const eve = world.flash({ args: ['eve'], objectEncoding: 3 })
  eve.tell('psyc', `|\n${packet({ _target: world.uniform('~bob') }, '_message_private', { _nick: 'ann' })}`)
  const [heard] = bob.take().filter(({ method }) => method === '_message_private')
  expect(heard?.vars).toMatchObject({ _source_relay: 'psyc://gw.example/~eve', _nick: 'eve' })
})

describe('names that are somebody else’s', () => {
  test.each(['_nick', '_name_display'])('a client of ours has no %s but its own', (variable) => {
    const { world, ann } = scene()
    const eve = world.psyc('1.0', '10.6.6.6').link('eve')
    eve.enter(ROOM, 'eve', { [variable]: 'bob' })
    eve.packet(ROOM, '_message_public', { [variable]: 'bob' }, 'hello')
    eve.packet('~ann', '_message_private', { [variable]: 'bob' }, 'psst')
    const said = ann.take('call')
    expect(said.join('\n')).toContain('"eve"')
    expect(said.join('\n')).not.toContain('"bob"')
  })

  test('nor towards PSYC clients', () => {
    const { world, bob } = scene()
    const eve = world.psyc('1.0', '10.6.6.6').link('eve')
    eve.enter(ROOM, 'bob', { _name_display: 'Bob' })
    eve.packet(ROOM, '_message_public', { _nick: 'bob', _name_display: 'Bob' }, 'hello')
    eve.packet('~bob', '_message_private', { _nick: 'bob' }, 'psst')
    const names = bob.take().map(({ vars }) => [vars['_nick'], vars['_name_display'] ?? 'eve'])
    expect(names).toEqual([
      ['eve', 'eve'],
      ['eve', 'eve'],
      ['eve', 'eve'],
    ])
  })

  test('a link under another name is called by its nick', () => {
    const { world } = scene()
    world.psyc('1.0', '10.6.6.6').packet('~eve', '_request_link', { _nick: 'Bob' })
    world.psyc('1.0', '10.6.6.6').packet('~carl', '_request_link', { _nick: 'Carl' })
    const { persons } = world.world
    expect(['eve', 'carl'].map((nick) => persons.find(nick)?.displayName)).toEqual(['eve', 'Carl'])
  })

  test.each([
    ['in use here', 'Bob', 'Bob@evil.example'],
    ['of nobody here', 'Carl', 'Carl'],
  ])('a person of another node with a nick %s', (_title, nick, shown) => {
    const { world, ann } = scene()
    const eve = world.psyc('1.0', '10.6.6.6')
    const source = 'psyc://evil.example/~mallory'
    eve.enter(ROOM, nick, { _source: source })
    eve.packet(ROOM, '_message_public', { _source: source, _nick: nick }, 'hello')
    expect(ann.take('call receiveMessage')).toEqual([`call receiveMessage "${shown}" "hello"`])
  })

  test('whose words they pass on is not for strangers to say', () => {
    const { world, ann } = scene()
    const eve = world.psyc('1.0', '10.6.6.6')
    const lie = { _source: 'psyc://evil.example/~eve', _source_relay: world.uniform('~bob'), _nick: 'bob' }
    eve.packet('~ann', '_message_private', lie, 'psst')
    for (const said of ann.take('call')) expect(said).not.toContain('psyc://gw.example/~bob')
  })
})

test('an answer with a tag that was guessed is no answer', () => {
  const { world, ann } = scene()
  const answer = ann.ask('sendPrivate', 'psyc://evil.example/~nobody', 'hello')
  const eve = world.psyc('1.0', '10.6.6.6')
  for (let at = 0; at < 100; at++)
    eve.packet('~ann', '_echo_message_private', {
      _source: 'psyc://evil.example/~nobody',
      _tag_relay: at.toString(16).padStart(16, '0'),
    })
  expect(answer()).toMatch(/^error NetConnection\.Call\.Failed/) // by our own node: nobody is there
})

test('names with line feeds and escapes are one line of the log', () => {
  const world = new TestWorld()
  const ann = world.flash({ app: 'chat\n{"level":60,"msg":"forged"}/\u001b[2J', args: ['ann'] })
  ann.tell('no\r\nsuch\u001b[31m')
  for (const { fields, message } of world.logged) {
    expect(message).not.toMatch(/[\u0000-\u001f]/)
    expect(JSON.stringify(fields)).not.toMatch(/[\u0000-\u001f]/)
  }
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'the name %s is a name like any',
  (name) => {
    const world = new TestWorld()
    const ann = world.flash({ app: `${name}/${name}`, args: [name], objectEncoding: 3 })
    expect(ann.outcome).toBe('result NetConnection.Connect.Success')
    expect(ann.info('nick')).toBe(name)
    expect(ann.call(name)).toMatch(/^error NetConnection\.Call\.Failed: Method not found/)
    ann.use(name).set(name, name, name)
    expect(ann.take('so').at(-1)).toBe(`so ${name} change ${name}="${name}"`)
    ann.publish(name)
    expect(ann.take('status')).toContain('status 1 NetStream.Publish.Start')
    expect(Object.prototype).not.toHaveProperty('polluted')
  },
)
