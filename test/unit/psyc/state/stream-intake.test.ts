/** What a node takes of a stream: numbers, runs and states, in whatever order they come [design 4, 5]. */
import { RUN } from '../../../../src/psyc/state/route-packets.js'
import { StreamIntake } from '../../../../src/psyc/state/stream-intake.js'
import type { IntakeHandler, Taken } from '../../../../src/psyc/state/stream-intake.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { Modifier, StateOperation } from '../../../../src/psyc/wire/packet.js'
import { LimitError, PsycError } from '../../../../src/util/errors.js'
import { limitsWith } from '../../../../src/util/limits.js'

const CONTEXT = 'psyc://a.example/@live#_stream_cam'

interface Given {
  readonly counter?: number
  readonly isHistory?: boolean
  readonly method?: string
  readonly operation?: StateOperation
  readonly state?: Readonly<Record<string, string>>
}

function packet({ counter, isHistory = false, method = '_data_flv', operation, state = {} }: Given): Packet {
  const routing: Modifier[] = [{ operator: ':', name: '_context', value: CONTEXT }]
  if (counter !== undefined) routing.push({ operator: ':', name: '_counter', value: String(counter) })
  if (isHistory) routing.push({ operator: ':', name: '_target', value: 'psyc://b.example/' })
  const entity = Object.entries(state).map(([name, value]) => ({ operator: '=' as const, name, value }))
  return new Packet(routing, entity, method, '', operation)
}

/** "7" a cast, "h7" history, "s7r" the state of run r at 7, "=r" the run is r, "x" a packet without a number. */
function read(text: string): Packet {
  if (text.startsWith('='))
    return Packet.of({ _context: CONTEXT, _target: 'psyc://b.example/' }, RUN, { _token_run: text.slice(1) })
  const [, kind, number, run = ''] = /^([hsx]?)(\d*)(\w*)$/.exec(text) ?? []
  const counter = number === '' ? undefined : Number(number)
  if (kind !== 's') return packet({ ...(counter !== undefined && { counter }), isHistory: kind === 'h' })
  const state = { _token_run: run }
  return packet({
    counter: counter ?? 0,
    isHistory: true,
    method: '_status_state',
    operation: 'reset',
    state,
  })
}

function lab(limits = limitsWith(), before?: Taken): { intake: StreamIntake; took: string[] } {
  const took: string[] = []
  const handler: IntakeHandler = {
    state: (state, counter, isNewRun) => {
      took.push(`s${counter}${state.text('_token_run') ?? ''}${isNewRun ? '!' : ''}`)
    },
    cast: ({ target }, counter) => took.push(`${counter}${target ?? ''}`),
  }
  return { intake: new StreamIntake(limits, handler, before), took }
}

test.each([
  ['nothing before the state', '1 2 h3', ''],
  ['the state, then casts', 's0r 1 2', 's0r! 1 2'],
  ['history as the casts that it was', 's3r h4 h5 6', 's3r! 4 5 6'],
  ['what comes twice once', 's0r 1 1 2 1 2 3', 's0r! 1 2 3'],
  ['what follows a gap', 's0r 1 5 6 4', 's0r! 1 5 6'],
  ['what is missing after a break', 's0r 1 2 3 s1r h2 h3 h4 5', 's0r! 1 2 3 4 5'],
  ['a state that is ahead: the rest is lost', 's0r 1 2 s7r h8 9', 's0r! 1 2 s7r 8 9'],
  ['another run from its beginning', 's0r 1 2 3 s0q 1 2', 's0r! 1 2 3 s0q! 1 2'],
  ['nothing of a run that another followed', 's0r 1 s0q 1 s1r h2 3 s1q h2', 's0r! 1 s0q! 1 2'],
  ['nothing that has no number', 's0r x 1 x', 's0r! 1'],
])('it takes %s', (_what, given, expected) => {
  const { intake, took } = lab()
  for (const text of given.split(' ')) intake.take(read(text))
  expect(took.join(' ')).toBe(expected)
})

test.each([
  ['goes on where it was', 's1r h2 h3 h4 5', 's3r! 4 5', { runs: ['q', 'r'], counter: 5 }],
  ['misses what is not there any more', 's7r h8', 's7r! 8', { runs: ['q', 'r'], counter: 8 }],
  ['takes a new run', 's0s 1', 's0s! 1', { runs: ['q', 'r', 's'], counter: 1 }],
  ['drops one that is over', 's0q 1 9', '', { runs: ['q', 'r'], counter: 3 }],
])('who comes back %s', (_what, given, expected, taken) => {
  const { intake, took } = lab(limitsWith(), { runs: ['q', 'r'], counter: 3 })
  for (const text of given.split(' ')) intake.take(read(text))
  expect(took.join(' ')).toBe(expected)
  expect(intake.taken).toEqual(taken)
})

test('it counts what it had twice and what never came', () => {
  const { intake } = lab()
  for (const text of 's0r 1 4 4 2 s9r'.split(' ')) intake.take(read(text))
  expect([intake.duplicates, intake.missed, intake.counter, intake.hasState]).toEqual([2, 7, 9, true])
})

test('a state in several packets takes effect with the last, and is void when the line breaks before', () => {
  const { intake, took } = lab()
  const first = packet({
    counter: 2,
    isHistory: true,
    method: '',
    operation: 'reset',
    state: { _token_run: 'r' },
  })
  const last = packet({
    counter: 2,
    isHistory: true,
    method: '_status_state',
    state: { _data_metadata: 'm' },
  })
  intake.take(first)
  expect(took).toEqual([])
  intake.interrupted()
  intake.take(last)
  expect(took).toEqual([])
  intake.take(first)
  intake.take(last)
  intake.take(read('3'))
  expect(took).toEqual(['s2r!', '3'])
})

test.each([
  [
    'what follows a gap is not a drop, and waits for the state',
    '1 2',
    '5 6 s3r h4 h5 h6 7',
    's0r! 1 2 s3r 4 5 6 7',
  ],
  ['nor when it is behind', '1 2', '5 6 s1r h2 h3 6', 's0r! 1 2 3 6'],
  ['what comes after all goes on', '1 2', '3 4 7', 's0r! 1 2 3 4'],
  ['the run is told instead, and a gap is a drop', '1 2', '6 =r h3 h4 7', 's0r! 1 2 3 4 7'],
  ['the run of somebody else changes nothing', '1 2', '=q 3 7 =r 3 8', 's0r! 1 2 3 8'],
])('after an interruption %s', (_what, before, after, expected) => {
  const { intake, took } = lab()
  for (const text of `s0r ${before}`.split(' ')) intake.take(read(text))
  intake.interrupted()
  for (const text of after.split(' ')) intake.take(read(text))
  expect(took.join(' ')).toBe(expected)
})

test('a state without a run is none', () => {
  const { intake, took } = lab()
  intake.take(packet({ counter: 1, isHistory: true, method: '_status_state', operation: 'reset' }))
  intake.take(read('2'))
  expect(took).toEqual([])
})

test('a state that is malformed or too big is for the owner to judge', () => {
  const bad = { counter: 1, isHistory: true, method: '_status_state', operation: 'reset' as const }
  expect(() => lab().intake.take(packet({ ...bad, state: { _dict_headers: '{x' } }))).toThrow(PsycError)
  const { intake } = lab(limitsWith({ stateBytes: 10 }))
  expect(() => intake.take(packet({ ...bad, state: { _data_metadata: 'x'.repeat(20) } }))).toThrow(LimitError)
})
