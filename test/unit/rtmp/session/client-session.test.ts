/** Our client against our server, in memory: what one sends the other reports, in both encodings and any cut. */
import { AmfObject } from '../../../../src/amf/value.js'
import { RtmpClientSession } from '../../../../src/rtmp/session/client-session.js'
import type { ClientSessionHandler } from '../../../../src/rtmp/session/client-session.js'
import type { CallAnswer } from '../../../../src/rtmp/session/events.js'
import { statusOf } from '../../../../src/rtmp/session/status.js'
import { StateError } from '../../../../src/util/errors.js'
import { defaultLimits } from '../../../../src/util/limits.js'
import { ServerRig } from '../../../support/fake-rtmp-client.js'
import { FakeSink, exchange } from '../../../support/fake-pipe.js'
import { line, media, show } from '../../../support/fake-rtmp-text.js'
import { testCrypto } from '../../../support/rtmp-crypto.js'

class Pair {
  readonly server = new ServerRig()
  readonly sink = new FakeSink()
  readonly reports: string[] = []
  readonly answers: string[] = []
  readonly client: RtmpClientSession

  constructor(private readonly size = Number.POSITIVE_INFINITY) {
    const { reports } = this
    const handler: ClientSessionHandler = {
      call: (name, args, answer) => {
        reports.push(['call', name, ...args.map(show)].join(' '))
        answer(name === 'ask' ? { ok: true, value: 42 } : { ok: false, info: 'no' })
        answer({ ok: true, value: 'twice' })
      },
      status: (info, messageStreamId) =>
        reports.push(`status ${messageStreamId} ${show((info as AmfObject).get('code'))}`),
      sharedObject: ({ name, events }) =>
        reports.push(`object ${name} ${events.map(({ kind }) => kind).join(' ')}`),
      media: (message) => reports.push(`media ${line(message)}`),
      userControl: (control) => reports.push(control.event),
      closed: (how, error) => reports.push(`closed ${how}${error === undefined ? '' : ` ${error.message}`}`),
    }
    const { timers } = this.server.time
    this.client = new RtmpClientSession(
      { sink: this.sink, timers, limits: defaultLimits, crypto: testCrypto(3) },
      handler,
    )
  }

  readonly note = (answer: CallAnswer): void => {
    this.answers.push(answer.ok ? `ok ${show(answer.value)}` : `failed ${show(answer.info)}`)
  }

  run(): this {
    exchange(
      { sink: this.sink, session: this.client },
      { sink: this.server.sink, session: this.server.session },
      this.size,
    )
    return this
  }

  connect(objectEncoding: 0 | 3 = 0): this {
    this.client.connect(
      { app: 'chat/lobby?k=v', tcUrl: 'rtmp://gw/chat/lobby', objectEncoding, args: ['alice'] },
      this.note,
    )
    return this.run()
  }
}

describe.each([0, 3] as const)('encoding %s', (objectEncoding) => {
  test.each([Number.POSITIVE_INFINITY, 7])(
    'connect and calls both ways, at most %s bytes at a time',
    (size) => {
      const pair = new Pair(size).connect(objectEncoding)
      const { handler } = pair.server
      expect(handler.requests[0]).toMatchObject({
        app: 'chat',
        instance: 'lobby',
        objectEncoding,
        args: ['alice'],
      })
      expect(pair.answers.splice(0)).toEqual([expect.stringContaining('"NetConnection.Connect.Success"')])
      expect(pair.reports.splice(0)).toEqual(['StreamBegin', 'call onBWDone'])

      pair.client.call('add', [1, AmfObject.of({ b: 2 })], pair.note)
      pair.client.call('tell', ['x'])
      handler.connection.call('ask', ['q'], pair.note)
      handler.connection.call('other', [], pair.note)
      pair.run()
      expect(handler.calls.map(({ name, args }) => `${name} ${args.map(show).join(' ')}`)).toEqual([
        'add 1 {b:2}',
        'tell "x"',
      ])
      handler.connection.result(handler.calls[0]!, 3)
      pair.run()
      expect(pair.reports).toEqual(['call ask "q"', 'call other'])
      expect(pair.answers).toEqual(['ok 42', 'failed "no"', 'ok 3'])
    },
  )

  test('shared objects', () => {
    const pair = new Pair().connect(objectEncoding)
    const message = { name: 'users', version: 1, flags: 0, reserved: 0 }
    pair.client.sendSharedObject({
      ...message,
      events: [{ kind: 'use' }, { kind: 'requestChange', slots: [{ name: 'a', value: 1 }] }],
    })
    pair.server.handler.connection.sendSharedObject({
      ...message,
      events: [{ kind: 'useSuccess' }, { kind: 'clear' }],
    })
    pair.run()
    expect(pair.server.handler.reports.at(-1)).toBe('object users use requestChange')
    expect(pair.reports.at(-1)).toBe('object users useSuccess clear')
  })
})

describe('streams', () => {
  test('publish and play on one connection', () => {
    const pair = new Pair().connect()
    const ids: (number | undefined)[] = []
    pair.client.createStream((id) => ids.push(id))
    pair.client.createStream((id) => ids.push(id))
    pair.run()
    expect(ids).toEqual([1, 2])
    pair.client.publish(1, 'cam')
    pair.client.play(2, 'cam', -1000)
    pair.client.send(media(9, 40, new Array<number>(70_000).fill(1)))
    pair.run()
    const [publisher, player] = pair.server.handler.streams
    expect([publisher?.state, player?.state]).toEqual(['publishing', 'playing'])
    player?.send(media(9, 40, [0x17]))
    pair.client.streamCommand(1, 'closeStream', [])
    pair.client.deleteStream(2)
    pair.run()
    expect(pair.server.handler.reports.map((report) => report.slice(0, 30))).toEqual([
      'connect chat/lobby',
      '1: publish cam  live',
      '2: play cam  -1000 -1000 reset',
      '2: buffer 3000',
      '1: media 9/1@40 01010101010101',
      '1: unpublish',
      '2: stop',
    ])
    expect(pair.reports.slice(2)).toEqual([
      'StreamBegin',
      'status 1 "NetStream.Publish.Start"',
      'StreamBegin',
      'status 2 "NetStream.Play.Reset"',
      'status 2 "NetStream.Play.Start"',
      'media 18/2 |RtmpSampleAccess true true',
      'media 18/2 onStatus {code:"NetStream.Data.Start"}',
      'media 9/2@40 17',
      'status 1 "NetStream.Unpublish.Success"',
    ])
  })

  test('createStream refused gives none', () => {
    const pair = new Pair()
    const ids: (number | undefined)[] = []
    pair.connect()
    pair.sink.fail(new Error('gone'))
    pair.client.ended('lost')
    pair.client.createStream((id) => ids.push(id))
    expect(ids).toEqual([undefined])
  })
})

describe('the end', () => {
  test('refused: the answer says why, then it is over', () => {
    const pair = new Pair()
    pair.server.handler.answersConnect = false
    pair.connect()
    pair.server.handler.connection.reject(statusOf('NetConnection.Connect.InvalidApp', 'chat'))
    pair.run()
    expect(pair.answers).toEqual([expect.stringContaining('Application (chat) is not defined.')])
    expect(pair.reports).toEqual(['closed finished'])
    expect(pair.server.time.timers.size).toBe(0)
  })

  test('closed by the client', () => {
    const pair = new Pair().connect()
    pair.client.call('never', [], pair.note)
    pair.client.end()
    pair.run()
    expect(pair.server.handler.reports.at(-1)).toBe('closed finished')
    expect(pair.answers.at(-1)).toContain('the connection is closed')
    expect(pair.server.time.timers.size).toBe(0)
  })

  test('a server that is none', () => {
    const pair = new Pair()
    pair.client.connect({ app: 'chat', tcUrl: '' }, pair.note)
    pair.client.receive(new Uint8Array(10))
    expect(pair.reports).toEqual([expect.stringMatching(/^closed lost expected version 3/)])
    expect(pair.answers).toHaveLength(1)
  })

  test('connect after the end, and twice', () => {
    const pair = new Pair().connect()
    expect(() => pair.client.connect({ app: '', tcUrl: '' }, pair.note)).toThrow(StateError)
    const late = new Pair()
    late.client.ended('lost')
    late.connect()
    expect(late.answers).toEqual([expect.stringContaining('the connection is closed')])
  })

  test('a ping of the server is answered by the client', () => {
    const pair = new Pair().connect()
    const alive: boolean[] = []
    pair.server.handler.connection.ping(3_000, (isAlive) => alive.push(isAlive))
    pair.run()
    expect(alive).toEqual([true])
  })
})
