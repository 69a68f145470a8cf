/** The library for pages against a server in memory. */
import { AmfObject } from '../../../src/amf/value.js'
import {
  CallError,
  NetConnection,
  RemoteSharedObject,
  openWebSocket,
  webSocketUrl,
} from '../../../src/client/index.js'
import type { Change, Plain, WebSocketLike } from '../../../src/client/index.js'
import type { SharedObjectEvent, SharedObjectMessage } from '../../../src/rtmp/wire/shared-object.js'
import { statusOf } from '../../../src/rtmp/session/status.js'
import { FakeRuntime } from '../../support/fake-runtime.js'

async function connected(): Promise<{ runtime: FakeRuntime; connection: NetConnection; info: Plain }> {
  const runtime = new FakeRuntime()
  const connection = new NetConnection({ runtime })
  const answer = connection.connect('rtmp://gw:1935/chat/lobby?k=v', 'alice', { age: 7 })
  await runtime.run()
  return { runtime, connection, info: await answer }
}

describe('a connection', () => {
  test('connects with arguments', async () => {
    const { runtime, connection, info } = await connected()
    expect(info).toMatchObject({ code: 'NetConnection.Connect.Success', objectEncoding: 3 })
    const request = runtime.server.handler.requests[0]!
    expect(request).toMatchObject({ app: 'chat', instance: 'lobby', tcUrl: 'rtmp://gw:1935/chat/lobby?k=v' })
    expect(request.query.get('k')).toBe('v')
    expect(request.args).toEqual(['alice', AmfObject.of({ age: 7 })])
    expect(connection.isConnected).toBe(true)
    await expect(connection.connect('rtmp://gw/x')).rejects.toThrow(TypeError)
  })

  test('that is refused says why', async () => {
    const runtime = new FakeRuntime()
    const connection = new NetConnection({ runtime })
    runtime.server.handler.answersConnect = false
    const answer = connection.connect('rtmp://gw/chat')
    const refusal = expect(answer).rejects.toMatchObject({
      name: 'CallError',
      message: '[ Server.Reject ] : no',
      info: { code: 'NetConnection.Connect.Rejected' },
    })
    await runtime.run()
    runtime.server.handler.connection.reject(statusOf('NetConnection.Connect.Rejected', 'no'))
    await runtime.run()
    await refusal
  })

  test('calls and is called', async () => {
    const { runtime, connection } = await connected()
    const { handler } = runtime.server
    const answers: string[] = []
    connection.client['add'] = (a, b) => Promise.resolve(Number(a) + Number(b))
    connection.client['fail'] = () => {
      throw new Error('a bug of the page')
    }
    for (const name of ['add', 'fail', 'toString'])
      handler.connection.call(name, [1, 2], (answer) => answers.push(JSON.stringify(answer)))
    const sum = connection.call('sum', [1, 2])
    const refused = expect(connection.call('unknown')).rejects.toBeInstanceOf(CallError)
    connection.send('tell', new Date(5))
    await runtime.run()
    expect(handler.reports.slice(1)).toEqual([
      'call sum 2 [1,2]',
      'call unknown 3',
      'call tell 0 {"ms":5,"zone":0}',
    ])
    handler.connection.result(handler.calls[0]!, AmfObject.of({ sum: 3 }))
    handler.connection.error(handler.calls[1]!, statusOf('NetConnection.Call.Failed', 'unknown'))
    await runtime.run()
    expect(await sum).toEqual({ sum: 3 })
    await refused
    expect(answers.map((answer) => answer.slice(0, 11)).sort()).toEqual([
      '{"ok":false',
      '{"ok":false',
      '{"ok":true,',
    ])
  })

  test('that ends tells everybody', async () => {
    const { runtime, connection } = await connected()
    const codes: unknown[] = []
    connection.onstatus = (info) => codes.push((info as { code: string }).code)
    const call = expect(connection.call('never')).rejects.toBeInstanceOf(CallError)
    const object = RemoteSharedObject.getRemote('users', connection)
    runtime.server.handler.connection.status(statusOf('NetConnection.Connect.AppShutdown'))
    runtime.server.handler.connection.close()
    await runtime.run()
    expect(codes).toEqual(['NetConnection.Connect.AppShutdown', 'NetConnection.Connect.Closed'])
    expect(connection.isConnected).toBe(false)
    await call
    await expect(object.ready).rejects.toBeInstanceOf(CallError)
    await expect(new NetConnection({ runtime }).call('x')).rejects.toBeInstanceOf(CallError)
  })
})

describe('a remote shared object', () => {
  async function using(persistent = false): Promise<{
    object: RemoteSharedObject
    syncs: (readonly Change[])[]
    requests: SharedObjectMessage[]
    answer: (...events: SharedObjectEvent[]) => Promise<void>
    run: () => Promise<void>
  }> {
    const { runtime, connection } = await connected()
    const { handler } = runtime.server
    const requests: SharedObjectMessage[] = []
    handler.sharedObject = (message) => requests.push(message as SharedObjectMessage)
    const object = RemoteSharedObject.getRemote('users', connection, persistent)
    expect(RemoteSharedObject.getRemote('users', connection, persistent)).toBe(object)
    const syncs: (readonly Change[])[] = []
    object.onsync = (changes) => syncs.push(changes)
    const run = (): Promise<void> => runtime.run()
    const flags = persistent ? 2 : 0
    const answer = async (...events: SharedObjectEvent[]): Promise<void> => {
      handler.connection.sendSharedObject({ name: 'users', version: 9, flags, reserved: 0, events })
      await run()
    }
    await run()
    return { object, syncs, requests, answer, run }
  }

  test.each([
    [false, 0],
    [true, 2],
  ])('is used once, persistent: %s, and synced even when empty', async (persistent, flags) => {
    const { object, syncs, requests, answer } = await using(persistent)
    expect(requests).toMatchObject([{ name: 'users', version: 0, flags, events: [{ kind: 'use' }] }])
    await answer({ kind: 'useSuccess' })
    await object.ready
    expect(syncs).toEqual([[]])
  })

  test('follows the rules of the player', async () => {
    const { object, syncs, requests, answer, run } = await using()
    await answer(
      { kind: 'useSuccess' },
      { kind: 'clear' },
      { kind: 'change', slots: [{ name: 'a', value: 1 }] },
    )
    object.setProperty('a', 2)
    object.setProperty('b', { x: [1] })
    object.setProperty('c', null)
    expect([...object.data]).toEqual([
      ['a', 2],
      ['b', { x: [1] }],
    ])
    await run()
    expect(requests.slice(1).map(({ version, events }) => [version, events[0]?.kind])).toEqual([
      [9, 'requestChange'],
      [9, 'requestChange'],
      [9, 'requestRemove'],
    ])
    await answer(
      {
        kind: 'change',
        slots: [
          { name: 'a', value: 3 },
          { name: 'd', value: 4 },
        ],
      },
      { kind: 'success', names: ['b'] },
      { kind: 'remove', names: ['c'] },
    )
    expect(syncs).toEqual([
      [{ code: 'clear' }, { code: 'change', name: 'a', oldValue: undefined }],
      [
        { code: 'reject', name: 'a', oldValue: 2 },
        { code: 'change', name: 'd', oldValue: undefined },
        { code: 'success', name: 'b' },
        { code: 'delete', name: 'c', oldValue: undefined },
      ],
    ])
    expect([...object.data]).toEqual([
      ['a', 3],
      ['b', { x: [1] }],
      ['d', 4],
    ])
    await answer({ kind: 'clear' })
    expect(object.data.size).toBe(0)
  })

  test('sends, and hears what is sent', async () => {
    const { object, requests, syncs, answer, run } = await using()
    const heard: unknown[] = []
    object.client['say'] = (...args) => heard.push(args)
    object.send('say', 'hi', 1)
    await run()
    expect(requests.at(-1)?.events).toEqual([{ kind: 'sendMessage', handler: 'say', args: ['hi', 1] }])
    await answer(
      { kind: 'sendMessage', handler: 'say', args: ['hi', 1] },
      { kind: 'sendMessage', handler: 'constructor', args: [] },
    )
    expect(heard).toEqual([['hi', 1]])
    expect(syncs).toEqual([])
  })

  test('that is denied', async () => {
    const { object, answer } = await using()
    const statuses: unknown[] = []
    object.onstatus = (info) => statuses.push(info)
    await answer({ kind: 'status', code: 'SharedObject.NoReadAccess', level: 'error' })
    expect(statuses).toEqual([{ code: 'SharedObject.NoReadAccess', level: 'error' }])
    await expect(object.ready).rejects.toMatchObject({ message: 'SharedObject.NoReadAccess' })
  })

  test('that is closed is released and hears nothing more', async () => {
    const { object, requests, syncs, answer, run } = await using()
    object.close()
    await run()
    expect(requests.at(-1)?.events).toEqual([{ kind: 'release' }])
    await answer({ kind: 'clear' })
    expect(syncs).toEqual([])
  })
})

describe('a WebSocket as the pipe', () => {
  test.each([
    ['rtmp://gw/chat', 'ws://gw:1935/rtmp'],
    ['rtmp://gw:8080/chat/a?b=c', 'ws://gw:8080/rtmp'],
    ['rtmps://gw/chat', 'wss://gw:443/rtmp'],
    ['ws://gw/chat', 'ws://gw/rtmp'],
    ['wss://gw:444', 'wss://gw:444/rtmp'],
    ['RTMP://[::1]:80/x', 'ws://[::1]:80/rtmp'],
  ])('%s opens %s', (address, url) => {
    expect(webSocketUrl(address)).toBe(url)
  })

  test.each(['http://gw/chat', 'gw/chat', 'rtmp:///chat', ''])('%p is no address', (address) => {
    expect(() => webSocketUrl(address)).toThrow(TypeError)
  })

  test('waits for the socket to open, and takes binary messages only', () => {
    const sent: Uint8Array[] = []
    const events: string[] = []
    const socket: WebSocketLike = {
      binaryType: 'blob',
      bufferedAmount: 3,
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (bytes) => sent.push(bytes),
      close: () => events.push('close'),
    }
    const sink = openWebSocket(socket, {
      received: (bytes) => events.push(`received ${bytes.join()}`),
      ended: (how) => events.push(how),
    })
    sink.send(Uint8Array.of(1))
    expect(sent).toEqual([])
    socket.onopen?.()
    sink.send(Uint8Array.of(2))
    expect(sent).toEqual([Uint8Array.of(1), Uint8Array.of(2)])
    socket.onmessage?.({ data: Uint8Array.of(7, 8).buffer })
    socket.onmessage?.({ data: 'text' })
    expect([socket.binaryType, sink.queuedBytes()]).toEqual(['arraybuffer', 3])
    sink.end()
    sink.fail(new Error('x'))
    socket.onclose?.({ wasClean: true })
    socket.onclose?.({ wasClean: false })
    expect(events).toEqual(['received 7,8', 'close', 'close', 'finished', 'lost'])
  })
})
