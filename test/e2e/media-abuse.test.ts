/**
 * Publishers and players that misbehave: each gets a status or loses its connection, and two who do nothing wrong have every
 * frame of theirs all the time.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { AmfValue } from '../../src/amf/value.js'
import { AmfObject } from '../../src/amf/value.js'
import { flvHeader, flvTag } from '../../src/media/flv-writer.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import { concat } from '../../src/util/bytes.js'
import { mediaOf } from './support/frames.js'
import { MediaClient } from './support/media-client.js'
import type { MediaStream } from './support/media-client.js'
import { stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
import type { Server } from './support/server.js'
import { synthetic } from './support/synthetic.js'
import type { MediaMessage } from './support/synthetic.js'
import { MemoryProbe, debuggerEnvironment, until } from './support/usage.js'

jest.setTimeout(120_000)

const APP = 'live'
const REACHABLE_MARGIN = 8 * 2 ** 20

let server: Server
let probe: MemoryProbe
let honest: HonestStream

beforeAll(async () => {
  const env = { NODE_OPTIONS: debuggerEnvironment }
  server = await startServer({ limits: { queueBytes: 2 * 2 ** 20 } }, 0, { env })
  probe = await MemoryProbe.attach(server.program.pid, server.program)
  honest = await HonestStream.begin(server)
})

afterAll(async () => {
  probe.detach()
  await server.stop()
  await stopPrograms()
})

afterEach(() => honest.isWell())

const connect = (): Promise<MediaClient> => MediaClient.connect(server.ports.rtmp, APP)

/** All of it, a little faster than a stream of 25 frames has it. */
async function sendAll(stream: MediaStream, messages: readonly MediaMessage[], perStep = 4): Promise<void> {
  for (const [at, message] of messages.entries()) {
    stream.send(message)
    if (at % perStep === 0) await pause(5)
  }
}

const asSent = (messages: readonly MediaMessage[]): ReturnType<typeof mediaOf> =>
  mediaOf(messages.map((each) => ({ ...each, messageStreamId: 1 })))

describe('a publisher', () => {
  it('that sends media before it publishes is not relayed, and may publish then', async () => {
    const client = await connect()
    const stream = await client.createStream()
    for (const message of synthetic('VP6 and Speex', 25, 1)) stream.send(message)
    const player = await (await connect()).play('early')
    const publisher = await client.publish('early')
    const sent = synthetic('VP6 and Speex', 25, 2)
    await sendAll(publisher, sent)
    publisher.command('closeStream')
    await player.status('NetStream.Play.UnpublishNotify')
    expect(mediaOf(player.messages)).toEqual(asSent(sent))
    await client.close()
  })

  it('that wants a name somebody has is told so, and what it sends all the same goes nowhere', async () => {
    const [first, second, third] = [await connect(), await connect(), await connect()]
    const player = await third.play('taken')
    const owner = await first.publish('taken')
    await expect(second.publish('taken')).rejects.toThrow('NetStream.Publish.BadName')
    const thief = await second.createStream()
    for (const message of synthetic('VP6 and Speex', 25, 3)) thief.send(message)
    const sent = synthetic('VP6 and Speex', 25, 4)
    await sendAll(owner, sent)
    owner.command('closeStream')
    await player.status('NetStream.Play.UnpublishNotify')
    expect(mediaOf(player.messages)).toEqual(asSent(sent))
    for (const client of [first, second, third]) await client.close()
  })

  it.each<[string, AmfValue[]]>([
    ['a number for a name', [7]],
    ['an object for a name', [AmfObject.of({ name: 'x' })]],
    ['a name that is too long', ['x'.repeat(5_000)]],
    ['a kind of publishing that nobody knows', ['kind', 'sideways']],
    ['a number for the kind', ['kind', 5]],
    ['a name that leaves the folder of recordings', ['../../../../tmp/evil', 'record']],
    ['a name of another root', ['/etc/evil', 'record']],
    ['a name with a zero byte', ['evil\u0000.flv', 'record']],
  ])('that publishes with %s gets an answer', async (_what, args) => {
    const client = await connect()
    const stream = await client.createStream()
    stream.command('publish', ...args)
    await Promise.race([stream.status(/./), over(client)])
    await client.close()
  })

  it.each<[string, AmfValue[]]>([
    ['publish', []],
    ['publish', ['']],
    ['publish', [false]],
    ['play', []],
    ['play', ['']],
    ['play', [false]],
  ])('that ends by %s(%j) what never began keeps its connection', async (command, args) => {
    const client = await connect()
    const stream = await client.createStream()
    stream.command(command, ...args)
    expect(await client.call('echo', 1)).toBe(1)
    await client.close()
  })

  it.each<[string, number[]]>([
    ['that goes back', [0, 40, 80, 10, 20, 60, 100, 5, 45]],
    ['that jumps by weeks', [0, 40, 0x7fffffff, 0x7fffffff + 40, 40, 80]],
    ['that wraps around', [0xffffffa0, 0xffffffc8, 0xfffffff0, 0x18, 0x40, 0x68]],
    ['at the limit of the extended field', [0xfffffe, 0xffffff, 0x1000000, 0x1000028]],
    ['that stands still', [5, 5, 5, 5, 5, 5]],
  ])(
    'with a clock %s has every frame relayed, in order, in a time that never goes back',
    async (what, times) => {
      const [client, other] = [await connect(), await connect()]
      const name = `clock ${what}`
      const player = await other.play(name)
      const publisher = await client.publish(name)
      const frames = times.map((timestamp, at) => ({
        ...{ type: MessageType.Video, timestamp },
        payload: Uint8Array.of(at === 0 ? 0x12 : 0x22, at, ...new Uint8Array(50)),
      }))
      for (const frame of frames) publisher.send(frame)
      publisher.command('closeStream')
      await player.status('NetStream.Play.UnpublishNotify')
      const got = player.messages.filter(({ type }) => type === MessageType.Video)
      expect(got.map(({ payload }) => payload[1])).toEqual(times.map((_, at) => at))
      got.reduce((last, { timestamp }) => {
        expect((timestamp - last) | 0).toBeGreaterThanOrEqual(0)
        return timestamp
      }, got[0]?.timestamp ?? 0)
      await Promise.all([client.close(), other.close()])
    },
  )

  it('that stops inside a frame ends its stream when it goes, and nobody sees half a frame', async () => {
    const [client, other] = [await connect(), await connect()]
    const player = await other.play('half')
    const publisher = await client.publish('half')
    const sent = synthetic('VP6 and Speex', 25, 5)
    await sendAll(publisher, sent)
    const head = [6, 0, 4, 0, 0, 0x13, 0x88, MessageType.Video, publisher.id, 0, 0, 0, 0x24]
    client.socket.write(Uint8Array.from([...head, ...new Uint8Array(99)]))
    await client.flushed()
    await client.reset()
    await player.status('NetStream.Play.UnpublishNotify')
    expect(mediaOf(player.messages)).toEqual(asSent(sent))
    await other.close()
  })

  it.each<[string, Uint8Array]>([
    ['is no FLV', Uint8Array.from(Buffer.from('GIF89a, no film at all'))],
    ['has a tag that says it is longer than it is', lyingTag(0x00ffff)],
    ['has a tag of 16 MB', lyingTag(0xffffff)],
    ['has a tag that says it is shorter than it is', lyingTag(10)],
  ])('by HTTP whose body %s gets a status or loses its connection', async (_what, body) => {
    const answer = fetch(server.httpUrl(`${APP}/posted.flv`), { method: 'POST', body: Uint8Array.from(body) })
    const status = await answer.then(
      ({ status: code }) => code,
      () => 'closed',
    )
    expect(status).not.toBe(500)
    const again = await (await connect()).publish('posted') // the name is free again
    again.command('closeStream')
  })
})

/** Headers, a good tag, and one whose length is a lie. */
function lyingTag(length: number): Uint8Array {
  const frame = (payload: Uint8Array) => flvTag({ type: 9, timestamp: 0, messageStreamId: 0, payload })
  const liar = frame(Uint8Array.of(0x22, ...new Uint8Array(500)))
  liar.set([length >>> 16, length >>> 8, length], 1)
  const good = frame(Uint8Array.of(0x12, ...new Uint8Array(500)))
  return concat([flvHeader({ audio: false, video: true }), good, liar, good])
}

describe('a player', () => {
  const SECONDS = 100
  const sent = synthetic('VP6 and Speex', SECONDS * 25, 6)

  it.each(['never reads', 'never acknowledges'] as const)(
    'that %s costs the others nothing and the server little in minutes of stream',
    async (how) => {
      const mute = how === 'never acknowledges' ? [MessageType.Acknowledgement] : []
      const [client, other] = [await connect(), await connect()]
      const rude = await MediaClient.connectAs({ mute }, server.ports.rtmp, APP)
      const name = `film ${how}`
      const [player, rudePlayer] = [await other.play(name), await rude.play(name)]
      const publisher = await client.publish(name)
      if (how === 'never reads') rude.socket.pause()
      const before = await probe.measure()
      await sendAll(publisher, sent, 6) // twenty times as fast as it is
      const after = await probe.measure()
      expect(after.reachable - before.reachable).toBeLessThan(REACHABLE_MARGIN)

      publisher.command('closeStream')
      await player.status('NetStream.Play.UnpublishNotify', 30_000)
      expect(mediaOf(player.messages)).toEqual(asSent(sent))
      rude.socket.resume() // who comes back has lost frames, and only whole ones
      await Promise.race([rudePlayer.status('NetStream.Play.UnpublishNotify', 30_000), over(rude)])
      expectInOrder(mediaOf(rudePlayer.messages, 0).video, asSent(sent).video)
      await Promise.all([client.close(), other.close(), rude.reset()])
    },
  )

  it.each<[string, AmfValue[]]>([
    ['a number for a name', [7]],
    ['a name that is too long', ['x'.repeat(5_000)]],
    ['a start that is no number', ['film', NaN]],
    ['a start beyond all time', ['film', 1e300]],
    ['a text for a start', ['film', 'later']],
    ['a name that leaves the folder of recordings', ['../../../../etc/passwd', 0]],
  ])('that plays with %s gets an answer', async (_what, args) => {
    const client = await connect()
    const stream = await client.createStream()
    stream.command('play', ...args)
    await Promise.race([stream.status(/./), over(client)])
    await client.close()
  })
})

/** Some of what was sent, and nothing else. */
function expectInOrder(received: readonly string[], sent: readonly string[]): void {
  const bytes = (frame: string): string => frame.split(' ')[2] ?? ''
  const places = new Map(sent.map((frame, at) => [bytes(frame), at]))
  const order = received.map((frame) => places.get(bytes(frame)) ?? -1)
  expect(order.length).toBeGreaterThan(0)
  expect(order).not.toContain(-1)
  expect(order).toEqual([...order].sort((a, b) => a - b))
}

function over({ calls }: MediaClient): Promise<unknown> {
  return calls.wait(() => false).catch(() => undefined)
}

/** One publishes, one plays, as long as the others misbehave. */
class HonestStream {
  private readonly sent: MediaMessage[] = []

  private constructor(
    private readonly publisher: MediaStream,
    private readonly player: MediaStream,
  ) {}

  static async begin({ ports }: Server): Promise<HonestStream> {
    const [publisher, player] = await Promise.all([
      MediaClient.connect(ports.rtmp, APP),
      MediaClient.connect(ports.rtmp, APP),
    ])
    const playing = await player.play('honest')
    const honestStream = new HonestStream(await publisher.publish('honest'), playing)
    const film = synthetic('HEVC and Opus, enhanced', 10_000, 7)
    const timer = setInterval(() => {
      const message = film[honestStream.sent.length]
      if (message === undefined) return
      honestStream.sent.push(message)
      honestStream.publisher.send(message)
    }, 20)
    timer.unref()
    return honestStream
  }

  /** Everything that was sent up to now is there, or comes. */
  async isWell(): Promise<void> {
    const { sent } = this
    const count = sent.length
    await until(
      () => this.player.messages.length,
      (there) => there >= count,
      'frames of the honest player',
    )
    const got = this.player.messages.filter(({ type }) => type !== MessageType.Data).slice(0, count)
    expect(mediaOf(got)).toEqual(asSent(sent.slice(0, got.length)))
  }
}
