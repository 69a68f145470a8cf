/** Two people of other nodes who have one nick are told apart by Flash clients [design 2.1]. */
import { TestNetwork } from '../support/network.js'
import { BRIDGED, setting } from '../support/psyced-meeting.js'
import { PsycedGuest } from '../support/psyced-guest.js'
import type { DoubleUser } from '../support/psyced-double-user.js'
import type { TestWorld } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'

const ROOM = 'psyc://gw.example/@chat'

interface Meeting {
  readonly network: TestNetwork
  readonly gw: TestWorld
  readonly ann: WorldFlash
  readonly joes: readonly DoubleUser[]
  /** Of two psyceds. */
  readonly join: (...which: number[]) => void
}

function meeting(): Meeting {
  const network = new TestNetwork()
  const joes = ['one.example', 'two.example'].map((host) => {
    const guest = new PsycedGuest(network, host)
    return guest.double.user('joe')
  })
  const gw = network.add('gw.example')
  const ann = gw.flash({ app: 'chat', args: ['Ann'] })
  ann.use('users')
  ann.take()
  const join = (...which: number[]): void => {
    for (const at of which) {
      joes[at]?.join(ROOM)
      network.settle()
    }
  }
  return { network, gw, ann, joes, join }
}

function say(from: DoubleUser | undefined, text: string, { network }: Meeting): void {
  from?.say(ROOM, text)
  network.settle()
}

test('the second is shown with his node, wherever he is shown', () => {
  const met = meeting()
  const { gw, ann, joes, join } = met
  join(0, 1)
  for (const joe of joes) say(joe, 'hi', met)
  expect(ann.take('call')).toEqual([
    'call userJoined "joe" "psyc://one.example/~joe"',
    'call userJoined "joe@two.example" "psyc://two.example/~joe"',
    'call receiveMessage "joe" "hi"',
    'call receiveMessage "joe@two.example" "hi"',
  ])
  expect(ann.call('members')).toMatch(
    /\{nick:"joe",uniform:"psyc:\/\/one.*\{nick:"joe@two\.example",uniform:"psyc:\/\/two/,
  )
  const late = gw.flash({ app: 'chat', args: ['Bob'] })
  expect(late.take('call userList').join()).toMatch(/"joe@two\.example",uniform:"psyc:\/\/two/)
  late.use('users')
  expect(late.take('so users').join()).toMatch(/\{name:"joe"\}.*\{name:"joe@two\.example"\}/s)
})

test('who is alone has his nick alone, and nobody is renamed while he is there', () => {
  const met = meeting()
  const { network, ann, joes, join } = met
  join(0, 1)
  joes[0]?.part(ROOM)
  network.settle()
  ann.take()
  say(joes[1], 'still me', met)
  joes[1]?.part(ROOM)
  network.settle()
  join(1, 0)
  expect(ann.take('call')).toEqual([
    'call receiveMessage "joe@two.example" "still me"',
    'call userLeft "joe@two.example" "psyc://two.example/~joe"',
    'call userJoined "joe" "psyc://two.example/~joe"',
    'call userJoined "joe@one.example" "psyc://one.example/~joe"',
  ])
})

test('each is reached by the name that he is shown by', () => {
  const { ann, joes, join } = meeting()
  join(0, 1)
  for (const joe of joes) joe.take()
  ann.call('sendPrivate', 'joe@two.example', 'to the second')
  ann.call('sendPrivate', 'joe', 'to the first')
  expect(joes.map((joe) => joe.take())).toEqual([
    ['ann tells you: to the first'],
    ['ann tells you: to the second'],
  ])
})

test('a stranger who writes to somebody is not taken for one who is there', () => {
  const { network, gw, ann, joes, join } = meeting()
  join(0)
  ann.take()
  for (const joe of joes) joe.tell(gw.uniform('~ann'), 'psst')
  network.settle()
  expect(ann.take('call')).toEqual([
    'call receivePrivate "joe" "psst"',
    'call receivePrivate "joe@two.example" "psst"',
  ])
})

test('in a room of psyced', () => {
  const { network, psyced, gw } = setting()
  const far = network.add('far.example', {
    config: { apps: { chat: { ...BRIDGED, home: 'psyc://gw.example/' } } },
  })
  const ann = gw.flash({ args: ['Ann'] })
  ann.call('sendMessage', 'hello')
  psyced.double.user('joe').join('lobby')
  network.settle()
  far.flash({ args: ['Joe'] }).call('sendMessage', 'I am Joe')
  network.settle()
  expect(ann.take('call')).toEqual(
    expect.arrayContaining([
      'call userJoined "joe" "psyc://psyced.example/~joe"',
      'call userJoined "Joe@far.example" "psyc://far.example/~joe"',
      'call receiveMessage "Joe@far.example" "I am Joe"',
    ]),
  )
})

test('in a place that other nodes follow', () => {
  const network = new TestNetwork()
  const gw = network.add('gw.example')
  const home = { config: { apps: { chat: { home: 'psyc://gw.example/' } } } }
  const others = ['a.example', 'b.example'].map((host) => network.add(host, home))
  const here = gw.flash({ args: ['Ann'] })
  here.call('members')
  for (const node of others) {
    node.flash({ args: ['joe'] }).call('sendMessage', `from ${node.world.node.root.host}`)
    network.settle()
  }
  expect(here.take('call receive')).toEqual([
    'call receiveMessage "joe" "from a.example"',
    'call receiveMessage "joe@b.example" "from b.example"',
  ])
  const cid = network.add('c.example', home).flash({ args: ['Cid'] })
  network.settle()
  expect(cid.take('call userList').join()).toMatch(/nick:"joe",.*nick:"joe@b.example"/)
  expect(cid.call('members')).toMatch(/nick:"joe",.*nick:"joe@b.example"/)
})
