/** One door: each port answers every protocol, by its first byte [design 6]. */
import { exampleFolders, RawClient, startGateway } from '../support/gateway.js'
import type { TestGateway } from '../support/gateway.js'

const { folders, remove } = exampleFolders()
let started: TestGateway

beforeAll(async () => {
  started = await startGateway({ limits: { doorMs: 300 } }, folders.examples)
})
afterAll(async () => {
  await started.gateway.stop()
  remove()
})

const rtmpHello = String.fromCharCode(3) + '\0'.repeat(1536)

const answered: readonly [string, string, (text: string) => boolean][] = [
  ['RTMP', rtmpHello, (text) => text.startsWith('\x03') && text.length >= 3073],
  ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', (text) => /^HTTP\/1\.1 200 [^]*<title>rtmpsyc/.test(text)],
  ['PSYC 1.0', '|\n', (text) => text.startsWith('|\n')],
  ['PSYC 0.9', '.\n', (text) => text.startsWith('.\n')],
  ['a policy request', '<policy-file-request/>\0', (text) => /<cross-domain-policy>.*\0$/.test(text)],
]

describe.each(answered)('%s', (_name, hello, isAnswer) => {
  test.each(['rtmp', 'http', 'psyc'] as const)('on the %s port', async (port) => {
    const client = new RawClient(started.ports[port]).write(hello)
    expect(isAnswer(await client.until(isAnswer))).toBe(true)
    client.end()
  })

  test('byte by byte', async () => {
    const client = new RawClient(started.ports.rtmp)
    for (const byte of hello.slice(0, 40)) {
      client.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    client.write(hello.slice(40))
    expect(isAnswer(await client.until(isAnswer))).toBe(true)
    client.end()
  })
})

test.each([
  ['TLS', '\x16\x03\x01'],
  ['RTMPE', '\x06' + '\0'.repeat(1536)],
  ['nothing known', '\0\x01\x02'],
  ['"<" and no policy request', '<html>'],
])('%s: closed without an answer, and logged', async (_name, hello) => {
  started.logged.length = 0
  expect(await new RawClient(started.ports.rtmp).write(hello).whole()).toBe('')
  expect(started.logged[0]?.message).toMatch(/connection closed/)
})

test.each([
  ['says nothing', ''],
  ['begins a policy request and no more', '<policy'],
  ['begins an HTTP request and no more', 'GET / HT'],
])('who %s is closed in time', async (_name, hello) => {
  const client = new RawClient(started.ports.http)
  if (hello !== '') client.write(hello)
  expect(await client.whole()).toMatch(/^$|^HTTP\/1\.1 408/)
})

test('a client that leaves before its first byte leaves nothing', async () => {
  const client = new RawClient(started.ports.http)
  await new Promise((resolve) => client.socket.once('connect', resolve))
  client.end()
  await client.closed
})

test('a policy request that goes on for ever is cut', async () => {
  const client = new RawClient(started.ports.http).write(`<policy-file-request/>\0${'x'.repeat(100_000)}`)
  expect(await client.until((text) => text.endsWith('\0'))).toContain('cross-domain-policy')
  client.end()
})
