/** Calls both ways, liveness, rates and the end of a connection [rtmp.md 3.2, 12]. */
import { AmfDictionary, AmfObject } from '../../../../src/amf/value.js'
import type { CallAnswer } from '../../../../src/rtmp/session/events.js'
import { statusOf } from '../../../../src/rtmp/session/status.js'
import type { NetStream } from '../../../../src/rtmp/session/events.js'
import { connectionRig } from '../../../support/fake-net-connection.js'
import type { ConnectionRig } from '../../../support/fake-net-connection.js'
import {
  bareCommand,
  command,
  connect,
  media,
  sharedObject,
  show,
  userControl,
} from '../../../support/fake-rtmp-text.js'
import type { Limits } from '../../../../src/util/limits.js'

function connected(overrides: Partial<Limits> = {}, objectEncoding = 0): ConnectionRig {
  const rig = connectionRig(overrides)
  rig.send(connect({ objectEncoding }))
  rig.sent()
  rig.reported()
  return rig
}

function noting(): { answers: string[]; note: (answer: CallAnswer) => void } {
  const answers: string[] = []
  return {
    answers,
    note: (answer) => answers.push(answer.ok ? `ok ${show(answer.value)}` : `failed ${show(answer.info)}`),
  }
}

const failed = (name: string, reason: string): string =>
  `failed {level:"error",code:"NetConnection.Call.Failed",description:"Call to ${name} failed: ${reason}."}`

describe('a call of the client', () => {
  test.each([
    [0, 20],
    [3, 17],
  ])('encoding %s: its result is type %s', (objectEncoding, type) => {
    const rig = connected({}, objectEncoding)
    rig.send(command('add', 2, [1, 2]), command('sub', 3))
    const [add, sub] = rig.handler.calls
    rig.connection.error(sub!, {
      level: 'error',
      code: 'NetConnection.Call.Failed',
      description: 'Method not found (sub).',
    })
    rig.connection.result(add!, AmfObject.of({ sum: 3 }))
    expect(rig.sent()).toEqual([
      `${type}/0 _error 3 null {level:"error",code:"NetConnection.Call.Failed",description:"Method not found (sub)."}`,
      `${type}/0 _result 2 null {sum:3}`,
    ])
  })

  test('is answered once, and with transaction 0 never', () => {
    const rig = connected()
    rig.send(command('add', 2), command('add', 0))
    for (const call of rig.handler.calls) {
      rig.connection.result(call, 1)
      rig.connection.result(call, 2)
      rig.connection.error(call, statusOf('NetConnection.Call.Failed', 'add'))
    }
    expect(rig.sent()).toEqual(['20/0 _result 2 null 1'])
  })

  test('with arguments that cannot be read is refused', () => {
    const rig = connected()
    const broken = command('add', 2, ['x'])
    rig.send({ ...broken, payload: broken.payload.subarray(0, broken.payload.length - 1) })
    expect(rig.sent()[0]).toMatch(/_error 2 null .*Call to add failed/)
    expect(rig.reported()).toEqual([])
  })

  test('waits for an answer together with at most pendingCalls others', () => {
    const rig = connected({ pendingCalls: 2 })
    rig.send(command('a', 2), command('b', 3), command('c', 4), command('d', 0))
    expect(rig.sent()).toEqual([
      '20/0 _error 4 null {level:"error",code:"NetConnection.Call.Failed",description:"Call to c failed: too many calls wait for an answer."}',
    ])
    expect(rig.reported()).toEqual(['call a 2', 'call b 3', 'call d 0'])
  })

  test('whose message is no command ends the connection', () => {
    const rig = connected()
    rig.send({ ...command('x', 1), payload: Uint8Array.of(5, 5) })
    expect(rig.sent()[0]).toMatch(/^fail expected a name/)
    expect(rig.reported()).toEqual(['closed lost'])
  })
})

describe('a call to the client', () => {
  test.each([
    [0, 20],
    [3, 17],
  ])('encoding %s: type %s, answered by _result or _error', (objectEncoding, type) => {
    const rig = connected({}, objectEncoding)
    const { answers, note } = noting()
    rig.connection.call('ask', ['x'], note)
    rig.connection.call('tell', ['y'])
    rig.connection.call('ask', [], note)
    expect(rig.sent()).toEqual([
      `${type}/0 ask 1 null "x"`,
      `${type}/0 tell 0 null "y"`,
      `${type}/0 ask 2 null`,
    ])
    rig.send(
      command('_error', 2, [AmfObject.of({ code: 'no' })]),
      command('_result', 1, [5]),
      command('_result', 1, [6]),
    )
    expect(answers).toEqual(['failed {code:"no"}', 'ok 5'])
  })

  test('is answered without a command object by Gnash', () => {
    const rig = connected()
    const { answers, note } = noting()
    rig.connection.call('ask', [], note)
    rig.send(bareCommand('_result', 1, ['yes']))
    expect(answers).toEqual(['ok "yes"'])
  })

  test('fails after callMs, and a late answer is ignored', () => {
    const rig = connected({ callMs: 5_000 })
    const { answers, note } = noting()
    rig.connection.call('ask', [], note)
    rig.time.advance(4_999)
    expect(answers).toEqual([])
    rig.time.advance(1)
    rig.send(command('_result', 1, [1]))
    expect(answers).toEqual([failed('ask', 'no answer in time')])
  })

  test('fails when the connection ends, before or after', () => {
    const rig = connected()
    const { answers, note } = noting()
    rig.connection.call('ask', [], note)
    rig.connection.closed('lost')
    rig.connection.call('late', [], note)
    expect(answers).toEqual([
      failed('ask', 'the connection is closed'),
      failed('late', 'the connection is closed'),
    ])
    expect(rig.time.timers.size).toBe(0)
  })

  test('fails when too many wait', () => {
    const rig = connected({ pendingCalls: 1 })
    const { answers, note } = noting()
    rig.connection.call('a', [], note)
    rig.connection.call('b', [], note)
    expect(answers).toEqual([failed('b', 'too many calls wait for an answer')])
    expect(rig.sent()).toEqual(['20/0 a 1 null'])
  })

  test('with more than can be encoded fails, and the connection goes on', () => {
    const rig = connected()
    const { answers, note } = noting()
    let deep = new AmfObject()
    for (let depth = 0; depth < 100; depth++) deep = AmfObject.of({ deep })
    rig.connection.call('a', [deep], note)
    rig.connection.call('b', [deep])
    rig.send(command('c', 2))
    rig.connection.result(rig.handler.calls[0]!, deep)
    expect(answers).toEqual([failed('a', 'an argument cannot be encoded')])
    expect(rig.sent()).toEqual([
      '20/0 _error 2 null {level:"error",code:"NetConnection.Call.Failed",description:"Call to c failed: its result cannot be encoded."}',
    ])
    expect(rig.connection.isOpen).toBe(true)
  })

  test('has values without an AMF0 form converted down', () => {
    const rig = connected()
    rig.connection.call('a', [new AmfDictionary(false)])
    expect(rig.sent()[0]).toMatch(/^20\/0 a 0 null /)
  })
})

describe('status and shared objects', () => {
  test.each([
    [0, 19],
    [3, 16],
  ])('encoding %s: onStatus type 20, shared objects type %s', (objectEncoding, type) => {
    const rig = connected({}, objectEncoding)
    rig.connection.status(statusOf('NetConnection.Connect.AppShutdown'))
    rig.connection.sendSharedObject({
      name: 'users',
      version: 3,
      flags: 0,
      reserved: 0,
      events: [{ kind: 'useSuccess' }, { kind: 'clear' }],
    })
    expect(rig.sent()).toEqual([
      '20/0 onStatus 0 null {level:"error",code:"NetConnection.Connect.AppShutdown",description:"Application is shutting down."}',
      `${type}/0 users 3 useSuccess clear`,
    ])
  })
})

describe('a silent client', () => {
  test('is pinged after pingMs and lost after twice that', () => {
    const rig = connected({ pingMs: 10_000 })
    rig.time.advance(9_999)
    expect(rig.sent()).toEqual([])
    rig.time.advance(1)
    expect(rig.sent()).toEqual(['PingRequest 11000'])
    rig.time.advance(10_000)
    expect(rig.sent()).toEqual(['end'])
    expect(rig.reported()).toEqual(['closed lost'])
    expect(rig.time.timers.size).toBe(0)
  })

  test('that answers stays', () => {
    const rig = connected({ pingMs: 10_000 })
    for (let round = 0; round < 5; round++) {
      rig.time.advance(10_000)
      expect(rig.sent()).toHaveLength(1)
      rig.send(userControl({ event: 'PingResponse', timestamp: 0 }))
    }
    rig.time.advance(9_000)
    expect(rig.connection.isOpen).toBe(true)
  })

  test('that speaks now and then is never pinged', () => {
    const rig = connected({ pingMs: 10_000 })
    for (let round = 0; round < 5; round++) {
      rig.time.advance(7_000)
      rig.send(media(8, 0, []))
    }
    expect(rig.sent()).toEqual([])
  })

  test('asked whether it is there', () => {
    const rig = connected()
    const answers: boolean[] = []
    rig.connection.ping(3_000, (isAlive) => answers.push(isAlive))
    expect(rig.sent()).toEqual(['PingRequest 1000'])
    rig.send(media(8, 0, []))
    rig.connection.ping(3_000, (isAlive) => answers.push(isAlive))
    rig.time.advance(3_000)
    rig.connection.ping(3_000, (isAlive) => answers.push(isAlive))
    rig.connection.close()
    rig.connection.ping(3_000, (isAlive) => answers.push(isAlive))
    expect(answers).toEqual([true, false, false, false])
  })
})

describe('too many commands in a second', () => {
  test('are refused, then the connection is closed; it recovers with time', () => {
    const rig = connected({ commandsPerSecond: 10 })
    const burst = (count: number): void =>
      rig.send(...new Array<ReturnType<typeof command>>(count).fill(command('x', 9)))
    burst(9) // connect was the tenth
    expect(rig.sent()).toEqual([])
    burst(1)
    expect(rig.sent()[0]).toMatch(/_error 9 null .*too many commands in a second/)
    rig.time.advance(1_100)
    burst(10)
    expect(rig.sent()).toEqual([])
    burst(11)
    expect(rig.sent().at(-1)).toBe('end')
    expect(rig.reported().at(-1)).toBe('closed lost')
  })

  test('shared object messages count, and are never dropped', () => {
    const rig = connected({ commandsPerSecond: 10 })
    const use = sharedObject('x', [{ kind: 'use' }])
    rig.send(...new Array<typeof use>(19).fill(use))
    expect(rig.reported()).toHaveLength(19)
    rig.send(use)
    expect(rig.reported()).toEqual(['closed lost'])
  })
})

describe('publishing that waits for its answer', () => {
  const start = [command('createStream', 2), command('publish', 0, ['cam'], 1)]

  test('holds media and releases it in order', () => {
    const rig = connected()
    rig.handler.answersStreams = false
    rig.send(...start, media(8, 1, [1]), media(9, 2, [2]))
    expect(rig.reported()).toEqual(['1: publish cam  live'])
    rig.handler.streams[0]!.publishStarted()
    expect(rig.reported()).toEqual(['1: media 8/1@1 01', '1: media 9/1@2 02'])
    rig.handler.streams[0]!.publishStarted()
    expect(rig.sent().filter((line) => line.includes('Publish.Start'))).toHaveLength(1)
  })

  test('that is refused drops it, and the stream is idle', () => {
    const rig = connected()
    rig.handler.answersStreams = false
    rig.send(...start, media(8, 1, [1]))
    const stream = rig.handler.streams[0]!
    expect([stream.state, stream.name]).toEqual(['publishing', 'cam'])
    stream.publishRefused(statusOf('NetStream.Publish.BadName', 'cam'))
    rig.send(media(8, 1, [1]))
    rig.connection.closed('finished')
    expect([stream.state, stream.name]).toEqual(['idle', ''])
    expect(rig.sent().at(-1)).toContain(
      '"NetStream.Publish.BadName",description:"cam is not available",details:"cam",clientid:"c1"',
    )
    expect(rig.reported()).toEqual(['1: publish cam  live', 'closed finished'])
  })

  test('has a limit', () => {
    const rig = connected({ heldMediaBytes: 1_000 })
    rig.handler.answersStreams = false
    rig.send(...start, ...new Array<ReturnType<typeof media>>(20).fill(media(8, 1, [1])))
    expect(rig.sent().at(-1)).toMatch(/^fail heldMediaBytes/)
    expect(rig.reported()).toEqual(['1: publish cam  live', '1: unpublish', 'closed lost'])
  })

  test('and is given up by the client: late answers do nothing', () => {
    const rig = connected()
    rig.handler.answersStreams = false
    rig.send(...start, command('closeStream', 0, [], 1))
    rig.sent()
    rig.handler.streams[0]!.publishStarted()
    rig.handler.streams[0]!.publishRefused(statusOf('NetStream.Publish.BadName', 'cam'))
    expect(rig.sent()).toEqual([])
    expect(rig.reported()).toEqual(['1: publish cam  live', '1: unpublish'])
  })
})

const request = { name: 'cam', query: '', startMs: 0, durationMs: -1, how: 'reset' } as const

describe('a play that waits for its answer', () => {
  test('can be refused', () => {
    const rig = connected()
    rig.handler.answersStreams = false
    rig.send(command('createStream', 2), command('play', 0, ['cam', 0], 1))
    rig.handler.streams[0]!.playRefused(statusOf('NetStream.Play.StreamNotFound', 'cam'))
    rig.handler.streams[0]!.playStarted(request)
    expect(rig.sent().slice(1)).toEqual([
      '20/1 onStatus 0 null {level:"error",code:"NetStream.Play.StreamNotFound",description:"Failed to play cam; stream not found.",details:"cam",clientid:"c1"}',
    ])
    expect(rig.handler.streams[0]!.state).toBe('idle')
  })
})

describe('what a stream sends', () => {
  const info = (level: string, code: string, description: string, more = ''): string =>
    `{level:"${level}",code:"NetStream.${code}",description:"${description}"${more}}`
  const about = ',details:"cam",clientid:"c1"'
  const start = `20/1 onStatus 0 null ${info('status', 'Play.Start', 'Started playing cam.', about)}`

  function playing(): { rig: ReturnType<typeof connected>; stream: NetStream } {
    const rig = connected()
    rig.send(command('createStream', 2), command('play', 0, ['cam'], 1))
    rig.sent()
    return { rig, stream: rig.handler.streams[0]! }
  }

  test('media goes out on the message stream', () => {
    const { rig, stream } = playing()
    stream.send({ ...media(9, 40, [0x17]), messageStreamId: 99 })
    expect(rig.sent()).toEqual(['9/1@40 17'])
    expect(rig.transport.sent.at(-1)?.chunkStreamId).toBe(6)
  })

  test('a recording begins, is sought and ends', () => {
    const { rig, stream } = playing()
    stream.playStarted({ ...request, how: 'append' }, true)
    expect(rig.sent()).toEqual([
      'StreamIsRecorded 1',
      'StreamBegin 1',
      start,
      '18/1 |RtmpSampleAccess true true',
      '18/1 onStatus {code:"NetStream.Data.Start"}',
    ])
    stream.seekStarted(25_000)
    const seek = info('status', 'Seek.Notify', 'Seeking 25000 (stream ID: 1).', about)
    expect(rig.sent()).toEqual([
      'StreamEof 1',
      'StreamIsRecorded 1',
      'StreamBegin 1',
      `20/1 onStatus 0 null ${seek}`,
      start,
    ])
    stream.playSwitched(700)
    stream.playCompleted({ durationMs: 1_500, bytes: 99, atMs: 1_480 })
    expect(rig.transport.sent.slice(-4).map(({ timestamp }) => timestamp)).toEqual([700, 1_480, 0, 0])
    expect(rig.sent()).toEqual([
      `18/1 onPlayStatus ${info('status', 'Play.Switch', 'Played all of cam, the next follows.')}`,
      `18/1 onPlayStatus ${info('status', 'Play.Complete', 'Played all of cam.', ',duration:1.5,bytes:99')}`,
      'StreamEof 1',
      `20/1 onStatus 0 null ${info('status', 'Play.Stop', 'Stopped playing cam.', `${about},reason:""`)}`,
    ])
  })

  test('nothing any more once it is deleted, though somebody still writes to it', () => {
    const { rig, stream } = playing()
    rig.send(command('deleteStream', 0, [1]))
    rig.sent()
    stream.playStarted(request)
    stream.playSwitched(1)
    stream.playCompleted({ durationMs: 1, bytes: 1, atMs: 1 })
    stream.seekStarted(1)
    stream.status(statusOf('NetStream.Play.Stop', 'cam'))
    expect(rig.sent()).toEqual([])
  })

  test('that its name was taken, and what it publishes afterwards is dropped', () => {
    const rig = connected()
    rig.send(command('createStream', 2), command('publish', 0, ['cam'], 1))
    rig.sent()
    rig.handler.streams[0]!.publishEnded()
    rig.handler.streams[0]!.publishEnded()
    rig.send(media(8, 1, [1]))
    const gone = info('status', 'Unpublish.Success', 'cam is now unpublished.', about)
    expect(rig.sent()).toEqual([`20/1 onStatus 0 null ${gone}`])
    rig.connection.closed('lost')
    expect(rig.reported()).toEqual(['1: publish cam  live', 'closed lost'])
  })
})

describe('the end', () => {
  test('stops what was open, once, then reports it', () => {
    const rig = connected()
    rig.send(
      command('createStream', 2),
      command('createStream', 3),
      command('play', 0, ['a'], 1),
      command('publish', 0, ['b'], 2),
    )
    rig.reported()
    rig.connection.closed('lost')
    rig.connection.closed('finished')
    expect(rig.reported()).toEqual(['1: stop', '2: unpublish', 'closed lost'])
  })

  test('by us: a close command, then the end; every method is a no-op afterwards', () => {
    const rig = connected({}, 3)
    rig.send(command('add', 2), command('createStream', 3), command('play', 0, ['a'], 1))
    rig.sent()
    rig.connection.close()
    expect(rig.sent()).toEqual(['17/0 close 0 null', 'end'])
    const { connection } = rig
    connection.close()
    connection.result(rig.handler.calls[0]!, 1)
    connection.status(statusOf('NetConnection.Connect.AppShutdown'))
    connection.call('x', [])
    rig.handler.streams[0]!.status(statusOf('NetStream.Play.Stop', 'a'))
    rig.handler.streams[0]!.send(media(9, 0, [1]))
    rig.handler.streams[0]!.playStarted(request)
    rig.send(command('add', 5))
    expect(rig.sent()).toEqual([])
    expect(connection.isOpen).toBe(false)
    expect(rig.time.timers.size).toBe(0)
  })
})
