import { AmfObject, type AmfValue } from '../../../src/amf/value.js'
import { MemoryObjectStore } from '../../../src/psyc/entity/object-store.js'
import {
  SharedObjectHome,
  openRights,
  type SharedObjectHomeOptions,
} from '../../../src/psyc/entity/shared-object-home.js'
import { Packet } from '../../../src/psyc/wire/packet.js'
import { parseUniform } from '../../../src/psyc/wire/uniform.js'
import type { SharedObjectEvent, SharedObjectMessage } from '../../../src/rtmp/wire/shared-object.js'
import { SharedObjects, type EncodeSharedObject } from '../../../src/translate/shared-object.js'
import { AmfError } from '../../../src/util/errors.js'
import { limitsWith, type Limits } from '../../../src/util/limits.js'
import { PlayerModel, encodeTicket, messageOfTicket } from '../../support/player-model.js'
import { SimNetwork, type SimNode } from '../../support/player-model-network.js'

const PLACE = parseUniform('psyc://home/@chat')

interface Options extends Partial<SharedObjectHomeOptions> {
  readonly limits?: Partial<Limits>
  readonly encode?: EncodeSharedObject
}

/** Two nodes; players come by either. */
class World {
  readonly network: SimNetwork
  readonly nodes: readonly SimNode[]
  readonly objects: readonly SharedObjects[]
  readonly home: SharedObjectHome
  encodings: string[] = []

  constructor(options: Options = {}) {
    this.network = new SimNetwork(limitsWith(options.limits))
    this.nodes = ['home', 'far'].map((host) => this.network.addNode(host))
    const encode: EncodeSharedObject = (message, objectEncoding) => {
      this.encodings.push(`${objectEncoding}: ${message.events.map(show).join(', ')}`)
      return (options.encode ?? encodeTicket)(message, objectEncoding)
    }
    this.objects = this.nodes.map(
      (node) => new SharedObjects({ node, turn: node.turn, place: PLACE, encode }),
    )
    const [node] = this.nodes
    if (node === undefined) throw new Error('no home')
    this.home = new SharedObjectHome(node, PLACE, {
      rights: openRights(() => false),
      store: new MemoryObjectStore(),
      ...options,
    })
    node.register({ uniform: PLACE, receive: (packet, origin) => this.home.receive(packet, origin) })
  }

  /** A player on the far node, or at home, that uses the object already. */
  player(nick: string, at: 'home' | 'far' = 'far', flags = 0, name = 'users'): PlayerModel {
    const player = new PlayerModel(`psyc://${at}/~${nick}`, name, flags)
    player.use()
    this.settle(player)
    player.receiveAll()
    return player
  }

  objectsOf(player: PlayerModel): SharedObjects {
    const objects = this.objects[player.person.startsWith('psyc://home') ? 0 : 1]
    if (objects === undefined) throw new Error('no such node')
    return objects
  }

  /** What the players said reaches the nodes, then everything goes its way; nothing reaches the players. */
  settle(...players: PlayerModel[]): void {
    for (const player of players) this.say(player)
    this.network.flush()
  }

  /** It reaches the node and no further. */
  say(player: PlayerModel): void {
    for (const message of player.up.splice(0)) this.objectsOf(player).handle(player, message)
  }
}

function text(value: AmfValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function show(event: SharedObjectEvent): string {
  if ('slots' in event)
    return `${event.kind} ${event.slots.map(({ name, value }) => `${name}=${text(value)}`).join()}`
  if ('names' in event) return `${event.kind} ${event.names.join()}`
  if (event.kind === 'status') return `${event.kind} ${event.code} ${event.level}`
  return event.kind === 'sendMessage' ? `send ${event.handler}(${event.args.map(text).join()})` : event.kind
}

/** What arrives, one string per message. */
function arrives(player: PlayerModel): string[] {
  const messages: string[] = []
  while (player.down.length > 0) messages.push(player.receive().map(show).join(', '))
  return messages
}

function nextMessage(player: PlayerModel): SharedObjectMessage | undefined {
  const [bytes] = player.down
  return bytes === undefined ? undefined : messageOfTicket(bytes)
}

describe('use', () => {
  test('is answered even by an empty object: success, clear [rtmp.md 4.5]', () => {
    const world = new World()
    const player = new PlayerModel('psyc://far/~a', 'users')
    player.use()
    world.settle(player)
    expect(nextMessage(player)).toMatchObject({ name: 'users', flags: 0, reserved: 0 })
    expect(arrives(player)).toEqual(['useSuccess, clear'])
  })

  test('brings all slots; the message tells persistence [rtmp.md 4.2]', () => {
    const world = new World()
    world.player('a', 'far', 2).set(['x', 1], ['y', 'z'])
    const first = world.player('a', 'far', 2)
    first.set(['x', 1], ['y', 'z'])
    world.settle(first)
    const second = new PlayerModel('psyc://home/~b', 'users', 2)
    second.use()
    world.settle(second)
    expect(nextMessage(second)?.flags).toBe(2)
    expect(arrives(second)).toEqual(['useSuccess, clear, change x=1, change y=z'])
  })

  test('of a big object comes in several messages, each with a version of its own [design 4]', () => {
    const world = new World()
    const first = world.player('a')
    for (const name of ['x', 'y', 'z']) first.set([name, name.repeat(40_000)])
    world.settle(first)
    const second = new PlayerModel('psyc://far/~b', 'users')
    second.use()
    world.settle(second)
    const versions: number[] = []
    while (second.down.length > 0) {
      second.receive()
      versions.push(second.version)
    }
    expect(versions).toEqual([versions[0], (versions[0] ?? 0) + 1, (versions[0] ?? 0) + 2])
    expect(second.slots).toEqual(first.slots)
  })

  test('twice is one subscription, ended by the second release [rtmp.md 4.9]', () => {
    const world = new World()
    const [player, writer] = [world.player('a'), world.player('b')]
    player.use()
    world.settle(player)
    expect(arrives(player)).toEqual(['useSuccess, clear'])
    player.release()
    writer.set(['x', 1])
    world.settle(player, writer)
    expect(arrives(player)).toEqual(['change x=1'])
    player.release()
    writer.set(['x', 2])
    world.settle(player, writer)
    expect(arrives(player)).toEqual([])
  })

  const denied = { ...openRights(() => true), mayRead: () => false }
  const noCreate = { ...openRights(() => true), mayCreate: () => false }
  test.each<readonly [string, Options, string]>([
    ['may not be read', { rights: denied }, 'SharedObject.NoReadAccess'],
    ['may not be made', { rights: noCreate }, 'SharedObject.ObjectCreationFailed'],
    ['is one too many in the place', { limits: { objectsPerPlace: 0 } }, 'SharedObject.ObjectCreationFailed'],
    [
      'is one too many for the client',
      { limits: { objectsPerClient: 0 } },
      'SharedObject.ObjectCreationFailed',
    ],
  ])('of what %s is answered by a status [rtmp.md 4.4]', (_what, options, code) => {
    const world = new World(options)
    const player = new PlayerModel('psyc://far/~a', 'users')
    player.use()
    world.settle(player)
    expect(nextMessage(player)?.version).toBe(0)
    expect(arrives(player)).toEqual([`status ${code} error`])
    expect(world.objects[1]?.size).toBe(0)
    player.set(['x', 1])
    world.settle(player)
    expect(arrives(player)).toEqual([])
  })

  test('of a name that makes no uniform is refused, and of the wrong persistence in the joint namespace', () => {
    const world = new World({ namespace: 'joint' })
    const nameless = new PlayerModel('psyc://far/~a', '')
    nameless.use()
    world.player('b')
    const persistent = new PlayerModel('psyc://far/~a', 'users', 2)
    persistent.use()
    world.settle(nameless, persistent)
    expect(arrives(nameless)).toEqual(['status SharedObject.ObjectCreationFailed error'])
    expect(arrives(persistent)).toEqual(['status SharedObject.BadPersistence error'])
  })

  test('waits while the home cannot be reached', () => {
    const world = new World()
    const [home, far] = world.nodes
    const player = new PlayerModel('psyc://far/~a', 'users')
    player.use()
    world.say(player)
    if (home !== undefined && far !== undefined) world.network.break(home, far, false)
    world.network.flush()
    expect(arrives(player)).toEqual([])
    world.network.settle()
    expect(arrives(player)).toEqual(['useSuccess, clear'])
  })
})

describe('a change', () => {
  test('is success for the writer and the value for all others, wherever they are [rtmp.md 4.4]', () => {
    const world = new World()
    const [a, b, c] = [world.player('a'), world.player('b'), world.player('c', 'home')]
    a.set(['x', 1])
    world.settle(a)
    expect([a, b, c].map(arrives)).toEqual([['success x'], ['change x=1'], ['change x=1']])
  })

  test('of several slots is one message each way and one version [rtmp.md 4.4]', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b')]
    a.set(['x', 1], ['y', 2], ['x', 3])
    world.settle(a)
    expect(arrives(a)).toEqual(['success x, success y'])
    expect(arrives(b)).toEqual(['change x=3, change y=2'])
    expect(world.home.object('_so_users')?.slots.version).toBe(1)
  })

  test.each<readonly [string, (player: PlayerModel) => void]>([
    ['null', (player) => player.set(['x', null])],
    [
      'undefined',
      (player) => player.ask({ kind: 'requestChange', slots: [{ name: 'x', value: undefined }] }),
    ],
    ['a removal', (player) => player.remove('x')],
  ])('to %s removes the slot, for the writer too [rtmp.md 4.4]', (_what, write) => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b')]
    a.set(['x', 1])
    world.settle(a)
    arrives(b)
    arrives(a)
    write(a)
    world.settle(a)
    expect([arrives(a), arrives(b)]).toEqual([['remove x'], ['remove x']])
    write(a)
    world.settle(a)
    expect([arrives(a), arrives(b)]).toEqual([['remove x'], []])
  })

  test('to the value it has is success and nobody else hears of it [rtmp.md 4.4]', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b')]
    a.set(['x', 1])
    world.settle(a)
    arrives(b)
    b.set(['x', 1])
    world.settle(b)
    expect([arrives(a), arrives(b)]).toEqual([['success x'], ['success x']])
  })

  test('keeps the kind of value [design 2.2]', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b', 'home')]
    const values: AmfValue[] = [
      1.5,
      '',
      false,
      Uint8Array.of(0, 255),
      AmfObject.of({ __proto__x: [1].length, length: 'é' }),
    ]
    values.forEach((value, at) => a.set([`v${at} }{`, value]))
    world.settle(a)
    b.receiveAll()
    expect([...b.slots.values()]).toEqual(values)
  })

  test('that another overtook is answered by what stands: the writer has seen less than he was sent [design 4]', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b')]
    a.set(['x', 1])
    b.set(['x', 2])
    world.settle(a, b)
    expect([arrives(a), arrives(b)]).toEqual([['success x, change x=2'], ['change x=1, change x=2']])
    expect([a.slots, b.slots]).toEqual([b.slots, a.slots])
  })

  test('in quick succession by one writer is success every time', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b')]
    for (const value of [1, 2, 3]) a.set(['x', value])
    world.settle(a)
    a.set(['x', 4])
    world.settle(a)
    expect(arrives(a)).toEqual(['success x, success x, success x', 'success x'])
    expect(arrives(b)).toEqual(['change x=1, change x=2, change x=3', 'change x=4'])
  })

  test('that may not be is taken back, with a status [rtmp.md 4.4]', () => {
    const world = new World({ rights: { ...openRights(() => true), mayWrite: (key) => key.endsWith('~a') } })
    const [a, b] = [world.player('a'), world.player('b')]
    a.set(['x', 1])
    world.settle(a)
    arrives(b)
    b.set(['x', 2], ['y', 2])
    world.settle(b)
    expect(arrives(b)).toEqual(['status SharedObject.NoWriteAccess error, change x=1, remove y'])
    expect(b.slots).toEqual(new Map([['x', 1]]))
  })

  test.each<readonly [string, Partial<Limits>, AmfValue]>([
    ['a value of more bytes than the home takes', { objectValueBytes: 4 }, 'fives'],
    [
      'a value deeper than we render',
      { amfDepth: 2 },
      AmfObject.of({ a: AmfObject.of({ a: AmfObject.of({}) }) }),
    ],
  ])('to %s is taken back', (_what, limits, value) => {
    const world = new World({ limits })
    const a = world.player('a')
    a.set(['x', value])
    world.settle(a)
    expect(arrives(a)).toEqual(['remove x'])
  })

  test('that nobody answers is taken back, and is a change like any if it was done after all', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b', 'home')]
    const [home] = world.nodes
    a.set(['x', 1])
    world.say(a)
    if (home !== undefined) world.network.nodes.delete(home.root.rootKey)
    const held = world.network.busy()
    expect(held).toHaveLength(1)
    world.network.advance(30_000)
    world.nodes[1]?.turn.endIfAsked()
    expect(arrives(a)).toEqual(['remove x'])
    if (home !== undefined) world.network.nodes.set(home.root.rootKey, home)
    world.network.flush()
    expect([arrives(a), arrives(b)]).toEqual([['change x=1'], ['change x=1']])
  })

  test('beyond what one client may have under way is taken back', () => {
    const world = new World({ limits: { objectPending: 1 } })
    const a = world.player('a')
    a.set(['x', 1])
    a.set(['y', 1])
    world.settle(a)
    expect(arrives(a)).toEqual(['remove y, success x'])
  })

  test('so is the clear of a proxy, who has forgotten all', () => {
    const world = new World({ limits: { objectPending: 1 } })
    const a = world.player('a', 'far', 0x10)
    a.set(['x', 1])
    a.clear()
    world.settle(a)
    a.receiveAll()
    expect([...a.slots]).toEqual([['x', 1]])
  })

  test('of one who does not use the object is not heard [rtmp.md 4.4]', () => {
    const world = new World()
    const b = world.player('b')
    const a = new PlayerModel('psyc://far/~a', 'users')
    a.set(['x', 1])
    a.send(1)
    a.clear()
    a.release()
    world.settle(a)
    expect([arrives(a), arrives(b)]).toEqual([[], []])
  })
})

test('a strict object refuses an overtaken write: what stands, and no success [design 4]', () => {
  const world = new World({ isStrict: () => true })
  const [a, b] = [world.player('a'), world.player('b', 'home')]
  a.set(['x', 1])
  world.settle(a)
  b.set(['x', 2])
  world.settle(b)
  expect(arrives(b)).toEqual(['change x=1', 'change x=1'])
  b.set(['x', 3])
  world.settle(b)
  expect(arrives(b)).toEqual(['success x'])
  expect(arrives(a)).toEqual(['success x', 'change x=3'])
})

describe('a proxy', () => {
  test('is answered 13, with the value, in place of 5 [design 4]', () => {
    const world = new World()
    const proxy = world.player('p', 'far', 0x10)
    proxy.set(['x', 1])
    world.settle(proxy)
    expect(arrives(proxy)).toEqual(['proxySuccess x=1'])
  })

  test('may clear; a player may not [design 4]', () => {
    const world = new World()
    const [proxy, a] = [world.player('p', 'far', 0x10), world.player('a')]
    a.set(['x', 1])
    world.settle(a)
    arrives(proxy)
    arrives(a)
    a.clear()
    world.settle(a)
    expect(arrives(proxy)).toEqual([])
    proxy.clear()
    world.settle(proxy)
    expect([arrives(proxy), arrives(a)]).toEqual([['clear'], ['clear']])
  })

  test('whose clear is refused gets all of it back', () => {
    const world = new World({ rights: { ...openRights(() => true), mayWrite: (key) => key.endsWith('~a') } })
    const [proxy, a] = [world.player('p', 'far', 0x10), world.player('a')]
    a.set(['x', 1])
    world.settle(a)
    arrives(proxy)
    proxy.clear()
    world.settle(proxy)
    expect(arrives(proxy)).toEqual(['status SharedObject.NoWriteAccess error', 'clear, change x=1'])
  })
})

describe('send', () => {
  test('goes to all, the sender too, in order with the changes [rtmp.md 4.4]', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b', 'home')]
    a.ask(
      { kind: 'requestChange', slots: [{ name: 'x', value: 1 }] },
      { kind: 'sendMessage', handler: 'onStatus', args: ['hi', 1] },
      { kind: 'requestChange', slots: [{ name: 'x', value: 2 }] },
    )
    world.settle(a)
    expect(arrives(a)).toEqual(['success x, send onStatus(hi,1), success x'])
    expect(arrives(b)).toEqual(['change x=1, send onStatus(hi,1), change x=2'])
  })

  test('that is malformed or too big goes nowhere', () => {
    const world = new World({ limits: { amfDepth: 2 } })
    const a = world.player('a')
    a.send(AmfObject.of({ a: AmfObject.of({ a: AmfObject.of({}) }) }))
    world.settle(a)
    const target = 'psyc://home/@chat#_so_users'
    world.nodes[1]?.send(
      Packet.of({ _source: 'psyc://far/~x', _target: target }, '_notice_invoke', {
        _name_invoke: 'x',
        _list_arguments: '|=_amount x',
      }),
    )
    world.network.flush()
    expect(arrives(a)).toEqual([])
  })

  test('that comes while changes are missing waits for them [design 4]', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b', 'home')]
    b.set(['turn', 'b'])
    world.say(b)
    world.network.deliverOne('home>home')
    world.network.lose('home>far')
    b.send('look')
    world.settle(b)
    expect(arrives(a)).toEqual(['change turn=b, send on(look)'])
  })
})

describe('many clients', () => {
  test('of one encoding share one encoded message; the writer has his own [design 4, 10]', () => {
    const world = new World()
    const players = Array.from({ length: 20 }, (_, at) => world.player(`p${at}`))
    world.encodings = []
    players[0]?.set(['x', 1])
    world.settle(...players)
    expect(world.encodings.sort()).toEqual(['0: change x=1', '0: success x'])
    expect(players[1]?.down[0]).toBe(players[2]?.down[0])
  })

  test('share the full state with who came before, while nothing happens', () => {
    const world = new World()
    world.player('a')
    world.encodings = []
    const players = Array.from({ length: 20 }, (_, at) => new PlayerModel(`psyc://far/~p${at}`, 'users'))
    for (const player of players) player.use()
    world.settle(...players)
    expect(world.encodings).toEqual([])
    expect(arrives(players[19] as PlayerModel)).toEqual(['useSuccess, clear'])
  })

  test('get what their encoding can say', () => {
    const encode: EncodeSharedObject = (message, objectEncoding) => {
      const isBad = message.events.some((event) => event.kind === 'change' && event.slots[0]?.value === 'bad')
      if (isBad) throw new AmfError('AMF_UNENCODABLE', 'no form')
      return encodeTicket(message, objectEncoding)
    }
    const world = new World({ encode })
    const [a, b] = [world.player('a'), world.player('b')]
    a.set(['x', 'bad'], ['y', 1])
    a.set(['x', 'bad'])
    world.settle(a)
    expect(arrives(b)).toEqual(['change y=1'])
    a.set(['z', 'bad'])
    world.settle(a)
    expect(arrives(b)).toEqual([])
  })
})

describe('a slow client', () => {
  test('gets the latest value per slot when it has room again; others do not wait [design 4]', () => {
    const world = new World({ limits: { objectSlowBytes: 20 } })
    const [a, slow] = [world.player('a'), world.player('slow')]
    for (const value of [1, 2, 3]) {
      a.set(['x', value])
      a.set(['y', value])
      world.settle(a)
      arrives(a)
    }
    expect(slow.down).toHaveLength(1)
    a.send('now')
    a.set(['x', 4])
    world.settle(a)
    world.network.advance(50)
    expect(arrives(slow)).toEqual(['change x=1, change y=1'])
    world.network.advance(50)
    expect(arrives(slow)).toEqual(['change x=3, change y=3, send on(now), change x=4'])
    arrives(a)
    expect(world.network.timers.size).toBe(0)
    expect(slow.slots).toEqual(a.slots)
  })

  test('that takes nothing at all is left to the limit of its connection', () => {
    const world = new World({ limits: { objectSlowBytes: 10, queueBytes: 100 } })
    const [a, slow] = [world.player('a'), world.player('slow')]
    for (let count = 0; count < 20; count++) {
      a.send('x'.repeat(20))
      world.settle(a)
      arrives(a)
    }
    expect(slow.down.length).toBeGreaterThan(3)
  })

  test('that released the object leaves no timer', () => {
    const world = new World({ limits: { objectSlowBytes: 0 } })
    const [a, slow] = [world.player('a', 'home'), world.player('slow')]
    for (const value of [1, 2]) {
      a.set(['x', value])
      world.settle(a)
    }
    world.objectsOf(slow).leave(slow)
    world.objectsOf(a).leave(a)
    world.network.flush()
    world.network.advance(5_000)
    expect([world.network.timers.size, world.home.size]).toEqual([0, 0])
  })
})

describe('a lost home', () => {
  function lose(world: World): void {
    const [home, far] = world.nodes
    if (home !== undefined && far !== undefined) world.network.break(home, far, false)
    world.home.dropMember('psyc://far/')
  }

  test('comes back with what changed meanwhile, and nothing else is told [design 4]', () => {
    const world = new World()
    const [a, b] = [world.player('a'), world.player('b', 'home')]
    a.set(['x', 1], ['y', 1], ['z', 1])
    world.settle(a)
    arrives(a)
    lose(world)
    b.set(['x', 2])
    b.remove('y')
    world.settle(b)
    expect(arrives(a)).toEqual([])
    world.network.settle()
    expect(arrives(a)).toEqual(['remove y, change x=2'])
  })

  test('takes back the writes that were lost with the circuit', () => {
    const world = new World()
    const a = world.player('a')
    a.set(['x', 1])
    world.say(a)
    lose(world)
    world.network.settle()
    expect(arrives(a)).toEqual(['remove x'])
    expect(a.slots).toEqual(new Map())
  })

  test('whose node does not know us any more is entered again', () => {
    const world = new World({ rights: openRights(() => false) })
    const a = world.player('a')
    world.home.dropMember('psyc://far/')
    a.set(['x', 1])
    world.settle(a)
    world.network.flush()
    expect(arrives(a)).toEqual(['status SharedObject.NoWriteAccess error, remove x'])
    a.set(['x', 2])
    world.settle(a)
    expect(arrives(a)).toEqual(['success x'])
  })
})

test('nobody passes off a change as another writer’s by his token', () => {
  const world = new World()
  const [a, b] = [world.player('a'), world.player('b', 'home')]
  const tokens: string[] = []
  const spy = jest.spyOn(world.nodes[1] as SimNode, 'request')
  spy.mockImplementation((_routing, _method, variables) => {
    const token = variables['_token_change']
    if (typeof token === 'string') tokens.push(token)
    return { cancel: () => undefined }
  })
  a.set(['x', 'mine'])
  world.settle(a)
  world.nodes[0]?.send(
    Packet.of({ _source: b.person, _target: 'psyc://home/@chat#_so_users' }, '_request_change_shared', {
      _dict_change: '{1 x}=_text:5 yours',
      _token_change: tokens[0],
    }),
  )
  world.network.flush()
  expect(arrives(a)).toEqual(['change x=yours'])
})

test('a slot that a native sender gave a value without a form in AMF is null to players', () => {
  const world = new World()
  const a = world.player('a')
  world.nodes[1]?.send(
    Packet.of({ _source: a.person, _target: 'psyc://home/@chat#_so_users' }, '_request_change_shared', {
      _dict_change: '{1 x}=_amount:3 ten{1 y}=_amount:2 10{1 z} as is',
    }),
  )
  world.network.flush()
  expect(arrives(a)).toEqual(['change x=null, change y=10, change z=as is'])
})

test('an object beyond our limits is refused to those who use it', () => {
  const world = new World({ limits: { stateBytes: 100 } })
  const a = world.player('a')
  a.set(['x', 'x'.repeat(200)])
  world.settle(a)
  expect(arrives(a).at(-1)).toBe('status SharedObject.ObjectCreationFailed error')
  expect(world.objects[1]?.size).toBe(0)
})

test('closing forgets everything', () => {
  const world = new World()
  const a = world.player('a')
  world.player('a', 'far', 0, 'other')
  world.objects[1]?.close()
  world.network.flush()
  expect(world.objects[1]?.size).toBe(0)
  a.set(['x', 1])
  world.settle(a)
  expect(arrives(a)).toEqual([])
})
