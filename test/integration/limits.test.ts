/** Limits of places, persons and objects, each provoked by somebody who wants more than it allows [design 7]. */
import type { Limits } from '../../src/util/limits.js'
import { PsycLab } from '../support/psyc-lab.js'
import { TestWorld } from '../support/world.js'

const worldWith = (limits: Partial<Limits>): TestWorld => new TestWorld({ config: { limits } })
const ROOM = '@chat-lobby'

test('places: an empty one gives way to a new one, one that is used does not', () => {
  const world = worldWith({ places: 2 })
  const bob = world.psyc().link('bob')
  bob.enter('@chat-kept', 'bob')
  for (const name of ['@chat-a', '@chat-b', '@chat-c']) bob.packet(name, '_query_topic', { _tag: 'q' })
  expect([...world.world.places.all()].map(({ name }) => name)).toEqual(['chat-kept', 'chat-c'])
  bob.enter('@chat-c', 'bob')
  bob.take()
  bob.enter('@chat-d', 'bob')
  expect(bob.methods()).toEqual(['_error_illegal_uniform'])
  expect(world.world.places.size).toBe(2)
})

test('places: one that gave way has left no timer that ends its successor', () => {
  const world = worldWith({ places: 1, placeIdleMs: 1_000 })
  const bob = world.psyc().link('bob')
  bob.packet('@chat-a', '_query_topic')
  world.wait(500)
  bob.packet('@chat-b', '_query_topic')
  bob.enter(ROOM, 'bob')
  world.wait(2_000)
  expect([...world.world.places.all()].map(({ name }) => name)).toEqual(['chat-lobby'])
})

test('topicBytes: a topic that is longer is refused', () => {
  const world = worldWith({ topicBytes: 10 })
  const bob = world.psyc().link('bob').enter(ROOM, 'bob')
  bob.take()
  bob.packet(ROOM, '_request_set_topic', { _topic: 'more than ten', _tag: 't' })
  expect(bob.methods()).toEqual(['_failure_exceeded_limit_topic'])
})

test('historyAnswer: nobody gets more of the past at once', () => {
  const world = worldWith({ historyAnswer: 2 })
  const bob = world.psyc().link('bob').enter(ROOM, 'bob')
  for (const line of ['one', 'two', 'three']) bob.packet(ROOM, '_message_public', {}, line)
  bob.take()
  bob.packet(ROOM, '_request_history', { _amount: '100', _tag: 't' })
  expect(bob.take().map(({ body }) => body)).toEqual(['two', 'three', ''])
})

test('placesPerPerson: one place too many is left again', () => {
  const world = worldWith({ placesPerPerson: 2 })
  const bob = world.psyc().link('bob')
  for (const name of ['@chat-a', '@chat-b', '@chat-c']) bob.enter(name, 'bob')
  const { size } = [...world.world.places.all()].at(-1)!.members
  expect(size).toBe(0)
  expect(world.census().members).toBe(2)
})

test('linksPerCircuit: one circuit does not take all the names', () => {
  const world = worldWith({ linksPerCircuit: 3 })
  const bob = world.psyc()
  const { text } = bob.circuit.location
  bob.take()
  for (let at = 0; at < 5; at++)
    bob.packet(`~bob${at}`, '_request_link', { _location: `${text}~${at}`, _tag: 'l' })
  expect(bob.methods().map((method) => method.replace(/^_(\w+?)_.*/, '$1'))).toEqual([
    ...['notice', 'notice', 'notice', 'failure', 'failure'],
  ])
  expect(world.census().persons).toBe(3)
  world.psyc().link('eve')
  expect(world.census().persons).toBe(4)
})

test('uniformBytes: what is longer is no uniform, wherever it stands', () => {
  const lab = new PsycLab()
  const peer = lab.modern()
  peer.send(`:_target␉psyc://gw.example/~${'x'.repeat(1_000)}\n:_tag␉t\n\n_message\nhello\n|\n`)
  expect(peer.takeMethods()).toEqual(['_error_illegal_uniform'])
})

test('pendingCalls: calls that want no answer leave nothing that waits for one', () => {
  const world = new TestWorld()
  const ann = world.flash({ args: ['ann'] }).use('users')
  const { timers } = world.census()
  for (let at = 0; at < 500; at++)
    ann.tell('sendPrivate', world.uniform(`${ROOM}#_so_users`), 'nobody answers this')
  expect(world.census().timers).toBe(timers)
})

test('objectBytes: a message of a thousand `use` is answered by the object once', () => {
  const world = new TestWorld()
  const ann = world.flash({ args: ['ann'] }).use('big')
  ann.set('big', 'slot', 'x'.repeat(60_000))
  const before = ann.session.receivedBytes
  ann.object('big', ...Array.from({ length: 1_000 }, () => ({ kind: 'use' as const })))
  expect(ann.session.receivedBytes - before).toBeLessThan(70_000)
  ann.object('big', { kind: 'use' })
  expect(ann.session.receivedBytes - before).toBeGreaterThan(120_000)
})

test('objectsPerPlace: who is not in the place makes no objects there', () => {
  const world = new TestWorld()
  const ann = world.flash({ args: ['ann'] })
  ann.tell('members')
  const eve = world.psyc('1.0', '10.6.6.6')
  for (let at = 0; at < 10; at++) eve.packet(`${ROOM}#_so_x${at}`, '_request_change_shared', { _tag: 't' })
  expect(new Set(eve.methods())).toEqual(new Set(['_error_necessary_privilege_create_shared']))
  const bob = world.psyc().link('bob').enter(ROOM, 'bob')
  bob.take()
  bob.packet(`${ROOM}#_so_x`, '_request_change_shared', { _tag: 't' })
  expect(bob.methods()).toEqual(['_echo_change_shared'])
})

test('psycQueueBytes: a peer who asks thousands of times at once holds up what one question leads to', () => {
  const lab = new PsycLab({ limits: { psycQueueBytes: 50_000 } })
  const asked: number[] = []
  const entity = lab.entity('$big')
  let held = 0
  entity.onPacket = (packet) => {
    asked.push(held)
    for (let at = 0; at < 100; at++) {
      held++
      lab.node.sendTo('psyc://gw.example/$sink', packet)
    }
  }
  lab.entity('$sink').onPacket = () => held--
  lab.modern().send(':_target␉psyc://gw.example/$big\n\n_notice\n|\n'.repeat(1_000))
  expect(asked).toHaveLength(1_000)
  expect(Math.max(...asked)).toBe(0)
})

test('of the modules that a peer offers only those that we know are remembered', () => {
  const lab = new PsycLab()
  const peer = lab.modern()
  for (let at = 0; at < 100; at++)
    peer.send(`\n:_list_understand_modules␉|_m${at}a|_m${at}b|_state\n_notice_features\n|\n`)
  expect([...peer.circuit.peerModules]).toEqual(['_state'])
})

test('the log of oddities remembers no more of a name than it shows', () => {
  const world = new TestWorld()
  const ann = world.flash({ args: ['ann'] })
  ann.tell('x'.repeat(50_000))
  const [line] = world.logged.filter(({ message }) => message.startsWith('unknown call'))
  expect(JSON.stringify(line?.fields).length).toBeLessThan(1_000)
})

test('history keeps bytes of its own, not the buffers that they came in', () => {
  const world = new TestWorld()
  const bob = world.psyc().link('bob').enter(ROOM, 'bob')
  bob.packet(ROOM, '_message_public', { _color: 'red' }, 'short')
  const [place] = world.world.places.all()
  const [kept] = place!.history.last(1)
  for (const value of [kept!.body, ...kept!.entity.map(({ value }) => value)]) {
    if (value instanceof Uint8Array) expect(value.buffer.byteLength).toBe(value.length)
  }
})
