import { CastLog } from '../../../../src/psyc/state/cast-log.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'

const cast = (counter: number, body = ''): Packet =>
  Packet.of({ _context: 'psyc://a.example/@room', _counter: String(counter) }, '_message_public', {}, body)

function logOf(counters: readonly number[], body = ''): CastLog {
  const log = new CastLog()
  for (const counter of counters) log.append(cast(counter, body), counter)
  return log
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

test.each([
  ['all that followed', range(1, 5), 2, 5, [3, 4, 5]],
  ['nothing for who has all', range(1, 5), 5, 5, []],
  ['nothing for who is ahead', range(1, 5), 9, 5, []],
  ['all there is', range(3, 5), 2, 5, [3, 4, 5]],
  ['not what began later', range(3, 5), 1, 5, undefined],
  ['not with the last ones missing', range(1, 4), 2, 5, undefined],
  ['not across a hole', [1, 2, 4, 5], 1, 5, undefined],
  ['after a hole', [1, 2, 4, 5], 3, 5, [4, 5]],
  ['not from nothing', [], 1, 5, undefined],
  ['the newest 256', range(1, 300), 44, 300, range(45, 300)],
  ['no more than that', range(1, 300), 43, 300, undefined],
] as const)('%s', (_, counters, after, now, expected) => {
  const found = logOf(counters)
    .after(after, now)
    ?.map((packet) => Number(packet.route('_counter')))
  expect(found).toEqual(expected)
})

test('what a parent puts into the routing of its casts counts', () => {
  const log = new CastLog()
  for (const counter of range(1, 20)) {
    const routing = { _context: 'psyc://a.example/@room', _source_relay: 'x'.repeat(50_000) }
    log.append(Packet.of(routing, '_message_public'), counter)
  }
  expect(log.after(15, 20)).toHaveLength(5)
  expect(log.after(14, 20)).toBeUndefined()
})

test('it is bounded in bytes', () => {
  const log = logOf(range(1, 20), 'x'.repeat(50_000))
  expect(log.after(15, 20)).toHaveLength(5)
  expect(log.after(14, 20)).toBeUndefined()
  log.clear()
  expect(log.after(19, 20)).toBeUndefined()
})

test('it does not hold the buffer that a cast came in', () => {
  const log = new CastLog()
  const body = new Uint8Array(65_536).subarray(0, 5)
  log.append(Packet.of({ _counter: '1' }, '_message_public', { _data_x: body }, body), 1)
  const [kept] = log.after(0, 1) ?? []
  expect([kept?.bodyBytes, kept?.bytes('_data_x')].map((bytes) => bytes?.buffer.byteLength)).toEqual([5, 5])
})
