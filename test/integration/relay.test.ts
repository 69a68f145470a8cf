/** Relays on real sockets: what a network does to them, and how the node starts and stops with them. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { ReadRests } from '../../src/server/read-rests.js'
import { silentLog } from '../../src/util/log.js'
import { cert, certificateFiles, key } from '../support/certificate.js'
import type { CertificateFiles } from '../support/certificate.js'
import { FakeTime } from '../support/fake-clock.js'
import { newGateway, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'

let files: CertificateFiles
const open: { close(): unknown }[] = []

beforeAll(() => (files = certificateFiles()))
afterAll(() => files.remove())
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function serve(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return (server.address() as AddressInfo).port
}

async function gatewayWith(relay: readonly object[], limits: object = {}): Promise<TestGateway> {
  const gateway = await startGateway({ relay, limits })
  open.push({ close: () => gateway.gateway.stop() })
  return gateway
}

/** Resolves with the reasons that were told, when there are `count`. */
async function reasons({ logged }: TestGateway, count = 1): Promise<unknown[]> {
  for (;;) {
    const found = logged
      .filter(({ message }) => message === 'relay lost')
      .map(({ fields }) => fields['reason'])
    if (found.length >= count) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const pullFrom = (url: string, more: object = {}): object => ({
  pull: url,
  to: 'live/cam',
  when: 'always',
  ...more,
})

test('a port that nobody listens on', async () => {
  const server = createServer()
  const port = await serve(server)
  open.pop()
  server.close()
  await once(server, 'close')
  const gateway = await gatewayWith([pullFrom(`rtmp://127.0.0.1:${port}/live/cam`)])
  expect(await reasons(gateway)).toEqual(['nobody listens there'])
})

test('a host whose name is not known', async () => {
  const gateway = await gatewayWith([pullFrom('rtmp://nowhere.invalid/live/cam')])
  expect(await reasons(gateway)).toEqual([
    expect.stringMatching(/^(the name of the host is not known|no name server answers)$/),
  ])
})

test.each([
  ['what is no RTMP', 'HTTP/1.1 400 Bad Request\r\n\r\n', /^it breaks the protocol: .*expected version 3/],
  ['nothing, and closes', '', /^the other end closed the connection$/],
])('a server that sends %s', async (_what, bytes, expected) => {
  const port = await serve(createServer((socket) => socket.end(bytes)))
  const gateway = await gatewayWith([pullFrom(`rtmp://127.0.0.1:${port}/live/cam`)])
  expect(await reasons(gateway)).toEqual([expect.stringMatching(expected)])
})

test('a silent server is given relaySetupMs', async () => {
  const port = await serve(createServer())
  const gateway = await gatewayWith([pullFrom(`rtmp://127.0.0.1:${port}/live/cam`)], { relaySetupMs: 20 })
  expect(await reasons(gateway)).toEqual(['it did not answer in time'])
})

describe('rtmps', () => {
  const tlsServer = (): Server => createTlsServer({ cert, key }, (socket) => socket.end('over TLS'))

  test.each([
    ['a certificate that nobody vouches for', 'localhost', () => ({}), /SELF_SIGNED/],
    ['the wrong name in it', '127.0.0.1', () => ({ ca: files.cert }), /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('%s', async (_what, host, tls, expected) => {
    const port = await serve(tlsServer())
    const gateway = await gatewayWith([pullFrom(`rtmps://${host}:${port}/live/cam`, { tls: tls() })])
    expect(await reasons(gateway)).toEqual([expect.stringMatching(expected)])
  })

  test.each([
    ['one that is vouched for', 'localhost', () => ({ ca: files.cert })],
    ['the name that is expected', '127.0.0.1', () => ({ ca: files.cert, servername: 'localhost' })],
    ['none that is looked at', '127.0.0.1', () => ({ rejectUnauthorized: false })],
  ])('%s is spoken to', async (_what, host, tls) => {
    const port = await serve(tlsServer())
    const gateway = await gatewayWith([pullFrom(`rtmps://${host}:${port}/live/cam`, { tls: tls() })])
    expect(await reasons(gateway)).toEqual([expect.stringMatching(/^it breaks the protocol/)])
  })

  test('a port that speaks no TLS', async () => {
    const port = await serve(createServer((socket) => socket.end('RTMP')))
    const gateway = await gatewayWith([pullFrom(`rtmps://localhost:${port}/live/cam`)])
    expect(await reasons(gateway)).toHaveLength(1)
  })

  test('a file of certificates that is not there keeps the node from starting', async () => {
    const { gateway } = newGateway({
      relay: [pullFrom('rtmps://h.example/live/cam', { tls: { ca: '/nonexistent/ca.pem' } })],
    })
    await expect(gateway.start()).rejects.toThrow('relay.tls.ca: /nonexistent/ca.pem cannot be read: ENOENT')
    await gateway.stop()
  })
})

test('the node itself is recognised by its address', async () => {
  const gateway = await gatewayWith([{ push: 'rtmp://127.0.0.1:1/a/b', from: 'x/y' }])
  const { ports } = gateway
  const { tcpWires } = await import('../../src/server/relay/wire.js')
  const turn = { atEnd: (run: () => void) => void setImmediate(run) }
  const rests = new ReadRests(new FakeTime().timers)
  const isOurs = (port: number): boolean => port === ports.rtmp
  const { parseRelayUrl } = await import('../../src/server/relay/relay-url.js')
  const target = parseRelayUrl(`rtmp://localhost:${ports.rtmp}/live/cam`)
  if (typeof target === 'string') throw new Error(target)
  const closed = new Promise((resolve) => {
    const handler = {
      opened: () => resolve('opened'),
      received: () => undefined,
      drained: () => undefined,
      closed: (_how: string, reason?: string) => resolve(reason),
    }
    tcpWires(turn, silentLog, rests, isOurs)(target, { rejectUnauthorized: true }, handler)
  })
  expect(await closed).toBe('this is the node itself')
})

test('two nodes: a stream passes, and with the near one the far one is left in order', async () => {
  const far = await gatewayWith([])
  const near = await gatewayWith([pullFrom(`rtmp://127.0.0.1:${far.ports.rtmp}/live/cam`)])
  await said(near, 'relay runs')
  await near.gateway.stop()
  await said(far, 'disconnect')
  expect(
    far.logged.filter(({ message }) => message === 'disconnect').map(({ fields }) => fields['how']),
  ).toEqual(['finished'])
  expect(near.logged.map(({ message }) => message)).toContain('relay ends')
})

async function said({ logged }: TestGateway, wanted: string): Promise<void> {
  while (!logged.some(({ message }) => message === wanted))
    await new Promise((resolve) => setImmediate(resolve))
}
