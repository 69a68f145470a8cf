/**
 * Publishers and players come and go, stall, and break off, hundreds in a minute: afterwards the server holds what it held
 * before. `SOAK_SECONDS=3600 npm run test:e2e -- soak` soaks for an hour.
 */
import { resolve } from 'node:path'
import { MediaClient } from './support/media-client.js'
import { run, stopPrograms } from './support/program.js'
import { startServer } from './support/server.js'
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

jest.setTimeout((SECONDS + WARM_SECONDS) * 1_000 + 2 * MORE_MS)

describe('a soak', () => {
  let server: Server
  let probe: MemoryProbe
  let sockets: number
  let handles: string[]
  let before: Memory

  const soak = async (seconds: number, seed: number): Promise<Record<string, number>> => {
    const { rtmp, http } = server.ports
    const args = [rtmp, http, seconds, seed].map(String)
    const script = resolve('test/e2e/clients/soak.ts')
    const program = await run(process.execPath, ['--import', 'tsx', script, ...args], {
      timeoutMs: seconds * 1_000 + MORE_MS,
    })
    return JSON.parse(program.stdout().trim()) as Record<string, number>
  }

  const settled = (): Promise<number> =>
    until(
      () => openSockets(server.program.pid),
      (now) => now <= sockets,
      'sockets of the server',
    )

  beforeAll(async () => {
    // Places are forgotten soon, so that what they hold does not count.
    const timeoutMs = (SECONDS + WARM_SECONDS) * 1_000 + 2 * MORE_MS
    const env = { NODE_OPTIONS: debuggerEnvironment }
    server = await startServer({ logLevel: 'warn', limits: { placeIdleMs: 1_000 } }, 0, { timeoutMs, env })
    probe = await MemoryProbe.attach(server.program.pid, server.program)
    sockets = openSockets(server.program.pid)
    await soak(WARM_SECONDS, 1) // code is compiled, pools are filled
    await settled()
    before = await probe.measure()
    handles = await probe.handles()
  })

  afterAll(async () => {
    probe.detach()
    await server.stop()
    await stopPrograms()
  })

  it('has everybody come and go', async () => {
    const visits = await soak(SECONDS, 2)
    process.stderr.write(`soak: ${JSON.stringify(visits)}\n`)
    expect(Object.values(visits)).not.toContain(0)
    await settled()
  })

  it('leaves no socket, timer or other handle', async () => {
    const isTimer = (name: string): boolean => name === 'Timeout' || name === 'Immediate'
    const after = await probe.handles()
    expect(after.filter((name) => !isTimer(name)).sort()).toEqual(
      handles.filter((name) => !isTimer(name)).sort(),
    )
    expect(after.filter(isTimer).length).toBeLessThanOrEqual(ITS_OWN_TIMERS)
  })

  it('leaves no memory taken', async () => {
    const after = await probe.measure()
    expect(after.reachable - before.reachable).toBeLessThan(REACHABLE_MARGIN)
    expect(after.resident - before.resident).toBeLessThan(RESIDENT_MARGIN)
  })

  it('serves the next one as the first', async () => {
    const client = await MediaClient.connect(server.ports.rtmp, 'live')
    const player = await client.play('after')
    const publisher = await client.publish('after')
    publisher.sendData('onMark', 1)
    await player.heard.wait(({ message }) => message?.type === 18)
    await client.close()
  })

  it('had no fault of its own to tell', () => {
    expect(server.program.lines.matching(/"level":(50|60)/)).toEqual([])
  })
})
