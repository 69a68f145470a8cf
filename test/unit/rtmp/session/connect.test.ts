/** connect: the request, its answers, and what waits for them [rtmp.md 3.3, 6.1; design 2]. */
import { AmfArray, AmfEcmaArray, AmfObject } from '../../../../src/amf/value.js'
import type { AmfValue } from '../../../../src/amf/value.js'
import { parseConnect } from '../../../../src/rtmp/session/connect-request.js'
import { shutdownStatus, statusOf } from '../../../../src/rtmp/session/status.js'
import { StateError } from '../../../../src/util/errors.js'
import { connectionRig } from '../../../support/fake-net-connection.js'
import {
  bareCommand,
  command,
  connect,
  media,
  sharedObject,
  userControl,
} from '../../../support/fake-rtmp-text.js'

const parse = (properties: Readonly<Record<string, AmfValue>>): ReturnType<typeof parseConnect> =>
  parseConnect(AmfObject.of(properties), [])

describe('the place that a client connects to', () => {
  test.each([
    [{ app: 'chat' }, 'chat', ''],
    [{ app: 'chat/room1' }, 'chat', 'room1'],
    [{ app: '/chat/room1/' }, 'chat', 'room1'],
    [{ app: 'chat/a/b' }, 'chat', 'a/b'],
    [{ app: 'chat/_definst_' }, 'chat', ''],
    [{ app: 'chat/_definst_/' }, 'chat', ''],
    [{ app: 'my%20chat/r%C3%A4um' }, 'my chat', 'räum'],
    [{ app: '100%' }, '100%', ''],
    [{ app: 'live?auth=x/y' }, 'live', ''],
    [{ tcUrl: 'rtmp://host:1935/live/inst?k=v' }, 'live', 'inst'],
    [{ tcUrl: 'rtmp://host' }, '', ''],
    [{ tcUrl: 'rtmps://host/?k=v' }, '', ''],
    [{ app: '', tcUrl: 'rtmp://host/live' }, 'live', ''],
    [{ app: 'live', tcUrl: 'rtmp://host/other' }, 'live', ''],
    [{ app: 5, tcUrl: true }, '', ''],
    [{}, '', ''],
  ])('%j', (properties, app, instance) => {
    expect(parse(properties)).toMatchObject({ app, instance })
  })
})

describe('the rest of the request', () => {
  test('the query is that of the app, then that of the URL; the first of equal names counts', () => {
    const { query } = parse({ app: 'live?a=1&b=%41', tcUrl: 'rtmp://h/live?a=2&c=x+y' })
    expect([...query]).toEqual([
      ['a', '1'],
      ['b', 'A'],
      ['c', 'x y'],
    ])
  })

  test.each([
    [{ flashVer: 'FMLE/3.0 (compatible; Lavf59.27.100)' }, true],
    [{ flashVer: 'LNX 10,0,32,18', type: 'nonprivate' }, true],
    [{ flashVer: 'WIN 32,0,0,465' }, false],
    [{}, false],
  ])('%j is an encoder: %s', (properties, isEncoder) => {
    expect(parse(properties)).toMatchObject({ isEncoder })
  })

  test.each([
    [3, 3],
    [0, 0],
    [1, 0],
    ['3', 0],
    [undefined, 0],
  ] as const)('object encoding %j counts as %s', (sent, objectEncoding) => {
    expect(parse({ objectEncoding: sent })).toMatchObject({ objectEncoding })
  })

  test.each([
    [1, true],
    [14, false],
    ['1', false],
  ] as const)('capsEx %j can reconnect: %s', (capsEx, canReconnect) => {
    expect(parse({ capsEx })).toMatchObject({ canReconnect })
    const rig = connectionRig()
    expect(rig.connection.canReconnect).toBe(false)
    rig.send(connect({ capsEx }))
    expect(rig.connection.canReconnect).toBe(canReconnect)
    expect(shutdownStatus(canReconnect)).toMatchObject(
      canReconnect
        ? { level: 'status', code: 'NetConnection.Connect.ReconnectRequest' }
        : { level: 'error', code: 'NetConnection.Connect.AppShutdown' },
    )
  })

  test('an ECMA array serves as command object, anything else is an empty one', () => {
    expect(parseConnect(new AmfEcmaArray(['app'], ['chat']), []).app).toBe('chat')
    for (const odd of [null, undefined, 'chat', new AmfArray(['chat'])])
      expect(parseConnect(odd, []).app).toBe('')
  })

  test('what the application passed stays in order', () => {
    const rig = connectionRig()
    rig.send(connect({}, 'alice', null, 7))
    expect(rig.handler.requests[0]?.args).toEqual(['alice', null, 7])
  })
})

describe('accepted', () => {
  const properties = '{fmsVer:"FMS/3,5,7,7009",capabilities:31,mode:1}'
  const information = (encoding: number, more = ''): string =>
    '{level:"status",code:"NetConnection.Connect.Success",description:"Connection succeeded.",' +
    `objectEncoding:${encoding},data:{version:"3,5,7,7009"}${more}}`

  test.each([
    [0, 20],
    [3, 17],
  ])('encoding %s: _result is AMF0, onBWDone type %s', (objectEncoding, type) => {
    const rig = connectionRig()
    rig.send(connect({ objectEncoding }))
    expect(rig.sent()).toEqual([
      'announce',
      'StreamBegin 0',
      `20/0 _result 1 ${properties} ${information(objectEncoding)}`,
      `${type}/0 onBWDone 0 null`,
    ])
    expect(rig.connection.isOpen).toBe(true)
  })

  test('with what the application adds, and without onBWDone', () => {
    const rig = connectionRig()
    rig.handler.answersConnect = false
    rig.send(bareCommand('connect', 4, [AmfObject.of({ app: 'chat' })], 0, 17))
    rig.connection.accept({ nick: 'alice' }, { onBWDone: false })
    expect(rig.sent().slice(2)).toEqual([`20/0 _result 4 ${properties} ${information(0, ',nick:"alice"')}`])
  })

  test('E-RTMP properties are answered only where they were sent', () => {
    const rig = connectionRig()
    rig.send(
      connect({
        fourCcList: new AmfArray(['av01']),
        videoFourCcInfoMap: AmfObject.of({ '*': 1 }),
        capsEx: 3,
      }),
    )
    expect(rig.sent()[2]).toContain(
      'data:{version:"3,5,7,7009"},fourCcList:["*"],videoFourCcInfoMap:{*:4},capsEx:15}',
    )
  })

  test('twice is a bug of ours; after the end it is nothing', () => {
    const rig = connectionRig()
    rig.send(connect())
    expect(() => rig.connection.accept({})).toThrow(StateError)
    rig.connection.close()
    rig.sent()
    rig.connection.accept({})
    rig.connection.reject(statusOf('NetConnection.Connect.Rejected'))
    expect(rig.sent()).toEqual([])
  })
})

describe('refused', () => {
  test.each([0, 3])('encoding %s: _error, close, end, all AMF0', (objectEncoding) => {
    const rig = connectionRig()
    rig.handler.answersConnect = false
    rig.send(connect({ objectEncoding }), command('createStream', 2))
    rig.connection.reject(
      statusOf('NetConnection.Connect.Rejected', 'no', { application: AmfObject.of({ message: 'no' }) }),
    )
    expect(rig.sent()).toEqual([
      'announce',
      '20/0 _error 1 null {level:"error",code:"NetConnection.Connect.Rejected",description:"[ Server.Reject ] : no",application:{message:"no"}}',
      '20/0 close 0 null',
      'end',
    ])
    expect(rig.reported()).toEqual(['connect chat/', 'closed finished'])
    rig.send(command('createStream', 2))
    expect(rig.sent()).toEqual([])
    expect(rig.time.timers.size).toBe(0)
  })
})

describe('while the connection is being decided', () => {
  test('what the client sends waits in order; pings do not', () => {
    const rig = connectionRig()
    rig.handler.answersConnect = false
    rig.send(
      connect(),
      sharedObject('users', [{ kind: 'use' }]),
      command('createStream', 2),
      userControl({ event: 'PingRequest', timestamp: 5 }),
      command('sendMessage', 3, ['hi']),
      command('publish', 0, ['cam'], 1),
      media(9, 0, [0x17]),
      userControl({ event: 'SetBufferLength', messageStreamId: 1, bufferLength: 300 }),
    )
    expect(rig.sent()).toEqual(['PingResponse 5'])
    expect(rig.reported()).toEqual(['connect chat/'])
    rig.connection.accept({}, { onBWDone: false })
    expect(rig.reported()).toEqual([
      'object users use',
      'call sendMessage 3 "hi"',
      '1: publish cam  live',
      '1: media 9/1@0 17',
      '1: buffer 300',
    ])
  })

  test('what we send follows the answer', () => {
    const rig = connectionRig()
    rig.handler.answersConnect = false
    rig.send(connect({ objectEncoding: 3 }))
    rig.connection.call('userJoined', ['bob'])
    rig.connection.status(statusOf('NetConnection.Connect.AppShutdown'))
    rig.connection.sendSharedObject({
      name: 'users',
      version: 1,
      flags: 0,
      reserved: 0,
      events: [{ kind: 'clear' }],
    })
    expect(rig.sent()).toEqual([])
    rig.connection.accept({})
    expect(
      rig
        .sent()
        .slice(3)
        .map((line) => line.split(' {')[0]),
    ).toEqual([
      '17/0 onBWDone 0 null',
      '17/0 userJoined 0 null "bob"',
      '20/0 onStatus 0 null',
      '16/0 users 1 clear',
    ])
  })

  test('a handler that closes while held messages are released stops the release', () => {
    const rig = connectionRig()
    rig.handler.answersConnect = false
    rig.handler.call = () => rig.connection.close()
    rig.send(connect(), command('leave', 0), command('createStream', 2))
    rig.connection.accept({})
    expect(rig.sent().slice(-2)).toEqual(['20/0 close 0 null', 'end'])
  })

  test.each([
    ['heldCommandBytes', command('x', 0, ['y'.repeat(100)])],
    ['heldMediaBytes', media(9, 0, new Array<number>(200).fill(0))],
  ])('%s is a limit: rejected', (name, message) => {
    const rig = connectionRig({ [name]: 1_000 })
    rig.handler.answersConnect = false
    rig.send(connect(), ...new Array<typeof message>(20).fill(message))
    expect(rig.sent()[1]).toContain('NetConnection.Connect.Rejected')
    expect(rig.reported()).toEqual(['connect chat/', 'closed finished'])
    rig.connection.accept({})
    expect(rig.sent()).toEqual([])
  })

  test('what we hold for the client is limited too', () => {
    const rig = connectionRig({ queueBytes: 1_000 })
    rig.handler.answersConnect = false
    rig.send(connect())
    for (let count = 0; count < 20; count++) rig.connection.call('x', ['y'.repeat(100)])
    expect(rig.sent()[0]).toMatch(/^fail queueBytes/)
  })
})

describe('before connect', () => {
  test('nothing counts and nothing is answered', () => {
    const rig = connectionRig()
    rig.send(
      command('createStream', 1),
      sharedObject('x', [{ kind: 'use' }]),
      media(8, 0, [1]),
      command('_result', 1),
    )
    rig.connection.call('x', [])
    expect(rig.sent()).toEqual([])
    expect(rig.reported()).toEqual([])
    expect(() => rig.connection.accept({})).toThrow(StateError)
  })
})

test('a client that the answer to connect is too much for stays closed', () => {
  const rig = connectionRig()
  const { connection, handler, transport } = rig
  handler.answersConnect = false
  rig.send(connect())
  transport.announce = () => transport.fail(new Error('too much waits'))
  connection.accept({})
  expect(rig.reported().at(-1)).toBe('closed lost')
  expect(connection.isOpen).toBe(false)
  rig.sent()
  connection.status(statusOf('NetConnection.Connect.IdleTimeout'))
  expect(rig.sent()).toEqual([])
})
