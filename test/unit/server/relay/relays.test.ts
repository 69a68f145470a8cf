/** Relays of the configuration, between nodes in memory: when they run, what passes, how they end. */
import { RelayLab, frame, header, keyframe, sound } from '../../../support/relay-lab.js'
import { data } from '../../../support/fake-rtmp-text.js'

const pullAll = { pull: 'rtmp://origin.example/live/*', to: 'live/*' }

describe('a pull on demand', () => {
  test('runs while somebody plays here and a while longer, and every message passes with its time', () => {
    const lab = new RelayLab()
    const origin = lab.node('origin', [])
    const edge = lab.node('edge', [pullAll])
    const publisher = origin.publish('live/cam')
    expect(lab.wires).toHaveLength(0)

    const player = edge.play('live/cam')
    expect(lab.said()).toEqual(['edge: relay', 'edge: relay runs'])
    publisher.publication?.metadata('onMetaData', data('onMetaData', [{ width: 320 } as never]))
    publisher.media(header(), keyframe(40), sound(41), frame(80))
    lab.wait(100)
    expect(player.take()).toEqual(['18@0', '9@0', '9@40', '8@41', '9@80'])
    expect(player.events).toEqual(['published'])

    player.seat.leave()
    lab.wait(9_000)
    expect(edge.relays.size).toBe(1)
    const second = edge.play('live/cam')
    expect(second.take()).toContain('9@40')
    lab.wait(60_000)
    expect(edge.relays.size).toBe(1)
    second.seat.leave()
    lab.wait(10_000)
    expect(edge.relays.size).toBe(0)
    expect(lab.said()).toEqual(['edge: relay ends'])
    expect(edge.world.hub.size).toBe(0)
    expect(origin.stream('live/cam').playerCount).toBe(0)
  })

  test('reads nothing for the length of the window in which media gathers', () => {
    const lab = new RelayLab()
    const origin = lab.node('origin', [])
    const edge = lab.node('edge', [pullAll])
    const players = Array.from({ length: 20 }, () => edge.play('live/cam'))
    const publisher = origin.publish('live/cam')
    publisher.media(header(), keyframe(40))
    lab.settle()
    lab.wait(100)
    expect(lab.wires.map(({ rests }) => rests)).toEqual([[10]])
    players[0]?.take()
    publisher.media(frame(80))
    lab.settle() // what comes after the rest leaves at once
    expect(players[0]?.take()).toEqual(['9@80'])
    publisher.publication?.end()
    edge.stream('live/cam').takeOver()
    lab.settle()
    expect(lab.wires.map(({ rests }) => rests)).toEqual([[10, 10]])
  })

  test('waits at the origin for the publisher, and goes on with the next', () => {
    const lab = new RelayLab()
    const origin = lab.node('origin', [])
    const edge = lab.node('edge', [pullAll])
    const player = edge.play('live/cam')
    expect(edge.stream('live/cam').isPublished).toBe(false)
    const first = origin.publish('live/cam')
    first.media(header(), keyframe(0))
    lab.wait(100)
    first.publication?.end()
    lab.settle()
    expect(player.events).toEqual(['published', 'unpublished'])
    origin.publish('live/cam').media(header(), keyframe(0))
    lab.wait(100)
    expect(player.events).toEqual(['published', 'unpublished', 'published'])
    expect(lab.wires).toHaveLength(1)
  })

  test('stands back while the name is published here', () => {
    const lab = new RelayLab()
    const origin = lab.node('origin', [])
    const edge = lab.node('edge', [pullAll])
    const player = edge.play('live/cam')
    const own = edge.publish('live/cam')
    origin.publish('live/cam').media(header(), keyframe(0))
    lab.wait(100)
    expect(lab.said()).toContain('edge: relay stands back: somebody publishes that name here')
    expect(lab.wires.every(({ isOpen }) => !isOpen)).toBe(true)
    own.media(header(), keyframe(500))
    lab.wait(100_000)
    expect(lab.wires).toHaveLength(1)

    own.publication?.end()
    lab.wait(100)
    expect(lab.wires).toHaveLength(2)
    expect(player.events).toEqual(['published', 'unpublished', 'published'])
    // somebody takes it by right
    edge.stream('live/cam').takeOver()
    lab.settle()
    expect(lab.said()).toContain('edge: relay stands back: it may not have that name now')
  })

  test('two streams of one pattern, no more than relayStreams, and no more than relays in all', () => {
    const lab = new RelayLab()
    lab.node('origin', [])
    const edge = lab.node('edge', [pullAll, { ...pullAll, to: 'other/*' }], { relayStreams: 2, relays: 3 })
    const players = ['live/a', 'live/b', 'live/c', 'live/d', 'other/a', 'other/b'].map((path) =>
      edge.play(path),
    )
    expect(edge.relays.size).toBe(3)
    const refused = lab.log.filter(({ message }) => message === 'relay not started: too many run')
    expect(refused.map(({ fields }) => fields['limit'])).toEqual(['relayStreams', 'relays'])
    players[0]?.seat.leave()
    lab.wait(10_000)
    edge.play('live/e')
    expect(edge.relays.size).toBe(3)
  })

  test('what had no room begins when there is some, and the log says so once', () => {
    const lab = new RelayLab()
    lab.node('origin', [])
    const always = { pull: 'rtmp://origin.example/live/z', to: 'other/z', when: 'always' }
    const push = { push: 'rtmp://origin.example/pushed/*', from: 'own/*' }
    const edge = lab.node('edge', [{ ...pullAll, to: 'live/*' }, push, always], {
      relays: 2,
      relayStreams: 2,
    })
    const hosts = (): number => lab.wires.filter(({ isOpen }) => isOpen).length
    const [a, b, c] = ['live/a', 'live/b', 'live/c'].map((path) => edge.play(path))
    const d = edge.publish('own/d')
    expect([edge.relays.size, hosts()]).toEqual([2, 2]) // z and a
    a?.seat.leave()
    lab.wait(10_100)
    expect([edge.relays.size, hosts()]).toEqual([2, 2]) // z and b
    b?.seat.leave()
    c?.seat.leave()
    lab.wait(10_100)
    expect([edge.relays.size, hosts()]).toEqual([2, 2]) // z and d
    d.publication?.end()
    lab.settle()
    expect(edge.relays.size).toBe(1)
    const refused = lab.log.filter(({ message }) => message === 'relay not started: too many run')
    expect(refused.map(({ fields }) => fields['relay'])).toEqual(['pull', 'push'])
    edge.relays.stop()
    expect(edge.relays.size).toBe(0)
  })

  test('of a name that cannot be had: it is tried again from time to time, until it can', () => {
    const lab = new RelayLab()
    const origin = lab.node('origin', [])
    const edge = lab.node('edge', [pullAll], { streamsPerPlace: 1 })
    const other = edge.publish('live/other')
    origin.publish('live/cam').media(header(), keyframe(0))
    edge.play('live/cam')
    lab.wait(100_000)
    const tries = lab.wires.length
    expect(tries).toBeGreaterThan(3)
    expect(tries).toBeLessThan(9)
    expect(edge.stream('live/cam').isPublished).toBe(false)
    other.publication?.end()
    lab.wait(31_000)
    expect(edge.stream('live/cam').isPublished).toBe(true)
    expect(lab.wires.length).toBe(tries + 1)
  })
})

test('a pull that always runs begins with the node', () => {
  const lab = new RelayLab()
  const origin = lab.node('origin', [])
  origin.publish('live/cam').media(header(), keyframe(0))
  const edge = lab.node('edge', [
    { pull: 'rtmp://origin.example/live/cam', to: 'tv/one/first', when: 'always' },
  ])
  lab.wait(100)
  expect(edge.stream('tv/one/first').isPublished).toBe(true)
  const player = edge.play('tv/one/first')
  player.seat.leave()
  lab.wait(60_000)
  expect(edge.stream('tv/one/first').isPublished).toBe(true)
})

describe('a push', () => {
  const push = { push: 'rtmp://target.example/app/*', from: 'live/*' }

  test('runs while somebody publishes here; metadata is kept at the other end', () => {
    const lab = new RelayLab()
    const target = lab.node('target', [])
    const source = lab.node('source', [push])
    const player = target.play('app/cam')
    const publisher = source.publish('live/cam')
    publisher.publication?.metadata('|RtmpSampleAccess', data('|RtmpSampleAccess', [true, true]))
    publisher.publication?.metadata('onMetaData', data('onMetaData', ['x']))
    publisher.publication?.data(data('onCuePoint', ['y']))
    publisher.media(header(1_000), keyframe(1_040), sound(1_041), frame(1_080))
    lab.wait(100)
    expect(lab.said()).toEqual(['source: relay', 'source: relay runs'])
    expect([...target.stream('app/cam').metadata.keys()]).toEqual(['onMetaData'])
    expect(player.take().filter((each) => !each.startsWith('18'))).toEqual([
      '9@1000',
      '9@1040',
      '8@1041',
      '9@1080',
    ])

    publisher.publication?.end()
    lab.settle()
    expect(player.events).toEqual(['published', 'unpublished'])
    expect(source.relays.size).toBe(0)
    expect(target.world.hub.size).toBe(1)
    expect(lab.said()).toEqual(['source: relay ends'])
  })

  test('one stream goes to many servers', () => {
    const lab = new RelayLab()
    const targets = ['a', 'b', 'c'].map((name) => lab.node(name, []))
    const source = lab.node(
      'source',
      ['a', 'b', 'c'].map((name) => ({ push: `rtmp://${name}.example/app/x`, from: 'live/cam' })),
    )
    source.publish('live/cam').media(header(), keyframe(0))
    lab.wait(100)
    expect(targets.map((target) => target.stream('app/x').isPublished)).toEqual([true, true, true])
  })

  test('that always runs holds the name there, and wants the stream here', () => {
    const lab = new RelayLab()
    const origin = lab.node('origin', [])
    const target = lab.node('target', [])
    const middle = lab.node('middle', [
      pullAll,
      { push: 'rtmp://target.example/app/x', from: 'live/cam', when: 'always' },
    ])
    expect(target.stream('app/x').isPublished).toBe(true)
    expect(middle.relays.size).toBe(2)
    const player = target.play('app/x')
    origin.publish('live/cam').media(header(), keyframe(40))
    lab.wait(100)
    expect(player.take()).toEqual(['9@0', '9@40'])
  })

  test('whose other end takes nothing loses pictures, not the publisher its time', () => {
    const lab = new RelayLab()
    lab.node('target', [])
    const source = lab.node('source', [push])
    const publisher = source.publish('live/cam')
    publisher.media(header(), keyframe(0))
    lab.wait(100)
    const [wire] = lab.wires
    if (wire === undefined) throw new Error('no connection')
    wire.isStuck = true
    for (let at = 0; at < 250; at++) {
      publisher.media(at % 25 === 0 ? keyframe(40 + at * 40) : frame(40 + at * 40, 20_000))
      lab.wait(40)
    }
    expect(source.stream('live/cam').drops.video).toBeGreaterThan(0)
    expect(wire.stuckBytes).toBeLessThan(source.limits.queueBytes)
    lab.wait(60_000)
    const lost = lab.log.find(({ fields }) => fields['reason'] === 'nothing moved for 30000 ms')
    expect(lost?.fields['droppedVideo']).toBeGreaterThan(0)
  })
})

test('a push whose other end takes nothing of what may not be dropped is given up', () => {
  const lab = new RelayLab()
  lab.node('target', [])
  const source = lab.node('source', [{ push: 'rtmp://target.example/app/x', from: 'live/cam' }], {
    queueBytes: 400_000,
  })
  const publisher = source.publish('live/cam')
  publisher.media(header(), keyframe(0))
  lab.wait(100)
  const [wire] = lab.wires
  if (wire === undefined) throw new Error('no connection')
  wire.isStuck = true
  for (let at = 0; at < 150; at++) {
    publisher.publication?.data(data('onText', ['x'.repeat(20_000)]))
    lab.wait(100)
  }
  expect(lab.log.some(({ fields }) => fields['reason'] === 'it takes less than the stream has')).toBe(true)
  expect(source.stream('live/cam').isPublished).toBe(true)
})

test('with the node its relays end in order', () => {
  const lab = new RelayLab()
  const origin = lab.node('origin', [])
  const middle = lab.node('middle', [pullAll, { push: 'rtmp://actor.example/app/key', from: 'live/cam' }])
  middle.play('live/cam')
  origin.publish('live/cam').media(header(), keyframe(0))
  lab.wait(100)
  middle.relays.stop()
  lab.settle()
  expect(lab.actors[0]?.handler.reports.slice(-2)).toEqual(['1: unpublish', 'closed finished'])
  expect(lab.wires.map(({ ended }) => ended)).toEqual(['end', 'end'])
  expect(middle.relays.size).toBe(0)
  lab.wait(100_000)
  expect(lab.wires).toHaveLength(2)
})
