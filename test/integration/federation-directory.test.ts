/** The names of streams in a place of several nodes: its home says who has which, and everybody knows [design 5]. */
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import type { Uniform } from '../../src/psyc/wire/uniform.js'
import { TestNetwork } from '../support/network.js'
import type { TestWorld } from '../support/world.js'

const HOME = parseUniform('psyc://gw.example/@chat-lobby')
const away = { config: { apps: { chat: { home: 'psyc://gw.example/' } } } }

/** One name that a node asks for, and what it is told of it. */
class Publisher {
  readonly told: string[] = []
  private readonly claim

  constructor(world: TestWorld, name: string, context = contextOf(world, name)) {
    const tell = (what: string) => (method?: string) => this.told.push([what, method ?? ''].join(' ').trim())
    this.claim = world.world.directories
      .open(HOME)
      .publish(name, context, { granted: tell('granted'), refused: tell('refused'), lost: tell('lost') })
    world.settle()
  }

  end(world: TestWorld): void {
    this.claim.end()
    this.claim.end()
    world.settle()
  }
}

function contextOf(world: TestWorld, name: string): Uniform {
  return parseUniform(world.uniform(`@chat-lobby#_stream_${name}`))
}

/** Somebody who waits for a name: the hosts where it was published, one after another. */
function watch(world: TestWorld, name: string): { take: () => string[]; end: () => void } {
  const directory = world.world.directories.open(HOME)
  const seen: string[] = []
  const note = (): void => void seen.push(directory.find(name)?.host ?? '-')
  const end = directory.watch(name, note)
  world.settle()
  seen.splice(0, seen.length, directory.find(name)?.host ?? '-')
  return { take: () => seen.splice(0), end }
}

function three(): { network: TestNetwork; gw: TestWorld; a: TestWorld; b: TestWorld } {
  const network = new TestNetwork()
  return {
    network,
    gw: network.add('gw.example'),
    a: network.add('a.example', away),
    b: network.add('b.example', away),
  }
}

test.each([
  ['a foreign node', 'a'],
  ['the home itself', 'gw'],
] as const)('%s publishes: the others find it, until it ends', (_name, who) => {
  const nodes = three()
  const watchers = [watch(nodes.gw, 'cam'), watch(nodes.a, 'cam'), watch(nodes.b, 'cam')]
  const publisher = new Publisher(nodes[who], 'cam')
  expect(publisher.told).toEqual(['granted'])
  const host = nodes[who].world.node.root.host
  for (const watcher of watchers) expect(watcher.take()).toEqual(['-', host])
  const late = watch(nodes.b, 'cam')
  expect(late.take()).toEqual([host])
  publisher.end(nodes[who])
  for (const watcher of [...watchers, late]) expect(watcher.take()).toEqual(['-'])
})

test.each([
  ['gw', 'a'],
  ['a', 'gw'],
  ['a', 'b'],
] as const)('the first has the name: %s before %s', (first, second) => {
  const nodes = three()
  const [one, other] = [new Publisher(nodes[first], 'cam'), new Publisher(nodes[second], 'cam')]
  expect([one.told, other.told]).toEqual([['granted'], ['refused _error_stream_taken']])
  one.end(nodes[first])
  expect(new Publisher(nodes[second], 'cam').told).toEqual(['granted'])
})

test.each(['gw', 'a'] as const)(
  'publishers of one node share their name: it stays until the last ends, at %s',
  (at) => {
    const nodes = three()
    const watcher = watch(nodes.b, 'cam')
    const [one, two] = [new Publisher(nodes[at], 'cam'), new Publisher(nodes[at], 'cam')]
    one.end(nodes[at])
    expect([two.told, watcher.take().length]).toEqual([['granted'], 2])
    two.end(nodes[at])
    expect(watcher.take()).toEqual(['-'])
  },
)

test('names compare exactly', () => {
  const { a, b } = three()
  expect([new Publisher(a, 'cam').told, new Publisher(b, 'Cam').told]).toEqual([['granted'], ['granted']])
})

test('a stream at somebody else is nobody’s to announce', () => {
  const { a, b } = three()
  expect(new Publisher(a, 'cam', contextOf(b, 'cam')).told).toEqual(['refused _error_illegal_uniform_stream'])
  const room = parseUniform(a.uniform('@chat-lobby#_so_users'))
  expect(new Publisher(a, 'cam', room).told).toEqual(['refused _error_illegal_uniform_stream'])
})

test('nothing is left when nobody publishes or watches', () => {
  const { network, gw, a } = three()
  const watchers = [watch(gw, 'cam'), watch(a, 'cam')]
  const publishers = [gw, a].map((world, at) => [world, new Publisher(world, `cam${at}`)] as const)
  for (const [world, publisher] of publishers) publisher.end(world)
  for (const { end } of watchers) end()
  network.wait(400_000)
  for (const line of network.lines) line.cut()
  network.settle()
  network.wait(31_000)
  expect([gw.world.places.size, a.world.remotePlaces.size, network.time.timers.size]).toEqual([0, 0, 0])
})

describe('what breaks', () => {
  test('a line: the name stays, and nobody is told anything', () => {
    const { network, a, b } = three()
    const publisher = new Publisher(a, 'cam')
    const watcher = watch(b, 'cam')
    for (const line of network.lines) line.cut()
    network.settle()
    network.wait(60_000)
    expect([publisher.told, watcher.take()]).toEqual([['granted'], ['a.example']])
    expect(new Publisher(b, 'cam').told).toEqual(['refused _error_stream_taken'])
  })

  test('the publisher: its name is free after 30 s', () => {
    const { network, a, b } = three()
    new Publisher(a, 'cam')
    const watcher = watch(b, 'cam')
    network.kill('a.example')
    network.settle()
    network.wait(29_000)
    expect(watcher.take()).toEqual(['a.example'])
    network.wait(2_000)
    expect(watcher.take()).toEqual(['-'])
    expect(new Publisher(b, 'cam').told).toEqual(['granted'])
  })

  test('the publisher, which starts anew and publishes another name: the old one is free after 30 s', () => {
    const { network, a, b } = three()
    new Publisher(a, 'cam')
    const watcher = watch(b, 'cam')
    network.kill('a.example')
    network.settle()
    const again = network.add('a.example', away)
    new Publisher(again, 'cam2')
    network.wait(31_000)
    expect(watcher.take()).toEqual(['a.example', '-'])
    expect(watch(b, 'cam2').take()).toEqual(['a.example'])
  })

  test('the home, which starts anew: its names are claimed again, and nobody is told anything', () => {
    const { network, a, b } = three()
    const publisher = new Publisher(a, 'cam')
    const watcher = watch(b, 'cam')
    network.kill('gw.example')
    network.settle()
    network.wait(5_000)
    network.add('gw.example')
    network.wait(60_000)
    expect([publisher.told, watcher.take()]).toEqual([['granted'], ['a.example']])
    expect(new Publisher(b, 'cam').told).toEqual(['refused _error_stream_taken'])
  })

  test('the home, and somebody else is faster: the name is lost', () => {
    const { network, a, b } = three()
    const publisher = new Publisher(a, 'cam')
    const watcher = watch(b, 'cam')
    network.kill('gw.example')
    network.settle()
    const gw = network.add('gw.example')
    const faster = new Publisher(gw, 'cam')
    network.wait(60_000)
    expect([faster.told, publisher.told]).toEqual([['granted'], ['granted', 'lost']])
    expect(watcher.take()).toEqual(['a.example', 'gw.example'])
  })

  test('the home, and the publisher ends before it is back: the name goes, a while later', () => {
    const { network, a, b } = three()
    const publisher = new Publisher(a, 'cam')
    const watcher = watch(b, 'cam')
    network.kill('gw.example')
    network.settle()
    publisher.end(a)
    network.add('gw.example')
    network.wait(60_000)
    expect(watcher.take()).toEqual(['a.example', '-'])
  })

  test('the home is silent: refused after 8 s', () => {
    const { network, a } = three()
    watch(a, 'x')
    for (const line of network.lines) line.isBlackHole = true
    const publisher = new Publisher(a, 'cam')
    network.wait(7_900)
    expect(publisher.told).toEqual([])
    network.wait(200)
    expect(publisher.told).toEqual(['refused _failure_timeout_stream'])
  })

  test('the home takes too long: a name that was refused is not kept when it goes on', () => {
    const { network, a, b } = three()
    watch(a, 'x')
    network.settle()
    for (const line of network.lines) line.budget = { a: 0, b: 0 }
    const publisher = new Publisher(a, 'cam')
    network.wait(8_100)
    expect(publisher.told).toEqual(['refused _failure_timeout_stream'])
    for (const line of network.lines) line.budget = undefined
    network.settle()
    const watcher = watch(b, 'cam')
    network.wait(1_000)
    expect(watcher.take()).toEqual(['-'])
    expect(new Publisher(b, 'cam').told).toEqual(['granted'])
  })
})
