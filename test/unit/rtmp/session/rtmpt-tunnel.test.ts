import { RtmptTunnel } from '../../../../src/rtmp/session/rtmpt-tunnel.js'
import type { TunnelEnd, TunnelRequestKind } from '../../../../src/rtmp/session/rtmpt-tunnel.js'
import { encodeUtf8 } from '../../../../src/util/utf8.js'
import { limitsWith } from '../../../../src/util/limits.js'
import type { Limits } from '../../../../src/util/limits.js'
import { ManualTurn } from '../../../../src/util/turn.js'
import { FakeTime } from '../../../support/fake-clock.js'

/** A tunnel whose session answers nothing by itself. Texts stand for bytes. */
class Rig {
  readonly time = new FakeTime()
  readonly turn = new ManualTurn()
  readonly received: string[] = []
  readonly ends: TunnelEnd[] = []
  /** By the order of the requests: polling byte and text, "refused", or undefined while it waits. */
  readonly answers: (readonly [number, string] | 'refused' | undefined)[] = []
  drains = 0
  onReceive: (text: string) => void = () => undefined
  onDrained: () => void = () => undefined
  readonly tunnel: RtmptTunnel

  constructor(limits: Partial<Limits> = {}) {
    const options = { timers: this.time.timers, turn: this.turn, limits: limitsWith(limits) }
    this.tunnel = new RtmptTunnel(options, {
      receive: (bytes) => {
        const text = Buffer.from(bytes).toString()
        this.received.push(text)
        this.onReceive(text)
      },
      drained: () => {
        this.drains++
        this.onDrained()
      },
      over: (end) => this.ends.push(end),
    })
  }

  request(kind: TunnelRequestKind, sequence: number, body = ''): this {
    const at = this.answers.push(undefined) - 1
    this.tunnel.request({
      kind,
      sequence,
      body: encodeUtf8(body),
      answer: (bytes) => {
        expect(this.answers[at]).toBeUndefined()
        this.answers[at] =
          bytes === undefined ? 'refused' : [bytes[0] ?? -1, Buffer.from(bytes.subarray(1)).toString()]
      },
    })
    return this
  }

  write(text: string): this {
    this.tunnel.write(encodeUtf8(text))
    return this
  }

  end(): this {
    this.turn.end()
    return this
  }
}

describe('requests in order', () => {
  test('bring their bytes, and are answered with what is there at the end of the turn', () => {
    const rig = new Rig()
    rig.onReceive = (text) => rig.turn.atEnd(() => rig.write(`re:${text}`))
    rig.request('send', 0, 'a').request('idle', 1).request('send', 2, 'b')
    expect(rig.answers).toEqual([undefined, undefined, undefined])
    rig.end()
    expect(rig.received).toEqual(['a', 'b'])
    expect(rig.answers).toEqual([
      [1, 're:are:b'],
      [1, ''],
      [1, ''],
    ])
    expect(rig.tunnel.queuedBytes).toBe(0)
  })

  test('an answer takes as much as fits, and the rest waits; who writes is told when all is taken', () => {
    const rig = new Rig({ rtmptAnswerBytes: 5 })
    rig.write('abc').write('defghi').request('idle', 0).end()
    expect(rig.answers).toEqual([[1, 'abcd']])
    expect([rig.tunnel.queuedBytes, rig.drains]).toEqual([5, 0])
    rig.request('idle', 1).request('idle', 2).end()
    expect(rig.answers.slice(1)).toEqual([
      [1, 'efgh'],
      [1, 'i'],
    ])
    expect([rig.tunnel.queuedBytes, rig.drains]).toEqual([0, 1])
  })

  test('what is written when all is taken leaves in the same answer', () => {
    const rig = new Rig()
    rig.onDrained = () => rig.drains < 3 && rig.write('more')
    rig.write('first').request('idle', 0).end()
    expect(rig.answers).toEqual([[1, 'firstmoremore']])
  })

  test('the polling interval grows while there is nothing to say, and begins anew with the next byte', () => {
    const rig = new Rig()
    for (let sequence = 0; sequence < 70; sequence++) rig.request('idle', sequence).end()
    const intervals = rig.answers.map((answer) => answer?.[0])
    expect([0, 8, 9, 19, 29, 39, 49, 69].map((at) => intervals[at])).toEqual([1, 1, 3, 5, 9, 17, 33, 33])
    rig.write('x').request('idle', 70).request('idle', 71).end()
    expect(rig.answers.slice(70)).toEqual([
      [1, 'x'],
      [1, ''],
    ])
  })
})

describe('requests out of order', () => {
  test('wait for those before them', () => {
    const rig = new Rig()
    rig.request('send', 2, 'c').request('send', 1, 'b').end()
    expect(rig.received).toEqual([])
    expect(rig.answers).toEqual([undefined, undefined])
    rig.write('x').request('send', 0, 'a').end()
    expect(rig.received).toEqual(['a', 'b', 'c'])
    expect(rig.answers).toEqual([
      [1, ''],
      [1, ''],
      [1, 'x'],
    ])
  })

  test('rtmptGapMs: one that never comes ends the session, and those who wait are told', () => {
    const rig = new Rig({ rtmptGapMs: 10_000 })
    rig.request('send', 1, 'b')
    rig.time.advance(9_999)
    expect(rig.ends).toEqual([])
    rig.time.advance(1)
    rig.end()
    expect(rig.ends).toEqual(['gap'])
    expect(rig.answers).toEqual([[0, '']])
    expect(rig.received).toEqual([])
  })

  test('each gap has its own time', () => {
    const rig = new Rig({ rtmptGapMs: 10_000 })
    rig.request('send', 1, 'b').request('send', 3, 'd')
    rig.time.advance(9_000)
    rig.request('send', 0, 'a')
    rig.time.advance(9_000)
    rig.request('send', 2, 'c')
    rig.time.advance(20_000)
    expect(rig.ends).toEqual([])
    expect(rig.received).toEqual(['a', 'b', 'c', 'd'])
  })

  test.each([
    ['rtmptHeldRequests', { rtmptHeldRequests: 2 }],
    ['rtmptHeldBytes', { rtmptHeldBytes: 2 }],
  ] as const)('%s: so many wait and no more', (limit, limits) => {
    const rig = new Rig(limits)
    rig.request('send', 5, 'a').request('send', 3, 'b')
    expect(rig.ends).toEqual([])
    rig.request('send', 7, 'c').end()
    expect(rig.ends).toEqual([limit])
    expect(rig.answers).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ])
  })

  test('one that waits and comes again takes its own place', () => {
    const rig = new Rig({ rtmptHeldBytes: 3 })
    rig.request('send', 1, 'old').request('send', 1, 'new').request('send', 0, '').end()
    expect(rig.received).toEqual(['new'])
    expect(rig.answers).toEqual(['refused', [1, ''], [1, '']])
  })
})

describe('requests that come again', () => {
  test('the last gets the same answer, and its bytes are taken once', () => {
    const rig = new Rig()
    rig.write('x').request('send', 0, 'a').end()
    rig.write('y').request('send', 0, 'a').end()
    expect(rig.received).toEqual(['a'])
    expect(rig.answers).toEqual([
      [1, 'x'],
      [1, 'x'],
    ])
    rig.request('idle', 1).end()
    expect(rig.answers[2]).toEqual([1, 'y'])
  })

  test('an older one, and one that is not answered yet, are refused; the session goes on', () => {
    const rig = new Rig()
    rig.request('idle', 0).end().request('send', 1, 'b').request('send', 1, 'b').end().request('idle', 0)
    expect(rig.answers).toEqual([[1, ''], [1, ''], 'refused', 'refused'])
    rig.request('send', 2, 'c')
    expect(rig.received).toEqual(['b', 'c'])
    expect(rig.ends).toEqual([])
  })
})

describe('the end', () => {
  test('by the client, in its order', () => {
    const rig = new Rig()
    rig.write('lost').request('close', 1).request('send', 0, 'a').end()
    expect(rig.received).toEqual(['a'])
    expect(rig.answers).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(rig.ends).toEqual(['closed'])
    rig.request('idle', 2)
    expect(rig.answers[2]).toEqual([0, ''])
    expect(rig.time.timers.size).toBe(0)
  })

  test('by us: the client is told when it asks', () => {
    const rig = new Rig()
    rig.tunnel.end()
    rig.tunnel.end()
    rig.write('nothing').request('idle', 0).request('idle', 5)
    expect(rig.answers).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(rig.ends).toEqual(['ended'])
    expect([rig.tunnel.queuedBytes, rig.time.timers.size]).toEqual([0, 0])
  })

  test('within a receive: what comes behind is not taken', () => {
    const rig = new Rig()
    rig.onReceive = () => rig.tunnel.end()
    rig.request('send', 1, 'b').request('send', 0, 'a').end()
    expect(rig.received).toEqual(['a'])
    expect(rig.answers).toEqual([
      [0, ''],
      [0, ''],
    ])
  })

  test('rtmptIdleMs: when nothing is asked for so long', () => {
    const rig = new Rig({ rtmptIdleMs: 30_000 })
    for (let sequence = 0; sequence < 5; sequence++) {
      rig.time.advance(29_000)
      rig.request('idle', sequence)
    }
    expect(rig.ends).toEqual([])
    rig.time.advance(30_000)
    expect(rig.ends).toEqual(['silent'])
    expect(rig.time.timers.size).toBe(0)
  })

  test('rtmptLostMs: soon after the connection has closed, if no request comes by another', () => {
    const rig = new Rig({ rtmptLostMs: 5_000 })
    rig.request('idle', 0).end()
    rig.tunnel.disconnected()
    rig.time.advance(4_999)
    rig.request('idle', 1).end()
    rig.time.advance(10_000)
    expect(rig.ends).toEqual([])
    rig.tunnel.disconnected()
    rig.tunnel.disconnected()
    rig.time.advance(5_000)
    expect(rig.ends).toEqual(['lost'])
    rig.tunnel.disconnected()
    expect(rig.time.timers.size).toBe(0)
  })
})
