/** Users of several nodes in one room: the room lives at its home, the others follow it [design 2, 3, 4]. */
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { TestNetwork } from '../support/network.js'
import type { TestWorld } from '../support/world.js'
import type { WorldFlash } from '../support/world-flash.js'

const HOME = 'psyc://gw.example/@chat-lobby'
/** The same on all gateways of a room: its home may say so, too. */
const away = { config: { apps: { chat: { home: 'psyc://gw.example/' } } } }

/** A home and gateways that send their clients there. */
function nodes(...hosts: string[]): { network: TestNetwork; gw: TestWorld; gateways: TestWorld[] } {
  const network = new TestNetwork()
  const gw = network.add('gw.example', away)
  return { network, gw, gateways: hosts.map((host) => network.add(host, away)) }
}

/** A client that is in and known to be there; what it heard on the way is forgotten. */
function join(world: TestWorld, nick: string, options: Parameters<TestWorld['flash']>[0] = {}): WorldFlash {
  const client = world.flash({ args: [nick], ...options })
  if (client.outcome !== 'result NetConnection.Connect.Success') throw new Error(client.outcome)
  client.tell('echo', 0)
  client.take()
  return client
}

function place(gw: TestWorld) {
  return gw.world.places.find(parseUniform(HOME))
}

function listed(gw: TestWorld): string[] {
  return place(gw)?.members.listed.map(({ person }) => person.text) ?? []
}

describe('the way in', () => {
  test('a client becomes a person of its gateway and a member of the place at its home', () => {
    const { gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const ann = a.flash({ args: ['Ann'] })
    expect(ann.outcome).toBe('result NetConnection.Connect.Success')
    expect([ann.info('nick'), ann.info('uniform')]).toEqual(['Ann', 'psyc://a.example/~ann'])
    ann.tell('echo', 0)
    expect(listed(gw)).toEqual(['psyc://a.example/~ann'])
    expect(a.world.places.size).toBe(0)
  })

  test('who is there comes once, from all nodes, and who comes and goes after that', () => {
    const { gw, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    join(gw, 'Gus')
    const ann = join(a, 'Ann')
    const bob = b.flash({ args: ['Bob'] })
    expect(bob.take('call userList')).toEqual([
      'call userList [{nick:"Gus",uniform:"psyc://gw.example/~gus",id:"gus"},' +
        '{nick:"Ann",uniform:"psyc://a.example/~ann",id:"ann@a.example"},' +
        '{nick:"Bob",uniform:"psyc://b.example/~bob",id:"bob@b.example"}]',
    ])
    expect(ann.take('call')).toEqual([])
    bob.tell('echo', 0)
    expect(ann.take('call')).toEqual(['call userJoined "Bob" "psyc://b.example/~bob"'])
    bob.close()
    expect(ann.take('call')).toEqual(['call userLeft "Bob" "psyc://b.example/~bob"'])
  })

  test('the objects of the place know everybody by what he is called in it', () => {
    const { gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, ann] = [join(gw, 'Gus'), join(a, 'Ann')]
    for (const one of [gus, ann]) {
      one.use('users')
      expect(one.take('so users change')).toEqual([
        'so users change gus={name:"Gus"}',
        'so users change ann@a.example={name:"Ann"}',
      ])
    }
    const al = a.flash({ args: ['Al'] })
    expect(al.take('call setClientID')).toEqual(['call setClientID "al@a.example"'])
  })

  test('the home is silent for 8 s: rejected', () => {
    const { network, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    join(a, 'ann')
    for (const line of network.lines) line.isBlackHole = true
    const bob = a.flash({ args: ['bob'] })
    network.wait(7_900)
    expect(bob.outcome).toBe('nothing')
    network.wait(200)
    expect(bob.outcome).toMatch(/^error NetConnection.Connect.Rejected/)
    expect(bob.closed).toBe('finished')
  })

  test('there is no such home: rejected', () => {
    const network = new TestNetwork()
    const a = network.add('a.example', { config: { apps: { chat: { home: 'psyc://nowhere.example' } } } })
    const ann = a.flash({ args: ['ann'] })
    network.wait(10_000)
    expect(ann.outcome).toMatch(/^error NetConnection.Connect.Rejected/)
    network.wait(60_000)
    expect(a.census()).toMatchObject({ persons: 0, timers: 0 })
  })

  test('the home does not know the app: rejected with its reason, and nothing is left', () => {
    const network = new TestNetwork()
    network.add('gw.example', { config: { apps: { strict: true } } })
    const a = network.add('a.example', away)
    const ann = a.flash({ args: ['ann'] })
    expect(ann.outcome).toMatch(/^error NetConnection.Connect.Rejected: \[ Server.Reject \] : /)
    expect(a.census()).toMatchObject({ persons: 0, members: 0 })
  })
})

describe('talk', () => {
  test('is heard once by every client of every node, and goes once over each line', () => {
    const { network, gw, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const people = [join(gw, 'gus'), join(a, 'ann'), join(a, 'al'), join(a, 'amy'), join(b, 'bob')]
    for (const one of people) one.take()
    const [, ann] = people as [WorldFlash, WorldFlash]
    expect(ann.call('sendMessage', 'Grüße')).toBe('result undefined')
    for (const one of people) expect(one.take('call')).toEqual(['call receiveMessage "ann" "Grüße"'])
    const [toA] = network.between('gw.example', 'a.example')
    const [toB] = network.between('gw.example', 'b.example')
    expect([toA?.count(gw, '_message_public'), toB?.count(gw, '_message_public')]).toEqual([1, 1])
    expect([toA?.count(a, '_message_public'), toB?.count(b, '_message_public')]).toEqual([1, 0])
  })

  test('in private goes to the person of that nick, wherever it is', () => {
    const { gw, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const [gus, ann, bob] = [join(gw, 'Gus'), join(a, 'Ann'), join(b, 'Bob')]
    for (const one of [gus, ann, bob]) one.take()
    expect(ann.call('sendPrivate', 'bob', 'psst')).toMatch(/^result/)
    expect(ann.call('sendPrivate', 'gus', 'hey')).toMatch(/^result/)
    expect(bob.take('call')).toEqual(['call receivePrivate "Ann" "psst"'])
    expect(gus.take('call')).toEqual(['call receivePrivate "Ann" "hey"'])
    expect(ann.take('call')).toEqual([])
    expect(ann.call('sendPrivate', 'eve', 'psst')).toBe(
      'error NetConnection.Call.Failed: Nobody of that name is here.',
    )
  })

  test('of the past is shown to newcomers of other nodes', () => {
    const { gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    join(gw, 'gus').call('sendMessage', 'long ago')
    const ann = a.flash({ args: ['ann'] })
    expect(ann.take('call receive')).toEqual([expect.stringMatching(/^call receiveHistory "gus" "long ago"/)])
  })

  test('two of one nick are two persons', () => {
    const { gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [here, there] = [join(gw, 'Ann'), join(a, 'Ann')]
    expect(here.take('call')).toEqual(['call userJoined "Ann@a.example" "psyc://a.example/~ann"'])
    here.call('sendMessage', 'from home')
    there.call('sendMessage', 'from away')
    expect(here.take('call')).toEqual([
      'call receiveMessage "Ann" "from home"',
      'call receiveMessage "Ann@a.example" "from away"',
    ])
    expect(there.take('call')).toEqual([
      'call receiveMessage "Ann@gw.example" "from home"',
      'call receiveMessage "Ann" "from away"',
    ])
    expect(there.call('sendPrivate', 'ann@gw.example', 'you?')).toMatch(/^result/)
    expect(here.take('call')).toEqual(['call receivePrivate "Ann@a.example" "you?"'])
  })

  test('of silent members announces them everywhere', () => {
    const { gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const gus = join(gw, 'gus')
    const ann = a.flash({ args: ['ann'] })
    expect([gus.take('call'), listed(gw), place(gw)?.members.size]).toEqual([
      [],
      ['psyc://gw.example/~gus'],
      2,
    ])
    ann.call('sendMessage', 'hi')
    expect(gus.take('call')).toEqual([
      'call userJoined "ann" "psyc://a.example/~ann"',
      'call receiveMessage "ann" "hi"',
    ])
  })
})

describe('calls', () => {
  test('of built-ins are answered by the home', () => {
    const { gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, ann] = [join(gw, 'Gus'), join(a, 'Ann')]
    expect(ann.call('members')).toBe(
      'result [{nick:"Gus",uniform:"psyc://gw.example/~gus"},{nick:"Ann",uniform:"psyc://a.example/~ann"}]',
    )
    expect(ann.call('broadcast', 'ping', 7)).toBe('result 2')
    expect(ann.call('sendTo', 'gus', 'poke', 'x')).toBe('result true')
    expect(ann.call('sendTo', 'eve', 'poke')).toBe(
      'error NetConnection.Call.Failed: sendTo: nobody is called eve here',
    )
    expect(ann.call('nonsense')).toBe('error NetConnection.Call.Failed: Method not found (nonsense).')
    expect(gus.take('call p')).toEqual(['call ping 7', 'call poke "x"'])
    expect(ann.take('call p')).toEqual(['call ping 7'])
  })

  test('of one node reach the clients of a third', () => {
    const { gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const [ann, bob] = [join(a, 'ann'), join(b, 'bob')]
    expect(ann.call('sendTo', 'bob', 'poke', 1)).toBe('result true')
    expect(bob.take('call poke')).toEqual(['call poke 1'])
  })

  test('by nick mean whom the caller is shown by it', () => {
    const { gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [here, there, al] = [join(gw, 'ann'), join(a, 'ann'), join(a, 'al')]
    expect(al.call('members')).toContain('{nick:"ann@gw.example",uniform:"psyc://gw.example/~ann"}')
    al.call('sendTo', 'ann', 'poke', 1)
    al.call('sendTo', 'ann@gw.example', 'poke', 2)
    expect([there.take('call poke'), here.take('call poke')]).toEqual([['call poke 1'], ['call poke 2']])
  })

  test('that the home does not answer fail after 30 s', () => {
    const { network, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const ann = join(a, 'ann')
    for (const line of network.lines) line.isBlackHole = true
    const answer = ann.ask('members')
    network.wait(31_000)
    expect(answer()).toMatch(/^error NetConnection.Call.Failed/)
  })

  test('of a client method by a person of another node are answered by the client', () => {
    const { gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const ann = join(a, 'ann', { methods: { add: (x, y) => Number(x) + Number(y) } })
    const joe = b.psyc().link('joe')
    joe.take()
    joe.write(
      ':_target␉psyc://a.example/~ann\n:_tag␉t\n\n:_name_invoke␉add\n' +
        ':_list_arguments␉|=_amount:1 2|=_amount:1 3\n_request_invoke\n|\n',
    )
    expect(ann.take('call add')).toEqual(['call add 2 3'])
    expect(joe.take().map(({ method }) => method)).toEqual(['_echo_invoke'])
  })
})

describe('what breaks', () => {
  /** Everything that the clients are told meanwhile about comings and goings. */
  function movements(...clients: WorldFlash[]): string[][] {
    return clients.map((client) => client.take('call user'))
  }

  test('a line for a moment: nobody comes or goes, and nothing is said twice', () => {
    const { network, gw, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const people = [join(gw, 'gus'), join(a, 'ann'), join(a, 'al'), join(b, 'bob')]
    const [gus, ann] = people as [WorldFlash, WorldFlash]
    movements(...people)
    for (const line of network.linesOf('a.example')) line.cut()
    network.settle()
    network.wait(40_000)
    expect(movements(...people)).toEqual([[], [], [], []])
    gus.call('sendMessage', 'back?')
    ann.call('sendMessage', 'yes')
    for (const one of people)
      expect(one.take('call')).toEqual([
        'call receiveMessage "gus" "back?"',
        'call receiveMessage "ann" "yes"',
      ])
    expect(listed(gw)).toHaveLength(4)
  })

  test('a line, and what was said meanwhile is heard when it is back, once', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, ann, al] = [join(gw, 'gus'), join(a, 'ann'), join(a, 'al')]
    gus.call('sendMessage', 'before')
    for (const line of network.linesOf('a.example')) line.isBlackHole = true
    for (const text of ['one', 'two']) expect(gus.call('sendMessage', text)).toBe('result undefined')
    for (const line of network.linesOf('a.example')) line.cut()
    network.settle()
    gus.call('sendMessage', 'three')
    network.wait(40_000)
    gus.call('sendMessage', 'after')
    for (const one of [ann, al])
      expect(one.take('call receive')).toEqual(
        ['before', 'one', 'two', 'three', 'after'].map((text) => `call receiveMessage "gus" "${text}"`),
      )
  })

  test('a line, and who came and went meanwhile is told once when it is back', () => {
    const { network, gw, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const [ann, bob, ben] = [join(a, 'ann'), join(b, 'bob'), join(b, 'ben')]
    movements(ann, bob, ben)
    for (const line of network.linesOf('a.example')) line.isBlackHole = true
    network.settle()
    bob.close()
    join(gw, 'gus')
    join(b, 'bea').close()
    ann.take()
    for (const line of network.linesOf('a.example')) line.cut()
    network.settle()
    network.wait(5_000)
    expect(movements(ann)).toEqual([
      ['call userLeft "bob" "psyc://b.example/~bob"', 'call userJoined "gus" "psyc://gw.example/~gus"'],
    ])
    network.wait(60_000)
    expect(movements(ann)).toEqual([[]])
    expect(ann.closed).toBeUndefined()
  })

  test('a node for good: its people stay 30 s and then are gone', () => {
    const { network, gw, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const [gus, bob] = [join(gw, 'gus'), join(b, 'bob')]
    join(a, 'ann')
    movements(gus, bob)
    network.kill('a.example')
    network.settle()
    network.wait(29_000)
    expect([movements(gus, bob), listed(gw).length]).toEqual([[[], []], 3])
    network.wait(2_000)
    const left = ['call userLeft "ann" "psyc://a.example/~ann"']
    expect([movements(gus, bob), listed(gw).length]).toEqual([[left, left], 2])
    expect(place(gw)?.members.replicaCount).toBe(1)
  })

  test('a node that starts anew: who does not come back is gone after 30 s, who does never was away', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const gus = join(gw, 'gus')
    join(a, 'ann')
    join(a, 'al')
    movements(gus)
    network.kill('a.example')
    network.settle()
    const again = network.add('a.example', away)
    const ann = join(again, 'ann')
    expect(movements(gus)).toEqual([[]])
    network.wait(31_000)
    expect(movements(gus)).toEqual([['call userLeft "al" "psyc://a.example/~al"']])
    expect(movements(ann)).toEqual([['call userLeft "al" "psyc://a.example/~al"']])
    expect(listed(gw)).toEqual(['psyc://gw.example/~gus', 'psyc://a.example/~ann'])
  })

  test('a node that starts anew while its old circuit looks alive', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const gus = join(gw, 'gus')
    join(a, 'ann')
    join(a, 'al')
    movements(gus)
    for (const line of network.linesOf('a.example')) {
      line.cutFor(line.a === a ? 'a' : 'b')
      line.isClosed = true
    }
    network.kill('a.example')
    network.settle()
    const again = network.add('a.example', away)
    const ann = join(again, 'ann')
    network.wait(31_000)
    expect(movements(gus)).toEqual([['call userLeft "al" "psyc://a.example/~al"']])
    expect([listed(gw).length, ann.closed]).toEqual([2, undefined])
  })

  test('the home, which is back within 30 s: clients see no drop-out', () => {
    const { network, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const [ann, al, bob] = [join(a, 'ann'), join(a, 'al'), join(b, 'bob')]
    const silent = b.flash({ args: ['sil'] })
    movements(ann, al, bob, silent)
    network.kill('gw.example')
    network.settle()
    network.wait(10_000)
    const gw = network.add('gw.example')
    network.wait(30_000)
    expect(movements(ann, al, bob, silent)).toEqual([[], [], [], []])
    expect([ann.closed, bob.closed, silent.closed]).toEqual([undefined, undefined, undefined])
    expect(listed(gw).sort()).toEqual([
      'psyc://a.example/~al',
      'psyc://a.example/~ann',
      'psyc://b.example/~bob',
    ])
    expect(place(gw)?.members.size).toBe(4)
    ann.call('sendMessage', 'still here')
    expect(bob.take('call')).toEqual(['call receiveMessage "ann" "still here"'])
    network.wait(60_000)
    expect(movements(ann, al, bob, silent)).toEqual([[], [], [], []])
  })

  test('the home, which is back for one node before another: what was said meanwhile is told once', () => {
    const { network, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const [ann, bob, ben] = [join(a, 'ann'), join(b, 'bob'), join(b, 'ben')]
    ann.call('sendMessage', 'before')
    network.kill('gw.example')
    network.settle()
    network.add('gw.example', away)
    network.unplugged.add('b.example')
    network.wait(5_000)
    for (const one of [ann, bob, ben]) one.take()
    ann.call('sendMessage', 'first')
    ann.call('sendMessage', 'second')
    network.unplugged.delete('b.example')
    network.wait(60_000)
    ann.call('sendMessage', 'third')
    const heard = ['first', 'second', 'third'].map((line) => `call receiveMessage "ann" "${line}"`)
    expect([ann, bob, ben].map((one) => one.take('call receiveMessage'))).toEqual([heard, heard, heard])
  })

  /** That node is told that its line to the home broke; the home goes on believing in it. */
  function loseLine(network: TestNetwork, world: TestWorld): void {
    for (const line of network.between('gw.example', 'a.example')) line.cutFor(line.a === world ? 'a' : 'b')
  }

  test('a line, and what is said before its node has entered again does not overtake what was missed', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, ann] = [join(gw, 'gus'), join(a, 'ann')]
    loseLine(network, a)
    expect(gus.call('sendMessage', 'one')).toBe('result undefined')
    const answer = ann.ask('sendMessage', 'two')
    network.wait(40_000)
    expect(answer()).toBe('result undefined')
    const heard = ['call receiveMessage "gus" "one"', 'call receiveMessage "ann" "two"']
    expect([gus, ann].map((one) => one.take('call receive'))).toEqual([heard, heard])
  })

  test('a line, for as many lines as newcomers are never told: all are heard, and calls, in order', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, ann] = [join(gw, 'gus'), join(a, 'ann')]
    loseLine(network, a)
    for (let at = 0; at < 300; at++) gus.call('sendMessage', `line ${at}`)
    gus.call('broadcast', 'flash', 'mob')
    network.wait(40_000)
    const lines = Array.from({ length: 300 }, (_, at) => `call receiveMessage "gus" "line ${at}"`)
    expect(ann.take('call')).toEqual([...lines, 'call flash "mob"'])
    expect(a.errors).toEqual([])
  })

  test('a line, and who comes meanwhile is told what was missed once, as history', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, ann] = [join(gw, 'gus'), join(a, 'ann')]
    loseLine(network, a)
    gus.call('sendMessage', 'one')
    const bob = a.flash({ args: ['bob'] })
    network.wait(40_000)
    expect(ann.take('call receive')).toEqual(['call receiveMessage "gus" "one"'])
    expect(bob.take('call receive')).toEqual([expect.stringMatching(/^call receiveHistory "gus" "one"/)])
  })

  test('a line, with the first act of somebody: he is announced when it is back', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const gus = join(gw, 'gus')
    const ann = a.flash({ args: ['ann'] })
    for (const line of network.linesOf('a.example')) line.isBlackHole = true
    ann.tell('echo', 0)
    for (const line of network.linesOf('a.example')) line.cut()
    network.wait(40_000)
    expect(movements(gus)).toEqual([['call userJoined "ann" "psyc://a.example/~ann"']])
    expect(listed(gw)).toHaveLength(2)
  })

  test('a line that looks alive at the home, with the leave of somebody: he is gone after 30 s', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, ann, al] = [join(gw, 'gus'), join(a, 'ann'), join(a, 'al')]
    movements(gus, ann)
    for (const line of network.linesOf('a.example')) line.isBlackHole = true
    al.close()
    loseLine(network, a)
    network.wait(25_000)
    expect(movements(gus, ann)).toEqual([[], []])
    network.wait(30_000)
    const left = ['call userLeft "al" "psyc://a.example/~al"']
    expect([movements(gus, ann), listed(gw).length]).toEqual([[left, left], 2])
    network.wait(60_000)
    expect([movements(gus, ann), listed(gw).length]).toEqual([[[], []], 2])
  })

  test('a line that looks alive at the home, with the leave of the last one: he is gone after somebody else has come', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [gus, al] = [join(gw, 'gus'), join(a, 'al')]
    movements(gus)
    for (const line of network.linesOf('a.example')) line.isBlackHole = true
    al.close()
    loseLine(network, a)
    const ben = a.flash({ args: ['ben'] })
    network.wait(1_000)
    ben.tell('echo', 0)
    network.wait(60_000)
    expect(movements(gus)).toEqual([
      ['call userJoined "ben" "psyc://a.example/~ben"', 'call userLeft "al" "psyc://a.example/~al"'],
    ])
    expect(listed(gw)).toHaveLength(2)
  })

  test('the home, and one does not come back to it: gone for the others, once', () => {
    const { network, gateways } = nodes('a.example', 'b.example')
    const [a, b] = gateways as [TestWorld, TestWorld]
    const [ann, bob, ben] = [join(a, 'ann'), join(b, 'bob'), join(b, 'ben')]
    movements(ann, bob, ben)
    network.kill('gw.example')
    network.settle()
    network.wait(1_000)
    bob.close()
    const gw = network.add('gw.example')
    network.wait(60_000)
    expect(movements(ann)).toEqual([['call userLeft "bob" "psyc://b.example/~bob"']])
    expect(listed(gw)).toHaveLength(2)
  })

  test('the home, for longer: clients are out after 30 s, and nothing is left', () => {
    const { network, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const ann = join(a, 'ann')
    network.kill('gw.example')
    network.settle()
    network.wait(29_000)
    expect(ann.closed).toBeUndefined()
    network.wait(3_000)
    expect(ann.closed).toBe('finished')
    network.wait(400_000) // the home that was killed forgets its place, too
    expect(a.census()).toMatchObject({ persons: 0, members: 0, circuits: 0, timers: 0 })
    expect(a.errors).toEqual([])
  })

  test('nothing: a place that everybody has left is followed by nobody', () => {
    const { network, gw, gateways } = nodes('a.example')
    const [a] = gateways as [TestWorld]
    const [ann, al] = [join(a, 'ann'), join(a, 'al')]
    expect(place(gw)?.members.replicaCount).toBe(1)
    ann.close()
    expect(place(gw)?.members.replicaCount).toBe(1)
    al.close()
    expect([place(gw)?.members.replicaCount, place(gw)?.members.size, place(gw)?.context.size]).toEqual([
      0, 0, 0,
    ])
    network.wait(400_000)
    expect(gw.world.places.size).toBe(0)
  })

  test('nothing: the owner of the place puts somebody out, who is told by the end of his connection', () => {
    const network = new TestNetwork()
    const gw = network.add('gw.example', { config: { apps: { chat: { owners: ['gus'] } } } })
    const a = network.add('a.example', away)
    const [ann, al] = [join(a, 'ann'), join(a, 'al')]
    const gus = gw.psyc().link('gus').enter('@chat-lobby', 'gus')
    al.take()
    gus.packet('@chat-lobby', '_request_kick', { _tag: 'k', _person: 'ann' })
    expect([ann.closed, al.closed]).toEqual(['finished', undefined])
    expect(al.take('call user')).toEqual(['call userLeft "ann" "psyc://a.example/~ann"'])
    const back = a.flash({ args: ['ann'] })
    expect(back.outcome).toMatch(/^error NetConnection.Connect.Rejected/)
  })
})
