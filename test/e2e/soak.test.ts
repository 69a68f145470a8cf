/**
 * Publishers, players and chatters come and go, stall, and break off, hundreds in a minute, at one node or at three with one
 * home: afterwards each holds what it held before. `SOAK_SECONDS=3600 npm run test:e2e -- soak` soaks for an hour each.
 */
import { resolve } from 'node:path'
import { MediaClient } from './support/media-client.js'
import { run, stopPrograms } from './support/program.js'
import { freePort, startServer } from './support/server.js'
import type { Server } from './support/server.js'
import { MemoryProbe, debuggerEnvironment, openSockets, until } from './support/usage.js'
import type { Memory } from './support/usage.js'

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 20)
const WARM_SECONDS = 10
const MORE_MS = 60_000

// Code that was compiled meanwhile, what the heap keeps for the next load, places that are still remembered.
const REACHABLE_MARGIN = 8 * 2 ** 20
const RESIDENT_MARGIN = 60 * 2 ** 20
/** The node's one clock, and what Node keeps for sockets that have just closed. */
const ITS_OWN_TIMERS = 3
/** A block of the log is being written. */
const LOG_UNDER_WAY = 'FSReqCallback'

jest.setTimeout((SECONDS + WARM_SECONDS) * 1_000 + 2 * MORE_MS)

interface Soaked {
  readonly server: Server
  readonly probe: MemoryProbe
  readonly sockets: number
  handles: readonly string[]
  before: Memory
}

/** Places are forgotten soon, so that what they hold does not count. */
const config = { logLevel: 'warn', limits: { placeIdleMs: 1_000 } }
const timeoutMs = (SECONDS + WARM_SECONDS) * 1_000 + 2 * MORE_MS

async function startNodes(count: number): Promise<Server[]> {
  const home = await freePort()
  const apps = Object.fromEntries(['live', 'chat'].map((app) => [app, { home: `psyc://localhost:${home}/` }]))
  const shared = count > 1 ? { ...config, host: 'localhost', apps } : config
  const ports = [home, ...(await Promise.all(Array.from({ length: count - 1 }, () => freePort())))]
  const env = { NODE_OPTIONS: debuggerEnvironment }
  return Promise.all(ports.map((port) => startServer(shared, port, { timeoutMs, env })))
}

async function soak(
  nodes: readonly Soaked[],
  seconds: number,
  seed: number,
): Promise<Record<string, number>> {
  const ports = (kind: 'rtmp' | 'http'): string => nodes.map(({ server }) => server.ports[kind]).join()
  const args = [ports('rtmp'), ports('http'), String(seconds), String(seed)]
  const script = resolve('test/e2e/clients/soak.ts')
  const program = await run(process.execPath, ['--import', 'tsx', script, ...args], {
    timeoutMs: seconds * 1_000 + MORE_MS,
  })
  return JSON.parse(program.stdout().trim()) as Record<string, number>
}

async function settled({ server, sockets }: Soaked): Promise<void> {
  await until(
    () => openSockets(server.program.pid),
    (now) => now <= sockets,
    'sockets of the server',
  )
}

describe.each([
  ['one node', 1],
  ['three nodes', 3],
])('a soak of %s', (_, count) => {
  let nodes: Soaked[] = []

  beforeAll(async () => {
    const servers = await startNodes(count)
    nodes = await Promise.all(
      servers.map(async (server) => {
        const probe = await MemoryProbe.attach(server.program.pid, server.program)
        const sockets = openSockets(server.program.pid) + circuitsAmong(count)
        return { server, probe, sockets, handles: [], before: { resident: 0, reachable: 0 } }
      }),
    )
    await soak(nodes, WARM_SECONDS, 1) // code is compiled, pools are filled
    for (const node of nodes) {
      await settled(node)
      node.before = await node.probe.measure()
      node.handles = await node.probe.handles()
    }
  })

  afterAll(async () => {
    for (const { probe, server } of nodes) {
      probe.detach()
      await server.stop()
    }
    await stopPrograms()
  })

  it('has everybody come and go', async () => {
    const visits = await soak(nodes, SECONDS, 2)
    process.stderr.write(`soak: ${JSON.stringify(visits)}\n`)
    expect(Object.values(visits)).not.toContain(0)
    for (const node of nodes) await settled(node)
  })

  it('leaves no socket, timer or other handle', async () => {
    const isTimer = (name: string): boolean => name === 'Timeout' || name === 'Immediate'
    const others = (names: readonly string[]): string[] =>
      names.filter((name) => !isTimer(name) && name !== LOG_UNDER_WAY).sort()
    for (const { probe, handles } of nodes) {
      const after = await probe.handles()
      expect(others(after)).toEqual(others(handles))
      expect(after.filter(isTimer).length).toBeLessThanOrEqual(ITS_OWN_TIMERS)
    }
  })

  it('leaves no memory taken', async () => {
    for (const { probe, before } of nodes) {
      const after = await probe.measure()
      expect(after.reachable - before.reachable).toBeLessThan(REACHABLE_MARGIN)
      expect(after.resident - before.resident).toBeLessThan(RESIDENT_MARGIN)
    }
  })

  it('serves the next one as the first', async () => {
    const [first, last] = [nodes[0], nodes.at(-1)].map((node) => node?.server.ports.rtmp ?? 0)
    const viewer = await MediaClient.connect(first ?? 0, 'live')
    const player = await viewer.play('after')
    const client = await MediaClient.connect(last ?? 0, 'live')
    const publisher = await client.publish('after')
    publisher.sendData('onMark', 1)
    await player.heard.wait(({ message }) => message?.type === 18)
    await Promise.all([client.close(), viewer.close()])
  })

  it('had no fault of its own to tell', () => {
    for (const { server } of nodes) expect(server.program.lines.matching(/"level":(50|60)/)).toEqual([])
  })
})

/** Circuits at most that each of so many nodes keeps to the others. */
function circuitsAmong(count: number): number {
  return 4 * (count - 1)
}
