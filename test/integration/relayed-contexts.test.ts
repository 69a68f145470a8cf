/** Nine nodes in one room, and a home that feeds two: places and objects by a tree of trusted nodes [design 5]. */
import type { Line } from '../support/network.js'
import { CHANGE, CHAT, HOME, HOSTS, NODES, Room, all, degreeOf } from '../support/room.js'

describe('one copy over each link', () => {
  test('of a line in the room', () => {
    const room = new Room()
    const links = room.links(CHAT, () => room.say(HOME))
    expect(links.map(({ to }) => to).sort()).toEqual(HOSTS)
    expect(links.map(({ copies }) => copies)).toEqual(HOSTS.map(() => 1))
    expect(degreeOf(links)).toBe(2)
    expect(room.heard()).toEqual(all(room, ['line 0']))
    expect(room.errors()).toEqual([])
  })

  test('of a change of an object, and nobody asks for the state', () => {
    const room = new Room()
    const links = room.links(CHANGE, () => room.boards.get('n8.example')?.set({ x: 1 }))
    expect(links.map(({ to }) => to).sort()).toEqual(HOSTS)
    expect(links.map(({ copies }) => copies)).toEqual(HOSTS.map(() => 1))
    expect(degreeOf(links)).toBe(2)
    expect(room.slots()).toEqual(['{"x":1}'])
    expect(room.boards.get('n8.example')?.take()).toEqual(['success x'])
    const states = room.links('_status_state', () => {
      for (const board of room.boards.values()) board.set({ y: 1 })
    })
    expect(states).toEqual([])
  })

  test('the home alone feeds all where nobody is trusted', () => {
    const room = new Room({ degree: 2 })
    const links = room.links(CHAT, () => room.say('n3.example'))
    expect(new Set(links.filter(({ to }) => to !== HOME).map(({ from }) => from))).toEqual(new Set([HOME]))
    expect(room.network.lines.some((line) => line.text(line.b).includes('_crowded'))).toBe(false)
  })

  test('and only who is named in relays feeds others', () => {
    const room = new Room({ degree: 2, relays: ['n4.example', 'n5.example'] })
    expect(room.inner().filter((host) => host !== 'n4.example' && host !== 'n5.example')).toEqual([])
    expect(room.inner().length).toBeGreaterThan(0)
  })
})

test('who finds no place is fed by the home, and does not ask again and again', () => {
  const room = new Room({ degree: 2, relays: ['nobody.example'], limits: { routeDirect: 1 } })
  const enters = room.links('_request_context_enter', () => room.network.wait(30_000))
  expect(Math.max(0, ...enters.map(({ copies }) => copies))).toBeLessThan(5)
  const links = room.links(CHAT, () => room.say(HOME))
  expect(links).toEqual(HOSTS.map((to) => ({ from: HOME, to, copies: 1 })))
  expect(room.heard()).toEqual(all(room, ['line 0']))
  room.boards.get('n3.example')?.set({ x: 1 })
  expect(room.slots()).toEqual(['{"x":1}'])
})

test('everybody hears all in the same order, whoever speaks', () => {
  const room = new Room()
  const said = Array.from({ length: 40 }, (_, at) => room.say(HOSTS[at % NODES] ?? HOME))
  expect(room.heard()).toEqual(all(room, said))
})

test('sends and changes of an object keep their order for all', () => {
  const room = new Room()
  HOSTS.forEach((host, at) => {
    room.boards.get(host)?.set({ x: at })
    room.boards.get(host)?.send('say', at)
  })
  for (const [host, board] of room.boards) {
    const own = HOSTS.indexOf(host)
    const expected = HOSTS.flatMap((_, at) => [at === own ? 'success x' : `change x=${at}`, `send say ${at}`])
    expect(board.take().map((line) => line.replace(/send (\S+) "?/, 'send $1 ').replaceAll('"', ''))).toEqual(
      expected.map((line) => line.replace('send say', 'send on say')),
    )
  }
})

test('inner nodes are killed, one after the other, while everybody talks and writes', () => {
  const room = new Room()
  for (let killed = 0; killed < 4; killed++) {
    const [victim] = room.inner()
    if (victim === undefined) throw new Error('nobody feeds others')
    room.hush()
    room.kill(victim)
    const said: string[] = []
    for (let at = 0; at < 20; at++) {
      said.push(room.say(HOME))
      room.boards.get(HOME)?.set({ [`s${killed}`]: at })
      room.boards.get(HOME)?.send('tick', at)
      room.network.wait(200)
    }
    expect(room.heard()).toEqual(all(room, said))
    expect(room.slots()).toHaveLength(1)
    const ticks = [...room.boards].map(([host, board]) => [
      host,
      board.take().filter((line) => /tick/.test(line)),
    ])
    const expected = Array.from({ length: 20 }, (_, at) => `send on "tick" ${at}`)
    expect(new Map(ticks as [string, string[]][])).toEqual(all(room, expected))
  }
  expect(room.errors()).toEqual([])
})

test('a parent that is silent is left', () => {
  const room = new Room()
  const links = room.links(CHAT, () => room.say(HOME))
  const edge = links.find(({ from }) => from !== HOME)
  room.hush()
  const lines = room.network.between(edge?.from ?? '', edge?.to ?? '')
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) line.isBlackHole = true
  const said: string[] = []
  for (let at = 0; at < 20; at++) {
    said.push(room.say(HOME))
    room.network.wait(200)
  }
  expect(room.heard()).toEqual(all(room, said))
})

test('the home starts anew', () => {
  const room = new Room()
  room.boards.get('n1.example')?.set({ x: 'before' })
  room.kill(HOME)
  room.network.wait(1_000)
  room.start(HOME)
  room.network.wait(20_000)
  room.boards.get('n2.example')?.set({ y: 'after' })
  expect(room.slots()).toHaveLength(1)
  room.hush()
  const links = room.links(CHAT, () => room.say('n5.example'))
  const casts = links.filter(({ to }) => to !== HOME)
  expect(casts.map(({ to }) => to).sort()).toEqual(HOSTS)
  expect(degreeOf(casts)).toBe(2)
  expect(room.heard()).toEqual(all(room, ['line 0']))
  expect(room.errors()).toEqual([])
})

test('the home loses its power, and calls a node before that knows', () => {
  const room = new Room()
  room.kill(HOME, false)
  room.start(HOME)
  for (const host of HOSTS)
    room.people.get(HOME)?.tell('sendPrivate', `psyc://${host}/~${host.split('.')[0]}`, 'here I am')
  room.network.wait(60_000)
  const members = room.people.get(HOME)?.call('members') ?? ''
  expect([HOME, ...HOSTS].filter((host) => !members.includes(`psyc://${host}/`))).toEqual([])
  room.hush()
  const said = [room.say('n5.example')]
  expect(room.heard()).toEqual(all(room, said))
})

describe('a writer whose answer comes before the cast', () => {
  /** The line by which a node far from the home gets the changes of the board, and that node. */
  function parentLine(room: Room): { readonly lines: readonly Line[]; readonly host: string } {
    const links = room.links(CHANGE, () => room.boards.get(HOME)?.set({ x: 'first' }))
    const edge = links.find(({ from }) => from !== HOME)
    if (edge === undefined) throw new Error('nobody feeds others')
    room.hush()
    return { lines: room.network.between(edge.from, edge.to), host: edge.to }
  }

  test('is told when the cast is there, and hears what others wrote before and after', () => {
    const room = new Room()
    const { lines, host } = parentLine(room)
    const board = room.boards.get(host)
    for (const line of lines) line.budget = { a: 0, b: 0 }
    room.boards.get(HOME)?.set({ y: 'before', z: 'before' })
    board?.set({ x: 'mine', z: 'mine' })
    room.boards.get(HOME)?.set({ y: 'after' })
    expect(board?.take()).toEqual([])
    const states = room.links('_status_state', () => {
      for (const line of lines) line.budget = undefined
      room.network.wait(1_000)
    })
    expect(board?.take()).toEqual([
      ...['change y="before"', 'change z="before"'],
      ...['success x', 'change z="mine"', 'change y="after"'], // z was another's meanwhile, as he was shown
    ])
    expect(room.slots()).toEqual(['{"x":"mine","y":"after","z":"mine"}'])
    expect(states).toEqual([])
  })

  test('is told what is there when the cast does not come', () => {
    const room = new Room()
    const { lines, host } = parentLine(room)
    const board = room.boards.get(host)
    for (const line of lines) line.isBlackHole = true
    board?.set({ x: 'mine' })
    expect(board?.take()).toEqual([])
    room.network.wait(4_000)
    expect(board?.take().slice(-1)).toEqual(['change x="mine"'])
    expect(room.slots()).toEqual(['{"x":"mine"}'])
  })
})

test('who was away for more than anybody remembers gets the state, and what was said from the home', () => {
  const room = new Room()
  const [parent] = room.inner()
  const links = room.links(CHAT, () => room.say(HOME))
  const child = links.find(({ from }) => from === parent)?.to ?? ''
  room.hush()
  for (const line of room.network.between(parent ?? '', child)) line.budget = { a: 0, b: 0 }
  for (let at = 0; at < 300; at++) room.boards.get(HOME)?.set({ z: at })
  const said = [room.say(HOME), room.say(HOME)]
  for (const line of room.network.between(parent ?? '', child)) line.cut()
  room.network.wait(4_000)
  expect(room.slots()).toEqual(['{"z":299}'])
  expect(room.heard()).toEqual(all(room, said))
  expect(room.errors()).toEqual([])
})

test('who leaves and comes back finds a place, and nobody misses anything', () => {
  const room = new Room()
  const [inner = ''] = room.inner()
  room.hush()
  room.people.get(inner)?.close()
  for (const all of [room.people, room.boards]) all.delete(inner)
  const said = [room.say(HOME)]
  room.network.wait(4_000)
  said.push(room.say('n0.example' === inner ? 'n1.example' : 'n0.example'))
  expect(room.heard()).toEqual(all(room, said))
  room.boards.get(HOME)?.set({ w: 1 })
  room.start(inner)
  room.network.wait(4_000)
  room.hush()
  const links = room.links(CHAT, () => room.say(HOME))
  expect(links.map(({ to }) => to).sort()).toEqual(HOSTS)
  expect(room.slots()).toEqual(['{"w":1}'])
})

test('a PSYC client of a node deep in the tree hears each line once, and nothing of the tree', () => {
  const room = new Room()
  const links = room.links(CHAT, () => room.say(HOME))
  const edges = links.filter(({ from }) => from !== HOME)
  const [parent = '', host = ''] = [edges.at(-1)?.from, edges.at(-1)?.to]
  const joe = room.worlds.get(host)?.psyc().link('joe')
  joe?.write(`:_target␉psyc://${HOME}/@chat-lobby\n:_tag␉in\n\n:_nick␉joe\n_request_context_enter\n|\n`)
  joe?.take()
  const said = [room.say(HOME)]
  room.network.wait(3_000)
  room.kill(parent)
  for (let at = 0; at < 20; at++) {
    said.push(room.say(HOME))
    room.network.wait(200)
  }
  for (const line of room.network.between(HOME, host)) line.cut()
  for (let at = 0; at < 20; at++) {
    room.network.wait(200)
    said.push(room.say(HOME))
  }
  room.network.wait(4_000)
  const packets = joe?.take() ?? []
  expect(packets.filter(({ method }) => method.startsWith('_message')).map(({ body }) => body)).toEqual(said)
  expect(packets.filter(({ method }) => /_context_(idle|wait|crowded|run)/.test(method))).toEqual([])
})
