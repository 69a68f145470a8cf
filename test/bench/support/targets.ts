/** What the figures are held against. A missed target is told and fails nothing: machines differ. */
import type { BenchResult } from '../result.js'

interface Target {
  readonly of: RegExp
  readonly atLeast?: number
  readonly atMost?: number
  /** The bounds are in multiples of that other figure of the same run: "ours" in the name replaced by this. */
  readonly timesPeer?: string
}

const targets: readonly Target[] = [
  { of: /^amf0 (encode|decode).*, ours$/, atLeast: 5, timesPeer: 'amf-codec' },
  { of: /^psyc parse chat message, body as view$/, atMost: 1_500 },
  { of: /^psyc render chat message$/, atMost: 1_000 },
  { of: /^echo (in memory|over sockets)$/, atLeast: 80_000 },
  { of: /^set-up( at 100\/s)?, (empty place|place with 400 members)$/, atMost: 3 },
  { of: /^start to first handshake$/, atMost: 300 },
  { of: /^memory when idle$/, atMost: 70 },
  // Of relays at 400 players; at 10 and 100 they are told without a target.
  { of: /^fan-out to 400, gathered \/ nginx-rtmp$/, atMost: 0.8 },
  { of: /^fan-out to 400, median latency, gathered$/, atMost: 30 },
  { of: /^fan-out to 400, ungathered \/ nginx-rtmp$/, atMost: 1.6 },
  { of: /^fan-out to 400, ungathered \/ node-media-server$/, atMost: 0.9 },
  { of: /^fan-out to 400, gathered 350 ms \/ nginx-rtmp$/, atMost: 0.37 },
  { of: /, lost, reordered or changed$|^lost, reordered or changed/, atMost: 0 },
  { of: /^50 publishers, ours \/ node-media-server$/, atMost: 0.6 },
  { of: /^set-up with createStream, ours$/, atMost: 3 },
  { of: /^CPU of a visit, ours$/, atMost: 1.5 },
  { of: /^the others \/ what is allowed$/, atMost: 1 },
  { of: /^memory held for the slow, in 2 s of stream$/, atMost: 1 },
  { of: /^chat line to the slow, longest$/, atMost: 600 },
  { of: /^chat line, ten nodes in one process \/ one node$/, atMost: 1.2 },
  { of: /^chat line, copies to each other node$/, atMost: 1 },
  { of: /^one stream, eight nodes \/ eight RTMP players$/, atMost: 1.3 },
]

export interface Verdict {
  /** "≥ 80 000", "≥ 5 × amf-codec" */
  readonly target: string
  readonly isMet: boolean
}

/** @param all results of the same run; undefined when the figure has no target, or its peer is not there */
export function judge({ name, value }: BenchResult, all: readonly BenchResult[]): Verdict | undefined {
  const target = targets.find(({ of }) => of.test(name))
  if (target === undefined) return undefined
  const { atLeast, atMost, timesPeer } = target
  const bound = atLeast === undefined ? `≤ ${grouped(atMost ?? 0)}` : `≥ ${grouped(atLeast)}`
  const within = (figure: number): boolean =>
    figure >= (atLeast ?? -Infinity) && figure <= (atMost ?? Infinity)
  if (timesPeer === undefined) return { target: bound, isMet: within(value) }
  const peer = all.find((other) => other.name === name.replace(/ours$/, timesPeer))
  return peer && { target: `${bound} × ${timesPeer}`, isMet: within(value / peer.value) }
}

/** 80000 → "80 000"; small numbers with two decimals. */
export function grouped(value: number): string {
  const text =
    Math.abs(value) < 100 && !Number.isInteger(value) ? value.toFixed(2) : String(Math.round(value))
  return text.replace(/\B(?=(\d{3})+$)/g, ' ')
}
