/** What the users of a foreign context are told of a dict of its state: each change once, whatever was lost. */
import { DictView } from '../../../../src/psyc/state/dict-view.js'
import type { DictState } from '../../../../src/psyc/state/variables.js'
import { Packet } from '../../../../src/psyc/wire/packet.js'
import { renderUpdate, updateOfKey } from '../../../../src/psyc/wire/update.js'
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
