/** What the gateway serves to browsers [design 5, 6, 9]. */
import { readdirSync, readlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { exampleFolders, httpAnswer, RawClient, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'

const { folders, remove } = exampleFolders()
let started: TestGateway

beforeAll(async () => {
  started = await startGateway({ http: { origins: ['https://listed.example'] } }, folders.examples)
})
afterAll(async () => {
  await started.gateway.stop()
  remove()
})

test.each([
  ['GET /', 200, /text\/html[^]*<title>rtmpsyc/],
  ['GET /crossdomain.xml', 200, /text\/x-cross-domain-policy[^]*<cross-domain-policy>/],
  ['GET /examples/', 200, /text\/html[^]*\r\n\r\nindex\.html$/],
  ['GET /examples/page.html?x=1', 200, /text\/html[^]*\r\n\r\npage\.html$/],
  ['GET /examples/page.swf', 200, /application\/x-shockwave-flash[^]*Content-Length: 8/],
  ['GET /examples/room/', 200, /\r\n\r\nroom\/index\.html$/],
  ['GET /examples/sp%20ace.txt', 200, /\r\n\r\nsp ace\.txt$/],
  ['GET /examples/room', 301, /Location: room\/\r\n/],
  ['GET /examples/room?a=b', 301, /Location: room\/\?a=b\r\n/],
  ['GET /examples/ro%6Fm', 301, /Location: room\/\r\n/],
  ['GET /examples/none', 404, /not found/],
  ['GET /nothing', 404, /not found/],
  ['GET /lib/amf.js', 404, /not found/],
  ['HEAD /examples/page.html', 200, /Content-Length: 9[^]*\r\n\r\n$/],
  ['HEAD /', 200, /Content-Length: \d+[^]*\r\n\r\n$/],
  ['HEAD /nothing', 404, /\r\n\r\n$/],
  ['POST /', 405, /Allow: GET, HEAD/],
  ['OPTIONS /', 405, /Allow: GET, HEAD/],
])('%s: %d', async (request, status, text) => {
  const answer = await httpAnswer(started.ports.http, `${request} HTTP/1.1`)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(answer).toMatch(text)
  expect(answer).toContain('X-Content-Type-Options: nosniff')
})

test.each([
  '/examples/../secret.txt',
  '/examples/%2e%2e/secret.txt',
  '/examples/..%2fsecret.txt',
  '/examples/%2e%2e%2fsecret.txt',
  '/examples/room/..%2f..%2fsecret.txt',
  '/examples/room/%2e%2e%2f%2e%2e%2fsecret.txt',
  '/examples//../../secret.txt',
  '/examples/..\\secret.txt',
  '/examples/%00',
  '/examples/page.html%00.png',
  '/examples/%ff',
  '/examples/%2fetc%2fpasswd',
  '//examples/page.html',
  'http://other/examples/../secret.txt',
  '*',
])('%s leads nowhere', async (path) => {
  const answer = await httpAnswer(started.ports.http, `GET ${path} HTTP/1.1`)
  expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /)
  expect(answer).not.toContain('secret\n')
})

test.each([
  ['a head that is too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ['no HTTP', 'GET nonsense\r\n\r\n', '400'],
])('%s', async (_name, text, status) => {
  expect(await new RawClient(started.ports.http).write(text).whole()).toContain(`HTTP/1.1 ${status} `)
})

test('two requests on one connection, in one write', async () => {
  const head = 'GET /crossdomain.xml HTTP/1.1\r\nHost: x\r\n'
  const text = await new RawClient(started.ports.http)
    .write(`${head}\r\n${head}Connection: close\r\n\r\n`)
    .whole()
  expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
})

describe('WebSocket', () => {
  function open(path: string, headers: Record<string, string> = {}): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${started.ports.http}${path}`, { headers })
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket))
      socket.once('error', reject)
    })
  }

  async function heard(socket: WebSocket, isEnough: (bytes: Buffer) => boolean): Promise<Buffer> {
    let bytes = Buffer.alloc(0)
    return new Promise((resolve) => {
      socket.on('message', (message: Buffer) => {
        bytes = Buffer.concat([bytes, message])
        if (isEnough(bytes)) resolve(bytes)
      })
    })
  }

  test.each([
    ['/rtmp', Buffer.concat([Buffer.of(3), Buffer.alloc(1536)]), 3073, '\x03'],
    ['/psyc', Buffer.from('|\n'), 2, '|'],
  ])('%s carries bytes both ways, in any split', async (path, hello, length, first) => {
    for (const size of [hello.length, 1000, 1]) {
      const socket = await open(path)
      const answer = heard(socket, (bytes) => bytes.length >= length)
      for (let at = 0; at < Math.min(hello.length, 40 * size); at += size)
        socket.send(hello.subarray(at, at + size))
      if (40 * size < hello.length) socket.send(hello.subarray(40 * size))
      expect((await answer).toString('latin1').startsWith(first)).toBe(true)
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.close()
      await closed
    }
  })

  test.each([
    ['none: no browser', {}, true],
    ['the page`s own', { Origin: 'http://OWN' }, true],
    ['a listed one', { Origin: 'https://listed.example' }, true],
    ['another', { Origin: 'https://evil.example' }, false],
    ['a part of a listed one', { Origin: 'https://listed.example.evil' }, false],
    ['null', { Origin: 'null' }, false],
  ])('origin %s', async (_name, headers: { Origin?: string }, isAllowed) => {
    const own = `127.0.0.1:${started.ports.http}`
    const given = headers.Origin === undefined ? {} : { Origin: headers.Origin.replace('OWN', own) }
    if (isAllowed) (await open('/psyc', given)).terminate()
    else await expect(open('/psyc', given)).rejects.toThrow('403')
  })

  test('only where one is served', async () => {
    await expect(open('/other')).rejects.toThrow('404')
  })

  test('a message that is too big ends it', async () => {
    const socket = await open('/psyc')
    const code = new Promise((resolve) => socket.once('close', resolve))
    socket.send(Buffer.alloc(1_048_577, 'x'))
    expect(await code).toBe(1009)
  })

  test('an upgrade that is not in order is refused', async () => {
    const text = await new RawClient(started.ports.http)
      .write('GET /rtmp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      .whole()
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
  })
})

/** How often this process has that file open; undefined where the system does not say. */
function timesOpen(name: string): number | undefined {
  try {
    const open = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return '' // the folder that was just read
      }
    })
    return open.filter((file) => file === name).length
  } catch {
    return undefined
  }
}

test('a file is closed when its reader goes before the end', async () => {
  const file = join(folders.examples, 'page.swf')
  truncateSync(file, 50_000_000)
  const client = new RawClient(started.ports.http).write('GET /examples/page.swf HTTP/1.1\r\nHost: x\r\n\r\n')
  await client.until((text) => text.length > 1_000)
  client.end()
  while ((timesOpen(file) ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve))
})
