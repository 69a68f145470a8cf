/**
 * Shared objects whose home is another node [design 4]: Flash clients on three nodes, by real RTMP sessions, on real
 * circuits.
 */
import type { FlashObject } from '../support/player-model-flash.js'
import { HOME, PERSISTENT, PROXY, Scene } from '../support/fault-scene.js'

function sameSlots(players: readonly FlashObject[], slots: Record<string, unknown>): void {
  expect(players.map((player) => player.slots)).toEqual(players.map(() => slots))
}

test('what one writes all have: changes, removals, values of every kind', () => {
  const scene = new Scene()
  const players = scene.players3()
  const [a, b, c] = players
  b.set({ text: 'b', number: 1.5, flag: true })
  sameSlots(players, { text: 'b', number: 1.5, flag: true })
  expect(b.take()).toEqual(['success text', 'success number', 'success flag'])
  expect(a.take()).toEqual(['change text="b"', 'change number=1.5', 'change flag=true'])
  c.remove('flag')
  a.set({ text: 'a' })
  sameSlots(players, { text: 'a', number: 1.5 })
  const late = scene.player('c.example')
  expect(late.slots).toEqual({ text: 'a', number: 1.5 })
  expect(scene.errors()).toEqual([])
})

test('a change goes once to each node, however many clients it has there', () => {
  const scene = new Scene()
  const players = [...scene.players3(), ...Array.from({ length: 5 }, () => scene.player('b.example'))]
  players[2]?.set({ x: 1 })
  sameSlots(players, { x: 1 })
  const home = scene.world(HOME)
  expect(
    ['b.example', 'c.example'].map((host) => scene.line(host).count(home, '_notice_change_shared')),
  ).toEqual([1, 1])
})

test('send comes to all, the sender too, in order with the changes of all', () => {
  const scene = new Scene()
  const players = scene.players3()
  const [, b, c] = players
  b.set({ x: 1 })
  for (const player of players) player.take()
  b.set({ x: 2 })
  b.send('say', 'after 2')
  c.set({ x: 3 })
  c.send('say', 'after 3')
  expect(players.map((player) => player.take())).toEqual([
    ['change x=2', 'send on "say" "after 2"', 'change x=3', 'send on "say" "after 3"'],
    ['success x', 'send on "say" "after 2"', 'change x=3', 'send on "say" "after 3"'],
    ['change x=2', 'send on "say" "after 2"', 'success x', 'send on "say" "after 3"'],
  ])
})

describe('the answer to a writer', () => {
  test('is the value in place of success when somebody else was first', () => {
    const scene = new Scene()
    const [, b, c] = scene.players3()
    scene.line('b.example').budget = { a: 0, b: 0 } // b's write is on its way, and so is c's to b
    b.set({ x: 'from b' })
    c.set({ x: 'from c' })
    scene.line('b.example').budget = undefined
    scene.network.settle()
    expect([b.slots, c.slots]).toEqual([{ x: 'from b' }, { x: 'from b' }])
    expect(b.take()).toEqual(['change x="from c"', 'change x="from b"'])
    expect(c.take()).toEqual(['success x', 'change x="from b"'])
  })

  test('is the value too for a proxy, and it may clear the object for all', () => {
    const scene = new Scene()
    const players = scene.players3()
    const proxy = scene.player('c.example', PROXY)
    proxy.set({ x: 1 })
    expect(proxy.take()).toEqual(['proxySuccess x=1'])
    sameSlots(players, { x: 1 })
    proxy.clear()
    sameSlots([...players, proxy], {})
    players[1].clear()
    players[1].set({ y: 1 })
    sameSlots([...players, proxy], { y: 1 })
  })

  test('in a strict object is what the first has written', () => {
    const scene = new Scene({ objects: { board: { strict: true } } })
    const players = scene.players3()
    const [, b, c] = players
    b.set({ x: 'before' })
    scene.line('b.example').budget = { a: 0, b: 0 }
    b.set({ x: 'from b', y: 'from b' })
    c.set({ x: 'from c' })
    scene.line('b.example').budget = undefined
    scene.network.settle()
    sameSlots(players, { x: 'from c' })
    b.set({ x: 'from b, who has seen it' })
    sameSlots(players, { x: 'from b, who has seen it' })
  })
})

describe('limits', () => {
  test('the home refuses what exceeds them, and the writer is shown what is there', () => {
    const scene = new Scene({ limits: { objectValueBytes: 100, objectSlots: 3 } })
    const players = scene.players3()
    const [, b, c] = players
    b.set({ a: 1, b: 1 })
    c.set({ a: 'x'.repeat(200) })
    c.set({ c: 1, d: 1 })
    sameSlots(players, { a: 1, b: 1 })
  })

  test('a node that allows less than the home holds twice that, and then tells its clients', () => {
    const scene = new Scene({ gatewayLimits: { stateBytes: 2_000 } })
    const [a, b] = scene.players3()
    a.set({ x: 'x'.repeat(1_500) })
    expect(b.slots).toEqual({ x: 'x'.repeat(1_500) })
    a.set({ y: 'y'.repeat(1_500) })
    expect(b.take().at(-1)).toBe('status SharedObject.ObjectCreationFailed')
    expect(scene.errors()).toEqual([])
  })
})

test('a node that takes nothing gets one state in place of all the changes, and the order of sends stays', () => {
  const scene = new Scene({ limits: { objectSlowBytes: 4_000 } })
  const players = scene.players3()
  const [a, b, c] = players
  const line = scene.line('b.example')
  line.budget = { a: 0, b: 0 }
  const home = scene.world(HOME)
  const before = line.fromA.bytes + line.fromB.bytes
  for (let at = 0; at < 500; at++) {
    a.set({ x: `${at} ${'x'.repeat(100)}` })
    if (at % 100 === 50) c.send('say', at)
  }
  scene.network.wait(1_000)
  expect(line.fromA.bytes + line.fromB.bytes - before).toBeLessThan(20_000)
  line.budget = undefined
  scene.network.wait(1_000)
  expect(b.slots).toEqual(a.slots)
  expect(b.take().filter((event) => event.startsWith('send'))).toEqual(
    [50, 150, 250, 350, 450].map((at) => `send on "say" ${at}`),
  )
  expect(line.count(home, '_status_state')).toBeLessThan(10)
  expect(scene.network.between(HOME, 'b.example')).toHaveLength(1)
})

describe('the end of an object', () => {
  test('a volatile one ends 5 s after its last client on any node', () => {
    const scene = new Scene()
    const players = scene.players3()
    players[1].set({ x: 1 })
    expect(scene.homes).toEqual(['_so_board'])
    for (const player of players) player.release()
    scene.network.wait(4_900)
    expect(scene.homes).toEqual(['_so_board'])
    expect(scene.player('c.example').slots).toEqual({ x: 1 })
    scene.network.wait(60_000)
    expect(scene.homes).toEqual(['_so_board'])
  })

  test('and then begins anew', () => {
    const scene = new Scene()
    const players = scene.players3()
    players[1].set({ x: 1 })
    for (const player of players) player.client.close()
    scene.network.wait(5_100)
    expect(scene.homes).toEqual([])
    expect(scene.player('c.example').slots).toEqual({})
  })

  test('a node that is gone for good uses nothing any more', () => {
    const scene = new Scene()
    const player = scene.player('b.example')
    player.set({ x: 1 })
    scene.network.kill('b.example')
    scene.network.settle()
    scene.network.wait(29_000)
    expect(scene.homes).toEqual(['_so_board'])
    scene.network.wait(6_100)
    expect(scene.homes).toEqual([])
  })

  test('nor does one that came back without it', () => {
    const scene = new Scene()
    scene.player('b.example').set({ x: 1 })
    scene.network.kill('b.example')
    scene.start('b.example')
    const other = scene.player('b.example', 0, 'other')
    scene.network.wait(60_000)
    expect(scene.homes).toEqual(['_so_other'])
    other.set({ x: 1 })
    expect(other.take()).toContain('success x')
  })
})

describe('the home starts anew', () => {
  test('a volatile object is empty, a persistent one as it was, for who stayed and who comes', () => {
    const scene = new Scene()
    const [, b] = scene.players3()
    const kept = [scene.player('b.example', PERSISTENT), scene.player('c.example', PERSISTENT)]
    b.set({ x: 1 })
    kept[0]?.set({ x: 2 })
    scene.network.kill(HOME)
    scene.network.wait(3_000)
    scene.start(HOME)
    scene.network.wait(20_000)
    sameSlots([b], {})
    sameSlots(kept, { x: 2 })
    b.set({ y: 1 })
    kept[1]?.set({ y: 2 })
    sameSlots([b, scene.player(HOME)], { y: 1 })
    sameSlots([...kept, scene.player(HOME, PERSISTENT)], { x: 2, y: 2 })
    expect(scene.errors()).toEqual([])
  })

  test('what a client wrote meanwhile is done, or he is shown that it is not', () => {
    const scene = new Scene()
    const b = scene.player('b.example', PERSISTENT)
    b.set({ x: 1 })
    scene.network.kill(HOME)
    b.set({ x: 2 })
    scene.network.wait(1_000)
    b.set({ y: 2 })
    scene.start(HOME)
    scene.network.wait(60_000)
    expect(b.slots).toEqual(scene.player(HOME, PERSISTENT).slots)
  })
})

describe('rights', () => {
  const stranger = (scene: Scene, target: string, method: string): string[] => {
    scene.network.strangers.set('d.example', '127.0.9.9')
    const peer = scene.world(HOME).psyc('1.0', '127.0.9.9')
    peer.write(
      `:_source␉psyc://d.example/~eve\n:_target␉psyc://a.example/@chat-lobby${target}\n:_tag␉t\n\n` +
        `:_dict_change␉{1 x}=_text:3 bad\n${method}\n|\n`,
    )
    return peer.methods()
  }

  test('who is neither in the place nor of a node that uses the object changes nothing', () => {
    const scene = new Scene()
    const [a] = scene.players3()
    for (const method of ['_request_change_shared', '_request_clear_shared', '_notice_invoke'])
      expect(stranger(scene, '#_so_board', method)).toContain('_error_necessary_membership')
    expect(a.take()).toEqual([])
  })

  test('a person of a node that uses the object may', () => {
    const scene = new Scene()
    const [a, b] = scene.players3()
    const peer = b.client.world.psyc().link('carl')
    peer.write(
      ':_target␉psyc://a.example/@chat-lobby#_so_board\n:_tag␉t\n\n:_dict_change␉{1 x}=_text:4 carl\n_request_change_shared\n|\n',
    )
    expect(peer.methods()).toContain('_echo_change_shared')
    expect([a.slots, b.slots]).toEqual([{ x: 'carl' }, { x: 'carl' }])
  })
})
