/** 50 publishers with one player each, 1 Mbit/s: what taking a stream in costs. CPU time of the server for each message. */
import type { Bench, BenchResult } from './result.js'
import { MediaLoadBuild } from './support/media-load.js'
import { ourApps, startOurs, startPeers } from './support/media-servers.js'
import {
  cpuPerMessage,
  fullTimes,
  harm,
  inTurns,
  overRounds,
  paired,
  quickTimes,
  relayRound,
} from './support/relay-round.js'
import type { Contender, Round } from './support/relay-round.js'

const STREAMS = 50
const KBPS = 1_000
/** Code is compiled before it is measured. */
const warmUpTimes = { warmMs: 0, ms: 3_000 }

export const bench: Bench = async ({ isQuick }) => {
  const missing: BenchResult[] = []
  const build = await MediaLoadBuild.make()
  const ours = await startOurs()
  const peers = await startPeers('50 publishers', missing)
  const contenders: Contender[] = [
    { name: 'ours', server: ours, app: ourApps.gathered },
    ...peers.map((server) => ({ name: server.name, server, app: 'live' })),
  ]
  const [rounds, times] = isQuick ? [1, quickTimes] : [3, fullTimes]
  const shape = { publishers: STREAMS, players: STREAMS, kbps: KBPS }
  const one = (contender: Contender): Promise<Round> => relayRound(build, contender, shape, times)
  try {
    for (const contender of contenders) await relayRound(build, contender, shape, warmUpTimes)
    const results = await inTurns(contenders, rounds, one)
    const mine = results.get('ours') ?? []
    return [
      ...[...results].map(([name, all]) => ({
        ...{ name: `${STREAMS} publishers, a player each, ${name}`, unit: 'µs CPU' },
        ...overRounds(all, cpuPerMessage),
      })),
      ...peers.map(({ name }) => ({
        ...{ name: `${STREAMS} publishers, ours / ${name}`, unit: '×' },
        ...paired(mine, results.get(name) ?? [], cpuPerMessage),
      })),
      { name: `${STREAMS} publishers, lost, reordered or changed`, value: harm(mine), unit: 'messages' },
      ...missing,
    ]
  } finally {
    await Promise.all([ours, ...peers].map((server) => server.stop()))
    await build.remove()
  }
}
