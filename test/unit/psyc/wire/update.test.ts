import type { Index } from '../../../../src/psyc/wire/update.js'
import { parseUpdate, renderUpdate, updateOfKey } from '../../../../src/psyc/wire/update.js'
import { valueText } from '../../../../src/psyc/wire/packet.js'
import { decodeUtf8, encodeUtf8 } from '../../../../src/util/utf8.js'

function parsed(text: string): unknown {
  const { path, operator, type, value } = parseUpdate(encodeUtf8(text))
  return [path.map(plain), operator, type, value === undefined ? undefined : valueText(value)]
}

function plain(index: Index): string | number {
  if (index.kind === 'element') return index.position
  return index.kind === 'field' ? `.${index.name}` : valueText(index.key)
}

describe('updates [psyc.md 2.7]', () => {
  test.each([
    ['#1 =:3 foo', [1], '=', undefined, 'foo'],
    ['{5 alice} =_text:6 online', ['alice'], '=', '_text', 'online'],
    ['{3 bob} -', ['bob'], '-', undefined, undefined],
    ['{bob} =', ['bob'], '=', undefined, undefined],
    ['{bob} =_text:0 ', ['bob'], '=', '_text', ''],
    ['{bob} =_text:0', ['bob'], '=', '_text', ''],
    ['{a}.b#2 + any text', ['a', '.b', 2], '+', undefined, 'any text'],
  ])('%j', (text, path, operator, type, value) => {
    expect(parsed(text)).toEqual([path, operator, type, value])
  })

  test.each([
    '',
    '=',
    '{bob}',
    '{bob} ',
    '{12} =',
    '{bob}=',
    '# =',
    '. =',
    'x =',
    '{a} =:',
    '{a} =:3 ab',
    '{a} =:3 abcd',
    '{a} =_t;',
    '{a} =:3',
  ])('%j is no update', (text) => {
    expect(() => parseUpdate(encodeUtf8(text))).toThrow(
      expect.objectContaining({ code: 'PSYC_UPDATE' }) as Error,
    )
  })

  test('keys and values are rendered with their length [design.md 4]', () => {
    expect(decodeUtf8(renderUpdate(updateOfKey('alice', '=', '_text', 'online')))).toBe(
      '{5 alice} =_text:6 online',
    )
    expect(decodeUtf8(renderUpdate(updateOfKey('bob', '-')))).toBe('{3 bob} -')
    expect(decodeUtf8(renderUpdate(updateOfKey('', '=', undefined, '')))).toBe('{0 } =:0 ')
    const path = [{ kind: 'element', position: 3 } as const, { kind: 'field', name: '_x' } as const]
    expect(decodeUtf8(renderUpdate({ path, operator: '=', value: 'v' }))).toBe('#3._x =:1 v')
  })

  test('what cannot be written is refused', () => {
    const code = 'PSYC_UNRENDERABLE'
    for (const update of [
      { path: [], operator: '=' as const },
      updateOfKey('a', '=', 'no type', 'v'),
      { path: [{ kind: 'field' as const, name: 'a b' }], operator: '=' as const },
    ])
      expect(() => renderUpdate(update)).toThrow(expect.objectContaining({ code }) as Error)
  })
})
