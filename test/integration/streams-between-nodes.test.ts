/** A stream that is published on one node and played on others [design 5]. */
import { layouts } from '../e2e/support/synthetic.js'
import type { TestWorld } from '../support/world.js'
import type { Line, TestNetwork } from '../support/network.js'
import type { Three } from '../support/stream-network.js'
import { Camera, Viewer, join, mediaPackets, range, threeNodes } from '../support/stream-network.js'

test('what A publishes B plays: every frame, to whoever came first', () => {
  const { network, a, b } = threeNodes()
  const early = new Viewer(b)
  const camera = new Camera(a).begin()
  camera.groups(2)
  network.wait(100)
  const got = early.take()
  expect(got.slice(-24)).toEqual([
    'status 1 NetStream.Play.PublishNotify',
    'media 18/1 onMetaData {width:320}',
    'avc1',
    'aac',
    ...range(0, 20).map(
      (number) => `${number % 2 === 1 ? 'sound' : number % 10 === 0 ? 'key' : 'inter'}${number}`,
    ),
  ])
  expect([...a.errors, ...b.errors]).toEqual([])
})

test('who comes late begins with the last keyframe and misses nothing from then on', () => {
  const { network, a, b } = threeNodes()
  const camera = new Camera(a).begin()
  camera.groups(1)
  camera.frame('key')
  camera.frame('inter')
  const first = new Viewer(b)
  camera.frame('inter')
  const second = new Viewer(b)
  camera.groups(1)
  network.wait(200)
  expect(first.take().slice(5)).toEqual([
    'status 1 NetStream.Play.PublishNotify',
    'media 18/1 onMetaData {width:320}',
    ...['avc1', 'aac', 'key10', 'inter11', 'inter12'],
    ...range(13, 23).map(
      (number) => `${number % 2 === 0 ? 'sound' : number === 13 ? 'key' : 'inter'}${number}`,
    ),
  ])
  expect(second.frames()).toEqual(range(10, 23))
})

test('while the first group runs nobody is too late, on no node: sound before its keyframe comes too', () => {
  const { network, a, b, c } = threeNodes()
  const camera = new Camera(a).begin()
  camera.frame('sound')
  camera.frame('sound')
  const before = [new Viewer(a), new Viewer(b)]
  network.wait(60)
  camera.groups(1)
  const after = [new Viewer(a), new Viewer(b), new Viewer(c)]
  network.wait(300)
  const all = [...before, ...after].map((viewer) =>
    viewer.take().filter((line) => !line.startsWith('status')),
  )
  for (const lines of all) expect(lines).toEqual(all[0])
  expect(all[0]?.filter((line) => /^(sound|key|inter)/.test(line))).toEqual([
    ...['sound0', 'sound1', 'key2', 'sound3', 'inter4', 'sound5', 'inter6', 'sound7', 'inter8', 'sound9'],
    ...['inter10', 'sound11'],
  ])
})

test('one copy goes to a node, however many play there, and none where nobody does', () => {
  const { network, a, b, c } = threeNodes({ batchMs: 0 })
  const viewers = [new Viewer(b), new Viewer(b), new Viewer(b)]
  const camera = new Camera(a).begin()
  camera.groups(1)
  network.wait(100)
  for (const viewer of viewers) expect(viewer.frames()).toEqual(range(0, 10))
  expect(mediaPackets(network.between('a.example', 'b.example'), a)).toBe(3 + camera.sent)
  expect(mediaPackets(network.between('a.example', 'c.example'), a)).toBe(0)
  expect(c.errors).toEqual([])
})

test('any node can be the root: published on B, whose home is A, played on A and C', () => {
  const { network, a, b, c } = threeNodes()
  const viewers = [new Viewer(a), new Viewer(c)]
  const camera = new Camera(b)
  expect(camera.statuses).toEqual(['status 1 NetStream.Publish.Start'])
  camera.begin().groups(2)
  network.wait(100)
  for (const viewer of viewers) expect(viewer.frames()).toEqual(range(0, camera.sent))
  expect(mediaPackets(network.between('a.example', 'c.example'), a)).toBe(0)
  expect([...a.errors, ...b.errors, ...c.errors]).toEqual([])
})

test('the first has the name on all nodes; whoever waits plays the next', () => {
  const { network, a, b, c } = threeNodes()
  const camera = new Camera(b).begin()
  expect(new Camera(a).statuses).toEqual(['status 1 NetStream.Publish.BadName'])
  expect(new Camera(c).statuses).toEqual(['status 1 NetStream.Publish.BadName'])
  const viewer = new Viewer(a)
  camera.groups(1)
  viewer.take()
  camera.stop()
  network.wait(10)
  expect(viewer.take()).toEqual(['status 1 NetStream.Play.UnpublishNotify'])
  const next = new Camera(c)
  expect(next.statuses).toEqual(['status 1 NetStream.Publish.Start'])
  next.begin().groups(1)
  network.wait(100)
  expect(viewer.take().slice(0, 4)).toEqual([
    'status 1 NetStream.Play.PublishNotify',
    'media 18/1 onMetaData {width:320}',
    ...['avc1', 'aac'],
  ])
})

test('a publisher that stops and starts again: a new run, over the same line', () => {
  const { network, a, b } = threeNodes()
  const viewer = new Viewer(b)
  const camera = new Camera(a).begin()
  camera.groups(1)
  network.wait(50)
  viewer.take()
  const lines = network.between('a.example', 'b.example').length
  camera.stop()
  network.wait(1_000)
  camera.client.publish('cam', 'live', camera.id)
  camera.begin().groups(1)
  network.wait(100)
  expect(viewer.take()).toEqual([
    'status 1 NetStream.Play.UnpublishNotify',
    'status 1 NetStream.Play.PublishNotify',
    'media 18/1 onMetaData {width:320}',
    ...['avc1', 'aac'],
    ...range(10, 20).map(
      (number) => `${number % 2 === 1 ? 'sound' : number === 10 ? 'key' : 'inter'}${number}`,
    ),
  ])
  expect(network.between('a.example', 'b.example')).toHaveLength(lines)
})

test('streamLingerMs: a node leaves a name that does not come back', () => {
  const { network, a, b } = threeNodes()
  const viewer = new Viewer(b)
  const camera = new Camera(a).begin()
  camera.groups(1)
  camera.stop()
  network.wait(4_900)
  const leaves = (): number =>
    network
      .between('a.example', 'b.example')
      .reduce((sum, line) => sum + line.count(b, '_request_context_leave'), 0)
  expect(leaves()).toBe(0)
  network.wait(200)
  expect(leaves()).toBe(1)
  viewer.take()
  camera.client.publish('cam', 'live', camera.id)
  camera.begin().groups(1)
  network.wait(100)
  expect(viewer.take()[0]).toBe('status 1 NetStream.Play.PublishNotify')
})

/** For so many groups of pictures, 100 ms apart, the viewer sees the stream go on, and is told of no end of it. */
function expectOneStream(network: TestNetwork, camera: Camera, viewer: Viewer, groups: number): void {
  for (let at = 0; at < groups; at++) {
    camera.groups(1)
    network.wait(100)
  }
  const told = viewer.take()
  expect(told.filter((line) => line.includes('Notify'))).toEqual([])
  expect(told.at(-1)).toMatch(new RegExp(`${camera.sent - 1}$`))
}

test('a node does not leave what still comes because it hears nothing of the name', () => {
  const { network, a, b } = threeNodes()
  const camera = new Camera(a).begin()
  const viewer = new Viewer(b)
  camera.groups(1)
  camera.stop()
  network.wait(500)
  const [talk] = network.between('a.example', 'b.example')
  if (talk !== undefined) talk.isBlackHole = true
  camera.client.publish('cam', 'live', camera.id)
  camera.begin()
  network.wait(1_000)
  viewer.take()
  expectOneStream(network, camera, viewer, 60)
})

describe('a circuit for streams', () => {
  /** Played on B, until the viewer has left. */
  function played(): ReturnType<typeof threeNodes> & { camera: Camera; viewer: Viewer; lane: Line } {
    const three = threeNodes()
    const camera = new Camera(three.a).begin()
    const viewer = new Viewer(three.b)
    camera.groups(1)
    const lane = laneOf(three)
    if (lane === undefined) throw new Error('no lane')
    return { ...three, camera, viewer, lane }
  }

  function lanes({ network }: Pick<Three, 'network'>, one = 'a.example', other = 'b.example'): Line[] {
    return network.between(one, other).filter(({ circuits }) => circuits?.a.lane === 'stream')
  }

  function laneOf(three: Pick<Three, 'network'>): Line | undefined {
    return lanes(three)[0]
  }

  /** B has asked A to close it; that, and whatever else, is on its way until the budget is lifted. */
  function asksToClose({ network, b, lane }: ReturnType<typeof played>): void {
    network.wait(60_000)
    lane.budget = { a: 0, b: 0 }
    const isAsked = (): boolean => lane.count(b, '_request_circuit_shutdown') === 1
    for (let waited = 0; waited < 1_000 && !isAsked(); waited++) network.wait(10)
    expect(isAsked()).toBe(true)
  }

  /** What the nodes log that somebody should look at. */
  function complaints(...worlds: readonly TestWorld[]): unknown[] {
    return worlds.flatMap(({ logged }) => logged.filter(({ level }) => level !== 'debug' && level !== 'info'))
  }

  test('psycLaneIdleMs: after its last stream the circuit is closed by who has called, in order', () => {
    const three = played()
    const { network, a, b, viewer, lane } = three
    viewer.client.close()
    network.wait(5_000 + 59_000)
    expect(lanes(three)).toEqual([lane])
    network.wait(2_000)
    expect(lanes(three)).toEqual([])
    expect(network.between('a.example', 'b.example')).toHaveLength(1) // for talk
    expect([lane.count(b, '_request_circuit_shutdown'), lane.count(a, '_request_circuit_shutdown')]).toEqual([
      1, 0,
    ])
    const lines = network.lines.length
    network.wait(300_000)
    expect(network.lines).toHaveLength(lines) // nobody calls again
    expect(complaints(a, b)).toEqual([])
  })

  test('who plays again later gets everything, over a new one', () => {
    const three = played()
    const { network, a, b, camera, viewer } = three
    viewer.client.close()
    network.wait(120_000)
    const again = new Viewer(b)
    camera.frame('key')
    camera.groups(1)
    network.wait(100)
    expect(again.frames()).toEqual(range(0, camera.sent))
    expect(lanes(three)).toHaveLength(1)
    expect(complaints(a, b)).toEqual([])
  })

  test('stays while somebody plays, however long nothing is published', () => {
    const three = played()
    const { network, viewer, camera, lane } = three
    viewer.take()
    network.wait(600_000)
    camera.frame('key')
    network.wait(100)
    expect(viewer.frames()).toEqual([10])
    expect(lanes(three)).toEqual([lane])
  })

  test('stays while a name is waited for', () => {
    const { network, a, b } = threeNodes()
    const viewer = new Viewer(b)
    network.wait(600_000)
    const camera = new Camera(a).begin()
    camera.groups(1)
    network.wait(100)
    expect(viewer.frames()).toEqual(range(0, 10))
  })

  test('stays where a node is fed by another: its master tells it where it belongs', () => {
    const three = threeNodes({ batchMs: 0 }, { degree: 1 })
    const { network, a, b, c } = three
    const camera = new Camera(a).begin()
    const viewers = [new Viewer(b)]
    network.wait(500)
    viewers.push(new Viewer(c))
    network.wait(500)
    const [toMaster] = lanes(three, 'a.example', 'c.example')
    expect(toMaster?.isClosed).toBe(false)
    network.wait(300_000)
    expect(lanes(three, 'a.example', 'c.example')).toEqual([toMaster])
    camera.groups(1)
    network.wait(100)
    expect(viewers.map((viewer) => viewer.frames())).toEqual([range(0, 10), range(0, 10)])
    expect(complaints(a, b, c)).toEqual([])
  })

  test('stays while the other side is fed over it, which then has not called', () => {
    const three = played()
    const { network, a, b, viewer, lane } = three
    const back = new Camera(b, 'back').begin()
    const other = new Viewer(a, 'back')
    back.groups(1)
    viewer.client.close()
    network.wait(300_000)
    back.groups(1)
    network.wait(100)
    expect(other.frames()).toEqual(range(0, 20))
    expect(lanes(three)).toContain(lane)
    other.client.close()
    network.wait(130_000)
    expect(lanes(three)).toEqual([])
    expect(complaints(a, b)).toEqual([])
  })

  test.each([0, 1, 20, 100])('wanted %i ms after the other side was asked to close it: called anew', (ms) => {
    const three = played()
    const { network, a, b, camera, viewer, lane } = three
    viewer.client.close()
    asksToClose(three)
    network.wait(ms)
    const again = new Viewer(b)
    network.wait(50)
    lane.budget = undefined
    camera.frame('key')
    camera.groups(1)
    network.wait(300)
    expect(again.frames()).toEqual(range(0, camera.sent))
    expect(lane.isClosed).toBe(true)
    expect(lanes(three)).toHaveLength(1)
    expect(complaints(a, b)).toEqual([])
  })

  test('wanted by the other side while it is asked to close it: it calls itself', () => {
    const three = played()
    const { network, a, b, viewer, lane } = three
    const back = new Camera(b, 'back').begin()
    viewer.client.close()
    asksToClose(three)
    const other = new Viewer(a, 'back') // asks over the lane, of which it does not know that it goes
    network.wait(50)
    lane.budget = undefined
    network.wait(1_000)
    back.groups(2)
    network.wait(300)
    expect(other.frames()).toEqual(range(0, 20))
    expect(complaints(a, b)).toEqual([])
  })
})

test('lines that break: nothing twice, and nothing lost that the last group still holds', () => {
  const { network, a, b } = threeNodes()
  const viewer = new Viewer(b)
  const camera = new Camera(a).begin()
  camera.groups(1)
  camera.frame('key')
  for (let at = 0; at < 5; at++) {
    for (const line of network.between('a.example', 'b.example')) line.cut()
    camera.frame('inter')
    network.wait(1_000)
    camera.frame('inter')
  }
  network.wait(5_000)
  expect(viewer.frames()).toEqual(range(0, camera.sent))
  expect([...a.errors, ...b.errors]).toEqual([])
})

test('after a longer break a node goes on with the next keyframe', () => {
  const { network, a, b } = threeNodes()
  const viewer = new Viewer(b)
  const camera = new Camera(a).begin()
  camera.groups(2)
  network.wait(30)
  expect(viewer.frames()).toEqual(range(0, 20))
  for (const line of network.between('a.example', 'b.example')) line.cut()
  camera.groups(1) // while it comes back
  camera.groups(10)
  network.wait(2_000)
  const rest = viewer.take()
  expect(rest[0]).toMatch(/^key/)
  expect(rest.at(-1)).toBe(`sound${camera.sent - 1}`)
  expect(rest).toHaveLength(camera.sent - Number(/\d+/.exec(rest[0] ?? '')))
  expect(new Set(rest).size).toBe(rest.length)
})

test('NetStream.send and new headers go through in order, also to who comes later', () => {
  const { network, a, b, c } = threeNodes()
  const viewer = new Viewer(b)
  const camera = new Camera(a).begin()
  camera.frame('key')
  camera.data('onCuePoint', 'one')
  camera.frame('inter')
  camera.header(2)
  camera.frame('key')
  camera.data('onCuePoint', 'two')
  network.wait(100)
  expect(viewer.take().slice(8)).toEqual([
    ...[
      'aac',
      'key0',
      'media 18/1 onCuePoint "one"',
      'inter1',
      'avc2',
      'key2',
      'media 18/1 onCuePoint "two"',
    ],
  ])
  const late = new Viewer(c)
  network.wait(100)
  expect(late.take().slice(6)).toEqual([
    'media 18/1 onMetaData {width:320}',
    ...['avc2', 'aac', 'key2', 'media 18/1 onCuePoint "two"'],
  ])
})

test('when nobody plays any more the node leaves, and the source is given up', () => {
  const { network, a, b } = threeNodes()
  const camera = new Camera(a).begin()
  const viewer = new Viewer(b)
  camera.groups(1)
  viewer.client.close()
  network.wait(4_000)
  expect(a.world.hub.find(camera.key)?.playerCount).toBe(1)
  network.wait(2_000)
  expect(b.census()).toMatchObject({ streams: 0 })
  network.wait(35_000)
  expect(a.world.hub.find(camera.key)?.playerCount).toBe(0)
})

test('who comes shortly after the last viewer has left keeps the node where it is', () => {
  const { network, a, b } = threeNodes()
  const camera = new Camera(a).begin()
  const first = new Viewer(b)
  camera.groups(1)
  first.client.close()
  network.wait(4_000)
  expectOneStream(network, camera, new Viewer(b), 40)
})

test('who comes when the node has left has the running group at once, all of it', () => {
  const { network, a, b } = threeNodes()
  const camera = new Camera(a).begin()
  const first = new Viewer(b)
  camera.groups(1)
  network.wait(100)
  const { length } = first.frames()
  first.client.close()
  network.wait(8_000)
  expect(b.census()).toMatchObject({ streams: 0 })
  const second = new Viewer(b)
  network.wait(1_000)
  expect(second.frames()).toHaveLength(length)
})

test('a slow node loses pictures and not the others, and goes on with a keyframe', () => {
  const { network, a, b, c } = threeNodes()
  const fast = new Viewer(b)
  const slow = new Viewer(c)
  const camera = new Camera(a).begin()
  camera.groups(1)
  network.wait(100)
  slow.take()
  for (const line of network.between('a.example', 'c.example')) line.budget = { a: 0, b: 0 }
  camera.groups(40, 5, 20_000)
  camera.data('onCuePoint', 'kept')
  for (const line of network.between('a.example', 'c.example')) line.budget = undefined
  network.wait(300)
  camera.groups(2, 5, 20_000)
  network.wait(300)
  expect(fast.frames()).toEqual(range(0, camera.sent))
  const rest = slow.take()
  expect(rest.length).toBeLessThan(camera.sent / 2)
  expect(rest).toContain('media 18/1 onCuePoint "kept"')
  expect(rest.at(-1)).toBe(`sound${camera.sent - 1}`)
  expect(gapsBeforeOtherThanKeyframes(rest)).toEqual([])
  expect([...a.errors, ...c.errors]).toEqual([])
})

/** Pictures after a gap that are no keyframes. */
function gapsBeforeOtherThanKeyframes(lines: readonly string[]): string[] {
  const pictures = lines.filter((text) => /^(key|inter)\d/.test(text))
  const numbers = pictures.map((text) => Number(/\d+/.exec(text)))
  return pictures.filter(
    (text, at) => at > 0 && (numbers[at] ?? 0) > (numbers[at - 1] ?? 0) + 2 && !text.startsWith('key'),
  )
}

test.each(Object.entries(layouts))('%s passes through', (_name, { headers, key, inter, audio }) => {
  const { network, a, b } = threeNodes()
  const viewer = new Viewer(b)
  const camera = new Camera(a)
  const local = new Viewer(a)
  for (const [type, ...bytes] of headers) camera.send(type, bytes)
  for (const bytes of [key, inter]) camera.send(9, [...bytes, 1, 2, 3])
  camera.send(8, [...audio, 4])
  network.wait(100)
  const isMedia = (text: string): boolean => /^media [89]/.test(text)
  expect(viewer.client.take().filter(isMedia)).toEqual(local.client.take().filter(isMedia))
  expect(local.client.lines).toEqual([])
})

test('whoever sits in the hub is a viewer: recorders, players over HTTP, relays', () => {
  const { network, a, b } = threeNodes()
  const camera = new Camera(a).begin()
  const kinds: number[] = []
  const seat = b.world.hub
    .open({ key: b.uniform('@live#_stream_cam'), app: 'live', instance: '', name: 'cam' })
    .play({
      form: { name: 'types', cut: ({ type }) => Uint8Array.of(type) },
      outstandingBytes: 0,
      write: (bytes) => kinds.push(...bytes),
      published: () => undefined,
      unpublished: () => undefined,
      overrun: () => undefined,
    })
  camera.groups(1)
  network.wait(100)
  expect(kinds).toHaveLength(3 + camera.sent)
  seat.leave()
  network.wait(6_000)
  expect(b.census()).toMatchObject({ streams: 0 })
})

/** A relay, a camera or HTTP publishes: it has asked nobody. @returns what it is told */
function publishOn(world: TestWorld, name: string): string[] {
  const told: string[] = []
  const key = world.uniform(`@live#_stream_${name}`)
  const stream = world.world.hub.open({ key, app: 'live', instance: '', name })
  stream.publish({ replaced: () => told.push('replaced') })
  world.settle()
  world.wait(1)
  return told
}

test('a publisher that asked nobody (a relay, a camera, HTTP) is known to all, and gives way to who was first', () => {
  const { network, a, b } = threeNodes()
  publishOn(b, 'cam')
  const viewer = new Viewer(a)
  network.wait(100)
  expect(viewer.take()).toContain('status 1 NetStream.Play.PublishNotify')
  new Camera(a, 'other').begin()
  expect(publishOn(b, 'other')).toEqual(['replaced'])
})

test('nodes that were apart: the home says who has the name, and who lost it is told', () => {
  const { network, a, b, c } = threeNodes()
  const told = publishOn(b, 'cam')
  const viewer = new Viewer(c)
  for (const line of network.between('a.example', 'b.example')) line.cut()
  network.connectMs = () => 36_000
  network.wait(33_000)
  const next = new Camera(a)
  expect(next.statuses).toEqual(['status 1 NetStream.Publish.Start'])
  network.wait(60_000)
  expect(told).toEqual(['replaced'])
  viewer.take()
  next.begin().groups(1)
  network.wait(100)
  expect(viewer.frames()).toEqual(range(0, 10))
})

test('the publisher`s node is gone for long: its viewers are told, and play on as soon as it is back', () => {
  const { network, b, c } = threeNodes()
  const viewer = new Viewer(c)
  const camera = new Camera(b).begin()
  camera.groups(1)
  network.wait(100)
  viewer.take()
  network.kill('b.example')
  network.wait(33_000)
  expect(viewer.take()).toEqual(['status 1 NetStream.Play.UnpublishNotify'])
  const again = new Camera(join(network, 'b.example')).begin()
  again.groups(1)
  network.wait(300)
  const [status, ...rest] = viewer.take()
  expect([status, rest.at(-1)]).toEqual(['status 1 NetStream.Play.PublishNotify', 'sound9'])
})

test.each([
  ['1.0', 'psyc://a.example/@live#_stream_none', '_error_unknown_stream'],
  ['0.9', 'psyc://a.example/@live#_stream_cam', '_error_unsupported_syntax_stream'],
] as const)('%s %s: %s', (syntax, target, expected) => {
  const { a } = threeNodes()
  new Camera(a).begin()
  const peer = a.psyc(syntax)
  peer.take()
  peer.packet(target.slice('psyc://a.example/'.length), '_request_context_enter', { _tag: 't' })
  expect(peer.methods()).toEqual([expected])
})

test('a PSYC client may enter a stream and gets it from the master', () => {
  const { network, a } = threeNodes()
  const camera = new Camera(a).begin()
  camera.frame('key')
  const peer = a.psyc()
  peer.take()
  peer.packet('@live#_stream_cam', '_request_context_enter', { _tag: 't' })
  camera.frame('inter')
  network.wait(50)
  expect(peer.methods()).toEqual([
    ...['_echo_context_enter', '_status_state', '_data_flv', '_data_flv', '_data_flv', '_data_flv'],
  ])
  peer.packet('@live#_stream_cam', '_request_context_leave')
  camera.groups(1)
  expect(peer.take().filter(({ method }) => method === '_data_flv')).toEqual([])
})

describe('in a tree, where A feeds B and B feeds C', () => {
  function inARow(): ReturnType<typeof threeNodes> & { camera: Camera; between: Viewer; viewer: Viewer } {
    const three = threeNodes({ batchMs: 0 }, { degree: 1 })
    const camera = new Camera(three.a).begin()
    const between = new Viewer(three.b)
    three.network.wait(500)
    const viewer = new Viewer(three.c)
    three.network.wait(500)
    return { ...three, camera, between, viewer }
  }

  test('every frame reaches C, over B alone, as it was numbered', () => {
    const { network, a, b, c, camera, viewer } = inARow()
    camera.groups(2)
    network.wait(100)
    expect(viewer.frames()).toEqual(range(0, camera.sent))
    expect(mediaPackets(network.between('a.example', 'c.example'), a)).toBe(0)
    expect(mediaPackets(network.between('b.example', 'c.example'), b)).toBe(camera.sent)
    expect([...a.errors, ...b.errors, ...c.errors]).toEqual([])
  })

  test('when nobody plays on B any more it feeds C all the same', () => {
    const { network, a, camera, between, viewer } = inARow()
    between.client.close()
    for (let at = 0; at < 60; at++) camera.groups(1)
    expect(viewer.frames()).toEqual(range(0, camera.sent))
    expect(mediaPackets(network.between('a.example', 'c.example'), a)).toBe(0)
  })

  test('B dies: C is fed by A, and what the last group holds is not lost', () => {
    const { network, camera, viewer } = inARow()
    camera.groups(1)
    camera.frame('key')
    camera.frame('inter')
    network.kill('b.example')
    camera.frame('inter')
    network.wait(2_000)
    camera.frame('inter')
    network.wait(100)
    expect(viewer.frames()).toEqual(range(0, camera.sent))
  })

  test('a new run reaches C through B', () => {
    const { network, camera, viewer } = inARow()
    camera.groups(1)
    camera.stop()
    network.wait(1_000)
    viewer.take()
    camera.client.publish('cam', 'live', camera.id)
    camera.begin().groups(1)
    network.wait(100)
    const [notify, ...rest] = viewer.take()
    expect(notify).toBe('status 1 NetStream.Play.PublishNotify')
    expect(rest.slice(0, 4)).toEqual(['media 18/1 onMetaData {width:320}', 'avc1', 'aac', 'key10'])
  })
})
