import { StateVariables, stateLimits } from '../../../../src/psyc/state/variables.js'
import { PsycDict } from '../../../../src/psyc/wire/dict.js'
import { PsycList } from '../../../../src/psyc/wire/list.js'
import { Packet, type Modifier, type Operator, type Value } from '../../../../src/psyc/wire/packet.js'
import { PsycError, LimitError } from '../../../../src/util/errors.js'
import { defaultLimits, limitsWith } from '../../../../src/util/limits.js'
import { decodeUtf8 } from '../../../../src/util/utf8.js'

type Line = readonly [Operator, string, Value]

function packet(lines: readonly Line[], operation?: 'reset'): Packet {
  const entity = lines.map(([operator, name, value]): Modifier => ({ operator, name, value }))
  return new Packet([], entity, '_notice', '', operation)
}

function stateAfter(...lines: Line[]): StateVariables {
  const state = new StateVariables(stateLimits(defaultLimits))
  state.apply(packet(lines))
  return state
}

function show(state: StateVariables, name: string): unknown {
  const text = ({ type, value }: { type: string; value: Uint8Array }): string =>
    type === '' ? decodeUtf8(value) : `${type} ${decodeUtf8(value)}`
  const dict = state.dict(name)
  if (dict !== undefined) return Object.fromEntries([...dict].map(([key, item]) => [key, text(item)]))
  return state.list(name)?.map(text) ?? state.text(name)
}

const cases: readonly (readonly [string, string, readonly Line[], unknown])[] = [
  ['= sets', '_topic', [['=', '_topic', 'tea']], 'tea'],
  [
    '= of nothing deletes',
    '_topic',
    [
      ['=', '_topic', 'tea'],
      ['=', '_topic', ''],
    ],
    undefined,
  ],
  [
    ': changes nothing',
    '_topic',
    [
      ['=', '_topic', 'tea'],
      [':', '_topic', 'x'],
    ],
    'tea',
  ],
  [
    '- of nothing deletes',
    '_topic',
    [
      ['=', '_topic', 'tea'],
      ['-', '_topic', ''],
    ],
    undefined,
  ],
  [
    '- of the value deletes',
    '_topic',
    [
      ['=', '_topic', 'tea'],
      ['-', '_topic', 'tea'],
    ],
    undefined,
  ],
  [
    '- of another value is nothing',
    '_topic',
    [
      ['=', '_topic', 'tea'],
      ['-', '_topic', 'x'],
    ],
    'tea',
  ],
  [
    '+ of an amount is nothing',
    '_amount_x',
    [
      ['=', '_amount_x', '4'],
      ['+', '_amount_x', '1'],
    ],
    '4',
  ],
  [
    '= sets a list, empty: none',
    '_list_x',
    [
      ['=', '_list_x', '| a| a'],
      ['=', '_list_x', ''],
    ],
    [],
  ],
  ['= keeps equal elements', '_list_x', [['=', '_list_x', '| a| a']], ['a', 'a']],
  [
    '+ adds what is new, once',
    '_list_x',
    [
      ['=', '_list_x', '| a| b'],
      ['+', '_list_x', '| b| c| c'],
    ],
    ['a', 'b', 'c'],
  ],
  ['+ makes a list', '_list_x', [['+', '_list_x', '| a']], ['a']],
  [
    '+ tells types apart',
    '_list_x',
    [
      ['=', '_list_x', '| a'],
      ['+', '_list_x', '|=_nick:1 a'],
    ],
    ['a', '_nick a'],
  ],
  [
    '- takes all equal ones',
    '_list_x',
    [
      ['=', '_list_x', '| a| b| a'],
      ['-', '_list_x', '| a'],
    ],
    ['b'],
  ],
  [
    '- of the last deletes',
    '_list_x',
    [
      ['=', '_list_x', '| a'],
      ['-', '_list_x', '| a'],
    ],
    undefined,
  ],
  ['- of an unset list is nothing', '_list_x', [['-', '_list_x', '| a']], undefined],
  [
    '@ sets an element',
    '_list_x',
    [
      ['=', '_list_x', '| a| b'],
      ['@', '_list_x', '#1 =:1 c'],
    ],
    ['a', 'c'],
  ],
  [
    '@ counts what is there, whatever came and went',
    '_list_x',
    [
      ['=', '_list_x', '| a| b| c| d'],
      ['@', '_list_x', '#0 =:1 A'],
      ['-', '_list_x', '| b'],
      ['+', '_list_x', '| e'],
      ['@', '_list_x', '#1 =:1 C'],
      ['@', '_list_x', '#3 =:1 E'],
      ['-', '_list_x', '| A'],
      ['@', '_list_x', '#1 =:1 D'],
    ],
    ['C', 'D', 'E'],
  ],
  [
    '@ beyond the end is nothing',
    '_list_x',
    [
      ['=', '_list_x', '| a'],
      ['@', '_list_x', '#1 =:1 c'],
    ],
    ['a'],
  ],
  ['= sets a dict', '_dict_x', [['=', '_dict_x', '{1 a}=_text:1 1{1 b} 2']], { a: '_text 1', b: '2' }],
  [
    '+ goes on with it',
    '_dict_x',
    [
      ['=', '_dict_x', '{1 a} 1'],
      ['+', '_dict_x', '{1 b} 2'],
    ],
    { a: '1', b: '2' },
  ],
  [
    '- takes keys',
    '_dict_x',
    [
      ['=', '_dict_x', '{1 a} 1{1 b} 2'],
      ['-', '_dict_x', '{1 a}'],
    ],
    { b: '2' },
  ],
  [
    '@ sets an item',
    '_dict_x',
    [
      ['=', '_dict_x', ''],
      ['@', '_dict_x', '{5 alice} =_text:6 online'],
    ],
    { alice: '_text online' },
  ],
  [
    '@ deletes an item',
    '_dict_x',
    [
      ['=', '_dict_x', '{3 bob} 1'],
      ['@', '_dict_x', '{3 bob} -'],
    ],
    {},
  ],
  [
    '@ deeper down is nothing',
    '_dict_x',
    [
      ['=', '_dict_x', '{3 bob} 1'],
      ['@', '_dict_x', '{3 bob}{1 a} =:1 x'],
    ],
    { bob: '1' },
  ],
  ['@ of an unset dict is nothing', '_dict_x', [['@', '_dict_x', '{3 bob} =:1 x']], undefined],
  [
    'a container given as such',
    '_dict_x',
    [['=', '_dict_x', new PsycDict([{ key: 'a', value: '1' }], '_text')]],
    { a: '_text 1' },
  ],
]

test.each(cases)('%s [psyc.md 4.2]', (_title, name, lines, expected) => {
  expect(show(stateAfter(...lines), name)).toEqual(expected)
})

test('reset forgets everything, then the modifiers apply [psyc.md 2.5]', () => {
  const state = stateAfter(['=', '_topic', 'tea'], ['=', '_list_x', '| a'], ['=', '_dict_x', '{1 a}'])
  state.apply(packet([['=', '_topic', 'rum']], 'reset'))
  expect([state.size, state.text('_topic')]).toEqual([1, 'rum'])
})

test('a packet with a malformed value changes nothing at all [psyc.md 4.2]', () => {
  const state = stateAfter(['=', '_topic', 'tea'])
  const bad = packet(
    [
      ['=', '_topic', 'rum'],
      ['@', '_dict_x', 'nonsense'],
    ],
    'reset',
  )
  expect(() => state.apply(bad)).toThrow(PsycError)
  expect(state.text('_topic')).toBe('tea')
})

test('values are copied out of the packet', () => {
  const bytes = Uint8Array.of(0x61)
  const state = stateAfter(['=', '_topic', bytes])
  bytes[0] = 0x62
  expect(state.text('_topic')).toBe('a')
})

test.each([
  [
    'stateVariables',
    [
      ['=', '_a', '1'],
      ['=', '_b', '1'],
      ['=', '_c', '1'],
    ],
  ],
  ['stateBytes', [['=', '_dict_x', '{1 a} 12345678901234567890']]],
  ['objectSlots', [['=', '_list_x', '|||||']]],
] as const)('more than %s is an error', (limitName, lines) => {
  const limits = limitsWith({ stateVariables: 2, stateBytes: 25, objectSlots: 2, placeMembers: 1 })
  const state = new StateVariables(stateLimits(limits))
  expect(() => state.apply(packet(lines))).toThrow(LimitError)
  expect(() => state.apply(packet(lines))).toThrow(limitName)
})

test('the count of bytes follows every change', () => {
  const limits = limitsWith({ stateBytes: 40 })
  const state = new StateVariables(stateLimits(limits))
  for (let round = 0; round < 50; round++) {
    state.apply(
      packet([
        ['=', '_dict_x', '{1 a} 1'],
        ['@', '_dict_x', '{1 b} =:9 123456789'],
        ['@', '_dict_x', '{1 b} -'],
      ]),
    )
    state.apply(
      packet([
        ['+', '_list_x', '| a| b'],
        ['-', '_list_x', '| a'],
      ]),
    )
  }
  expect(show(state, '_list_x')).toEqual(['b'])
})

describe('a list as long as it may be', () => {
  const long = Array.from({ length: 18_000 }, (_, at) => `${at}`.padEnd(100, '.'))
  const some = long.slice(0, 1_000).map((text) => PsycList.ofTexts([text]))
  const applied = (entity: readonly Modifier[]): StateVariables => {
    const state = new StateVariables(stateLimits(limitsWith()))
    state.apply(new Packet([], [{ operator: '=', name: '_list_x', value: PsycList.ofTexts(long) }], '', ''))
    state.apply(new Packet([], entity, '_x', ''))
    return state
  }

  // Each took minutes when every modifier went through the whole list.
  test.each([
    ['-', some.map((value): Modifier => ({ operator: '-', name: '_list_x', value })), 17_000],
    [
      '+ and @',
      some.flatMap((value, at): Modifier[] => [
        { operator: '@', name: '_list_x', value: `#${at} =x` },
        { operator: '+', name: '_list_x', value },
      ]),
      19_000,
    ],
  ] as const)('a thousand times %s', (_, entity, size) => {
    expect(applied(entity).list('_list_x')).toHaveLength(size)
  })

  test('no two values are taken for the same, whatever their bytes are', () => {
    const bytes = Array.from({ length: 256 }, (_, at) => ({ value: Uint8Array.of(at) }))
    const value = new PsycList([...bytes, ...bytes, { value: Uint8Array.of(0xc3, 0xa4) }])
    const state = new StateVariables(stateLimits(limitsWith()))
    state.apply(new Packet([], [{ operator: '+', name: '_list_x', value }], '_x', ''))
    expect(state.list('_list_x')).toHaveLength(257)
  })
})

test.each([1, 16, 17, 50])(
  'the places of a list are right after its first %i elements were taken out',
  (count) => {
    const words = Array.from({ length: 100 }, (_, at) => `w${at}`)
    const state = stateAfter(
      ['=', '_list_words', PsycList.ofTexts(words)],
      ['@', '_list_words', '#99 =:4 last'],
      ['-', '_list_words', PsycList.ofTexts(words.slice(0, count))],
      ['@', '_list_words', '#0 =:5 first'],
    )
    expect(show(state, '_list_words')).toEqual(['first', ...words.slice(count + 1, 99), 'last'])
  },
)

test('the places of a list are right after elements were taken out', () => {
  const state = stateAfter(
    ['=', '_list_words', PsycList.ofTexts(['a', 'b', 'c', 'd'])],
    ['@', '_list_words', '#0 =:1 A'],
    ['-', '_list_words', PsycList.ofTexts(['b', 'x'])],
    ['@', '_list_words', '#1 =:1 C'],
    ['+', '_list_words', PsycList.ofTexts(['e'])],
    ['@', '_list_words', '#3 =:1 E'],
  )
  expect(show(state, '_list_words')).toEqual(['A', 'C', 'd', 'E'])
})
