/** RTMPS, RTMPT and RTMPE through real sockets: what they serve, and what strangers can do to them. */
import { once } from 'node:events'
import { ClientHandshake } from '../../src/rtmp/wire/handshake.js'
import type { Listeners } from '../../src/server/listener.js'
import { nodeCrypto } from '../../src/server/crypto.js'
import { certificateFiles } from '../support/certificate.js'
import { runProbe } from '../support/cli-run.js'
import { RawClient, leftAtStop, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'
import { TunnelClient } from '../support/rtmpt-client.js'
import { TlsClient } from '../support/tls-client.js'

jest.setTimeout(20_000)

const files = certificateFiles()
const tls = { cert: files.cert, key: files.key }
const started: TestGateway[] = []

async function start(config: Parameters<typeof startGateway>[0] = {}): Promise<TestGateway> {
  const gateway = await startGateway(config)
  started.push(gateway)
  return gateway
}

afterAll(async () => {
  await Promise.all(started.map(({ gateway }) => gateway.stop()))
  files.remove()
})

const openConnections = ({ gateway }: TestGateway): number =>
  (gateway as unknown as { listeners: Listeners }).listeners.openConnections

async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`it does not come true: ${isTrue.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const reasons = ({ logged }: TestGateway): string[] =>
  logged.map(({ fields, message }) => `${message}: ${(fields['reason'] ?? fields['limit'] ?? '') as string}`)

const rtmpHello = Buffer.from(new ClientHandshake(nodeCrypto, 1).start()).toString('latin1')

describe('TLS', () => {
  let node: TestGateway

  beforeAll(async () => {
    node = await start({ tls: { ...tls, port: 0 } })
  })

  test.each([
    ['RTMP', rtmpHello, (text: string) => text.startsWith('\x03') && text.length >= 3073],
    [
      'HTTP',
      'GET /crossdomain.xml HTTP/1.1\r\nHost: x\r\n\r\n',
      (text: string) => text.includes('</cross-domain-policy>'),
    ],
    ['PSYC 1.0', '|\n', (text: string) => text.startsWith('|\n')],
    ['PSYC 0.9', '.\n', (text: string) => text.startsWith('.\n')],
    ['a policy request', '<policy-file-request/>\0', (text: string) => text.endsWith('\0')],
    [
      'RTMPT',
      'POST /open/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\0',
      (text: string) => /[0-9a-f]{32}\n$/.test(text),
    ],
  ])('%s is behind it on every port, however it is cut', async (_name, hello, isAnswer) => {
    for (const port of [node.ports.rtmp, node.ports.http, node.ports.psyc, node.ports.tls!]) {
      const whole = new TlsClient(port).write(hello)
      expect(isAnswer(await whole.until(isAnswer))).toBe(true)
      whole.end()
    }
    const client = new TlsClient(node.ports.rtmp)
    for (const byte of hello.slice(0, 30)) client.write(byte)
    client.write(hello.slice(30))
    expect(isAnswer(await client.until(isAnswer))).toBe(true)
    client.end()
    await until(() => openConnections(node) === 0)
  })

  test('the socket policy names all ports', async () => {
    const client = new TlsClient(node.ports.psyc).write('<policy-file-request/>\0')
    const text = await client.until((all) => all.endsWith('\0'))
    const listed = /to-ports="([\d,]+)"/.exec(text)?.[1]?.split(',').map(Number)
    expect(listed?.sort()).toEqual([...(Object.values(node.ports) as number[])].sort())
  })

  test('a whole session by RTMPS, RTMPTS, RTMPE and RTMPTE', async () => {
    for (const scheme of ['rtmps', 'rtmpts', 'rtmpe', 'rtmpte', 'rtmpt']) {
      const { stdout } = await runProbe(
        `${scheme}://localhost:${node.ports.rtmp}/chat/lobby`,
        '--user',
        scheme,
      )
      expect(stdout).toContain('connect accepted: NetConnection.Connect.Success')
      expect(stdout).toContain(`nick: "${scheme}"`)
      expect(stdout).toContain('ok N ms close closed by both sides')
    }
    await until(() => openConnections(node) === 0)
  })

  test.each([
    [
      'garbage',
      '\x16\x03\x01\x02\x00garbage that is no handshake'.padEnd(600, 'x'),
      /TLS did not come about/,
    ],
    ['a record that is too long', '\x16\x03\x01\xff\xff'.padEnd(70_000, 'x'), /TLS did not come about/],
  ])('%s: closed, and the log says so once, without a stack', async (_name, bytes, message) => {
    node.logged.length = 0
    await new RawClient(node.ports.rtmp).write(bytes).whole()
    await until(() => node.logged.length > 0)
    expect(node.logged).toHaveLength(1)
    expect(node.logged[0]!.message).toMatch(message)
    expect(node.logged[0]!.level).toBe('info')
    expect(node.logged[0]!.fields).not.toHaveProperty('err')
  })

  test('what is no TLS within TLS is looked at like anything else, and TLS within it is refused', async () => {
    node.logged.length = 0
    const client = new TlsClient(node.ports.rtmp).write('\x16\x03\x01')
    await client.closed
    expect(reasons(node)).toEqual(['connection closed: TLS within TLS: '])
  })

  test('a client that goes in the middle of the handshake leaves nothing', async () => {
    const client = new RawClient(node.ports.rtmp).write('\x16\x03\x01')
    await until(() => openConnections(node) === 1)
    client.end()
    await until(() => openConnections(node) === 0)
  })

  test('protocol names (ALPN) are passed over', async () => {
    const client = new TlsClient(node.ports.rtmp, { ALPNProtocols: ['h2', 'http/1.1'] })
    await client.secured
    expect(client.tls.alpnProtocol).toBe(false)
    client.end()
  })

  test('nobody negotiates anew', async () => {
    const client = new TlsClient(node.ports.rtmp, { maxVersion: 'TLSv1.2' })
    await client.secured
    const failed = once(client.tls, 'error')
    client.tls.renegotiate({}, () => undefined)
    expect(String(await failed)).toMatch(/no renegotiation/i)
    client.end()
  })

  test.each([
    ['TLSv1', false, {}],
    ['TLSv1', true, { minVersion: 'TLSv1' }],
    ['TLSv1.3', true, {}],
    ['TLSv1.3', false, { maxVersion: 'TLSv1.2' }],
  ] as const)('%s is spoken: %s with %j', async (version, isSpoken, entries) => {
    const own = await start({ tls: { ...tls, ...entries } })
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const client = new TlsClient(own.ports.rtmp, old)
    if (isSpoken) await client.secured
    else await expect(client.secured).rejects.toThrow()
    client.end()
  })

  test('tlsMs: a handshake that does not end is cut, drip by drip or not', async () => {
    const own = await start({ tls, limits: { tlsMs: 100 } })
    const client = new RawClient(own.ports.rtmp).write('\x16')
    const drip = setInterval(() => client.write('\x03'), 20)
    await client.closed
    clearInterval(drip)
    expect(reasons(own)).toEqual(['connection closed: TLS took too long: tlsMs'])
  })

  test('doorMs: one who says nothing behind TLS is closed', async () => {
    const own = await start({ tls, limits: { doorMs: 100 } })
    await new TlsClient(own.ports.rtmp).closed
    expect(reasons(own)).toEqual(['connection closed: no first byte came: doorMs'])
  })

  test('the end of the program does not wait for handshakes', async () => {
    const own = await startGateway({ tls })
    const clients = [new RawClient(own.ports.rtmp).write('\x16'), new TlsClient(own.ports.rtmp)]
    await (clients[1] as TlsClient).secured
    expect(await leftAtStop(own)).toBe(0)
    await Promise.all(clients.map(({ closed }) => closed))
  })

  test('without a certificate the log says what to configure', async () => {
    const own = await start()
    await new TlsClient(own.ports.rtmp).closed
    expect(reasons(own)).toEqual([
      'connection closed: it asks for TLS; give tls.cert and tls.key in the configuration to serve it: ',
    ])
  })
})

describe('RTMPT', () => {
  let node: TestGateway
  let client: TunnelClient

  beforeAll(async () => {
    node = await start()
  })

  beforeEach(() => {
    client = new TunnelClient(node.ports.rtmp)
  })

  afterEach(() => client.raw.end())

  const greeting = (answer: string): boolean => answer.startsWith('\x01\x03') && answer.length === 1 + 3073

  test('the handshake takes one request', async () => {
    expect(await client.ask('/fcs/ident2')).toEqual({ status: 404, body: '' })
    const id = await client.open()
    const { status, body } = await client.ask(`/send/${id}/0`, rtmpHello)
    expect([status, greeting(body)]).toEqual([200, true])
    expect(await client.ask(`/idle/${id}/1`)).toEqual({ status: 200, body: '\x01' })
    expect(await client.ask(`/close/${id}/2`)).toEqual({ status: 200, body: '\0' })
    expect(await client.ask(`/idle/${id}/3`)).toEqual({ status: 404, body: '' })
  })

  test('requests may come all at once', async () => {
    const id = await client.open()
    client.send(`/send/${id}/0`, rtmpHello.slice(0, 500)).send(`/send/${id}/1`, rtmpHello.slice(500))
    client.send(`/idle/${id}/2`)
    const bodies = [await client.answer(), await client.answer(), await client.answer()].map(
      ({ body }) => body,
    )
    expect(bodies.some(greeting)).toBe(true)
    expect(bodies.filter((body) => body === '\x01')).toHaveLength(2)
  })

  test('and in any order by several connections', async () => {
    const id = await client.open()
    const others = [2, 1, 0].map((at) => {
      const part = rtmpHello.slice(at * 600, at === 2 ? undefined : (at + 1) * 600)
      return new TunnelClient(node.ports.http).send(`/send/${id}/${at}`, part)
    })
    const bodies = (await Promise.all(others.map((other) => other.answer()))).map(({ body }) => body)
    expect(bodies.join('').replaceAll('\x01', '').length).toBeGreaterThan(3_000)
    for (const other of others) other.raw.end()
    expect((await client.ask(`/close/${id}/3`)).body).toBe('\0')
  })

  test('HTTP 1.0, with and without keep-alive', async () => {
    const id = await client.open()
    const lasting = await client.send(`/send/${id}/0`, rtmpHello, '1.0', ['Connection: keep-alive']).answer()
    expect(greeting(lasting.body)).toBe(true)
    expect(await client.send(`/idle/${id}/1`, '\0', '1.0').answer()).toEqual({ status: 200, body: '\x01' })
    await client.raw.closed
    const again = new TunnelClient(node.ports.rtmp)
    expect((await again.ask(`/idle/${id}/2`)).body).toBe('\x01')
    again.raw.end()
  })

  test.each([
    ['an ID that there is not', 'POST', '/idle/0123456789abcdef0123456789abcdef/0', 404],
    ['an ID that is a path', 'POST', '/idle/..%2f..%2fetc/0', 405],
    ['no number', 'POST', '/idle/x/', 405],
    ['a number that is none', 'POST', '/idle/x/one', 405],
    ['a number that is too long', 'POST', `/idle/x/${'9'.repeat(16)}`, 405],
    ['another method', 'GET', '/open/1', 405],
    ['another method', 'DELETE', '/send/x/1', 405],
    ['a kind that there is not', 'POST', '/receive/x/1', 405],
  ])('%s: %s %s is answered %i', async (_name, method, path, status) => {
    client.raw.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\0`)
    expect((await client.answer()).status).toBe(status)
  })

  test.each([
    ['an old number is not taken again', 0, 409],
    ['a number from beyond waits, and others go on', 9_999_999, undefined],
  ])('%s', async (_name, sequence, status) => {
    const id = await client.open()
    await client.ask(`/idle/${id}/0`)
    await client.ask(`/idle/${id}/1`)
    const other = new TunnelClient(node.ports.rtmp).send(`/send/${id}/${sequence}`, 'x')
    if (status !== undefined) expect((await other.answer()).status).toBe(status)
    expect((await client.ask(`/idle/${id}/2`)).body).toBe('\x01')
    other.raw.end()
  })

  test('rtmptRequestBytes: a request of 2 GiB is refused by its head, one without a length when it has become too long', async () => {
    const own = await start({ limits: { rtmptRequestBytes: 10_000 } })
    const liar = new TunnelClient(own.ports.rtmp)
    const id = await liar.open()
    liar.send(`/send/${id}/0`, 'x', '1.1', ['Content-Length: 2147483648'])
    expect((await liar.answer()).status).toBe(413)
    await liar.raw.closed
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`
    const endless = new TunnelClient(own.ports.rtmp)
    endless.send(`/send/${id}/0`, chunk.repeat(20), '1.1', ['Transfer-Encoding: chunked'])
    expect((await endless.answer()).status).toBe(413)
    await endless.raw.closed
    expect(reasons(own)).toEqual(Array(2).fill('RTMPT request refused: too long: rtmptRequestBytes'))
  })

  test('a request that does not end is cut', async () => {
    const own = await start({ limits: { doorMs: 200 } })
    const slow = new TunnelClient(own.ports.rtmp)
    const id = await slow.open()
    slow.send(`/send/${id}/0`, 'x', '1.1', ['Content-Length: 1000'])
    expect((await slow.answer()).status).toBe(408)
    await slow.raw.closed
  })

  test('rtmptSessions: so many and no more, until one is closed', async () => {
    const own = await start({ limits: { rtmptSessions: 2 } })
    const many = new TunnelClient(own.ports.rtmp)
    const id = await many.open()
    await many.open()
    expect((await many.ask('/open/1')).status).toBe(503)
    await many.raw.closed
    const another = new TunnelClient(own.ports.rtmp)
    await another.ask(`/close/${id}/0`)
    await another.open()
    another.raw.end()
  })

  test('a thousand sessions that never say anything are gone in time', async () => {
    const own = await start({ limits: { handshakeMs: 500, rtmptGapMs: 100 } })
    const many = new TunnelClient(own.ports.rtmp)
    for (let count = 0; count < 1_000; count++) many.send('/open/1')
    for (let count = 0; count < 1_000; count++) expect((await many.answer()).status).toBe(200)
    const { rtmpt } = own.gateway as unknown as { rtmpt: { openSessions: number } }
    await until(() => rtmpt.openSessions === 0)
    many.raw.end()
  })

  test('bytes that are no RTMP end the session, and the client is told', async () => {
    const id = await client.open()
    expect(await client.ask(`/send/${id}/0`, 'GET / HTTP/1.1')).toEqual({ status: 200, body: '\0' })
    expect(await client.ask(`/idle/${id}/1`)).toEqual({ status: 200, body: '\0' })
  })

  test('rtmptLostMs: a session whose connection is gone is over', async () => {
    const own = await start({ limits: { rtmptLostMs: 100 } })
    const gone = new TunnelClient(own.ports.rtmp)
    const id = await gone.open()
    await gone.ask(`/send/${id}/0`, rtmpHello)
    gone.raw.socket.resetAndDestroy()
    await until(() =>
      reasons(own).some((reason) => reason.startsWith('RTMPT session closed: the connection closed')),
    )
  })

  test('a node that ends does not wait for the next request', async () => {
    const own = await startGateway()
    const waiting = new TunnelClient(own.ports.rtmp)
    await waiting.ask(`/send/${await waiting.open()}/0`, rtmpHello)
    expect(await leftAtStop(own)).toBe(0)
  })
})

describe('RTMPE', () => {
  test.each([
    ['without a digest', '\x06' + '\0'.repeat(1536), /C1 carries no valid digest/],
    ['of type 8', '\x08' + '\0'.repeat(1536), /got 8 \(RTMPE with XTEA\)/],
    ['of type 9', '\x09' + '\0'.repeat(1536), /got 9 \(RTMPE with Blowfish\)/],
  ])('%s: closed without an answer, and the log says why', async (_name, hello, reason) => {
    const node = await start()
    expect(await new RawClient(node.ports.rtmp).write(hello).whole()).toBe('')
    expect(reasons(node)[0]).toMatch(reason)
  })
})
