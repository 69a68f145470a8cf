import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  AmfVector,
  AmfXml,
  type AmfValue,
} from '../../../src/amf/value.js'
import { PsycList } from '../../../src/psyc/wire/list.js'
import { parseArguments, parseTyped, renderArguments, renderTyped } from '../../../src/translate/value.js'
import { LimitError, TranslateError } from '../../../src/util/errors.js'
import { limitsWith } from '../../../src/util/limits.js'
import { decodeUtf8, encodeUtf8 } from '../../../src/util/utf8.js'

const text = (values: readonly AmfValue[]): string => decodeUtf8(renderArguments(values))
const parsed = (list: string): AmfValue[] => parseArguments(encodeUtf8(list))

const shared = new AmfObject()
const cycle = new AmfArray()
cycle.items.push(cycle)

// value, type, text: the table of design 2.2
const table: readonly (readonly [AmfValue, string, string])[] = [
  ['online', '_text', 'online'],
  ['', '_text', ''],
  ['a|b{c}\n', '_text', 'a|b{c}\n'],
  ['Zoë', '_text', 'Zoë'],
  [0, '_amount', '0'],
  [-42, '_amount', '-42'],
  [2 ** 53, '_amount', '9007199254740992'],
  [-(2 ** 53), '_amount', '-9007199254740992'],
  [2 ** 53 + 2, '_number', '9007199254740994'],
  [-0, '_number', '-0'],
  [0.1, '_number', '0.1'],
  [1e21, '_number', '1e+21'],
  [5e-324, '_number', '5e-324'],
  [NaN, '_number', 'NaN'],
  [Infinity, '_number', 'Infinity'],
  [-Infinity, '_number', '-Infinity'],
  [true, '_flag', '1'],
  [false, '_flag', '0'],
  [null, '_null', ''],
  [undefined, '_undefined', ''],
  [AmfUnsupported.instance, '_unsupported', ''],
  [new AmfDate(1_700_000_000_123), '_instant', '1700000000123'],
  [new AmfDate(NaN), '_instant', 'NaN'],
  [new AmfDate(-0.5), '_instant', '-0.5'],
  [Uint8Array.of(0x7c, 0x7b, 0x41), '_data', '|{A'],
  [new AmfXml('<a/>', false), '_xml', '<a/>'],
  [new AmfXml('<a/>', true), '_xml_document', '<a/>'],
  [new AmfArray(), '_list', ''],
  [new AmfArray(['a', 1]), '_list', '|=_text:1 a|=_amount:1 1'],
  [
    new AmfArray([['x'].length], ['k'], [true]),
    '_list_mixed',
    '|=_list:13 |=_amount:1 1|=_dict:15 {1 k}=_flag:1 1',
  ],
  [AmfObject.of({ name: 'alice', '': null }), '_dict', '{4 name}=_text:5 alice{0 }=_null:0 '],
  [
    new AmfObject('', true, 0, ['__proto__', 'é}'], [1, 2]),
    '_dict',
    '{9 __proto__}=_amount:1 1{3 é}}=_amount:1 2',
  ],
  [new AmfEcmaArray(['0', 'length'], [1, 2]), '_dict_array', '{1 0}=_amount:1 1{6 length}=_amount:1 2'],
  [
    new AmfObject('a.B', true, 0, ['x'], [1]),
    '_struct_object',
    '|=_text:3 a.B|=_list:0 |=_dict:17 {1 x}=_amount:1 1',
  ],
  [
    new AmfObject('B', false, 1, ['x'], [1]),
    '_struct_object',
    '|=_text:1 B|=_list:11 |=_text:1 x|=_dict:17 {1 x}=_amount:1 1',
  ],
  [
    new AmfObject('B', true, 1, ['x'], [1]),
    '_struct_object',
    '|=_text:1 B|=_list:11 |=_text:1 x|=_dict:17 {1 x}=_amount:1 1|=_flag:1 1',
  ],
  [new AmfObject('', false), '_struct_object', '|=_text:0 |=_list:0 |=_dict:0 |=_flag:1 0'],
  [
    new AmfExternalizable('flex.C', new AmfArray(['a'])),
    '_struct_external',
    '|=_text:6 flex.C|=_list:11 |=_text:1 a',
  ],
  [new AmfVector('int', true, [-1]), '_list_vector_int', '|=_flag:1 1|=_text:0 |=_list:14 |=_amount:2 -1'],
  [new AmfVector('uint', false), '_list_vector_uint', '|=_flag:1 0|=_text:0 |=_list:0 '],
  [
    new AmfVector('double', false, [0.5]),
    '_list_vector_double',
    '|=_flag:1 0|=_text:0 |=_list:15 |=_number:3 0.5',
  ],
  [
    new AmfVector('object', false, ['a'], 'String'),
    '_list_vector_object',
    '|=_flag:1 0|=_text:6 String|=_list:11 |=_text:1 a',
  ],
  [
    new AmfDictionary(true, [['k', new AmfDate(0)]]),
    '_list_pairs',
    '|=_flag:1 1|=_list:25 |=_text:1 k|=_instant:1 0',
  ],
  [cycle, '_list', '|=_reference:1 0'],
  [new AmfArray([shared, 'x', shared]), '_list', '|=_dict:0 |=_text:1 x|=_reference:1 1'],
]

test.each(table)('value %# is %s of %j [design 2.2]', (value, type, content) => {
  const typed = renderTyped(value)
  expect([typed.type, decodeUtf8(typed.value)]).toEqual([type, content])
  expect(parseTyped(type, typed.value)).toStrictEqual(value)
  const length = typed.value.length
  expect(text([value])).toBe(`|=${type}:${length} ${content}`)
  expect(parseArguments(renderArguments([value, 'next']))).toStrictEqual([value, 'next'])
})

test('no arguments are no text', () => {
  expect(text([])).toBe('')
  expect(parsed('')).toEqual([])
})

test('values with an identity are numbered over the whole list', () => {
  const date = new AmfDate(5)
  const inner = new AmfObject('B', true, 0, ['d'], [date])
  expect(text(['x', inner, date, inner])).toBe(
    '|=_text:1 x|=_struct_object:50 |=_text:1 B|=_list:0 |=_dict:18 {1 d}=_instant:1 5|=_reference:1 1|=_reference:1 0',
  )
  const [, object, again, same] = parseArguments(renderArguments(['x', inner, date, inner]))
  expect(same).toBe(object)
  expect((object as AmfObject).get('d')).toBe(again)
})

test('a list that is doubled thirty times stays small', () => {
  let value = new AmfArray(['x'])
  for (let round = 0; round < 30; round++) value = new AmfArray([value, value])
  const bytes = renderArguments([value])
  expect(bytes.length).toBeLessThan(1500)
  let walk = parseArguments(bytes)[0]
  for (let round = 0; round < 30; round++) {
    const [left, right] = (walk as AmfArray).items
    expect(left).toBe(right)
    walk = left
  }
  expect(walk).toStrictEqual(new AmfArray(['x']))
})

// what native senders leave out, by the type or the variable's own name
const native: readonly (readonly [string, string, AmfValue])[] = [
  ['_amount_members', '17', 17],
  ['_amount', '+5', 5],
  ['_flag_silent', 'yes', true],
  ['_flag', 'Off', false],
  ['_list_members', '_uniform| psyc://a/~x| psyc://b/~y', new AmfArray(['psyc://a/~x', 'psyc://b/~y'])],
  ['_list', '_amount| 1| 2', new AmfArray([1, 2])],
  ['_list_x', '|=_nick bar|=_flag:1 1|', new AmfArray(['bar', true, ''])],
  [
    '_list',
    '|9 democracy|3 now|7 foo|bar| baz|0|0 ',
    new AmfArray(['democracy', 'now', 'foo|bar', 'baz', '', '']),
  ],
  [
    '_dict',
    '{psyc://a/~x}=_amount 1{4 key2} 2{}',
    new AmfObject('', true, 0, ['psyc://a/~x', 'key2', ''], [1, '2', '']),
  ],
  ['_dict_x', '_flag{a} 1{b} 0', new AmfObject('', true, 0, ['a', 'b'], [true, false])],
  ['_date', '0', new AmfDate(1_440_444_041_000)],
  ['_date_birth', '-1440444041', new AmfDate(0)],
  ['_nick', 'alice', 'alice'],
  ['_amounts', '17', '17'],
  ['_time_place', '5', '5'],
  ['_number_of_the_beast', '666', '666'],
  ['', 'x', 'x'],
  ['amount', '1', '1'],
]

test.each(native)('native %s of %j [design 2.2]', (type, content, value) => {
  expect(parseTyped(type, content)).toStrictEqual(value)
  expect(parseTyped(type, encodeUtf8(content))).toStrictEqual(value)
})

test('a list that was parsed already', () => {
  const list = new PsycList(
    [{ value: '1' }, { type: '_flag', value: encodeUtf8('1') }, { type: '_x', value: 'y' }],
    '_amount',
  )
  expect(parseArguments(list)).toEqual([1, true, 'y'])
})

const malformed: readonly (readonly [string, string])[] = [
  ['_amount', ''],
  ['_amount', '1.5'],
  ['_amount', '0x10'],
  ['_amount', '1'.repeat(1001)],
  ['_number', '1e'],
  ['_number', ' 1'],
  ['_flag', '2'],
  ['_instant', 'now'],
  ['_reference', '0'],
  ['_reference', '-1'],
  ['_list', '|=_reference:1 1'],
  ['_list', '!'],
  ['_list', 'a b'],
  ['_list', '|5'],
  ['_list', '|5abcde'],
  ['_list', '|5 abcd'],
  ['_list', '|3 abcd'],
  ['_list', '|='],
  ['_list', '|=_text:'],
  ['_list', '|=_text:x'],
  ['_list', '|=_text:99999999999999999999 x'],
  ['_list', '|=_text!'],
  ['_dict', '|'],
  ['_dict', '{'],
  ['_dict', '{a'],
  ['_dict', '{1'],
  ['_dict', '{1}'],
  ['_dict', '{1 ab}'],
  ['_dict', '{5 a}'],
  ['_dict', '{a}1'],
  ['_list_mixed', '|=_list:0 '],
  ['_list_mixed', '|=_dict:0 |=_list:0 '],
  ['_list_mixed', '|=_list:0 |=_dict:0 |=_dict:0 '],
  ['_list_vector_int', '|=_flag:1 0|=_text:0 |=_list:10 |=_text:1 a'],
  ['_list_vector_int', '|=_flag:1 0|=_text:0 |=_list:22 |=_amount:10 2147483648'],
  ['_list_vector_int', '|=_flag:1 0|=_text:0 |=_list:14 |=_number:2 -0'],
  ['_list_vector_uint', '|=_flag:1 0|=_text:0 |=_list:14 |=_amount:2 -1'],
  ['_list_vector_double', '|=_flag:1 0|=_text:0 |=_list:9 |=_null:0 '],
  ['_list_pairs', '|=_flag:1 0|=_list:9 |=_null:0 '],
  ['_list_pairs', '|=_flag:1 x|=_list:0 '],
  ['_struct_object', ''],
  ['_struct_object', '|=_text:1 B|=_list:0 '],
  ['_struct_object', '|=_text:1 B|=_list:11 |=_text:1 x|=_dict:0 '],
  ['_struct_object', '|=_text:1 B|=_list:11 |=_text:1 x|=_dict:13 {1 y}=_null:0 '],
  ['_struct_object', '|=_text:1 B|=_list:0 |=_dict:13 {1 y}=_null:0 |=_flag:1 0'],
  ['_struct_external', '|=_text:1 C'],
  ['_struct_external', '|=_amount:1 1|=_null:0 '],
  ['_struct_external', '|=_text:1 C|=_null:0 |=_null:0 '],
]

test.each(malformed)('%s of %j is no value', (type, content) => {
  const parse = (): unknown => parseTyped(type, content)
  expect(parse).toThrow(TranslateError)
  expect(parse).toThrow(expect.objectContaining({ code: 'TRANSLATE_VALUE' }) as Error)
})

function nested(depth: number): AmfValue {
  let value: AmfValue = 'x'
  for (let at = 0; at < depth; at++) value = new AmfArray([value])
  return value
}

test('depth has a limit, the same both ways', () => {
  const limits = limitsWith({ amfDepth: 3 })
  expect(parseArguments(renderArguments([nested(3)], limits), limits)).toStrictEqual([nested(3)])
  expect(() => renderArguments([nested(4)], limits)).toThrow(LimitError)
  expect(() => parseArguments(renderArguments([nested(4)]), limits)).toThrow(
    expect.objectContaining({ limitName: 'amfDepth' }) as Error,
  )
  const deep = `|=_list:${'9'.repeat(6)} `.repeat(100_000)
  expect(() => parsed(deep)).toThrow()
})

test('the number of values has a limit, the same both ways', () => {
  const limits = limitsWith({ amfNodes: 4 })
  const four = [new AmfArray([1, 2]), 3]
  expect(parseArguments(renderArguments(four, limits), limits)).toStrictEqual(four)
  expect(() => renderArguments([...four, 4], limits)).toThrow(LimitError)
  expect(() => parseArguments(renderArguments([...four, 4]), limits)).toThrow(
    expect.objectContaining({ limitName: 'amfNodes' }) as Error,
  )
  expect(() => parsed('|'.repeat(1_000_000))).toThrow(LimitError)
  const names = `|=_text:1 B|=_list:100001 ${'|'.repeat(100_001)}|=_dict:300003 ${'{x}'.repeat(100_001)}`
  expect(() => parseTyped('_struct_object', names)).toThrow(
    expect.objectContaining({ limitName: 'amfNodes' }) as Error,
  )
})

test('the text has a limit, the same both ways, before it is made', () => {
  const limits = limitsWith({ typedTextBytes: 24 })
  expect(parseArguments(renderArguments(['0123456789123'], limits), limits)).toEqual(['0123456789123'])
  const tooBig: AmfValue[] = ['012345678912345', new Uint8Array(16), AmfObject.of({ abcdefghij: 1 })]
  for (const value of tooBig) {
    expect(() => renderArguments([value], limits)).toThrow(LimitError)
    expect(() => renderTyped(new AmfArray([value]), limits)).toThrow(LimitError)
  }
  expect(() => parseTyped('_text', 'x'.repeat(25), limits)).toThrow(LimitError)
  const long = 'x'.repeat(1_000_000) // AMF3 writes it once and refers to it
  expect(() => renderArguments(Array<string>(50_000).fill(long))).toThrow(LimitError)
})

test('what was parsed does not hold on to the packet', () => {
  const bytes = encodeUtf8('|=_data:3 abc')
  const [data] = parseArguments(bytes)
  bytes.fill(0)
  expect(data).toEqual(Uint8Array.of(97, 98, 99))
})
