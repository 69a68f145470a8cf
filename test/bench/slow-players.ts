/**
 * 100 players of one stream of 2.1 Mbit/s, a tenth of whom read 0.3 Mbit/s: what the others notice, what the server holds for
 * the slow ones, and how long a chat line takes to them with media before it. Rounds with and without slow players take turns.
 */
import { MemoryProbe, debuggerEnvironment } from '../e2e/support/usage.js'
import { startServer } from '../e2e/support/server.js'
import type { Server } from '../e2e/support/server.js'
import type { Bench } from './result.js'
import { median, pause, rounded } from './support/measure.js'
import { MediaLoadBuild } from './support/media-load.js'
import type { LoadFigures } from './support/media-load.js'
import { RtmpLoad, callBytes } from './support/rtmp-load.js'

const PLAYERS = 100
const SLOW = 10
const APP = 'live'
/** What the publisher sends in 2 s. */
const TWO_SECONDS_MB = (2 * (2_000 + 96)) / 8 / 1_000
const LINE_EVERY_MS = 250

interface Phase {
  readonly figures: LoadFigures
  /** Reachable, in bytes. */
  readonly memory: number
}

let streams = 0

async function phase(
  build: MediaLoadBuild,
  { ports }: Server,
  probe: MemoryProbe,
  slow: number,
  [warmMs, ms]: readonly [number, number],
): Promise<Phase> {
  const target = { port: ports.rtmp, app: APP, stream: `slow${++streams}` }
  const source = await build.start('publish', target)
  const players = await build.start('play', target, { count: PLAYERS, slow })
  const speaker = await RtmpLoad.open(ports.rtmp, APP, ['speaker'])
  try {
    await pause(warmMs)
    players.measure()
    for (let lines = 0; lines < ms / LINE_EVERY_MS; lines++) {
      speaker.write(callBytes('broadcast', ['line', monotonicMs()], 1))
      await pause(LINE_EVERY_MS)
    }
    const figures = await players.report()
    return { figures, memory: (await probe.measure()).reachable }
  } finally {
    speaker.close()
    await Promise.all([source.stop(), players.stop()])
    await pause(300) // they leave
  }
}

/** The clock that the load reads too. */
const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6

const of = (phases: readonly Phase[], value: (figures: LoadFigures) => number): number =>
  median(phases.map(({ figures }) => value(figures)))

export const bench: Bench = async ({ isQuick }) => {
  const build = await MediaLoadBuild.make()
  const env = { NODE_OPTIONS: debuggerEnvironment }
  const server = await startServer({ logLevel: 'warn' }, 0, { timeoutMs: 600_000, env })
  const probe = await MemoryProbe.attach(server.program.pid, server.program)
  const rounds = isQuick ? 1 : 3
  const times = isQuick ? ([2_000, 3_000] as const) : ([4_000, 6_000] as const)
  const [without, withSlow]: [Phase[], Phase[]] = [[], []]
  try {
    await phase(build, server, probe, SLOW, times) // code is compiled, which takes memory too
    for (let round = 0; round < rounds; round++) {
      without.push(await phase(build, server, probe, 0, times))
      withSlow.push(await phase(build, server, probe, SLOW, times))
    }
  } finally {
    probe.detach()
    await server.stop()
    await build.remove()
  }
  const [alone, beside] = [
    of(without, ({ latencyMs }) => latencyMs),
    of(withSlow, ({ latencyMs }) => latencyMs),
  ]
  const memory = withSlow.map((each, at) => each.memory - (without[at]?.memory ?? 0))
  const ofSlow = `${SLOW} of ${PLAYERS} slow`
  const allowed = Math.max(1.5 * alone, alone + 5)
  const taken = of(withSlow, (each) => each.slowMessages / (each.slowMessages + each.slowLost))
  return [
    { name: 'median latency, nobody slow', value: rounded(alone, 2), unit: 'ms' },
    { name: `median latency of the others, ${ofSlow}`, value: rounded(beside, 2), unit: 'ms' },
    {
      ...{ name: 'the others / what is allowed', value: rounded(beside / allowed, 3), unit: '×' },
      note: `allowed: 1.5 times nobody slow, or 5 ms more: ${rounded(allowed, 1)} ms`,
    },
    {
      ...{ name: 'lost, reordered or changed for the others', unit: 'messages' },
      value: of(withSlow, ({ lost, reordered, corrupt }) => lost + reordered + corrupt),
    },
    {
      ...{ name: `memory held for the slow, in 2 s of stream`, unit: '×' },
      value: rounded(median(memory) / 1e6 / TWO_SECONDS_MB, 2),
      note: `${rounded(median(memory) / 1e6, 2)} MB reachable; the slow got ${rounded(100 * taken)} % of the messages, ${of(withSlow, ({ closed }) => closed)} were closed`,
    },
    {
      ...{ name: 'chat line to the slow, longest', unit: 'ms' },
      value: rounded(of(withSlow, ({ slowLineMostMs }) => slowLineMostMs)),
      note: `median ${rounded(of(withSlow, ({ slowLineMs }) => slowLineMs))} ms, ${of(withSlow, ({ slowLines }) => slowLines)} of ${(SLOW * times[1]) / LINE_EVERY_MS} arrived in time; to the others ${rounded(
        of(withSlow, ({ lineMs }) => lineMs),
        1,
      )} ms`,
    },
  ]
}
