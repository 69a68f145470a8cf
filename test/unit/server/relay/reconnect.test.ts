/** What goes wrong at the other end, and when a relay tries again. */
import { AmfObject } from '../../../../src/amf/value.js'
import { BackOff } from '../../../../src/server/back-off.js'
import type { FakeHandler } from '../../../support/fake-net-connection.js'
import { RelayLab, frame, header, keyframe } from '../../../support/relay-lab.js'
import type { Actor } from '../../../support/relay-lab.js'

const always = { pull: 'rtmp://actor.example/live/cam', to: 'live/cam', when: 'always' }
const pushed = { push: 'rtmp://actor.example/live/KEY', from: 'live/cam', when: 'always' }

/** The pull runs; the test plays the server. */
function pulling(entry: object = always): {
  lab: RelayLab
  actor: Actor
  node: ReturnType<RelayLab['node']>
} {
  const lab = new RelayLab()
  const node = lab.node('node', [entry])
  const actor = lab.actors[0]
  if (actor === undefined) throw new Error('nobody connected')
  return { lab, actor, node }
}

const reasons = (lab: RelayLab): unknown[] =>
  lab.log.splice(0).flatMap(({ fields, level }) => (level === 'warn' ? [fields['reason']] : []))

describe('the time between two tries', () => {
  test.each([
    ['at the most', 1, [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]],
    ['at the least', 0, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]],
  ])('%s', (_what, random, expected) => {
    const backOff = new BackOff(() => random)
    expect(expected.map(() => backOff.next())).toEqual(expected)
    backOff.reset()
    expect(backOff.next()).toBe(expected[0])
    backOff.slowDown()
    expect(backOff.next()).toBe(expected.at(-1))
  })

  test('doubles while nobody listens there, and is short again after a time that held', () => {
    const lab = new RelayLab()
    lab.isThere = () => false
    lab.node('node', [always])
    lab.wait(20_000)
    expect(lab.wires).toHaveLength(7)
    expect(lab.said()).toEqual(['node: relay', 'node: relay lost'])
    lab.isThere = () => true
    lab.wait(10_000)
    expect(lab.said()).toEqual(['node: relay runs'])

    lab.actors.at(-1)?.wire.close('lost', 'reset')
    lab.wait(1_000)
    expect(lab.wires).toHaveLength(8) // the link has not held for 10 s yet
    lab.wait(60_000)
    const before = lab.wires.length
    lab.actors.at(-1)?.wire.close('lost', 'reset')
    lab.wait(200)
    expect(lab.wires).toHaveLength(before + 1)
  })

  test('grows when the server closes soon each time', () => {
    const { lab } = pulling()
    for (let count = 1; count < 30; count++) {
      lab.wait(1_000)
      lab.actors.at(-1)?.wire.close('finished')
      lab.wait(100)
    }
    expect(lab.actors.length).toBeLessThan(12)
  })
})

describe('a silent server', () => {
  test.each([
    ['that is not reached', (lab: RelayLab) => (lab.isReachable = false)],
    [
      'that does not answer connect',
      (lab: RelayLab) => (lab.prepare = (handler) => (handler.answersConnect = false)),
    ],
    [
      'that does not answer play',
      (lab: RelayLab) => (lab.prepare = (handler) => (handler.answersStreams = false)),
    ],
  ])('%s is given relaySetupMs', (_what, arrange) => {
    const lab = new RelayLab()
    arrange(lab)
    lab.node('node', [always])
    lab.wait(9_999)
    expect(reasons(lab)).toEqual([])
    lab.wait(1)
    expect(reasons(lab)).toEqual(['it did not answer in time'])
  })

  test('whose stream stands still for relaySilenceMs is left; one that has not begun is not', () => {
    const { lab, actor, node } = pulling()
    lab.wait(200_000)
    expect(lab.wires).toHaveLength(1)
    const [stream] = actor.handler.streams
    stream?.send(header())
    stream?.send(keyframe(0))
    lab.settle()
    expect(node.stream('live/cam').isPublished).toBe(true)
    for (let at = 1; at < 10; at++) {
      lab.wait(20_000)
      stream?.send(frame(at * 20_000))
      stream?.send(frame(at * 20_000 + 40))
      lab.settle()
    }
    expect(lab.wires).toHaveLength(1)
    lab.wait(41_000)
    expect(reasons(lab)).toContain('nothing moved for 30000 ms')
    expect(lab.wires).toHaveLength(2)
    expect(node.stream('live/cam').isPublished).toBe(false)
  })
})

test('garbage ends the try, not the node', () => {
  const { lab, actor } = pulling()
  actor.wire.feed(Uint8Array.of(0xff, 0xff))
  lab.settle()
  expect(reasons(lab)[0]).toMatch(/^it breaks the protocol: /)
  lab.wait(500)
  expect(lab.wires).toHaveLength(2)
})

test('data that cannot be read is dropped, and what is only for players is not passed on', () => {
  const { lab, actor, node } = pulling()
  const [stream] = actor.handler.streams
  const player = node.play('live/cam')
  stream?.send({ type: 18, timestamp: 0, messageStreamId: 1, payload: Uint8Array.of(0xff, 1) })
  stream?.send(keyframe(0))
  lab.wait(50)
  expect(player.take()).toEqual(['9@0'])
  expect(node.stream('live/cam').metadata.size).toBe(0)
})

// what the server does; how the log words it; the time to the next try at the most
const refusals: readonly (readonly [string, object, (handler: FakeHandler) => void, string, number])[] = [
  [
    'refuses the connection',
    always,
    (handler) => {
      handler.connect = () =>
        handler.connection.reject({
          level: 'error',
          code: 'NetConnection.Connect.Rejected',
          description: 'no',
        })
    },
    'NetConnection.Connect.Rejected no',
    30_000,
  ],
  [
    'is shutting down',
    always,
    (handler) => {
      handler.connect = () =>
        handler.connection.reject({
          level: 'error',
          code: 'NetConnection.Connect.AppShutdown',
          description: '',
        })
    },
    'NetConnection.Connect.AppShutdown',
    200,
  ],
  [
    'has no such stream',
    always,
    (handler) => {
      handler.play = (stream) =>
        stream.playRefused({ level: 'error', code: 'NetStream.Play.StreamNotFound', description: 'none' })
    },
    'NetStream.Play.StreamNotFound none',
    200,
  ],
  [
    'has the name already',
    pushed,
    (handler) => {
      handler.publish = (stream) =>
        stream.publishRefused({
          level: 'error',
          code: 'NetStream.Publish.BadName',
          description: 'KEY is taken',
        })
    },
    'NetStream.Publish.BadName … is taken',
    200,
  ],
  [
    'ends the publication',
    pushed,
    (handler) => {
      handler.publish = (stream) => {
        stream.publishStarted()
        stream.publishEnded()
      }
    },
    'NetStream.Unpublish.Success … is now unpublished.',
    200,
  ],
]

test.each(refusals)('a server that %s', (_what, entry, prepare, reason, retryMs) => {
  const lab = new RelayLab()
  lab.prepare = prepare
  lab.node('node', [entry])
  const last = lab.log.at(-1)
  expect(last?.fields).toMatchObject({ reason, retryMs })
  lab.wait(retryMs - 1)
  expect(lab.wires).toHaveLength(1)
  lab.wait(1)
  expect(lab.wires).toHaveLength(2)
  // told once for each time that it had run
  const told = lab.log.filter(({ level }) => level === 'warn')
  expect(told).toHaveLength(Math.max(1, lab.log.filter(({ message }) => message === 'relay runs').length))
})

test('a server that gives no reason, and one that never answers connect', () => {
  const lab = new RelayLab()
  lab.prepare = (handler) => {
    handler.connect = () => handler.connection.reject({ level: 'error', code: '', description: '' })
  }
  lab.node('node', [always])
  expect(reasons(lab)).toEqual(['it gave no reason'])
  const silent = new RelayLab()
  silent.prepare = (handler) => (handler.answersConnect = false)
  silent.node('node', [always], { callMs: 1_000 })
  silent.wait(1_000)
  expect(reasons(silent)).toEqual(['it did not answer connect'])
})

describe('a server that sends us elsewhere', () => {
  const redirect = (to: string) => (handler: FakeHandler) => {
    const ex = AmfObject.of({ code: 302, redirect: to })
    const info = { level: 'error', code: 'NetConnection.Connect.Rejected', description: 'moved' } as const
    handler.connect = () => handler.connection.reject({ ...info, extra: { ex } })
  }

  test('by a redirection, with the same stream', () => {
    const lab = new RelayLab()
    const origin = lab.node('origin', [])
    lab.prepare = redirect('rtmp://origin.example/other')
    const node = lab.node('node', [always])
    expect(lab.said()).toEqual(['node: relay', 'node: relay moves', 'node: relay runs'])
    origin.publish('other/cam').media(header(), keyframe(0))
    lab.wait(50)
    expect(node.stream('live/cam').isPublished).toBe(true)
    // and after a loss from the beginning again
    lab.wires.at(-1)?.close('lost', 'reset')
    lab.wait(200)
    expect(lab.wires.map(({ host }) => host)).toEqual([
      'actor.example',
      'origin.example',
      'actor.example',
      'origin.example',
    ])
  })

  test('in a circle: it is followed three times, then it is a failure', () => {
    const lab = new RelayLab()
    lab.prepare = redirect('rtmp://actor.example/live')
    lab.node('node', [always])
    expect(lab.wires).toHaveLength(4)
    expect(reasons(lab)).toEqual(['it sends us to another server'])
  })

  test.each([
    [
      'from TLS to the open',
      { ...always, pull: 'rtmps://actor.example/live/cam' },
      'rtmp://actor.example/live',
    ],
    ['to what is no server', always, 'http://actor.example/live'],
  ])('%s is not followed', (_what, entry, to) => {
    const lab = new RelayLab()
    lab.prepare = redirect(to)
    lab.node('node', [entry])
    expect(lab.wires).toHaveLength(1)
    expect(reasons(lab)).toEqual(['NetConnection.Connect.Rejected moved'])
  })

  test.each([
    ['to itself', undefined, 'actor.example'],
    ['to another app', '/other', 'actor.example'],
    ['to another server', 'rtmp://second.example:1936/other', 'second.example'],
  ])('by ReconnectRequest %s, at once and in order', (_what, tcUrl, host) => {
    const { lab, actor } = pulling()
    actor.handler.connection.status({
      level: 'status',
      code: 'NetConnection.Connect.ReconnectRequest',
      description: '',
      ...(tcUrl !== undefined && { extra: { tcUrl } }),
    })
    lab.settle()
    expect(lab.wires.map((wire) => wire.host)).toEqual(['actor.example', host])
    expect(lab.wires[0]?.ended).toBe('end')
    expect(actor.handler.reports).toContain('closed finished')
  })
})

test('media on stream 0 is that of the stream, on any other it is not [node-media-server]', () => {
  const { lab, actor, node } = pulling()
  const player = node.play('live/cam')
  const { transport } = actor.handler.connection
  for (const [messageStreamId, timestamp] of [
    [0, 40],
    [2, 80],
    [1, 120],
  ] as const)
    transport.send({ ...keyframe(timestamp), messageStreamId, chunkStreamId: 6 })
  lab.wait(50)
  expect(player.take()).toEqual(['9@40', '9@120'])
})

test('what the server ends, the connection or the application, is tried again', () => {
  const { lab, actor } = pulling()
  actor.handler.connection.status({
    level: 'error',
    code: 'NetConnection.Connect.AppShutdown',
    description: 'bye',
  })
  lab.settle()
  expect(reasons(lab)).toEqual(['NetConnection.Connect.AppShutdown bye'])
  lab.wait(200)
  lab.actors[1]?.handler.connection.close()
  lab.settle()
  expect(reasons(lab)).toEqual(['the other end closed the connection'])
  lab.wait(1_000)
  expect(lab.wires).toHaveLength(3)
})

test('connect says what a relay understands, and gives user and password as arguments', () => {
  const { actor } = pulling({ ...pushed, user: 'ann', password: 'pw' })
  const [request] = actor.handler.requests
  expect(request).toMatchObject({ isEncoder: true, canReconnect: true, args: ['ann', 'pw'] })
  expect(request?.tcUrl).toBe('rtmp://actor.example/live')
  for (const name of ['fourCcList', 'videoFourCcInfoMap', 'audioFourCcInfoMap', 'capsEx'])
    expect(request?.commandObject.has(name)).toBe(true)
  expect(actor.handler.reports).toContain('1: publish KEY  live')
})

test('the publisher that the relay waited for came while it was connecting: it is served from the beginning', () => {
  const lab = new RelayLab()
  const node = lab.node('node', [{ ...pushed, when: 'published' }])
  const publisher = node.publish('live/cam')
  publisher.media(header(), keyframe(0))
  lab.wait(50)
  expect(lab.actors[0]?.handler.reports.filter((report) => report.startsWith('1: media'))).toHaveLength(2)
  // gone while it connects: the try is given up
  publisher.publication?.end()
  lab.settle()
  node
    .stream('live/cam')
    .publish({ replaced: () => undefined })
    ?.end()
  lab.settle()
  expect(node.relays.size).toBe(0)
  expect(lab.wires.every(({ isOpen }) => !isOpen)).toBe(true)
})
