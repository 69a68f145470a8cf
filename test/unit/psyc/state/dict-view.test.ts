/** What the users of a foreign context are told of a dict of its state: each change once, whatever was lost. */
import { DictView } from '../../../../src/psyc/state/dict-view.js'
import type { DictState } from '../../../../src/psyc/state/containers.js'
import { StateVariables, stateLimits } from '../../../../src/psyc/state/variables.js'
import { PsycDict } from '../../../../src/psyc/wire/dict.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import type { Modifier, Operator } from '../../../../src/psyc/wire/packet.js'
import { renderUpdate, updateOfKey } from '../../../../src/psyc/wire/update.js'
import { limitsWith } from '../../../../src/util/limits.js'
import { decodeUtf8, encodeUtf8 } from '../../../../src/util/utf8.js'
import { FakeTime } from '../../../support/fake-clock.js'

class Rig {
  readonly time = new FakeTime()
  readonly told: string[] = []
  readonly view = new DictView<string>(this.time.timers, 30_000, {
    keyOf: (text) => (text === 'bad' ? undefined : text.toLowerCase()),
    valueOf: (_text, { value }) => decodeUtf8(value) || undefined,
    came: (value) => this.told.push(`+${value}`),
    changed: (value, before) => {
      if (value !== before) this.told.push(`${before}>${value}`)
    },
    went: (before) => this.told.push(`-${before}`),
  })

  take(): string {
    return this.told.splice(0).join(' ')
  }
}

function dict(items: Record<string, string>): DictState {
  return new Map(Object.entries(items).map(([key, value]) => [key, { type: '', value: encodeUtf8(value) }]))
}

const change = (key: string, operator: '=' | '-'): Packet =>
  new Packet(
    [],
    [{ operator: '@', name: '_dict_x', value: renderUpdate(updateOfKey(key, operator)) }],
    '_notice',
    '',
  )

test('the first state, then what casts change', () => {
  const { view, ...rig } = new Rig()
  view.replace(dict({ A: 'ann', b: 'bob', bad: 'x', e: '' }), false)
  expect(rig.told.splice(0)).toEqual(['+ann', '+bob'])
  view.update(change('c', '='), '_dict_x', dict({ c: 'cy' }))
  view.update(change('B', '='), '_dict_x', dict({ B: 'ben' }))
  view.update(change('a', '-'), '_dict_x', dict({}))
  view.update(change('bad', '='), '_dict_x', dict({ bad: 'x' }))
  view.update(change('c', '-'), '_dict_y', dict({}))
  view.update(change('c', '-'), '_dict_x', undefined)
  expect(rig.told).toEqual(['+cy', 'bob>ben', '-ann'])
  expect([view.size, view.get('b'), [...view.values()]]).toEqual([2, 'ben', ['ben', 'cy']])
})

test('a new state tells the differences', () => {
  const rig = new Rig()
  rig.view.replace(dict({ a: 'ann', b: 'bob' }), false)
  rig.take()
  rig.view.replace(dict({ b: 'bob', c: 'cy' }), false)
  expect(rig.take()).toBe('-ann +cy')
})

test('a dict that is set as a whole is compared as a whole', () => {
  const rig = new Rig()
  rig.view.replace(dict({ a: 'ann' }), false)
  rig.take()
  const cast = new Packet([], [{ operator: '=', name: '_dict_x', value: '' }], '_notice', '')
  rig.view.update(cast, '_dict_x', dict({ b: 'bob' }))
  expect(rig.take()).toBe('-ann +bob')
})

test('a master that began anew is given time to know again', () => {
  const rig = new Rig()
  rig.view.replace(dict({ a: 'ann', b: 'bob', c: 'cy' }), false)
  rig.take()
  rig.view.replace(dict({}), true)
  rig.view.update(change('a', '='), '_dict_x', dict({ a: 'ann' }))
  rig.view.replace(dict({ a: 'ann', d: 'dan' }), false) // a resync of the same run
  expect(rig.take()).toBe('+dan')
  rig.time.advance(29_999)
  expect(rig.take()).toBe('')
  rig.time.advance(1)
  expect(rig.take()).toBe('-bob -cy')
  expect(rig.time.timers.size).toBe(0)
})

test('a master that begins anew once more is given the same time again', () => {
  const rig = new Rig()
  rig.view.replace(dict({ a: 'ann', b: 'bob' }), false)
  rig.view.replace(dict({ b: 'bob' }), true)
  rig.view.replace(dict({ a: 'ann', b: 'bob' }), false)
  rig.take()
  rig.time.advance(29_000)
  rig.view.replace(dict({ a: 'ann' }), true)
  rig.time.advance(29_000)
  expect(rig.take()).toBe('')
  rig.time.advance(1_000)
  expect(rig.take()).toBe('-bob')
})

test('who begins anew all the time, or tells of ever more, makes us hold no more than so many', () => {
  const rig = new Rig()
  const items = (run: number): DictState =>
    dict(Object.fromEntries(Array.from({ length: 15_000 }, (_, at) => [`${run} ${at}`, 'x'])))
  for (let run = 0; run < 4; run++) rig.view.replace(items(run), run > 0)
  expect(rig.view.size).toBe(15_000 + 20_000)
  rig.time.advance(30_000)
  expect(rig.view.size).toBe(15_000)
  for (let at = 0; at < 30_000; at++) rig.view.note(`n${at}`, 'x')
  expect(rig.view.size).toBe(20_000)
  rig.view.note('n0', 'y')
  expect(rig.view.get('n0')).toBe('y')
})

test('who came back to it and left is gone at once', () => {
  const rig = new Rig()
  rig.view.replace(dict({ a: 'ann' }), false)
  rig.view.replace(dict({}), true)
  rig.take()
  rig.view.update(change('a', '='), '_dict_x', dict({ a: 'ann' }))
  rig.view.update(change('a', '-'), '_dict_x', dict({}))
  expect(rig.take()).toBe('-ann')
})

test('what is noted is not told; no timer outlives the view', () => {
  const rig = new Rig()
  rig.view.note('a', 'ann')
  rig.view.note('b', 'bob')
  rig.view.note('b', undefined)
  expect([rig.take(), rig.view.size]).toEqual(['', 1])
  rig.view.replace(dict({}), true)
  rig.view.close()
  expect(rig.time.timers.size).toBe(0)
})

test('a cast costs what it says, not what the dict holds', () => {
  const asked: string[] = []
  const view = new DictView<string>(new FakeTime().timers, 30_000, {
    keyOf: (text) => (asked.push(text), text),
    valueOf: (text) => text,
    ...{ came: () => undefined, changed: () => undefined, went: () => undefined },
  })
  const all = dict(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, 'x'])))
  view.replace(all, false)
  asked.length = 0
  const changes = (['+', '-', '@'] as const).flatMap((operator) =>
    Array.from({ length: 300 }, (_, at): Modifier => ({
      operator,
      name: '_dict_x',
      value: said(operator, at),
    })),
  )
  view.update(new Packet([], changes, '_notice', ''), '_dict_x', all)
  expect([view.size, new Set(asked).size]).toEqual([1_000, 300])
  expect(asked.length).toBeLessThanOrEqual(900)
})

const said = (operator: '+' | '-' | '@', at: number): Uint8Array | PsycDict =>
  operator === '@'
    ? renderUpdate(updateOfKey(`k${at}`, '=', '_text', 'x'))
    : new PsycDict([{ key: `k${at}`, value: 'x' }])

test.each([
  [
    'everything is taken out, and one set',
    [
      ['-', ''],
      ['+', '{1 c} cy'],
    ],
    {},
    '-ann -bob +cy',
  ],
  ['one is taken out', [['-', '{1 a}']], {}, '-ann'],
  ['two are set', [['+', '{1 a} amy{1 c} cy']], {}, 'ann>amy +cy'],
  ['all is forgotten before', [['+', '{1 b} bob']], { reset: true }, '-ann'],
  [
    'what does not change the state',
    [
      [':', '{1 d} dan'],
      ['?', ''],
      ['@', '#1 =x'],
    ],
    {},
    '',
  ],
] as const)('a cast: %s', (_, modifiers, { reset = false }: { reset?: boolean }, told) => {
  const rig = new Rig()
  const state = new StateVariables(stateLimits(limitsWith()))
  const take = (all: readonly (readonly [Operator, string])[], operation?: 'reset'): void => {
    const entity = all.map(([operator, value]): Modifier => ({ operator, name: '_dict_x', value }))
    const packet = new Packet([], entity, '_notice', '', operation)
    state.apply(packet)
    rig.view.update(packet, '_dict_x', state.dict('_dict_x'))
  }
  take([['=', '{1 a} ann{1 b} bob']])
  rig.take()
  take(modifiers, reset ? 'reset' : undefined)
  expect(rig.take()).toBe(told)
})
