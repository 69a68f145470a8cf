/**
 * A chat message of 116 bytes through the parser and the renderer of PSYC 1.0. libpsyc, in C on a machine like
 * ours, locates the parts of such a packet in 210 ns and renders it in 31 ns [psyc.md 9].
 */
import { Packet } from '../../src/psyc/wire/packet.js'
import { PacketParser } from '../../src/psyc/wire/parser.js'
import { renderPacket } from '../../src/psyc/wire/renderer.js'
import { defaultLimits } from '../../src/util/limits.js'
import { encodeUtf8 } from '../../src/util/utf8.js'
import type { BenchResult } from './result.js'

const text = 'Good evening all, how are you today?'
const wire = encodeUtf8(
  `:_source\tpsyc://example.org/~ada\n:_target\tpsyc://example.net/@cafe\n\n_message\n${text}\n|\n`,
)
const PACKETS = 512
const ROUNDS = 200

interface Times {
  /** The 10th percentile of the rounds, ns per packet: the machine may be busy with other work. */
  readonly low: number
  readonly median: number
}

function measure(round: () => number): Times {
  for (let warm = 0; warm < ROUNDS; warm++) round()
  const times: number[] = []
  for (let turn = 0; turn < ROUNDS; turn++) {
    const start = process.hrtime.bigint()
    if (round() !== PACKETS) throw new Error('a packet is missing')
    times.push(Number(process.hrtime.bigint() - start) / PACKETS)
  }
  times.sort((a, b) => a - b)
  const percentile = (share: number): number => Math.round(times[Math.floor(times.length * share)] ?? 0)
  return { low: percentile(0.1), median: percentile(0.5) }
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times)
  for (let turn = 0; turn < times; turn++) all.set(bytes, turn * bytes.length)
  return all
}

/** One circuit for all rounds: what it has interned it keeps. */
function parseRound(use: (packet: Packet) => void): () => number {
  const parser = new PacketParser(defaultLimits)
  const bytes = repeated(wire, PACKETS)
  return () => {
    parser.receive(bytes)
    let packets = 0
    for (let packet = parser.next(); packet !== undefined; packet = parser.next(), packets++) use(packet)
    return packets
  }
}

/** What the rounds have seen: so that no work can be left out as useless. */
export let seen = 0

function decodeAll(packet: Packet): void {
  for (const { name } of packet.entity) seen += packet.text(name)?.length ?? 0
  seen += packet.bodyText.length
}

function renderRound(packet: Packet): () => number {
  return () => {
    for (let turn = 0; turn < PACKETS; turn++) seen += renderPacket(packet).length
    return PACKETS
  }
}

export function bench(): Promise<BenchResult[]> {
  const chat = Packet.of(
    { _source: 'psyc://example.org/~ada', _target: 'psyc://example.net/@cafe' },
    '_message',
    {},
    text,
  )
  const rows: readonly (readonly [string, () => number, string])[] = [
    [
      'psyc parse chat message, body as view',
      parseRound(() => undefined),
      `${wire.length} bytes; libpsyc parses 116 bytes in 210 ns`,
    ],
    ['psyc parse chat message, all text decoded', parseRound(decodeAll), `${wire.length} bytes`],
    [
      'psyc render chat message',
      renderRound(chat),
      `${renderPacket(chat).length} bytes; libpsyc renders 116 bytes in 31 ns`,
    ],
  ]
  const results = rows.map(([name, round, note]) => {
    const { low, median } = measure(round)
    return { name, value: low, unit: 'ns', note: `${note}; 10th percentile, median ${median} ns` }
  })
  return Promise.resolve(results)
}
