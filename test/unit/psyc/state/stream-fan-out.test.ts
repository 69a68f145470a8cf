/** A stream on its way to nodes: what each of them is sent, in short lines [design 4, 5, 10]. */
import { RUN } from '../../../../src/psyc/state/route-packets.js'
import { CastFlag } from '../../../../src/psyc/state/stream-cast.js'
import { StreamFanOut } from '../../../../src/psyc/state/stream-fan-out.js'
import { StateVariables, stateLimits } from '../../../../src/psyc/state/variables.js'
import { Packet, valueText } from '../../../../src/psyc/wire/packet.js'
import type { Modifier } from '../../../../src/psyc/wire/packet.js'
import { parseUniform } from '../../../../src/psyc/wire/uniform.js'
import { limitsWith } from '../../../../src/util/limits.js'
import type { Limits } from '../../../../src/util/limits.js'
import { FakeTime } from '../../../support/fake-clock.js'

const STREAM = parseUniform('psyc://a.example/@live#_stream_cam')
const B = 'psyc://b.example/'
const C = 'psyc://c.example/'

const flags = {
  key: CastFlag.Keyframe,
  inter: 0,
  spare: CastFlag.Disposable,
  sound: CastFlag.Sound,
  kept: CastFlag.Kept,
} as const
type Kind = keyof typeof flags

class Lab {
  readonly time = new FakeTime()
  readonly overrun: string[] = []
  /** What waits in the circuits; it grows only when the test says so. */
  readonly queued = new Map<string, number>()
  readonly fanOut: StreamFanOut
  private readonly sent: string[] = []
  private counter = 0

  constructor(limits: Partial<Limits> = {}, keepsGroups = true) {
    const node = {
      timers: this.time.timers,
      limits: limitsWith(limits),
      sendTo: (rootKey: string, packet: Packet) => {
        this.sent.push(`${rootKey.charAt(7)}: ${shown(packet)}`)
      },
      queuedBytes: (rootKey: string) => this.queued.get(rootKey) ?? 0,
    }
    this.fanOut = new StreamFanOut(node, STREAM, keepsGroups, (rootKey) => this.overrun.push(rootKey))
  }

  run(name: string): this {
    const state = new StateVariables(stateLimits(limitsWith()))
    state.apply(new Packet([], [{ operator: '=', name: '_token_run', value: name }], '', ''))
    this.counter = 0
    this.fanOut.restart(state, 0)
    return this
  }

  cast(kind: Kind, length = 10, state: readonly Modifier[] = []): void {
    const counter = ++this.counter
    const routing: Modifier[] = [
      { operator: ':', name: '_context', value: STREAM.text },
      { operator: ':', name: '_counter', value: String(counter) },
    ]
    this.fanOut.cast(new Packet(routing, state, `_${kind}`, new Uint8Array(length)), counter, flags[kind])
  }

  /** So many casts did not come. */
  skip(count: number): void {
    this.counter += count
  }

  casts(...kinds: Kind[]): void {
    for (const kind of kinds) this.cast(kind)
  }

  take(): string[] {
    return this.sent.splice(0)
  }
}

/** "_key 7", "_key 7 >" for history, "state 6 _token_run=r", "run r". */
function shown({ routing, method, entity, stateOperation, target }: Packet): string {
  const counter = valueText(routing.find(({ name }) => name === '_counter')?.value ?? '')
  const variables = entity.map(({ operator, name, value }) => ` ${name}${operator}${valueText(value)}`)
  if (method === RUN) return `run ${valueText(entity[0]?.value ?? '')}`
  if (stateOperation === 'reset') return `state ${counter}${variables.join('')}`
  return `${method} ${counter}${variables.join('')}${target === undefined ? '' : ' >'}`
}

const header: Modifier = { operator: '+', name: '_dict_headers', value: '{1 v}=_data:1 x' }

test('the state first, then every cast with its number; one instance for all', () => {
  const lab = new Lab().run('r')
  lab.fanOut.begin(B, B)
  lab.fanOut.begin(C, C)
  lab.cast('kept', 1, [header])
  lab.casts('key', 'inter')
  expect(lab.take()).toEqual([
    'b: state 0 _token_run=r',
    'c: state 0 _token_run=r',
    'b: _kept 1 _dict_headers+{1 v}=_data:1 x',
    'c: _kept 1 _dict_headers+{1 v}=_data:1 x',
    ...['b: _key 2', 'c: _key 2', 'b: _inter 3', 'c: _inter 3'],
  ])
})

test('who comes late gets the state as it was before the last keyframe, and what followed as history', () => {
  const lab = new Lab().run('r')
  lab.cast('kept', 1, [header])
  lab.casts('key', 'inter', 'key')
  lab.cast('kept', 1, [{ operator: '=', name: '_data_metadata', value: 'm' }])
  lab.casts('inter')
  lab.fanOut.begin(B, B)
  lab.casts('sound')
  expect(lab.take()).toEqual([
    'b: state 3 _token_run=r _dict_headers={1 v}=_data:1 x',
    ...['b: _key 4 >', 'b: _kept 5 _data_metadata=m >', 'b: _inter 6 >', 'b: _sound 7'],
  ])
})

test('the first group begins with the run: sound before its keyframe comes too', () => {
  const lab = new Lab().run('r')
  lab.cast('kept', 1, [header])
  lab.casts('sound')
  lab.fanOut.begin(B, B)
  lab.casts('sound', 'key')
  lab.fanOut.begin(C, C)
  expect(lab.take()).toEqual([
    'b: state 1 _token_run=r _dict_headers={1 v}=_data:1 x',
    ...['b: _sound 2 >', 'b: _sound 3', 'b: _key 4'],
    'c: state 1 _token_run=r _dict_headers={1 v}=_data:1 x',
    ...['c: _sound 2 >', 'c: _sound 3 >', 'c: _key 4 >'],
  ])
  lab.casts('key')
  lab.fanOut.begin(B, B)
  expect(lab.take().slice(-1)).toEqual(['b: _key 5 >'])
})

test('gopLeadMs: a stream of sound alone begins with what comes now', () => {
  const lab = new Lab().run('r')
  lab.casts('sound')
  lab.time.advance(2_001)
  lab.casts('sound')
  lab.fanOut.begin(B, B)
  lab.casts('sound')
  expect(lab.take()).toEqual(['b: state 2 _token_run=r', 'b: _sound 3'])
})

test.each([
  ['bytes', { gopCacheBytes: 25 }],
  ['casts', { gopCacheMessages: 2 }],
])('a group of too many %s is not kept: pictures begin with the next keyframe', (_what, limits) => {
  const lab = new Lab(limits).run('r')
  lab.casts('key', 'inter', 'inter')
  lab.fanOut.begin(B, B)
  lab.casts('inter', 'sound', 'key', 'inter')
  expect(lab.take()).toEqual(['b: state 3 _token_run=r', 'b: _sound 5', 'b: _key 6', 'b: _inter 7'])
  expect(lab.fanOut.drops).toEqual({ disposable: 0, video: 0, audio: 0 })
})

test('where groups are not kept, who comes late begins with the next keyframe', () => {
  const lab = new Lab({}, false).run('r')
  lab.casts('key', 'inter')
  lab.fanOut.begin(B, B)
  lab.casts('inter', 'key')
  expect(lab.take()).toEqual(['b: state 2 _token_run=r', 'b: _key 4'])
})

describe('a node that another one has fed', () => {
  const fed = (run: string, counter: number): Lab => {
    const lab = new Lab().run('r')
    lab.casts('key', 'inter', 'sound', 'key', 'inter')
    lab.fanOut.begin(B, B, { run, counter })
    lab.casts('inter')
    return lab
  }

  test.each([
    [
      'goes on where it was, between two keyframes',
      1,
      ['_inter 2 >', '_sound 3 >', '_key 4 >', '_inter 5 >'],
    ],
    ['goes on in the running group', 4, ['_inter 5 >']],
    ['has missed nothing', 5, []],
    ['has had more than there is here', 9, []],
  ])('%s', (_, counter, missed) => {
    const told = ['run r', ...missed, '_inter 6']
    expect(fed('r', counter).take()).toEqual(told.map((line) => `b: ${line}`))
  })

  test('begins anew in another run', () => {
    expect(fed('q', 4).take().slice(0, 2)).toEqual(['b: state 3 _token_run=r', 'b: _key 4 >'])
  })

  test('begins anew when not all that it has missed came here either', () => {
    const lab = new Lab().run('r')
    lab.skip(2)
    lab.casts('key')
    lab.fanOut.begin(B, B, { run: 'r', counter: 1 })
    lab.fanOut.begin(C, C, { run: 'r', counter: 2 })
    expect(lab.take()).toEqual(['b: state 2 _token_run=r', 'b: _key 3 >', 'c: run r', 'c: _key 3 >'])
  })

  test.each<[string, Partial<Limits>, number]>([
    ['routeHealMs: of the last 5 s', {}, 125],
    ['gopCacheBytes: of so many bytes', { gopCacheBytes: 1_000 }, 100],
    ['gopCacheMessages: so many', { gopCacheMessages: 50 }, 50],
  ])('%s is kept for it, and no more', (_, limits, kept) => {
    const lab = new Lab(limits).run('r')
    for (let at = 0; at < 500; at++) {
      lab.casts(at % 10 === 0 ? 'key' : 'inter')
      lab.time.advance(40)
    }
    lab.casts('key')
    expect(lab.fanOut.heldBytes).toBeGreaterThan(10 * (kept - 2))
    expect(lab.fanOut.heldBytes).toBeLessThanOrEqual(10 * (kept + 1))
    lab.fanOut.finish()
    expect(lab.fanOut.heldBytes).toBe(0)
  })
})

test('a new run: all who are fed get its state, and begin with its first keyframe', () => {
  const lab = new Lab().run('r')
  lab.fanOut.begin(B, B)
  lab.casts('key', 'inter')
  lab.take()
  lab.fanOut.finish()
  lab.fanOut.begin(C, C)
  expect(lab.take()).toEqual([])
  lab.run('s')
  lab.casts('inter', 'key')
  expect(lab.take()).toEqual(['b: state 0 _token_run=s', 'c: state 0 _token_run=s', 'b: _key 2', 'c: _key 2'])
})

test('who comes when the run is over gets nothing of it, though others still do', () => {
  const lab = new Lab().run('r')
  lab.fanOut.begin(B, B)
  lab.queued.set(B, 1_000_000)
  lab.casts('kept', 'sound')
  lab.fanOut.finish()
  lab.take()
  lab.fanOut.begin(C, C)
  lab.queued.clear()
  lab.time.advance(100)
  expect(lab.take()).toEqual(['b: _kept 1', 'b: _sound 2'])
})

test('history goes at four times the speed at which it came', () => {
  const lab = new Lab().run('r')
  for (let at = 0; at < 20; at++) {
    lab.casts(at === 0 ? 'key' : 'inter')
    lab.time.advance(100)
  }
  lab.fanOut.begin(B, B)
  const counts = [0, 100, 100, 100, 100, 100].map((ms) => {
    lab.time.advance(ms)
    return lab.take().length
  })
  expect(counts).toEqual([7, 4, 4, 4, 2, 0]) // the state, and half a second at once
})

describe('a node that is too slow', () => {
  const slow = { streamBacklogMs: 1_000 }

  /** Nothing more fits into the circuit to B while so much time passes, then all does. */
  function hold(lab: Lab, ms: number): void {
    lab.time.advance(ms)
    lab.queued.set(B, 0)
    lab.time.advance(100)
  }

  function full(): Lab {
    const lab = new Lab(slow).run('r')
    lab.fanOut.begin(B, B)
    lab.fanOut.begin(C, C)
    lab.cast('key')
    lab.queued.set(B, 1e9)
    lab.take()
    return lab
  }

  test('gets later what came meanwhile, and the others get it at once', () => {
    const lab = full()
    lab.casts('inter', 'sound')
    expect(lab.take()).toEqual(['c: _inter 2', 'c: _sound 3'])
    hold(lab, 300)
    expect(lab.take()).toEqual(['b: _inter 2', 'b: _sound 3'])
  })

  test.each<[string, number, string[], Partial<Record<'disposable' | 'video' | 'audio', number>>]>([
    [
      'half the limit: disposable ones',
      500,
      ['_inter 3', '_sound 4', '_kept 5', '_inter 6'],
      { disposable: 1 },
    ],
    ['three quarters: all pictures', 700, ['_sound 4', '_kept 5'], { disposable: 1, video: 2 }],
    [
      'the whole: sound too, but never what is kept',
      1_000,
      ['_kept 5'],
      { disposable: 1, video: 2, audio: 1 },
    ],
  ])('loses at %s', (_what, ms, expected, drops) => {
    const lab = full()
    lab.casts('spare', 'inter', 'sound', 'kept', 'inter')
    lab.take()
    hold(lab, ms)
    expect(lab.take().map((line) => line.slice(3))).toEqual(expected)
    expect(lab.fanOut.drops).toEqual({ disposable: 0, video: 0, audio: 0, ...drops })
  })

  test('goes on with the next keyframe', () => {
    const lab = full()
    lab.casts('inter')
    lab.time.advance(900)
    lab.casts('inter', 'key', 'inter')
    lab.take()
    hold(lab, 0)
    expect(lab.take()).toEqual(['b: _key 4', 'b: _inter 5'])
    expect(lab.fanOut.drops.video).toBe(2)
  })

  test('loses by bytes as well as by time', () => {
    const lab = new Lab({ streamBacklogBytes: 100 }).run('r')
    lab.fanOut.begin(B, B)
    lab.queued.set(B, 1e9)
    for (let at = 0; at < 35; at++) lab.cast(at % 10 === 0 ? 'key' : 'inter')
    lab.take()
    hold(lab, 0)
    expect(lab.take()[0]).toBe('b: _key 31')
  })

  test('is given up when what must not be dropped is too much', () => {
    const lab = new Lab({ ...slow, queueBytes: 100 }).run('r')
    lab.fanOut.begin(B, B)
    lab.fanOut.begin(C, C)
    lab.queued.set(B, 1e9)
    for (let at = 0; at < 12; at++) lab.cast('kept')
    lab.take()
    expect(lab.overrun).toEqual([])
    lab.time.advance(1_200)
    expect(lab.overrun).toEqual([B])
    expect([lab.fanOut.has(B), lab.fanOut.has(C)]).toEqual([false, true])
    lab.casts('inter', 'key')
    expect(lab.take()).toEqual(['c: _key 14'])
  })

  test('holds no more of the log than the limits say, and nothing once it has left', () => {
    const lab = new Lab({ streamBacklogMs: 1_000, gopCacheMessages: 5 }).run('r')
    lab.fanOut.begin(B, B)
    lab.queued.set(B, 1e9)
    for (let at = 0; at < 100; at++) {
      lab.cast('inter', 1_000)
      lab.time.advance(40)
    }
    expect(lab.fanOut.heldBytes).toBeLessThan(30_000)
    lab.fanOut.end(B)
    lab.time.advance(10_000)
    lab.cast('inter', 10)
    expect(lab.fanOut.heldBytes).toBe(10)
    expect(lab.time.timers.size).toBeLessThanOrEqual(1)
  })
})

test('nothing is left when it is closed', () => {
  const lab = new Lab().run('r')
  lab.fanOut.begin(B, B)
  lab.queued.set(B, 1e9)
  lab.casts('key', 'inter')
  lab.fanOut.close()
  expect([lab.time.timers.size, lab.fanOut.size]).toEqual([0, 0])
})
