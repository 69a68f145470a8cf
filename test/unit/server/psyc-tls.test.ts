/** TLS between nodes that cannot be begun: the connection closes, the log says it once, and the process goes on. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Circuit } from '../../../src/psyc/session/circuit.js'
import { CircuitLine } from '../../../src/server/circuit-line.js'
import type { LineServices } from '../../../src/server/circuit-line.js'
import { tcpConnect } from '../../../src/server/psyc-connect.js'
import { Unfinished } from '../../../src/server/unfinished.js'
import { limitsWith } from '../../../src/util/limits.js'
import { silentLog } from '../../../src/util/log.js'
import { ManualTurn } from '../../../src/util/turn.js'
import { FakeTime } from '../../support/fake-clock.js'

const limits = limitsWith()
const logged: unknown[] = []
const fault = (): never => {
  throw new Error('injected')
}
const services: LineServices = {
  turn: new ManualTurn(),
  log: { ...silentLog, error: ({ err }) => logged.push((err as Error).message) },
  credentials: { own: fault, shown: fault, ca: undefined },
  unfinished: new Unfinished(new FakeTime().timers, limits),
}

let server: Server
let port: number
const sockets = new Set<Socket>()

beforeEach(async () => {
  logged.length = 0
  server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
  server.on('connection', (socket) => sockets.add(socket))
})
afterEach(() => {
  server.close()
  for (const socket of sockets) socket.destroy()
})

test('where we call by TLS, there is no connection', async () => {
  const reason = await new Promise((resolve) => {
    const to = { host: '127.0.0.1', port, isEncrypted: true }
    tcpConnect({ ...services, limits })(to, { opened: fault, failed: resolve })
  })
  expect([reason, logged]).toEqual(['_disconnect', ['injected']])
})

test.each([
  ['as its server', undefined],
  ['as its client', 'a.example'],
])('upon a circuit, %s: it ends', async (_role, host) => {
  const peer = connect({ port, host: '127.0.0.1' })
  const [socket] = (await once(server, 'connection')) as [Socket]
  const line = new CircuitLine(socket, services)
  const ended = new Promise<void>((resolve) => {
    line.run({ end: resolve, unfinishedBytes: 0 } as unknown as Circuit)
  })
  line.tls?.start(host, () => undefined)
  await Promise.all([ended, once(peer.resume(), 'close')])
  expect(logged).toEqual(['injected'])
})
