/** One server under one load for some seconds, and rounds of several servers that take turns. */
import { median, pause, rounded } from './measure.js'
import type { LoadFigures, MediaLoadBuild } from './media-load.js'
import type { MediaServer } from './media-servers.js'

export interface Shape {
  readonly publishers: number
  readonly players: number
  /** Of the players. */
  readonly slow?: number
  readonly kbps?: number
}

export interface Contender {
  /** For the rows. */
  readonly name: string
  readonly server: MediaServer
  readonly app: string
}

export interface Round extends LoadFigures {
  /** Of the server. */
  readonly cpu: number
}

export interface Times {
  readonly warmMs: number
  readonly ms: number
}

/** A multiple of the 2 s between keyframes, which are five times as long as other frames. */
export const fullTimes: Times = { warmMs: 2_500, ms: 6_000 }
export const quickTimes: Times = { warmMs: 1_500, ms: 2_000 }

let streams = 0

/** Publish, play, measure. @param meanwhile runs while it is measured */
export async function relayRound(
  build: MediaLoadBuild,
  { server, app }: Contender,
  { publishers, players, slow = 0, kbps = 2_000 }: Shape,
  { warmMs, ms }: Times,
  meanwhile: () => Promise<unknown> = () => pause(ms),
): Promise<Round> {
  const target = { port: server.port, app, stream: `bench${++streams}-` }
  const source = await build.start('publish', target, { count: publishers, kbps })
  const load = await build.start('play', target, { count: players, slow, names: publishers })
  try {
    await pause(warmMs)
    load.measure()
    const before = server.cpuSeconds()
    await meanwhile()
    const cpu = server.cpuSeconds() - before
    return { ...(await load.report()), cpu }
  } finally {
    await Promise.all([source.stop(), load.stop()])
    await pause(200) // they leave
  }
}

/** Every contender once in each round; who begins changes, so that a neighbour's load hits all alike. */
export async function inTurns(
  contenders: readonly Contender[],
  rounds: number,
  one: (contender: Contender) => Promise<Round>,
): Promise<Map<string, Round[]>> {
  const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(turn + round) % contenders.length]
      if (contender !== undefined) results.get(contender.name)?.push(await one(contender))
    }
  return results
}

/** The median of what each round has, and all of it for a note. */
export function overRounds(
  rounds: readonly Round[],
  value: (round: Round) => number,
): { value: number; note: string } {
  const values = rounds.map(value)
  return {
    value: rounded(median(values), 3),
    note: `rounds ${values.map((each) => rounded(each, 2)).join(' ')}`,
  }
}

/** Ours over the peer's, round by round. */
export function paired(
  ours: readonly Round[],
  peers: readonly Round[],
  value: (round: Round) => number,
): { value: number; note: string } {
  const ratios = ours.flatMap((round, at) => {
    const peer = peers[at]
    return peer === undefined ? [] : value(round) / value(peer)
  })
  return {
    value: rounded(median(ratios), 3),
    note: `rounds ${ratios.map((each) => rounded(each, 2)).join(' ')}`,
  }
}

export const cpuPerGb = ({ cpu, bytes }: Round): number => cpu / (bytes / 1e9)
export const cpuPerMessage = ({ cpu, messages }: Round): number => (cpu / messages) * 1e6

/** What no relay may do. */
export const harm = (rounds: readonly Round[]): number =>
  rounds.reduce(
    (sum, { lost, reordered, corrupt, closed, failed }) => sum + lost + reordered + corrupt + closed + failed,
    0,
  )
