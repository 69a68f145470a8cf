/**
 * Streams of 2 Mbit/s, video at 30 frames and AAC at 43 a second, to eight other nodes and to eight RTMP players: CPU time of
 * the node that publishes them, for the same media; of one stream, and of ten at once. They take turns in every round; a ratio
 * is the median of the ratios.
 */
import { startServer } from '../e2e/support/server.js'
import type { Server } from '../e2e/support/server.js'
import type { Bench, BenchResult } from './result.js'
import { median, pause, rounded } from './support/measure.js'
import { MediaLoadBuild } from './support/media-load.js'
import { cpuOfServer } from './support/media-servers.js'
import { feedPeers } from './support/stream-nodes.js'

const RECEIVERS = 8
const KBPS = 2_000
const LIFETIME_MS = 900_000
/** How many streams at once: measured first, since code that has little to do takes minutes to be compiled for good. */
const MANY = 10
const WARM_UP_MS = 40_000
/** CPU time is told in steps of 10 ms, and one stream takes three of them a second. */
const WINDOW_OF_ONE_MS = 30_000
const WINDOW_OF_MANY_MS = 10_000

interface Taken {
  readonly cpu: number
  readonly bytes: number
}

/** Who takes the streams, by the name that all of theirs begin with. */
type Receivers = (
  stream: string,
  names: readonly string[],
) => Promise<{ takeBytes(): Promise<number> | number; stop(): Promise<void> }>

let rounds = 0

/** Publishers, and somebody who takes all they publish. @returns per second */
async function round(
  build: MediaLoadBuild,
  server: Server,
  streams: number,
  ms: number,
  receive: Receivers,
): Promise<Taken> {
  const stream = `s${++rounds}-`
  const target = { port: server.ports.rtmp, app: 'live', stream }
  const names = streams === 1 ? [stream] : Array.from({ length: streams }, (_, at) => `${stream}${at}`)
  const source = await build.start('publish', target, { count: streams, kbps: KBPS })
  const receivers = await receive(stream, names)
  try {
    await pause(2_500)
    await receivers.takeBytes()
    const before = cpuOfServer(server.program.pid)
    await pause(ms)
    const cpu = cpuOfServer(server.program.pid) - before
    return { cpu: (cpu * 1_000) / ms, bytes: ((await receivers.takeBytes()) * 1_000) / ms }
  } finally {
    await receivers.stop()
    await source.stop()
    await pause(200)
  }
}

interface Pair {
  readonly nodes: Taken
  readonly players: Taken
}

function rows(streams: number, pairs: readonly Pair[]): BenchResult[] {
  const what = streams === 1 ? 'one stream' : `${streams} streams`
  const row = (who: string, taken: readonly Taken[]): BenchResult => {
    const mbits = median(taken.map(({ bytes }) => (8 * bytes) / 1e6))
    const value = rounded(1_000 * median(taken.map(({ cpu }) => cpu)), 3)
    const note = `${rounded(mbits, 1)} Mbit/s received`
    return { name: `${what} to eight ${who}`, value, unit: 'ms CPU per second', note }
  }
  const ratios = pairs.map(({ nodes, players }) => nodes.cpu / players.cpu)
  return [
    row(
      'nodes',
      pairs.map(({ nodes }) => nodes),
    ),
    row(
      'RTMP players',
      pairs.map(({ players }) => players),
    ),
    {
      name: `${what}, eight nodes / eight RTMP players`,
      value: rounded(median(ratios), 3),
      unit: '×',
      note: `rounds ${ratios.map((ratio) => rounded(ratio, 2)).join(' ')}`,
    },
  ]
}

export const bench: Bench = async ({ isQuick }) => {
  const build = await MediaLoadBuild.make()
  const server = await startServer({ logLevel: 'warn' }, 0, { timeoutMs: LIFETIME_MS })
  const nodes = (streams: number, ms: number): Promise<Taken> =>
    round(build, server, streams, ms, (_, names) => {
      const contexts = names.map((name) => `@live#_stream_${name}`)
      return feedPeers(server.ports.psyc, server.root, contexts, RECEIVERS)
    })
  const players = (streams: number, ms: number): Promise<Taken> =>
    round(build, server, streams, ms, async (stream) => {
      const target = { port: server.ports.rtmp, app: 'live', stream }
      const load = await build.start('play', target, { count: RECEIVERS * streams, names: streams })
      load.measure()
      let last = 0
      return {
        takeBytes: async () => {
          const { bytes } = await load.report()
          const taken = bytes - last
          last = bytes
          return taken
        },
        stop: () => load.stop(),
      }
    })
  const results: BenchResult[] = []
  try {
    await players(MANY, WARM_UP_MS)
    await nodes(MANY, WARM_UP_MS)
    for (const streams of [MANY, 1]) {
      const window = streams === 1 ? WINDOW_OF_ONE_MS : WINDOW_OF_MANY_MS
      const [count, ms] = isQuick ? [1, 4_000] : [5, window]
      const pairs: Pair[] = []
      for (let at = 0; at < count; at++)
        pairs.push({ nodes: await nodes(streams, ms), players: await players(streams, ms) })
      results.push(...rows(streams, pairs))
    }
    return results
  } finally {
    await server.stop()
    await build.remove()
  }
}
