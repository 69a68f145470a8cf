/** Publishers whose bytes wait in the kernel while media gathers: real sockets, on a node that has much to write. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { flvHeader, flvTag } from '../../src/media/flv-writer.js'
import { Stream } from '../../src/media/stream.js'
import { RtmpClientSession } from '../../src/rtmp/session/client-session.js'
import { nodeCrypto } from '../../src/server/crypto.js'
import { ReadRests } from '../../src/server/read-rests.js'
import { concat } from '../../src/util/bytes.js'
import { limitsWith } from '../../src/util/limits.js'
import { FakeTime } from '../support/fake-clock.js'
import { leftAtStop, RawClient, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'
import { codeOf } from '../support/world-flash.js'
import { frame, keyframe } from '../support/relay-lab.js'

jest.setTimeout(20_000)

let rest: jest.SpyInstance
const open: { close(): unknown }[] = []

beforeEach(() => {
  jest.spyOn(Stream.prototype, 'windowMs', 'get').mockReturnValue(44)
  rest = jest.spyOn(ReadRests.prototype, 'rest')
})
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
  jest.restoreAllMocks()
})

async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`it does not come true: ${isTrue.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

async function start(relay: readonly object[] = []): Promise<TestGateway> {
  const node = await startGateway({ relay })
  open.push({ close: () => node.gateway.stop() })
  return node
}

class Client {
  readonly said: string[] = []
  /** Types and times. */
  readonly media: string[] = []
  readonly session: RtmpClientSession
  readonly socket

  constructor({ ports }: TestGateway) {
    const { timers } = new FakeTime()
    const socket = connect({ port: ports.rtmp, host: '127.0.0.1', noDelay: true })
    this.socket = socket
    open.push({ close: () => socket.destroy() })
    const sink = {
      send: (bytes: Uint8Array) => void socket.write(bytes),
      end: () => void socket.end(),
      fail: () => void socket.destroy(),
      queuedBytes: () => socket.writableLength,
    }
    this.session = new RtmpClientSession(
      { sink, timers, limits: limitsWith(), crypto: nodeCrypto },
      {
        call: () => undefined,
        status: (info) => this.said.push(codeOf(info)),
        sharedObject: () => undefined,
        media: ({ type, timestamp }) => this.media.push(`${type}@${timestamp}`),
        userControl: () => undefined,
        closed: (how) => this.said.push(how),
      },
    )
    socket.on('data', (bytes: Buffer) => this.session.receive(bytes))
    socket.on('end', () => this.session.ended('finished'))
    socket.on('error', () => undefined)
  }

  hears(status: string): Promise<void> {
    return until(() => this.said.some((code) => code.endsWith(status)))
  }

  /** @returns its message stream ID */
  connect(): Promise<number> {
    const { session } = this
    return new Promise((resolve) => {
      session.connect({ app: 'live', tcUrl: 'rtmp://127.0.0.1/live' }, () =>
        session.createStream((id = 0) => resolve(id)),
      )
    })
  }

  async publish(name: string): Promise<number> {
    const messageStreamId = await this.connect()
    this.session.publish(messageStreamId, name)
    await this.hears('Publish.Start')
    return messageStreamId
  }

  async play(name: string): Promise<void> {
    this.session.play(await this.connect(), name)
    await this.hears('Play.Start')
  }
}

/** A client publishes to a player, and has sent its first picture. */
async function playing() {
  const node = await start()
  const player = new Client(node)
  await player.play('cam')
  const client = new Client(node)
  const messageStreamId = await client.publish('cam')
  client.session.send({ ...keyframe(0), messageStreamId })
  return { node, player, client, messageStreamId }
}

test.each<[string, (client: Client) => void]>([
  ['closes its connection', ({ socket }) => void socket.destroy()],
  ['says that it ends', ({ session }) => session.end()],
  ['breaks off', ({ socket }) => void socket.resetAndDestroy()],
])('nothing is lost of one that %s while it rests', async (_what, leave) => {
  const { player, client, messageStreamId } = await playing()
  await until(() => player.media.includes('9@0') && rest.mock.results.some(({ value }) => value === true))
  for (const time of [10, 20, 30]) client.session.send({ ...frame(time), messageStreamId })
  await new Promise<void>((resolve) => client.socket.write('', () => resolve()))
  leave(client)
  await player.hears('UnpublishNotify')
  expect(player.media.slice(-3)).toEqual(['9@10', '9@20', '9@30'])
})

describe.each<[string, (port: number) => Promise<(bytes: Uint8Array) => void>]>([
  [
    'HTTP',
    async (port) => {
      const { socket } = new RawClient(port).write(
        'POST /live/cam.flv HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n',
      )
      open.push({ close: () => socket.destroy() })
      await once(socket, 'connect')
      return (bytes) => void socket.write(bytes)
    },
  ],
  [
    'a WebSocket',
    async (port) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/live/cam.flv?publish`)
      open.push({ close: () => socket.terminate() })
      await once(socket, 'open')
      return (bytes) => socket.send(bytes)
    },
  ],
])('one who publishes by %s', (_way, connectTo) => {
  test('rests, and nothing is lost of what comes meanwhile and before it breaks off', async () => {
    const node = await start()
    const player = new Client(node)
    await player.play('cam')
    const send = await connectTo(node.ports.http)
    send(concat([flvHeader({ audio: false, video: true }), flvTag(keyframe(0))]))
    await until(() => player.media.includes('9@0') && rest.mock.results.some(({ value }) => value === true))
    for (const time of [10, 20, 30]) send(flvTag(frame(time)))
    await open.pop()?.close()
    await player.hears('UnpublishNotify')
    expect(player.media.slice(-3)).toEqual(['9@10', '9@20', '9@30'])
  })
})

test('a node with publishers that rest ends in order', async () => {
  const { node, client } = await playing()
  await until(() => rest.mock.results.some(({ value }) => value === true))
  expect(await leftAtStop(node)).toBe(0)
  expect(client.said.slice(-2)).toEqual(['NetConnection.Connect.AppShutdown', 'finished'])
})

test('a stream that a relay pulls from another node rests on its way', async () => {
  const far = await start()
  const publisher = new Client(far)
  const messageStreamId = await publisher.publish('cam')
  publisher.session.send({ ...keyframe(0), messageStreamId })
  const near = await start([{ pull: `rtmp://127.0.0.1:${far.ports.rtmp}/live/cam`, to: 'live/cam' }])
  const player = new Client(near)
  await player.play('cam')
  await until(() => player.media.includes('9@0'))
  let time = 0
  await until(() => {
    publisher.session.send({ ...frame((time += 10)), messageStreamId })
    return rest.mock.results.some(({ value }) => value === true)
  })
  publisher.session.end()
  await until(() => player.media.includes(`9@${time}`))
})
