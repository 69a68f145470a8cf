/** Handshake, windows, chunk size and the end of a byte stream [RTMP §5; rtmp.md 2]. */
import { cut } from '../../../../src/rtmp/wire/chunk/encoder.js'
import { ReceiveWindow, SendWindow } from '../../../../src/rtmp/session/ack-window.js'
import { encodeControl } from '../../../../src/rtmp/wire/message/index.js'
import type { ControlMessage } from '../../../../src/rtmp/wire/message/index.js'
import type { ChunkedMessage } from '../../../../src/rtmp/wire/message.js'
import { FakeRtmpClient, ServerRig } from '../../../support/fake-rtmp-client.js'
import { command, connect, media } from '../../../support/fake-rtmp-text.js'

const control = (message: ControlMessage): ChunkedMessage => encodeControl(message)

describe('what we received is acknowledged', () => {
  test('at half of 2 500 000 by default', () => {
    const window = new ReceiveWindow()
    expect(window.receive(1_249_999)).toBeUndefined()
    expect(window.receive(1)).toBe(1_250_000)
    expect(window.receive(1_249_999)).toBeUndefined()
    expect(window.receive(3)).toBe(2_500_002)
  })

  test.each([
    [1_000, 499, 500],
    [1, 0, 1],
    [0, 1_249_999, 1_250_000],
    [0xffffffff, 1_249_999, 1_250_000],
  ])('at half of a peer window of %s', (size, silent, acknowledged) => {
    const window = new ReceiveWindow()
    window.setPeerWindow(size)
    if (silent > 0) expect(window.receive(silent)).toBeUndefined()
    expect(window.receive(acknowledged - silent)).toBe(acknowledged)
  })

  test('and wraps at 2³²', () => {
    const window = new ReceiveWindow()
    expect(window.receive(0xffffffff)).toBe(0xffffffff)
    expect(window.receive(2_000_000)).toBe(1_999_999)
  })
})

describe('what the peer acknowledges', () => {
  test('counts across the wrap, never backwards, never beyond what was written', () => {
    const window = new SendWindow()
    window.written(2 ** 32 - 100)
    window.acknowledge(0x7fffffff)
    window.acknowledge(0xffffff00)
    expect(window.acknowledgedBytes).toBe(0xffffff00)
    window.written(1_000)
    window.acknowledge(500)
    expect(window.acknowledgedBytes).toBe(2 ** 32 + 500)
    window.acknowledge(400)
    window.acknowledge(0x10000000)
    expect(window.acknowledgedBytes).toBe(window.writtenBytes)
  })

  test('is overdue beyond the window, or beyond the largest interval seen', () => {
    const window = new SendWindow()
    window.written(10_000_000)
    expect(window.overdueBytes(250_000)).toBe(0) // never acknowledged: nothing is known
    window.acknowledge(1_250_000)
    window.acknowledge(2_500_000)
    expect(window.overdueBytes(250_000)).toBe(10_000_000 - 2_500_000 - 1_250_000)
    window.acknowledge(10_000_000 - 100)
    expect(window.overdueBytes(250_000)).toBe(0)
  })
})

describe('a client on a byte stream', () => {
  test('is told window, bandwidth and chunk size before the answer to connect', () => {
    const client = new FakeRtmpClient(new ServerRig())
    expect(
      client
        .send(connect())
        .take()
        .map((line) => line.split(' {')[0]),
    ).toEqual([
      'windowAcknowledgementSize 262144',
      'setPeerBandwidth 2500000 dynamic',
      'setChunkSize 4096',
      'StreamBegin 0',
      '20/0 _result 1',
      '20/0 onBWDone 0 null',
    ])
  })

  test('is cut for at 4096 from then on, shared cuts included', () => {
    const rig = new ServerRig()
    const client = new FakeRtmpClient(rig)
    client.send(connect(), command('createStream', 2)).take()
    const frame = media(9, 7, new Array<number>(150_000).fill(1))
    rig.handler.connection.transport.sendCut(cut(frame, 4_096))
    rig.handler.connection.transport.send(frame)
    expect(client.take().map((line) => line.length)).toEqual([300_006, 300_006])
  })

  test('whose bytes come one by one is served the same', () => {
    const whole = new FakeRtmpClient(new ServerRig()).send(connect(), command('createStream', 2)).take()
    const client = new FakeRtmpClient(new ServerRig())
    for (const message of [connect(), command('createStream', 2)])
      for (const byte of cut(message, 128)) client.sendBytes(Uint8Array.of(byte))
    expect(client.take()).toEqual(whole)
  })

  test('is acknowledged at its window', () => {
    const client = new FakeRtmpClient(new ServerRig())
    client.send(connect(), control({ kind: 'windowAcknowledgementSize', windowSize: 20_000 })).take()
    client.send(media(9, 0, new Array<number>(4_000).fill(0)))
    expect(client.take()).toEqual([])
    client.send(media(9, 0, new Array<number>(4_000).fill(0)))
    expect(client.take()).toEqual([`acknowledgement ${client.server.session.receivedBytes}`])
  })

  test('that sets our bandwidth is told our window, once', () => {
    const client = new FakeRtmpClient(new ServerRig())
    client.send(connect()).take()
    const bandwidth = control({ kind: 'setPeerBandwidth', windowSize: 5_000_000, limitType: 'hard' })
    expect(client.send(bandwidth, bandwidth).take()).toEqual(['windowAcknowledgementSize 5000000'])
  })

  test('that acknowledges shows what is on the way', () => {
    const rig = new ServerRig()
    const client = new FakeRtmpClient(rig)
    const { transport } = rig.handler.connection
    client.send(connect()).take()
    expect(transport.queuedBytes).toBe(0)
    rig.sink.queued = 5
    expect(transport.queuedBytes).toBe(5)
    for (let count = 0; count < 10; count++) transport.sendCut(new Uint8Array(100_000))
    client.sendBytes(cut(control({ kind: 'acknowledgement', sequenceNumber: 300_000 }), 128))
    expect(transport.queuedBytes).toBe(rig.session.writtenBytes - 300_000 - 300_000)
  })
})

describe('media for a client', () => {
  const mark = (timestamp: number) =>
    control({ kind: 'userControl', control: { event: 'PingResponse', timestamp } })

  function playing() {
    const rig = new ServerRig()
    const client = new FakeRtmpClient(rig)
    client.send(connect()).take()
    const { transport } = rig.handler.connection
    const drained = jest.fn()
    const stop = transport.onDrain(drained)
    return { rig, client, transport, drained, stop, frame: cut(media(9, 0, [0x27, 1, 7]), 4_096) }
  }

  test('is followed by a mark, whose answer says that it was taken', () => {
    const { client, transport, drained, stop, frame } = playing()
    transport.sendMedia(frame)
    expect(client.take().map((line) => line.split(' ')[0])).toEqual(['9/1@0', 'PingRequest'])
    expect(transport.outstandingBytes).toBeGreaterThan(frame.length)
    expect(transport.allowanceBytes).toBe(32_768)
    client.send(mark(5))
    expect(drained).not.toHaveBeenCalled()
    client.send(mark(0x80000000))
    expect([transport.outstandingBytes, drained.mock.calls.length]).toEqual([0, 1])
    stop()
    client.send(mark(0x80000000))
    expect(drained).toHaveBeenCalledTimes(1)
  })

  test('that waits for room is asked after', () => {
    const { client, transport, frame } = playing()
    transport.sendMedia(frame)
    transport.sendMedia(frame)
    client.take()
    transport.held?.(true)
    transport.held?.(true)
    expect(client.take().map((line) => line.split(' ')[0])).toEqual(['PingRequest'])
  })

  test('waits in the socket as long as the socket says so', () => {
    const { rig, client, transport, drained, frame } = playing()
    rig.sink.queued = 5_000_000
    transport.sendMedia(frame)
    client.send(mark(0x80000000))
    expect(transport.outstandingBytes).toBe(5_000_000)
    rig.sink.queued = 0
    rig.session.drained()
    expect([transport.outstandingBytes, drained.mock.calls.length]).toEqual([0, 2])
  })
})

describe('what a client sends may rest on its way', () => {
  function publishing() {
    const rig = new ServerRig()
    const client = new FakeRtmpClient(rig)
    client.send(connect())
    const { transport } = rig.handler.connection
    rig.time.advance(44)
    transport.rest?.(44) // what came before does not count
    rig.time.advance(44)
    rig.sink.rests.length = 0
    return { rig, client, transport }
  }
  const sound = (length: number): ChunkedMessage => media(8, 1, new Array<number>(length).fill(0))

  test('between two messages', () => {
    const { rig, client, transport } = publishing()
    client.send(sound(100))
    expect([transport.rest?.(44), rig.sink.rests]).toEqual([true, [44]])
  })

  test.each<[string, (client: FakeRtmpClient, rig: ServerRig) => void]>([
    ['half a message', (client) => client.sendBytes(cut(sound(100), 128).subarray(0, 50))],
    ['half a header', (client) => client.sendBytes(cut(sound(100), 128).subarray(0, 5))],
    ['much', (client) => client.send(sound(32_768))],
    ['the end', (_client, rig) => rig.session.ended('finished')],
  ])('but not when %s has come', (_what, come) => {
    const { rig, client, transport } = publishing()
    come(client, rig)
    expect([transport.rest?.(44), rig.sink.rests]).toEqual([false, []])
  })

  test('and again when less comes', () => {
    const { rig, client, transport } = publishing()
    client.send(sound(32_768))
    expect([transport.rest?.(44), transport.rest?.(44)]).toEqual([false, false]) // for two of its streams
    rig.time.advance(44)
    client.send(sound(100))
    expect(transport.rest?.(44)).toBe(true)
  })
})

describe('errors and limits', () => {
  const rows: [string, (rig: ServerRig) => void, RegExp][] = [
    ['a wrong version', ({ session }) => session.receive(Uint8Array.of(0x47)), /expected version 3/],
    ['a slow handshake', ({ time }) => time.advance(10_000), /handshake took too long/],
    [
      'no connect in time',
      (rig) => {
        const client = new FakeRtmpClient(rig)
        client.send(command('hello', 1))
        rig.time.advance(10_000)
      },
      /no connect command/,
    ],
    [
      'too much before connect',
      (rig) => {
        const client = new FakeRtmpClient(rig)
        for (let count = 0; count < 20; count++) client.send(media(9, 0, new Array<number>(4_000).fill(0)))
      },
      /^fail preConnectBytes/,
    ],
    [
      'a chunk stream that is none',
      (rig) => {
        new FakeRtmpClient(rig).sendBytes(Uint8Array.of(0xc5))
      },
      /fmt 3 opens/,
    ],
    [
      'a client that takes nothing',
      (rig) => {
        const client = new FakeRtmpClient(rig)
        rig.sink.queued = 9_000_000
        client.send(connect())
      },
      /^fail queueBytes/,
    ],
    [
      'a bug in a handler',
      (rig) => {
        rig.handler.call = () => {
          throw new TypeError('a bug')
        }
        new FakeRtmpClient(rig).send(connect(), command('x', 1))
      },
      /^fail a bug/,
    ],
  ]

  test.each(rows)('%s: failed once, reported once, then silent', (_title, run, expected) => {
    const rig = new ServerRig()
    run(rig)
    expect(rig.sink.events).toEqual([expect.stringMatching(expected)])
    expect(rig.handler.reports.filter((report) => report.startsWith('closed'))).toEqual(['closed lost'])
    rig.sink.take()
    rig.session.receive(new Uint8Array(5_000))
    rig.session.ended('finished')
    rig.handler.connection.close()
    expect(rig.sink.take()).toHaveLength(0)
    expect(rig.sink.events).toHaveLength(1)
    expect(rig.time.timers.size).toBe(0)
  })

  test.each(['finished', 'lost'] as const)('the peer is %s: no timer is left', (how) => {
    const rig = new ServerRig()
    new FakeRtmpClient(rig).send(connect())
    rig.session.ended(how)
    rig.session.ended(how)
    expect(rig.handler.reports).toEqual(['connect chat/', `closed ${how}`])
    expect(rig.sink.events).toEqual(['end'])
    expect(rig.time.timers.size).toBe(0)
  })

  test('ending the transport ends the connection', () => {
    const rig = new ServerRig()
    new FakeRtmpClient(rig).send(connect())
    rig.handler.connection.transport.end()
    expect(rig.handler.reports.at(-1)).toBe('closed finished')
    expect(rig.sink.events).toEqual(['end'])
  })
})
