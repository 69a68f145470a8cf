import { PsycDict, parseDict } from '../../../../src/psyc/wire/dict.js'
import { valueText } from '../../../../src/psyc/wire/packet.js'
import { PsycError } from '../../../../src/util/errors.js'
import { decodeUtf8, encodeUtf8 } from '../../../../src/util/utf8.js'

function parsed(text: string): unknown {
  const { items, defaultType } = parseDict(encodeUtf8(text))
  return [defaultType, items.map(({ key, type, value }) => [valueText(key), type, valueText(value)])]
}

describe('dicts [psyc.md 2.6]', () => {
  test.each([
    ['', undefined, []],
    ['{}', undefined, [['', undefined, '']]],
    [
      '{psyc://a/~x}=_int 1{4 key2} 2',
      undefined,
      [
        ['psyc://a/~x', '_int', '1'],
        ['key2', undefined, '2'],
      ],
    ],
    ['_t{a}3 b{c', '_t', [['a', undefined, 'b{c']]],
    ['{2 b}}3 {x}', undefined, [['b}', undefined, '{x}']]],
    ['{0 }=_null:0 ', undefined, [['', '_null', '']]],
  ])('%j', (text, defaultType, items) => {
    expect(parsed(text)).toEqual([defaultType, items])
  })

  test.each([
    '{12}',
    '{3 a} 1',
    '{a',
    '{9 a',
    '{2 ab',
    '{1 ab} x',
    '{a}x',
    '{a}5 b',
    '|a',
    '{a}=_t;',
    '{1000000000000000 a}',
  ])('%j is no dict', (text) => {
    expect(() => parseDict(encodeUtf8(text))).toThrow(PsycError)
  })

  test('keys and typed values always carry a length', () => {
    const dict = new PsycDict([
      { key: '12', type: '_text', value: 'a' },
      { key: 'a}', value: 'b{' },
      { key: '', value: '' },
    ])
    expect(decodeUtf8(dict.render())).toBe('{2 12}=_text:1 a{2 a}}2 b{{0 }')
    expect(parsed('{2 12}=_text:1 a{2 a}}2 b{{0 }')).toEqual([
      undefined,
      [
        ['12', '_text', 'a'],
        ['a}', undefined, 'b{'],
        ['', undefined, ''],
      ],
    ])
  })
})
