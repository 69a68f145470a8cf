/**
 * `echo`, the whole way: chunks → command → connection → translation → built-in table → `_result` → chunks. State: one
 * argument, a chat line of 36 characters; 8 calls in a read, as a client that does not wait for each answer.
 *
 * In memory: one client, one process, no sockets. Over sockets: 50 connections, each with 8 calls in flight, closed
 * loop, to the built program in a process of its own; its CPU time is counted, system time included. The floor is a
 * server that only returns the bytes. Through PSYC: the same calls to an app whose handler is a PSYC client, which
 * answers from this process: each is two packets more. Rounds of the three alternate.
 */
import { freePort } from '../e2e/support/server.js'
import type { Bench, BenchResult } from './result.js'
import { cpuSeconds, median, pause, rounded } from './support/measure.js'
import { MemoryWorld } from './support/memory-world.js'
import { ServerProcess } from './support/processes.js'
import { startEchoBot } from './support/psyc-bot.js'
import { MessageCounter, RtmpLoad, callBytes, keepEchoing } from './support/rtmp-load.js'
import { measureThroughput } from './support/window.js'
import type { Throughput } from './support/window.js'

const DEPTH = 8
const CONNECTIONS = 50
const calls = callBytes('echo', ['Good evening all, how are you today?'], DEPTH)
const callLength = calls.length / DEPTH

function inMemory(isQuick: boolean): BenchResult {
  const [rounds, turns] = isQuick ? [5, 2_000] : [15, 10_000]
  const memory = new MemoryWorld()
  const counter = new MessageCounter()
  let bytes = 0
  const session = memory.connect('bench', (sent) => {
    bytes += sent.length
    if (counter.results <= DEPTH) counter.receive(sent) // connect and the first turn only: are there answers?
  })
  const round = (): void => {
    for (let turn = 0; turn < turns; turn++) {
      session.receive(calls)
      memory.turn.end()
    }
  }
  round()
  if (counter.results <= DEPTH || bytes < turns * calls.length) throw new Error('echo was not answered')
  const rates = Array.from({ length: rounds }, () => (turns * DEPTH) / cpuSeconds(round))
  return {
    name: 'echo in memory',
    value: Math.round(Math.max(...rates)),
    unit: 'calls/CPU-s',
    note: `best of ${rounds} rounds, median ${rounded(median(rates))}; ${callLength} bytes a call`,
  }
}

/** One way to be loaded: what has been answered so far, and the end of it. */
interface Load {
  readonly server: ServerProcess
  readonly answered: () => number
  readonly stop: () => void
}

async function loadGateway(server: ServerProcess, app: string): Promise<Load> {
  let count = 0
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => RtmpLoad.open(server.ports.rtmp, app)),
  )
  for (const client of clients) client.keepCalling(calls, DEPTH, (more) => (count += more))
  return { server, answered: () => count, stop: () => clients.forEach((client) => client.close()) }
}

function loadFloor(server: ServerProcess): Load {
  let count = 0
  const sockets = Array.from({ length: CONNECTIONS }, () =>
    keepEchoing(server.ports.rtmp, calls, DEPTH, (more) => (count += more)),
  )
  return { server, answered: () => count, stop: () => sockets.forEach((socket) => socket.destroy()) }
}

async function oneRound(load: Load, ms: number): Promise<Throughput> {
  await pause(ms / 4)
  const throughput = await measureThroughput(load.server, ms, load.answered)
  load.stop()
  await pause(50)
  return throughput
}

function row(name: string, rounds: readonly Throughput[], note: string): BenchResult {
  const best = Math.max(...rounds.map(({ perCpuSecond }) => perCpuSecond))
  const middle = median(rounds.map(({ perCpuSecond }) => perCpuSecond))
  const wall = median(rounds.map(({ perSecond }) => perSecond))
  return {
    name,
    value: Math.round(best),
    unit: 'calls/CPU-s',
    note: `best of ${rounds.length}, median ${rounded(middle)}; ${rounded(wall)} a second of time; ${note}`,
  }
}

async function overSockets(isQuick: boolean): Promise<BenchResult[]> {
  const [rounds, ms] = isQuick ? [1, 1_000] : [5, 2_000]
  const psycPort = await freePort()
  const root = `psyc://localhost:${psycPort}/`
  const bot = `${root}~bot`
  const limits = { psycPacketsPerSecond: 1_000_000 } // what a handler can take is measured, not what it may say
  const gateway = await ServerProcess.gateway({ apps: { game: { handler: bot } }, limits }, psycPort)
  const floor = await ServerProcess.floor()
  const botSocket = await startEchoBot(psycPort, bot, `${root}@game`)
  const [direct, bare, handled]: Throughput[][] = [[], [], []]
  try {
    for (let round = 0; round < rounds; round++) {
      direct?.push(await oneRound(await loadGateway(gateway, 'bench'), ms))
      bare?.push(await oneRound(loadFloor(floor), ms))
      handled?.push(await oneRound(await loadGateway(gateway, 'game'), ms))
    }
  } finally {
    botSocket.destroy()
    await Promise.all([gateway.stop(), floor.stop()])
  }
  const shape = `${CONNECTIONS} connections, ${DEPTH} in flight`
  return [
    row('echo over sockets', direct ?? [], shape),
    row('echo over sockets, floor', bare ?? [], 'a server that returns the same bytes'),
    row('echo through a PSYC handler', handled ?? [], 'to a PSYC client and back'),
  ]
}

export const bench: Bench = async ({ isQuick }) => [inMemory(isQuick), ...(await overSockets(isQuick))]
