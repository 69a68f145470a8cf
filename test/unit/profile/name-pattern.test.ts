import { compilePattern, normalName, PatternMap } from '../../../src/profile/name-pattern.js'

// pattern, name, captures
const table: readonly (readonly [string, string, readonly string[] | undefined])[] = [
  ['sendMessage', 'sendMessage', []],
  ['sendMessage', 'sendmessage', undefined],
  ['a.b', 'a/b', []],
  ['a/b', 'a.b', []],
  ['FCChat/*/sendMessage', 'FCChat.chat1.sendMessage', ['chat1']],
  ['FCChat.*.sendMessage', 'FCChat/chat1_mc/sendMessage', ['chat1_mc']],
  ['FCChat/*/sendMessage', 'FCChat//sendMessage', undefined],
  ['FCChat/*/sendMessage', 'FCChat/a/b/sendMessage', undefined],
  ['FCChat/*/sendMessage', 'FCChat/a/clear', undefined],
  ['*/*', 'a.b', ['a', 'b']],
  ['*', 'any/name.at all', ['any/name.at all']],
  ['*', '', ['']],
  ['a*', 'ab', undefined],
  ['a*', 'a*', []],
]

test.each(table)('pattern %j and name %j: %j [design 2.3]', (pattern, name, captures) => {
  expect(compilePattern(pattern).match(name)).toEqual(captures)
})

test('captures fill the pattern again', () => {
  expect(compilePattern('FCChat.*.message').fill(['chat1'])).toBe('FCChat.chat1.message')
  expect(compilePattern('*.*').fill(['a'])).toBe('a.*')
  expect(compilePattern('users').fill(['a'])).toBe('users')
  expect(normalName('a.b/c')).toBe('a/b/c')
})

test('exact names come before patterns, patterns in their order, * last', () => {
  const map = new PatternMap([
    ['*', 'any'],
    ['a.*', 'first'],
    ['*.b', 'second'],
    ['a.b', 'exact'],
    ['__proto__', 'proto'],
  ])
  expect(map.match('a/b')).toEqual({ value: 'exact', captures: [] })
  expect(map.match('a/x')).toEqual({ value: 'first', captures: ['x'] })
  expect(map.match('x/b')).toEqual({ value: 'second', captures: ['x'] })
  expect(map.match('__proto__')?.value).toBe('proto')
  expect(map.match('toString')).toEqual({ value: 'any', captures: ['toString'] })
  expect(new PatternMap<number>([]).match('a')).toBeUndefined()
})
