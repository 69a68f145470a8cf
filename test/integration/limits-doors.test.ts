/** Limits of sockets, provoked on the loopback address; nothing here waits for time to pass but the server itself. */
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Listeners } from '../../src/server/listener.js'
import type { Ports } from '../../src/server/ports.js'
import { limitsWith } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { RawClient, leftAtStop, listenersOf, startGateway } from '../support/gateway.js'

jest.setTimeout(20_000)

test('connectionsPerAddress: one address takes no more than its share, the loopback address excepted', () => {
  const listeners = new Listeners(limitsWith({ connectionsPerAddress: 2 }), silentLog, () => undefined)
  const open = (address: string): FakeSocket => {
    const socket = new FakeSocket(address)
    listeners.admit(socket as unknown as Socket)
    return socket
  }
  const [first, second, third] = ['192.0.2.1', '192.0.2.1', '192.0.2.1'].map(open)
  expect([first, second, third].map((socket) => socket?.destroyed)).toEqual([false, false, true])
  expect(open('192.0.2.2').destroyed).toBe(false)
  first?.emit('close')
  expect(open('192.0.2.1').destroyed).toBe(false)
  expect(['127.0.0.1', '127.0.0.1', '127.0.0.1'].map((address) => open(address).destroyed)).not.toContain(
    true,
  )
  expect(listeners.openConnections).toBe(6)
  listeners.destroy()
})

class FakeSocket extends EventEmitter {
  destroyed = false

  constructor(readonly remoteAddress: string) {
    super()
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.emit('close')
  }
}

test('doorMs: who says nothing is closed, and the log says why', async () => {
  const { gateway, ports, logged } = await startGateway({ limits: { doorMs: 50 } })
  await Promise.all(Object.values(ports).map((port: number) => new RawClient(port).closed))
  expect(logged.filter(({ fields }) => fields['limit'] === 'doorMs')).toHaveLength(3)
  await gateway.stop()
})

test('doorMs: a request head that comes a byte at a time is closed all the same', async () => {
  const { gateway, ports, logged } = await startGateway({ limits: { doorMs: 300 } })
  const client = new RawClient(ports.http).write('GET / HTTP/1.1\r\nX: ')
  const drip = setInterval(() => client.write('x'), 20)
  expect(await client.whole()).toMatch(/^HTTP\/1\.1 408 /)
  clearInterval(drip)
  expect(logged.map(({ message }) => message)).toContain('HTTP connection closed')
  await gateway.stop()
})

test('httpHeaderBytes: a head that is longer is refused', async () => {
  const { gateway, ports } = await startGateway({ limits: { httpHeaderBytes: 1_000 } })
  const head = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(2_000)}\r\n\r\n`
  expect(await new RawClient(ports.http).write(head).whole()).toMatch(/^HTTP\/1\.1 431 /)
  await gateway.stop()
})

test('httpIdleMs: who asks for a file and does not read it is closed', async () => {
  const examples = mkdtempSync(join(tmpdir(), 'limits-'))
  writeFileSync(join(examples, 'large.bin'), Buffer.alloc(30_000_000))
  const { gateway, ports } = await startGateway({ limits: { httpIdleMs: 200 } }, examples)
  const client = new RawClient(ports.http)
  await once(client.socket, 'connect')
  client.socket.pause()
  client.write('GET /examples/large.bin HTTP/1.1\r\nHost: x\r\n\r\n')
  await gatewayIsEmpty(gateway)
  client.end()
  await gateway.stop()
  rmSync(examples, { recursive: true })
})

async function gatewayIsEmpty(gateway: object): Promise<void> {
  const listeners = listenersOf(gateway)
  while (listeners.openConnections === 0) await new Promise((resolve) => setImmediate(resolve))
  while (listeners.openConnections > 0) await new Promise((resolve) => setTimeout(resolve, 10))
}

test('the end of the program does not wait for idle HTTP connections', async () => {
  const node = await startGateway()
  const client = new RawClient(node.ports.http).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await client.until((text) => text.includes('</html>'))
  expect(await leftAtStop(node)).toBe(0)
  await client.closed
})

const PART = 'x'.repeat(57_000)

/** By protocol: a client in the middle of something long. */
const unfinished: readonly (readonly [string, (ports: Ports, name: string) => Promise<RawClient>])[] = [
  [
    'an RTMP message',
    async ({ rtmp }) => {
      const client = new RawClient(rtmp).write(Buffer.concat([Buffer.of(3), Buffer.alloc(1_536)]))
      await client.until((text) => text.length >= 3_073)
      const chunkSize = Buffer.from('02000000000004010000000000ffffff', 'hex')
      const header = Buffer.from('0300000000ffff1400000000', 'hex') // a command of 65,535 bytes
      return client.write(Buffer.concat([Buffer.alloc(1_536), chunkSize, header])).write(PART)
    },
  ],
  ['a PSYC packet', ({ psyc }) => Promise.resolve(new RawClient(psyc).write(`|\n:_source\t${PART}`))],
  [
    'a tag of FLV',
    ({ http }, name) => {
      const head = `POST /live/${name}.flv HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n`
      const flv = Buffer.from('464c5601050000000900000000' + '0900ffff00000000000000', 'hex')
      return Promise.resolve(new RawClient(http).write(head).write(flv).write(PART))
    },
  ],
  [
    'a row of RTMPT requests',
    async ({ http }) => {
      const post = (path: string, length: number): string =>
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`
      const opened = await new RawClient(http).write(post('/open/1', 0)).whole()
      const id = opened.split('\r\n\r\n')[1]?.trim() ?? ''
      return new RawClient(http).write(post(`/send/${id}/7`, PART.length)).write(PART)
    },
  ],
]

test.each(unfinished)(
  'unfinishedBytes: who leaves %s unfinished is closed when that of all is too much',
  async (_, open) => {
    const { gateway, ports } = await startGateway({ limits: { unfinishedBytes: 100_000 } })
    const bystander = new RawClient(ports.psyc).write('|\n')
    await bystander.until((text) => text.includes('|'))
    const clients = [await open(ports, 'one'), await open(ports, 'two')]
    await Promise.all(clients.map((client) => client.until((text) => text.includes('HTTP/1.1 503'))))
    for (const client of clients) client.socket.destroy()
    expect(bystander.socket.destroyed).toBe(false)
    await gateway.stop()
  },
)
