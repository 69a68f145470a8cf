/**
 * Streams of 2 Mbit/s, video at 30 frames and AAC at 43 a second, to eight other nodes and to eight RTMP players: CPU time of
 * the node that publishes them, for the same media. They take turns in every round; the ratio is the median of the ratios.
 */
import { startServer } from '../e2e/support/server.js'
import type { Server } from '../e2e/support/server.js'
import type { Bench } from './result.js'
import { median, pause, rounded } from './support/measure.js'
import { MediaLoadBuild } from './support/media-load.js'
import { cpuOfServer } from './support/media-servers.js'
import { feedPeers } from './support/stream-nodes.js'

const PUBLISHERS = 10
const RECEIVERS = 8
const KBPS = 2_000
const LIFETIME_MS = 600_000

interface Taken {
  readonly cpu: number
  readonly bytes: number
}

/** Publishers, and somebody who takes all they publish. @returns per second */
async function round(
  build: MediaLoadBuild,
  server: Server,
  ms: number,
  receive: (names: string) => Promise<{ takeBytes(): Promise<number> | number; stop(): Promise<void> }>,
): Promise<Taken> {
  const stream = `s${++rounds}-`
  const target = { port: server.ports.rtmp, app: 'live', stream }
  const source = await build.start('publish', target, { count: PUBLISHERS, kbps: KBPS })
  const receivers = await receive(stream)
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

let rounds = 0

export const bench: Bench = async ({ isQuick }) => {
  const build = await MediaLoadBuild.make()
  const server = await startServer({ logLevel: 'warn' }, 0, { timeoutMs: LIFETIME_MS })
  const ms = isQuick ? 4_000 : 8_000
  const nodes = (): Promise<Taken> =>
    round(build, server, ms, (stream) => {
      const contexts = Array.from({ length: PUBLISHERS }, (_, at) => `@live#_stream_${stream}${at}`)
      return feedPeers(server.ports.psyc, server.root, contexts, RECEIVERS)
    })
  const players = (): Promise<Taken> =>
    round(build, server, ms, async (stream) => {
      const target = { port: server.ports.rtmp, app: 'live', stream }
      const load = await build.start('play', target, { count: RECEIVERS * PUBLISHERS, names: PUBLISHERS })
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
  try {
    await players()
    await nodes()
    const pairs: (readonly [Taken, Taken])[] = []
    for (let at = 0; at < (isQuick ? 1 : 5); at++) pairs.push([await nodes(), await players()])
    const ratios = pairs.map(([ofNodes, ofPlayers]) => ofNodes.cpu / ofPlayers.cpu)
    const row = (name: string, which: 0 | 1): { name: string; value: number; unit: string; note: string } => {
      const taken = pairs.map((pair) => pair[which])
      const mbits = median(taken.map(({ bytes }) => (8 * bytes) / 1e6))
      const value = rounded((1_000 * median(taken.map(({ cpu }) => cpu))) / PUBLISHERS, 3)
      return { name, value, unit: 'ms CPU per second', note: `${rounded(mbits, 1)} Mbit/s received` }
    }
    return [
      row('one stream to eight nodes', 0),
      row('one stream to eight RTMP players', 1),
      {
        name: 'eight nodes / eight RTMP players',
        value: rounded(median(ratios), 3),
        unit: '×',
        note: `rounds ${ratios.map((ratio) => rounded(ratio, 2)).join(' ')}`,
      },
    ]
  } finally {
    await server.stop()
    await build.remove()
  }
}
