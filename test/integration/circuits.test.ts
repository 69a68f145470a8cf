/** Nodes that call each other: talk between persons of several, on lines that break and come back. */
import { ContextReplica } from '../../src/psyc/state/context-replica.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { TestNetwork } from '../support/network.js'
import type { TestWorld } from '../support/world.js'
import type { WorldPsyc } from '../support/world-psyc.js'

const room = 'psyc://b.example/@chat-room'

function person(world: TestWorld, nick: string): WorldPsyc {
  const client = world.psyc().link(nick)
  client.take()
  return client
}

function enter(client: WorldPsyc, nick: string): void {
  client.write(`:_target␉${room}\n:_tag␉in\n\n:_nick␉${nick}\n_request_context_enter\n|\n`)
}

function say(client: WorldPsyc, target: string, text: string, method = '_message_public'): void {
  client.write(`:_target␉${target}\n\n${method}\n${text}\n|\n`)
}

function heard(client: WorldPsyc): string[] {
  return client
    .take()
    .filter(({ method }) => /^_message_(echo_)?p/.test(method))
    .map(({ body }) => body)
}

function twoNodes(): { network: TestNetwork; a: TestWorld; b: TestWorld } {
  const network = new TestNetwork()
  return { network, a: network.add('a.example'), b: network.add('b.example') }
}

test('persons of two nodes chat in a room of one', () => {
  const { network, a, b } = twoNodes()
  const [ann, bob] = [person(a, 'ann'), person(b, 'bob')]
  enter(ann, 'ann')
  enter(bob, 'bob')
  ann.take()
  bob.take()
  say(ann, room, 'one')
  say(bob, room, 'two')
  expect([heard(ann), heard(bob)]).toEqual([
    ['one', 'two'],
    ['one', 'two'],
  ])
  expect(network.between('a.example', 'b.example')).toHaveLength(1)
  expect([...a.errors, ...b.errors]).toEqual([])
})

test('a line that breaks is opened again by whoever has something to say, and nothing said since is lost', () => {
  const { network, a, b } = twoNodes()
  const [ann, bob] = [person(a, 'ann'), person(b, 'bob')]
  say(ann, 'psyc://b.example/~bob', 'one', '_message_private')
  for (const text of ['two', 'three']) {
    for (const line of network.linesOf('a.example')) line.cut()
    say(bob, 'psyc://a.example/~ann', `${text} from bob`, '_message_private')
    say(ann, 'psyc://b.example/~bob', `${text} from ann`, '_message_private')
    network.wait(500)
  }
  const from = (client: WorldPsyc, nick: string): string[] =>
    heard(client).filter((text) => text.endsWith(nick))
  expect(from(bob, 'ann')).toEqual(['two from ann', 'three from ann'])
  expect(from(ann, 'bob')).toEqual(['two from bob', 'three from bob'])
  expect(network.between('a.example', 'b.example')).toHaveLength(1)
})

test('both call at the same moment: everything arrives once and in order, on however many lines', () => {
  const { network, a, b } = twoNodes()
  const [ann, bob] = [person(a, 'ann'), person(b, 'bob')]
  let connects = 0
  network.connectMs = () => 10 + connects++
  say(ann, 'psyc://b.example/~bob', '1', '_message_private')
  say(bob, 'psyc://a.example/~ann', '1', '_message_private')
  for (let count = 2; count < 30; count++) {
    network.wait(1)
    say(ann, 'psyc://b.example/~bob', `${count}`, '_message_private')
    say(bob, 'psyc://a.example/~ann', `${count}`, '_message_private')
  }
  network.wait(1_000)
  const numbers = Array.from({ length: 29 }, (_, index) => `${index + 1}`)
  const gotten = (client: WorldPsyc, nick: string): string[] =>
    client
      .take()
      .filter(({ method, vars }) => method === '_message_private' && vars['_source_relay']?.includes(nick))
      .map(({ body }) => body)
  expect(gotten(bob, '~ann')).toEqual(numbers)
  expect(gotten(ann, '~bob')).toEqual(numbers)
})

test('a node that is down for a while: what waits for it arrives when it is back, what waits too long comes back', () => {
  const { network, a } = twoNodes()
  const ann = person(a, 'ann')
  network.kill('b.example')
  say(ann, 'psyc://b.example/~bob', 'soon', '_message_private')
  network.wait(2_000)
  const b = network.add('b.example')
  const bob = person(b, 'bob')
  network.wait(3_000)
  expect(heard(bob)).toEqual(['soon'])
  network.kill('b.example')
  ann.take()
  say(ann, 'psyc://b.example/~bob', 'late', '_message_private')
  network.wait(6_000)
  expect(ann.methods()).toEqual(['_failure_unsuccessful_delivery_disconnect'])
})

test('a context is entered again soon after its node is back, however long that was gone', () => {
  const { network, a } = twoNodes()
  let states = 0
  const replica = new ContextReplica(a.world.node, parseUniform(room), {
    state: () => states++,
    cast: () => undefined,
    refused: (answer) => {
      throw new Error(answer?.method)
    },
  })
  replica.open()
  network.settle()
  expect(states).toBe(1)
  for (const [downMs, backMs] of [
    [1_000, 2_000],
    [10_000, 15_000],
    [300_000, 40_000],
  ] as const) {
    network.kill('b.example')
    network.wait(downMs)
    states = 0
    const calls = network.lines.length
    network.add('b.example')
    network.wait(backMs)
    expect(states).toBe(1)
    expect(network.lines.length - calls).toBe(1)
  }
})

test('the end of one node is told to the other and waits for what is under way', () => {
  const { network, a, b } = twoNodes()
  const [ann, bob] = [person(a, 'ann'), person(b, 'bob')]
  say(ann, 'psyc://b.example/~bob', 'one', '_message_private')
  a.world.announceShutdown()
  network.settle()
  say(bob, 'psyc://a.example/~ann', 'still there?', '_message_private')
  a.world.close()
  network.settle()
  expect(network.between('a.example', 'b.example')).toEqual([])
  expect([a.world.node.circuits.length, b.world.node.circuits.length]).toEqual([0, 1])
  expect(heard(bob)[0]).toBe('one')
})
