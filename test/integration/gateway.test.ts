/** The whole program but its command line: ports, limits, and its end [design 7, 11]. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { RtmpClientSession } from '../../src/rtmp/session/client-session.js'
import { defaultLimits } from '../../src/util/limits.js'
import { AmfObject } from '../../src/amf/value.js'
import type { AmfValue } from '../../src/amf/value.js'
import { configOf } from '../../src/server/config.js'
import { Gateway } from '../../src/server/gateway.js'
import { FakeTime } from '../support/fake-clock.js'
import { show } from '../support/fake-rtmp-text.js'
import { httpAnswer, leftAtStop, newGateway, RawClient, startGateway } from '../support/gateway.js'
import { testCrypto } from '../support/rtmp-crypto.js'

/** An RTMP client on a socket that notes what it is told. */
function rtmpClient(port: number, properties: Readonly<Record<string, AmfValue>> = {}) {
  const socket = connect(port, '127.0.0.1')
  const events: string[] = []
  const session = new RtmpClientSession(
    {
      sink: {
        send: (bytes) => socket.write(bytes),
        end: () => socket.end(),
        fail: () => socket.destroy(),
        queuedBytes: () => 0,
      },
      timers: new FakeTime().timers,
      limits: defaultLimits,
      crypto: testCrypto(3),
    },
    {
      call: (name) => events.push(`call ${name}`),
      status: (info) => events.push(`status ${info instanceof AmfObject ? show(info.get('code')) : ''}`),
      sharedObject: () => undefined,
      media: () => undefined,
      userControl: () => undefined,
      closed: (how) => events.push(`closed ${how}`),
    },
  )
  socket.on('data', (bytes) => session.receive(bytes))
  socket.on('error', () => undefined)
  socket.on('close', () => session.ended('finished'))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const connected = new Promise((resolve) => {
    const tcUrl = 'rtmp://127.0.0.1/chat'
    session.connect({ app: 'chat', tcUrl, args: ['ann'], properties }, ({ ok }) => resolve(ok))
  })
  return { events, session, connected, closed }
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|Immediate/.test(name)).length
}

test('starts, says where it listens, and stops with everybody told; nothing is left', async () => {
  const before = handles()
  const { gateway, ports } = await startGateway()
  expect(gateway.greeting()).toContain(`rtmp://localhost:${ports.rtmp}/chat/lobby`)
  expect(gateway.greeting()).toContain(`psyc://localhost:${ports.psyc}/`)
  expect(gateway.greeting()).toContain('Only this machine can connect')
  const ann = rtmpClient(ports.rtmp)
  expect(await ann.connected).toBe(true)
  const modern = rtmpClient(ports.rtmp, { capsEx: 1 })
  expect(await modern.connected).toBe(true)
  const bob = new RawClient(ports.psyc).write('|\n')
  await bob.until((text) => text.includes('|\n'))
  const web = new WebSocket(`ws://127.0.0.1:${ports.http}/psyc`)
  await new Promise((resolve) => web.once('open', resolve))
  const webClosed = new Promise((resolve) => web.once('close', resolve))
  web.send('|\n')
  const http = new RawClient(ports.http).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await http.until((text) => text.includes('</html>'))
  const silent = new RawClient(ports.rtmp)
  await new Promise((resolve) => silent.socket.once('connect', resolve))

  const stopping = leftAtStop({ gateway })
  const again = gateway.stop()
  await Promise.all([
    stopping,
    again,
    ann.closed,
    modern.closed,
    bob.closed,
    webClosed,
    http.closed,
    silent.closed,
  ])
  expect(await stopping).toBe(0)
  expect(ann.events.slice(-2)).toEqual([
    'status "NetConnection.Connect.AppShutdown"',
    expect.stringMatching(/^closed/),
  ])
  expect(modern.events).toContain('status "NetConnection.Connect.ReconnectRequest"')
  expect(bob.text).toContain('_warning_server_shutdown')
  const late = new RawClient(ports.rtmp)
  await late.closed
  expect(late.text).toBe('')
  while (handles() > before) await new Promise((resolve) => setImmediate(resolve))
})

test('a port in use is named, with what to do, and nothing stays open', async () => {
  const first = await startGateway()
  for (const ports of [
    { rtmp: 0, http: 0, psyc: first.ports.psyc },
    { rtmp: first.ports.rtmp, http: 0, psyc: 0 },
    { rtmp: 0, http: first.ports.http, psyc: 0 },
  ]) {
    const second = newGateway({ ports })
    const name = Object.entries({ RTMP: ports.rtmp, HTTP: ports.http, PSYC: ports.psyc }).find(
      ([, port]) => port > 0,
    )
    await expect(second.gateway.start()).rejects.toMatchObject({
      code: 'CONFIG_LISTEN',
      message: `${name?.[0]} port: 127.0.0.1:${name?.[1]} is in use: stop the other program or choose another port`,
    })
  }
  await first.gateway.stop()
})

test('one that cannot start ends the workers that it has started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  const [file, ended] = [join(folder, 'worker.cjs'), join(folder, 'ended')]
  writeFileSync(
    file,
    `process.on('disconnect', () => require('fs').writeFileSync(${JSON.stringify(ended)}, ''))`,
  )
  const first = await startGateway()
  const ports = { rtmp: first.ports.rtmp, http: 0, psyc: 0 }
  const workerProgram = { file, args: [] }
  const second = newGateway({ ports, workers: 1 }, undefined, { workerProgram })
  await expect(second.gateway.start()).rejects.toMatchObject({ code: 'CONFIG_LISTEN' })
  while (!existsSync(ended)) await new Promise((resolve) => setImmediate(resolve))
  await first.gateway.stop()
  rmSync(folder, { recursive: true })
})

test.each([
  ['192.0.2.1', '192.0.2.1:0 is no address of this machine'],
  ['2001:db8::1', '[2001:db8::1]:0 '],
  ['not an address', 'not an address:0 '],
])('an address that is not ours: %s', async (bind, reason) => {
  await expect(newGateway({ bind, host: 'gw.example' }).gateway.start()).rejects.toThrow(
    `PSYC port: ${reason}`,
  )
})

test('one connection too many is closed at once, and there is room again', async () => {
  const { gateway, ports, logged } = await startGateway({ limits: { connections: 2 } })
  const one = new RawClient(ports.psyc).write('|\n')
  const two = new RawClient(ports.psyc).write('|\n')
  for (const client of [one, two]) await client.until((text) => text.length > 0)
  const three = new RawClient(ports.psyc)
  expect(await three.whole()).toBe('')
  expect(logged.filter(({ fields }) => fields['limit'] === 'connections')).toHaveLength(1)
  one.end()
  await one.closed
  for (let text = ''; text === '';)
    text = await new RawClient(ports.psyc).write('|\n').until((heard) => heard.length > 0)
  await gateway.stop()
})

test('federation: false is closed to other nodes', async () => {
  const { gateway, ports } = await startGateway({ federation: false })
  const node = new RawClient(ports.psyc).write(
    '|\n:_source\tpsyc://127.0.0.1:4999/\n\n_notice_circuit_established\n|\n',
  )
  expect(await node.whole()).toMatch(/_error|_failure/)
  await gateway.stop()
})

test('a program that embeds a node needs to give the configuration only', async () => {
  const gateway = new Gateway({ config: configOf({ ports: { rtmp: 0, http: 0, psyc: 0 } }) })
  const { http } = await gateway.start()
  try {
    expect(await httpAnswer(http, 'GET / HTTP/1.1')).toContain('rtmpsyc embedded')
    expect(await httpAnswer(http, 'GET /examples/chat/ HTTP/1.1')).toMatch(/^HTTP\/1.1 404 /)
  } finally {
    await gateway.stop()
  }
})
