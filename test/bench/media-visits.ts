/**
 * 100 visits begin in each second: TCP connect, handshake, connect, createStream, close. Until createStream is answered, in ms;
 * CPU time is the server's for a visit, leaving included.
 */
import type { Bench, BenchResult } from './result.js'
import { pause, rounded } from './support/measure.js'
import { MediaLoadBuild } from './support/media-load.js'
import { ourApps, startOurs, startPeers } from './support/media-servers.js'
import { inTurns, overRounds, paired } from './support/relay-round.js'
import type { Contender, Round } from './support/relay-round.js'

const RATE = 100
const WARM_UP_MS = 20_000 // code is compiled before it is measured: the first visits of a fresh server cost twice as much

const cpuOfVisit = ({ cpu, visits }: Round): number => (cpu / visits) * 1_000

async function visitRound(build: MediaLoadBuild, { server, app }: Contender, ms: number): Promise<Round> {
  const load = await build.start('visit', { port: server.port, app, stream: 'bench' }, { rate: RATE })
  try {
    await pause(1_000)
    load.measure()
    const before = server.cpuSeconds()
    await pause(ms)
    const cpu = server.cpuSeconds() - before
    return { ...(await load.report()), cpu }
  } finally {
    await load.stop()
  }
}

export const bench: Bench = async ({ isQuick }) => {
  const missing: BenchResult[] = []
  const build = await MediaLoadBuild.make()
  const ours = await startOurs()
  const peers = await startPeers('visits', missing)
  const contenders: Contender[] = [
    { name: 'ours', server: ours, app: ourApps.gathered },
    ...peers.map((server) => ({ name: server.name, server, app: 'live' })),
  ]
  const [rounds, ms] = isQuick ? [1, 2_000] : [3, 5_000]
  try {
    for (const contender of contenders) await visitRound(build, contender, WARM_UP_MS)
    const results = await inTurns(contenders, rounds, (contender) => visitRound(build, contender, ms))
    const each = [...results].flatMap(([name, all]): BenchResult[] => {
      const { value, note } = overRounds(all, ({ setupMs }) => setupMs)
      const p99 = overRounds(all, ({ setupP99Ms }) => setupP99Ms).value
      return [
        {
          name: `set-up with createStream, ${name}`,
          value,
          unit: 'ms',
          note: `p99 ${rounded(p99, 1)} ms; ${note}`,
        },
        { name: `CPU of a visit, ${name}`, unit: 'ms', ...overRounds(all, cpuOfVisit) },
      ]
    })
    const mine = results.get('ours') ?? []
    const ratios = peers.map(({ name }) => ({
      ...{ name: `CPU of a visit, ours / ${name}`, unit: '×' },
      ...paired(mine, results.get(name) ?? [], cpuOfVisit),
    }))
    return [...each, ...ratios, ...missing]
  } finally {
    await Promise.all([ours, ...peers].map((server) => server.stop()))
    await build.remove()
  }
}
