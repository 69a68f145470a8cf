/** Live streams over HTTP and WebSocket, both ways, on real sockets [design 5; rtmp.md 7]. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket } from 'ws'
import { flvHeader, flvTag } from '../../src/media/flv-writer.js'
import { Hub } from '../../src/media/hub.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { Unfinished } from '../../src/server/unfinished.js'
import { HttpFlv } from '../../src/server/http-flv.js'
import { FlvPublisher } from '../../src/server/http-flv-publisher.js'
import { HttpDoor } from '../../src/server/http.js'
import { ReadRests } from '../../src/server/read-rests.js'
import type { Access, Wish } from '../../src/translate/access.js'
import { streamAddress } from '../../src/translate/name.js'
import { concat } from '../../src/util/bytes.js'
import { limitsWith } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { ManualTurn } from '../../src/util/turn.js'
import { FakeTime } from '../support/fake-clock.js'
import { readFlv } from '../support/flv.js'
import { httpAnswer, leftAtStop, RawClient, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'

jest.setTimeout(20_000)

let started: TestGateway
const ORIGIN = 'https://listed.example'

beforeAll(async () => {
  started = await startGateway({
    apps: { strict: true, live: {} },
    http: { origins: [ORIGIN] },
    limits: { httpFlvWaitMs: 300, httpFlvGraceMs: 300, queueBytes: 2_000_000 },
  })
})
afterAll(() => started.gateway.stop())

const film: readonly Message[] = [
  [9, 0, '17 00 000000 01'],
  [8, 0, 'af 00 1210'],
  [9, 0, '17 01 000000 aabbcc'],
  [8, 20, 'af 01 112233'],
  [9, 40, '27 01 000000 dd'],
].map(([type, timestamp, hex]) => ({
  type: type as number,
  timestamp: timestamp as number,
  messageStreamId: 0,
  payload: new Uint8Array(Buffer.from(String(hex).replaceAll(' ', ''), 'hex')),
}))
const filmBytes = Buffer.from(concat([flvHeader({ audio: true, video: true }), ...film.map(flvTag)]))

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Type, time and payload of what an answer of HTTP holds. */
function played(answer: string): string[] {
  const [head, body] = splitOnce(answer, '\r\n\r\n')
  return shown(/Transfer-Encoding: chunked/i.test(head) ? unchunked(body) : Buffer.from(body, 'latin1'))
}

function shown(bytes: Uint8Array): string[] {
  return readFlv([bytes])
    .messages.filter(({ type }) => type !== 18)
    .map(({ type, payload }) => `${type} ${Buffer.from(payload).toString('hex')}`)
}

const filmShown = film.map(({ type, payload }) => `${type} ${Buffer.from(payload).toString('hex')}`)

function unchunked(body: string): Buffer {
  let bytes = ''
  for (let rest = body; rest !== '';) {
    const [length, behind] = splitOnce(rest, '\r\n')
    const size = parseInt(length, 16)
    bytes += behind.slice(0, size)
    rest = behind.slice(size + 2)
  }
  return Buffer.from(bytes, 'latin1')
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)]
}

function ask(text: string, headers = ''): RawClient {
  return new RawClient(started.ports.http).write(`${text}\r\nHost: x\r\n${headers}\r\n`)
}

/** One who publishes by chunks and stays. */
function publisher(path: string, method = 'POST'): RawClient {
  const client = ask(`${method} ${path} HTTP/1.1`, 'Transfer-Encoding: chunked\r\n')
  return sendChunk(client, filmBytes)
}

function sendChunk(client: RawClient, bytes: Uint8Array): RawClient {
  return client.write(`${bytes.length.toString(16)}\r\n${latin1(bytes)}\r\n`)
}

const endChunk = '0\r\n\r\n'
const isPublished = async (path: string): Promise<void> => {
  while (!(await httpAnswer(started.ports.http, `HEAD ${path} HTTP/1.1`)).includes(' 200 '));
}

describe('playing', () => {
  test.each([
    ['HTTP/1.1', /^HTTP\/1\.1 200 OK\r\n[^]*Transfer-Encoding: chunked\r\n[^]*Connection: close\r\n/],
    ['HTTP/1.0', /^HTTP\/1\.1 200 OK\r\n(?![^]*Transfer-Encoding)[^]*Connection: close\r\n/],
  ])('%s: waits for the publisher, gets all, and ends some time after him', async (version, head) => {
    const path = `/live/room/${version.replace('/', '')}.flv`
    const player = ask(`GET ${path} ${version}`, 'Range: bytes=0-10\r\n')
    const sender = publisher(path)
    await player.until((text) => text.includes('\x27\x01'))
    sender.write(endChunk)
    expect(await sender.whole()).toMatch(/^HTTP\/1\.1 204 /)
    const answer = await player.whole()
    expect(answer).toMatch(head)
    expect(answer).toMatch(/\r\nContent-Type: video\/x-flv\r\n/)
    expect(answer).toMatch(/\r\nCache-Control: no-store\r\n/)
    expect(answer).not.toMatch(/Content-Length/)
    expect(played(answer)).toEqual(filmShown)
    expect(answer.endsWith('\r\n0\r\n\r\n')).toBe(version === 'HTTP/1.1')
  })

  test('a late player begins with the headers and the group of pictures that runs', async () => {
    const sender = publisher('/live/late.flv')
    await isPublished('/live/late.flv')
    const player = ask('GET /live/late.flv HTTP/1.1')
    await player.until((text) => text.includes('\x27\x01'))
    sender.end()
    expect(new Set(played(await player.whole()))).toEqual(new Set(filmShown))
  })

  test('HEAD says whether somebody publishes, at once', async () => {
    const sender = publisher('/live/head.flv')
    await isPublished('/live/head.flv')
    expect(await httpAnswer(started.ports.http, 'HEAD /live/head.flv HTTP/1.1')).toMatch(
      /video\/x-flv[^]*\r\n\r\n$/,
    )
    expect(await httpAnswer(started.ports.http, 'HEAD /live/none.flv HTTP/1.1')).toMatch(/^HTTP\/1\.1 404 /)
    sender.end()
  })

  test.each([
    ['GET /live/none.flv HTTP/1.1', 404, 'Nobody publishes none.'],
    ['GET /other/cam.flv HTTP/1.1', 404, 'There is no app other.'],
    [`GET /live/${'x'.repeat(300)}.flv HTTP/1.1`, 404, 'the name has 300 bytes'],
    ['GET /live/cam.mp4 HTTP/1.1', 404, 'not found'],
    ['DELETE /live/cam.flv HTTP/1.1', 405, 'Allow: GET, HEAD, POST, PUT, OPTIONS'],
  ])('%s: %d', async (request, status, text) => {
    const answer = await httpAnswer(started.ports.http, request)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain(text)
  })

  test('a second request behind one that does not end closes both', async () => {
    const sender = publisher('/live/pipeline.flv')
    await isPublished('/live/pipeline.flv')
    const player = ask('GET /live/pipeline.flv HTTP/1.1')
    await player.until((text) => text.includes('\x27\x01'))
    player.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await player.whole()).not.toContain('<title>')
    sender.end()
  })

  test('of two that publish in a row the first does, and its answer ends the connection', async () => {
    const posts = ['first', 'second'].map(
      (name) =>
        `POST /live/${name}.flv HTTP/1.1\r\nHost: x\r\nContent-Length: ${filmBytes.length}\r\n\r\n${latin1(filmBytes)}`,
    )
    const published = jest.spyOn(FlvPublisher.prototype, 'start')
    const answers = await new RawClient(started.ports.http).write(posts.join('')).whole()
    expect(answers.match(/^HTTP.*|^Connection.*/gm)).toEqual(['HTTP/1.1 204 No Content', 'Connection: close'])
    expect(published.mock.calls.map(([{ address }]) => address.name)).toEqual(['first'])
    published.mockRestore()
  })

  test('behind another request its answer comes in its turn', async () => {
    const sender = publisher('/live/turn.flv')
    await isPublished('/live/turn.flv')
    const player = ask('GET /crossdomain.xml HTTP/1.1\r\nHost: x\r\n\r\nGET /live/turn.flv HTTP/1.1')
    const text = await player.until((all) => all.includes('\x27\x01'))
    expect(text.indexOf('cross-domain-policy>')).toBeLessThan(text.indexOf('video/x-flv'))
    player.end()
    sender.end()
  })
})

describe('a path of many parts', () => {
  const path = '/live/a/b/cam.flv'
  const head = (): Promise<string> => httpAnswer(started.ports.http, `HEAD ${path} HTTP/1.1`)

  /** Instance and name of the stream that was played, or asked about, last. */
  const askedFor = (): unknown[] => {
    const { instance, name } = started.logged
      .filter(({ fields }) => fields['action'] === 'play')
      .at(-1)!.fields
    return [instance, name]
  }

  test.each([
    ['/live/a/b%2Fcam.flv', ['a', 'b/cam']], // what ffmpeg calls rtmp://HOST/live/a/b/cam
    ['/live/a%2Fb%2Fcam.flv', ['', 'a/b/cam']],
    [path, ['a/b', 'cam']],
  ])('is split as the stream that is published is: %s', async (published, split) => {
    const sender = publisher(published)
    await isPublished(published)
    expect(await head()).toMatch(/^HTTP\/1\.1 200 /)
    const player = ask(`GET ${path} HTTP/1.0`)
    const socket = new WebSocket(`ws://127.0.0.1:${started.ports.http}${path}`)
    await Promise.all([once(socket, 'message'), player.until((text) => text.includes('\x27\x01'))])
    expect(askedFor()).toEqual(split)
    sender.write(endChunk)
    await Promise.all([once(socket, 'close'), player.closed, sender.closed])
    expect(await head()).toMatch(/^HTTP\/1\.1 404 /)
  })

  test('of two streams it names the one in the longer instance', async () => {
    const shorter = publisher('/live/a/b%2Fcam.flv')
    await isPublished(path)
    expect(askedFor()).toEqual(['a', 'b/cam'])
    const longer = publisher(path)
    do expect(await head()).toMatch(/^HTTP\/1\.1 200 /)
    while (askedFor()[0] === 'a')
    expect(askedFor()).toEqual(['a/b', 'cam'])
    for (const sender of [shorter, longer]) sender.end()
  })

  test('while nobody publishes, the instance is as long as it can be', async () => {
    const player = ask(`GET ${path} HTTP/1.0`)
    const sender = publisher(path)
    await player.until((text) => text.includes('\x27\x01'))
    sender.end()
    expect(askedFor()).toEqual(['a/b', 'cam'])
    await player.closed
  })

  test('a name that is too long is none', async () => {
    const long = `/live/${'a/'.repeat(2000)}cam.flv`
    expect(await httpAnswer(started.ports.http, `HEAD ${long} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 404 /)
  })
})

describe('pages of other hosts', () => {
  test.each([
    ['a listed one', `Origin: ${ORIGIN}\r\n`, `Access-Control-Allow-Origin: ${ORIGIN}`],
    ['our own', 'Origin: http://x\r\n', 'Access-Control-Allow-Origin: http://x'],
  ])('%s may read', async (_who, origin, allowed) => {
    const answer = await ask('GET /live/none.flv HTTP/1.1', `${origin}Connection: close\r\n`).whole()
    expect(answer).toContain(allowed)
    expect(answer).toContain('Vary: Origin')
  })

  test.each(['https://evil.example', 'null', 'https://listed.example.evil'])('%s may not', async (origin) => {
    const headers = `Origin: ${origin}\r\nConnection: close\r\n`
    expect(await ask('GET /live/none.flv HTTP/1.1', headers).whole()).not.toContain('Allow-Origin')
    const sent = ask('POST /live/evil.flv HTTP/1.1', `${headers}Content-Length: 13\r\n`).write(
      filmBytes.subarray(0, 13),
    )
    expect(await sent.whole()).toMatch(/^HTTP\/1\.1 403 [^]*list it in http\.origins/)
  })

  test('ask first what they may', async () => {
    const headers = `Origin: ${ORIGIN}\r\nAccess-Control-Request-Headers: range\r\nConnection: close\r\n`
    const answer = await ask('OPTIONS /live/cam.flv HTTP/1.1', headers).whole()
    expect(answer).toMatch(/^HTTP\/1\.1 204 /)
    expect(answer).toContain('Access-Control-Allow-Methods: GET, HEAD, POST, PUT, OPTIONS')
    expect(answer).toContain('Access-Control-Allow-Headers: range')
    expect(answer).toContain(`Access-Control-Allow-Origin: ${ORIGIN}`)
  })

  test('"*" is everybody', async () => {
    const { gateway, ports } = await startGateway({ http: { origins: ['*'] }, limits: { httpFlvWaitMs: 10 } })
    const answer = await httpAnswer(ports.http, 'GET /live/none.flv HTTP/1.1\r\nOrigin: https://any.example')
    expect(answer).toContain('Access-Control-Allow-Origin: *')
    await gateway.stop()
  })
})

describe('publishing', () => {
  test.each(['POST', 'PUT'])('%s with a length', async (method) => {
    const path = `/live/${method}.flv`
    const player = ask(`GET ${path} HTTP/1.0`)
    const sender = ask(`${method} ${path} HTTP/1.1`, `Content-Length: ${filmBytes.length}\r\n`)
    for (const byte of filmBytes) sender.write(Uint8Array.of(byte))
    expect(await sender.whole()).toMatch(/^HTTP\/1\.1 204 /)
    expect(played(await player.whole())).toEqual(filmShown)
  })

  test('a taken name', async () => {
    const first = publisher('/live/taken.flv')
    await isPublished('/live/taken.flv')
    const second = publisher('/live/taken.flv')
    expect(await second.until((text) => text.includes('published.'))).toMatch(/^HTTP\/1\.1 409 /)
    second.end()
    first.write(endChunk)
    expect(await first.whole()).toMatch(/^HTTP\/1\.1 204 /)
  })

  test.each<[string, Uint8Array, string]>([
    ['no FLV', Buffer.from('RIFF, no film'), 'do not begin with "FLV"'],
    ['lies about a length', lying(), 'expected a tag behind a wrong size'],
    [
      'a tag that is too long',
      Buffer.concat([filmBytes, Buffer.of(9, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0)]),
      'messageBytes',
    ],
  ])('%s: 400 with the reason, and the name is free again', async (_what, bytes, reason) => {
    const sender = sendChunk(ask('POST /live/bad.flv HTTP/1.1', 'Transfer-Encoding: chunked\r\n'), bytes)
    const answer = await sender.until((text) => text.includes(reason))
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain(reason)
    sender.end()
    expect(await httpAnswer(started.ports.http, 'HEAD /live/bad.flv HTTP/1.1')).toMatch(/^HTTP\/1\.1 404 /)
  })

  function lying(): Buffer {
    const bytes = Buffer.from(filmBytes)
    bytes[13 + 3] = 7
    return bytes
  }

  test('a body that ends inside a tag', async () => {
    const sender = publisher('/live/cut.flv')
    sendChunk(sender, filmBytes.subarray(13, 27)).write(endChunk)
    expect(await sender.whole()).toMatch(/^HTTP\/1\.1 400 [^]*ends inside a data/)
  })

  test('who breaks off inside a tag is unpublished', async () => {
    const player = ask('GET /live/broken.flv HTTP/1.0')
    const sender = sendChunk(publisher('/live/broken.flv'), filmBytes.subarray(13, 27))
    await isPublished('/live/broken.flv')
    sender.end()
    expect(played(await player.whole())).toEqual(filmShown)
  })
})

describe('when the node ends', () => {
  const START = `HTTP/1.1\r\nHost: x\r\n`

  test('answers and WebSockets end in order, at once', async () => {
    const own = await startGateway()
    const client = (request: string): RawClient => new RawClient(own.ports.http).write(`${request}\r\n`)
    const sender = sendChunk(client(`POST /live/end.flv ${START}Transfer-Encoding: chunked\r\n`), filmBytes)
    const player = client(`GET /live/end.flv ${START}`)
    const waiting = client(`GET /live/nobody.flv ${START}`)
    const sockets = ['end.flv', 'nobody.flv', 'ws.flv?publish'].map((name) => {
      const socket = new WebSocket(`ws://127.0.0.1:${own.ports.http}/live/${name}`)
      const closed = once(socket, 'close').then(([code]) => code as number)
      return { socket, closed }
    })
    sockets[2]?.socket.once('open', () => sockets[2]?.socket.send(filmBytes))
    await player.until((text) => text.includes('\x27\x01'))
    await once(sockets[0]!.socket, 'message')
    while (own.logged.filter(({ message }) => message === 'HTTP-FLV').length < 6)
      await httpAnswer(own.ports.http, 'GET / HTTP/1.1')
    expect(await leftAtStop(own)).toBe(0)
    expect((await player.whole()).endsWith('\r\n0\r\n\r\n')).toBe(true)
    expect(await waiting.whole()).toMatch(/^HTTP\/1\.1 503 [^]*shutting down/)
    expect(await sender.whole()).toMatch(/^HTTP\/1\.1 503 [^]*shutting down/)
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([1000, 4503, 4503])
  })
})

describe('times', () => {
  test('doorMs and httpIdleMs: a publisher and a player may go on for longer; one who says nothing may not', async () => {
    const { gateway, ports } = await startGateway({
      limits: { doorMs: 400, httpIdleMs: 900, httpFlvGraceMs: 1 },
    })
    const sender = new RawClient(ports.http).write(
      'POST /live/long.flv HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    sendChunk(sender, filmBytes)
    const player = new RawClient(ports.http).write('GET /live/long.flv HTTP/1.1\r\nHost: x\r\n\r\n')
    const frame = flvTag({
      type: 9,
      timestamp: 80,
      messageStreamId: 0,
      payload: Uint8Array.of(0x17, 1, 0, 0, 0, 9),
    })
    const drip = setInterval(() => sendChunk(sender, frame), 100)
    const count = (text: string): number => text.split('\x17\x01').length
    await player.until((text) => count(text) > 20) // 2 s
    expect(sender.text).toBe('')
    clearInterval(drip)
    await Promise.all([sender.closed, player.closed])
    await gateway.stop()
  })

  test('doorMs: a body that nobody asked for has its time', async () => {
    const { gateway, ports } = await startGateway({ limits: { doorMs: 300 } })
    const sender = new RawClient(ports.http).write(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n',
    )
    const drip = setInterval(() => sender.write('x'), 20)
    expect(await sender.whole()).toMatch(/^HTTP\/1\.1 405 /)
    clearInterval(drip)
    await gateway.stop()
  })
})

describe('WebSocket', () => {
  function open(path: string, headers: Record<string, string> = {}): WebSocket {
    return new WebSocket(`ws://127.0.0.1:${started.ports.http}${path}`, { headers })
  }

  /** All messages together, and how it ended. */
  function heard(socket: WebSocket): Promise<{ bytes: Buffer; code: number; reason: string }> {
    const parts: Buffer[] = []
    socket.on('message', (message: Buffer, isBinary) => isBinary && parts.push(message))
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('close', (code, reason) =>
        resolve({ bytes: Buffer.concat(parts), code, reason: reason.toString() }),
      )
    })
  }

  test.each([1, 7, 1000])('publishes in messages of %d bytes; another plays', async (size) => {
    const path = `/live/ws${size}.flv`
    const player = heard(open(path))
    const sender = open(`${path}?publish`)
    await once(sender, 'open')
    for (let at = 0; at < filmBytes.length; at += size) sender.send(filmBytes.subarray(at, at + size))
    sender.close()
    expect((await heard(sender)).code).toBe(1005)
    const { bytes, code, reason } = await player
    expect(shown(bytes)).toEqual(filmShown)
    expect([code, reason]).toEqual([1000, 'The stream has ended.'])
  })

  test.each([
    ['/live/none.flv', 4404, 'Nobody publishes none.'],
    ['/live/wsbad.flv?publish', 4400, 'the bytes do not begin with "FLV" (offset 0)'],
  ])('%s: %d', async (path, status, sentence) => {
    const socket = open(path)
    socket.once('open', () => socket.send(Buffer.from('no film, no film')))
    expect(await heard(socket)).toMatchObject({ code: status, reason: sentence })
  })

  test('a taken name', async () => {
    const first = publisher('/live/wstaken.flv')
    await isPublished('/live/wstaken.flv')
    expect(await heard(open('/live/wstaken.flv?publish'))).toMatchObject({ code: 4409 })
    first.end()
  })

  test.each([
    ['/other/cam.flv', {}, '404'],
    ['/live/cam.mp4', {}, '404'],
    ['/live/cam.flv', { Origin: 'https://evil.example' }, '403'],
  ])('%s %j is refused', async (path, headers, status) => {
    await expect(heard(open(path, headers))).rejects.toThrow(status)
  })

  test('what a player sends is read and forgotten', async () => {
    const sender = publisher('/live/wstalk.flv')
    await isPublished('/live/wstalk.flv')
    const socket = open('/live/wstalk.flv')
    const player = heard(socket)
    await once(socket, 'open')
    for (let count = 0; count < 50; count++) socket.send(Buffer.alloc(100_000))
    sender.write(endChunk)
    expect((await player).code).toBe(1000)
  })

  test.each([
    ['a frame without a mask', [0x82, 1, 0]],
    ['a message that is too long', [0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
    ['a frame of no kind that there is', [0x87, 0x80, 0, 0, 0, 0]],
  ])('a publisher that sends %s is closed, and the others go on', async (_what, frame) => {
    const client = ask(
      'GET /live/wsbad.flv?publish HTTP/1.1',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
    )
    await client.until((text) => text.includes(' 101 '))
    client.write(Uint8Array.from(frame))
    await client.closed
    expect(started.logged.at(-1)?.message).toBe('WebSocket closed')
    const { code } = await heard(open('/live/nobody.flv'))
    expect(code).toBe(4404)
  })

  test('one who sends pings and reads nothing is closed', async () => {
    const sender = publisher('/live/wsping.flv')
    await isPublished('/live/wsping.flv')
    const client = ask(
      'GET /live/wsping.flv HTTP/1.1',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
    )
    await client.until((text) => text.includes(' 101 '))
    client.socket.pause()
    const ping = Buffer.concat([Buffer.of(0x89, 0x80 | 125, 0, 0, 0, 0), Buffer.alloc(125)])
    const many = Buffer.concat(Array.from({ length: 1000 }, () => ping))
    while (!client.socket.destroyed) {
      client.write(many)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await client.closed
    client.end()
    sender.end()
  })
})

describe('access', () => {
  const wishes: Wish[] = []
  const slow = { app: 'live', instance: '', name: 'slow' }
  let whenAsked: (decide: () => void) => void = () => undefined
  const access: Access = {
    decide: (wish, decided) => {
      wishes.push(wish)
      const isAllowed = wish.request.query.get('token') === 'x'
      const decide = (): void =>
        decided(
          isAllowed
            ? { allowed: true }
            : { allowed: false, method: '_error_privilege', message: 'No token.' },
        )
      if (wish.name === slow.name) whenAsked(decide)
      else decide()
    },
  }
  const time = new FakeTime()
  const limits = limitsWith({ httpFlvWaitMs: 0 })
  const turn = new ManualTurn()
  const hub = new Hub({
    ...{ limits, timers: time.timers, turn },
    settingsOf: () => ({ gopCache: false, gatherMs: 0 }),
    failed: () => undefined,
  })
  const unfinished = new Unfinished(time.timers, limits)
  const shared = { limits, log: silentLog, origins: [] }
  const httpFlv = new HttpFlv({
    ...{
      ...shared,
      hub,
      access,
      unfinished,
      rests: new ReadRests(time.timers),
      timers: time.timers,
      root: 'psyc://gw.example/',
    },
    app: () => ({}),
  })
  const door = new HttpDoor({
    ...{ ...shared, mounts: [], routes: [httpFlv.route], webSocketRoutes: [httpFlv.webSocketRoute] },
    home: () => '',
    announceShutdown: () => httpFlv.close(),
    openRtmp: () => undefined,
    openPsyc: () => undefined,
  })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    door.accept(socket)
  })
  let port: number

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => {
    door.close()
    server.close()
  })

  test.each([
    ['GET', 'play', '', 403],
    ['HEAD', 'play', '', 403],
    ['HEAD', 'play', '?token=x', 404],
    ['POST', 'publish', '', 403],
    ['POST', 'publish', '?token=x', 204],
  ])('%s asks whether to %s: %s %d', async (method, action, query, status) => {
    const request = `${method} /live/room/cam.flv${query} HTTP/1.1`
    const body =
      method === 'POST'
        ? `Content-Length: ${filmBytes.length}\r\nConnection: close\r\n`
        : 'Connection: close\r\n'
    const client = new RawClient(port).write(`${request}\r\nHost: x\r\n${body}\r\n`)
    if (method === 'POST') client.write(filmBytes)
    const answer = await client.whole()
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    if (status === 403 && method !== 'HEAD') expect(answer).toContain('No token.')
    expect(wishes.at(-1)).toMatchObject({
      ...{ action, app: 'live', instance: 'room', name: 'cam', person: '' },
      request: { tcUrl: 'http://x/live/room', isEncoder: action === 'publish' },
    })
  })

  test('a WebSocket that closes before it is known whether it may play leaves nothing', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live/slow.flv?token=x`)
    const opened = once(socket, 'open')
    const decide = await new Promise<() => void>((resolve) => (whenAsked = resolve))
    await opened
    const [accepted] = [...sockets].slice(-1)
    const gone = once(accepted as Socket, 'close')
    socket.terminate()
    await gone
    const publication = hub
      .open(streamAddress('psyc://gw.example/', slow, limits))
      .publish({ replaced: () => undefined })
    decide()
    await new Promise((resolve) => setImmediate(resolve))
    expect([...hub.streams].map(({ playerCount }) => playerCount)).toEqual([0])
    publication?.end()
  })

  test.each([
    ['/live/cam.flv', 4403],
    ['/live/cam.flv?publish', 4403],
  ])('WebSocket %s: %d', async (path, code) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`)
    expect(await once(socket, 'close')).toEqual([code, Buffer.from('No token.')])
  })

  test.each(['GET', 'POST', 'play', 'publish'])(
    'a decision that throws closes one connection: %s',
    async (way) => {
      const said = jest.spyOn(silentLog, 'error')
      const warned = jest.spyOn(silentLog, 'warn')
      jest.spyOn(access, 'decide').mockImplementationOnce(() => {
        throw new Error('injected')
      })
      if (way === way.toUpperCase()) {
        const client = new RawClient(port).write(`${way} /live/cam.flv HTTP/1.1\r\nHost: x\r\n\r\n`)
        expect(await client.whole()).toBe('')
      } else {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/live/cam.flv?${way}`)
        expect((await once(socket, 'close'))[0]).toBe(1006)
      }
      expect([...said.mock.calls, ...warned.mock.calls].map(([{ err }]) => (err as Error).message)).toEqual([
        'injected',
      ])
      jest.restoreAllMocks()
    },
  )
})
