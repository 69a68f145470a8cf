import { PsycList, parseList } from '../../../../src/psyc/wire/list.js'
import { PsycError } from '../../../../src/util/errors.js'
import { limitsWith } from '../../../../src/util/limits.js'
import { decodeUtf8, encodeUtf8 } from '../../../../src/util/utf8.js'

function parsed(text: string): unknown {
  const { elements, defaultType } = parseList(encodeUtf8(text))
  return [
    defaultType,
    elements.map(({ type, value }) => [type, typeof value === 'string' ? value : decodeUtf8(value)]),
  ]
}

describe('lists [psyc.md 2.6]', () => {
  test.each([
    ['', undefined, []],
    ['|', undefined, [[undefined, '']]],
    [
      '_uniform| psyc://a/~x| psyc://b/~y',
      '_uniform',
      [
        [undefined, 'psyc://a/~x'],
        [undefined, 'psyc://b/~y'],
      ],
    ],
    [
      '|=_nick bar|=_color:4 blue',
      undefined,
      [
        ['_nick', 'bar'],
        ['_color', 'blue'],
      ],
    ],
    [
      '|7 foo|bar| baz',
      undefined,
      [
        [undefined, 'foo|bar'],
        [undefined, 'baz'],
      ],
    ],
    [
      '|=_null:0 |=_t|0',
      undefined,
      [
        ['_null', ''],
        ['_t', ''],
        [undefined, ''],
      ],
    ],
  ])('%j', (text, defaultType, elements) => {
    expect(parsed(text)).toEqual([defaultType, elements])
  })

  test.each([
    ['|foo|bar', ['foo', 'bar']],
    ['|foo|12', ['foo', '12']],
    ['|foo|', ['foo', '']],
    ['|1000000000000000 x', ['1000000000000000 x']],
    ['3 foo|3 bar', ['foo', 'bar']],
    ['7 foo|bar', ['foo|bar']],
  ])('the older form %j is read', (text, texts) => {
    expect(parseList(encodeUtf8(text)).texts()).toEqual(texts)
  })

  test.each(['foo|bar', '|5 abc', '|=_t:9 abc', '3 foo|9 bar', '3 foox', ' a', '|='])(
    '%j is no list',
    (text) => {
      expect(() => parseList(encodeUtf8(text))).toThrow(PsycError)
    },
  )

  test.each([
    [new PsycList([]), ''],
    [new PsycList([], '_t'), ''],
    [PsycList.ofTexts(['']), '|'],
    [PsycList.ofTexts(['a', '123456789', '1234567890', 'x|y'], '_t'), '_t| a| 123456789|10 1234567890|3 x|y'],
    [
      new PsycList([
        { type: '_text', value: 'ü' },
        { type: '_null', value: '' },
      ]),
      '|=_text:2 ü|=_null:0 ',
    ],
  ])('is rendered with the lengths it needs %#', (list, text) => {
    expect(decodeUtf8(list.render())).toBe(text)
  })

  test('more elements than the limit are refused', () => {
    const limits = limitsWith({ psycListElements: 3 })
    expect(parseList(encodeUtf8('|||'), limits).elements).toHaveLength(3)
    expect(() => parseList(encodeUtf8('||||'), limits)).toThrow('psycListElements: 4 is more than 3')
  })
})
