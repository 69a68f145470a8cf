/**
 * Setting up a connection: TCP connect → handshake → connect → `_result`, on loopback, to the built program in a process
 * of its own. One after another, and 100 begun in each second; in an empty place, and in one with 400 members who have
 * acted, so that everybody sees them (app `chat`: each newcomer gets the list of them). CPU time is the server's, for a
 * visit: set-up and leaving. The floor is the same bytes, in as many round trips, against a server that returns them.
 */
import { connect } from 'node:net'
import type { Bench, BenchResult } from './result.js'
import { median, pause, percentile, rounded } from './support/measure.js'
import { ServerProcess } from './support/processes.js'
import { RtmpLoad, callBytes, connectBytes } from './support/rtmp-load.js'

const MEMBERS = 400
const PER_SECOND = 100

interface Visits {
  readonly times: readonly number[]
  readonly cpuMs: number
}

/** A client comes, and says in ms how long it took to get in. */
type Visit = (number: number) => Promise<number>

async function measured(server: ServerProcess, count: number, run: () => Promise<number[]>): Promise<Visits> {
  const before = server.cpuSeconds()
  const times = await run()
  await pause(100) // the last ones leave
  return { times, cpuMs: ((server.cpuSeconds() - before) / count) * 1_000 }
}

async function inTurn(count: number, visit: Visit): Promise<number[]> {
  const times: number[] = []
  for (let number = 0; number < count; number++) times.push(await visit(number))
  return times
}

async function atRate(count: number, visit: Visit): Promise<number[]> {
  const times: Promise<number>[] = []
  const start = performance.now()
  for (let number = 0; number < count; number++) {
    await pause(Math.max(0, start + (number * 1_000) / PER_SECOND - performance.now()))
    times.push(visit(number))
  }
  return Promise.all(times)
}

const visitOf =
  (port: number, app: string): Visit =>
  async (number) => {
    const client = await RtmpLoad.open(port, app, [`visitor${number}`])
    client.close()
    return client.setUpMs
  }

/** In, seen by all at the first call, and out. */
const actingVisitOf =
  (port: number, app: string): Visit =>
  async (number) => {
    const client = await RtmpLoad.open(port, app, [`actor${number}`])
    await new Promise<void>((resolve) => client.keepCalling(callBytes('echo', [1], 1), 1, () => resolve()))
    client.close()
    return client.setUpMs
  }

const steps: readonly Uint8Array[] = [
  new Uint8Array(1_537),
  new Uint8Array(1_536 + connectBytes('chat/a').length),
]

const floorVisitOf =
  (port: number): Visit =>
  () =>
    new Promise((resolve) => {
      const start = performance.now()
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let [step, waiting] = [0, 0]
      const next = (): void => {
        const bytes = steps[step++]
        if (bytes === undefined) {
          resolve(performance.now() - start)
          socket.destroy()
        } else {
          waiting = bytes.length
          socket.write(bytes)
        }
      }
      socket.on('data', ({ length }) => {
        if ((waiting -= length) === 0) next()
      })
      next()
    })

async function fill(port: number, app: string): Promise<RtmpLoad[]> {
  const members: RtmpLoad[] = []
  const call = callBytes('echo', [1], 1)
  for (let number = 0; number < MEMBERS; number++) {
    const member = await RtmpLoad.open(port, app, [`member${number}`])
    member.write(call)
    members.push(member)
  }
  await pause(500) // what their coming meant to the others is delivered
  return members
}

function timeRow(name: string, { times, cpuMs }: Visits): BenchResult {
  const note = `median of ${times.length}; p99 ${rounded(percentile(times, 0.99), 1)} ms; CPU ${rounded(cpuMs, 2)} ms a visit`
  return { name, value: rounded(median(times), 2), unit: 'ms', note }
}

export const bench: Bench = async ({ isQuick }) => {
  const [sequential, timed] = isQuick ? [100, 100] : [500, 500]
  const gateway = await ServerProcess.gateway()
  const floor = await ServerProcess.floor()
  const { rtmp } = gateway.ports
  const times = (name: string, server: ServerProcess, count: number, run: () => Promise<number[]>) =>
    measured(server, count, run).then((visits) => timeRow(name, visits))
  const inPlace = async (app: string, kind: string): Promise<BenchResult[]> => {
    const visit = visitOf(rtmp, app)
    await inTurn(20, visit)
    return [
      await times(`set-up, ${kind}`, gateway, sequential, () => inTurn(sequential, visit)),
      await times(`set-up at 100/s, ${kind}`, gateway, timed, () => atRate(timed, visit)),
    ]
  }
  try {
    const floorVisit = floorVisitOf(floor.ports.rtmp)
    await inTurn(20, floorVisit)
    const floorRow = await times('set-up, floor', floor, sequential, () => inTurn(sequential, floorVisit))
    const empty = await inPlace('chat/empty', 'empty place')
    const members = await fill(rtmp, 'chat/full')
    const full = await inPlace('chat/full', `place with ${MEMBERS} members`)
    const acting = await measured(gateway, timed, () => inTurn(timed, actingVisitOf(rtmp, 'chat/full')))
    for (const member of members) member.close()
    return [
      ...empty,
      ...full,
      floorRow,
      {
        name: `visit that ${MEMBERS} members see`,
        value: rounded(acting.cpuMs, 2),
        unit: 'ms CPU',
        note: `set-up, first call, leaving: userJoined and userLeft to all; ${rounded((acting.cpuMs * 1_000) / (2 * MEMBERS), 1)} µs for each`,
      },
    ]
  } finally {
    await Promise.all([gateway.stop(), floor.stop()])
  }
}
