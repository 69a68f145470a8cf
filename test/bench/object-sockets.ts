/**
 * A shared object with 200 subscribers over sockets, to the built program in a process of its own: one writer sets one
 * slot (36 characters) 100 times a second, as a cursor or a chat line does, so each change is a write to each
 * subscriber. CPU time is the server's. The floor is a server that passes as many bytes on to 200 sockets.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { sharedObjectMessage } from '../../src/rtmp/session/outgoing.js'
import { OUT_CHUNK_SIZE, cut } from '../../src/rtmp/wire/chunk/encoder.js'
import type { SharedObjectEvent } from '../../src/rtmp/wire/shared-object.js'
import type { Bench, BenchResult } from './result.js'
import { median, pause, rounded } from './support/measure.js'
import { ServerProcess } from './support/processes.js'
import { RtmpLoad } from './support/rtmp-load.js'
import { measureThroughput } from './support/window.js'

const SUBSCRIBERS = 200
const CHANGES_PER_SECOND = 100
const text = 'Good evening all, how are you today?'
const VALUES = 10 // in turn, since to set what is there already changes nothing

function objectBytes(event: SharedObjectEvent): Uint8Array {
  const message = { name: 'line', version: 0, flags: 0, reserved: 0, events: [event] }
  return cut(sharedObjectMessage(message, 0), OUT_CHUNK_SIZE)
}

const use = objectBytes({ kind: 'use' })
const changes = Array.from({ length: VALUES }, (_, at) =>
  objectBytes({ kind: 'requestChange', slots: [{ name: 'text', value: `${text.slice(1)}${at}` }] }),
)
const changeLength = changes[0]?.length ?? 0

/** Call `send` at that rate until the returned function is called. */
function pace(send: (change: Uint8Array) => void): () => void {
  const start = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - start) / 1_000) * CHANGES_PER_SECOND; sent++)
      send(changes[sent % VALUES] ?? use)
  }, 2)
  return () => clearInterval(timer)
}

async function deliveries(
  server: ServerProcess,
  rounds: number,
  send: (change: Uint8Array) => void,
  delivered: () => number,
): Promise<number[]> {
  const stop = pace(send)
  await pause(500)
  const rates: number[] = []
  for (let round = 0; round < rounds; round++)
    rates.push((await measureThroughput(server, 1_500, delivered)).perCpuSecond)
  stop()
  return rates
}

async function throughGateway(rounds: number): Promise<number[]> {
  const gateway = await ServerProcess.gateway()
  const open = (): Promise<RtmpLoad> => RtmpLoad.open(gateway.ports.rtmp, 'bench')
  const clients = await Promise.all(Array.from({ length: SUBSCRIBERS }, open))
  for (const client of clients) client.write(use)
  const [writer] = clients
  const delivered = (): number => clients.reduce((sum, { counter }) => sum + counter.objectMessages, 0)
  const rates = await deliveries(gateway, rounds, (change) => writer?.write(change), delivered)
  for (const client of clients) client.close()
  await gateway.stop()
  return rates
}

async function throughFloor(rounds: number): Promise<number[]> {
  const floor = await ServerProcess.floor('all')
  let bytes = 0
  const sockets = Array.from({ length: SUBSCRIBERS }, (): Socket => {
    const socket = connect({ port: floor.ports.rtmp, host: '127.0.0.1', noDelay: true })
    return socket.on('data', ({ length }) => (bytes += length)).on('error', () => undefined)
  })
  const rates = await deliveries(
    floor,
    rounds,
    (change) => sockets[0]?.write(change),
    () => bytes / changeLength,
  )
  for (const socket of sockets) socket.destroy()
  await floor.stop()
  return rates
}

function row(name: string, rates: readonly number[], note: string): BenchResult {
  const best = Math.round(Math.max(...rates))
  return { name, value: best, unit: 'deliveries/CPU-s', note: `median ${rounded(median(rates))}; ${note}` }
}

export const bench: Bench = async ({ isQuick }) => {
  const rounds = isQuick ? 1 : 4
  return [
    row(
      'object changes over sockets',
      await throughGateway(rounds),
      `${SUBSCRIBERS} subscribers, ${CHANGES_PER_SECOND} changes a second`,
    ),
    row(
      'object changes over sockets, floor',
      await throughFloor(rounds),
      'a server that passes the bytes on to all',
    ),
  ]
}
