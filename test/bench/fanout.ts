/**
 * One publisher, 2 Mbit/s of video at 30 frames and AAC at 43 a second, and N players: 73 messages a second to each. CPU time
 * is the server's, children included, for each GB that the players got. Servers take turns in every round; the ratio to a peer
 * is the median of the ratios of the rounds.
 */
import type { Bench, BenchResult } from './result.js'
import { MediaLoadBuild } from './support/media-load.js'
import { ourApps, startOurs, startPeers } from './support/media-servers.js'
import {
  cpuPerGb,
  fullTimes,
  harm,
  inTurns,
  overRounds,
  paired,
  quickTimes,
  relayRound,
} from './support/relay-round.js'
import type { Contender, Round } from './support/relay-round.js'

const sizes = [10, 100, 400]
const quickSizes = [50]
const warmUpShape = { publishers: 1, players: 50 }
const warmUpTimes = { warmMs: 0, ms: 1_500 }
const allOurs = [...Object.keys(ourApps), 'two workers']

type Results = ReadonlyMap<string, readonly Round[]>

function rows(players: number, results: Results): BenchResult[] {
  const to = `fan-out to ${players}`
  const each = [...results].flatMap(([name, rounds]): BenchResult[] => [
    { name: `${to}, ${name}`, unit: 'CPU-s/GB', ...overRounds(rounds, cpuPerGb) },
    {
      name: `${to}, median latency, ${name}`,
      unit: 'ms',
      ...overRounds(rounds, ({ latencyMs }) => latencyMs),
    },
  ])
  const ratios = allOurs.flatMap((ours) =>
    ['nginx-rtmp', 'node-media-server'].flatMap((peer): BenchResult[] => {
      const [mine, theirs] = [results.get(ours), results.get(peer)]
      if (mine === undefined || theirs === undefined) return []
      return [{ name: `${to}, ${ours} / ${peer}`, unit: '×', ...paired(mine, theirs, cpuPerGb) }]
    }),
  )
  const all = allOurs.flatMap((name) => results.get(name) ?? [])
  const damage = { name: `${to}, lost, reordered or changed`, value: harm(all), unit: 'messages' }
  return [...each, ...ratios, damage]
}

/** Code is compiled before it is measured. Who cannot serve is left out, and a row says so. */
async function warmedUp(
  build: MediaLoadBuild,
  contenders: readonly Contender[],
  missing: BenchResult[],
): Promise<Contender[]> {
  const able: Contender[] = []
  for (const contender of contenders) {
    try {
      const { live } = await relayRound(build, contender, warmUpShape, warmUpTimes)
      if (live < warmUpShape.players) throw new Error(`${live} of ${warmUpShape.players} players were served`)
      able.push(contender)
    } catch (error) {
      const note = `not measured: ${String(error)}`
      missing.push({ name: `fan-out, ${contender.name}`, value: 0, unit: 'runs', note })
    }
  }
  return able
}

export const bench: Bench = async ({ isQuick }) => {
  const missing: BenchResult[] = []
  const build = await MediaLoadBuild.make()
  const ours = await startOurs()
  const workers = await startOurs({ workers: 2 })
  const peers = await startPeers('fan-out', missing)
  const [rounds, times] = isQuick ? [1, quickTimes] : [3, fullTimes]
  const contenders: Contender[] = [
    ...Object.entries(ourApps).map(([name, app]) => ({ name, server: ours, app })),
    { name: 'two workers', server: workers, app: ourApps.gathered },
    ...peers.map((server) => ({ name: server.name, server, app: 'live' })),
  ]
  try {
    const results: BenchResult[] = []
    const able = await warmedUp(build, contenders, missing)
    for (const players of isQuick ? quickSizes : sizes) {
      const one = (contender: Contender): Promise<Round> =>
        relayRound(build, contender, { publishers: 1, players }, times)
      results.push(...rows(players, await inTurns(able, rounds, one)))
    }
    return [...results, ...missing]
  } finally {
    await Promise.all([ours, workers, ...peers].map((server) => server.stop()))
    await build.remove()
  }
}
