import { hint, nearestName } from '../../../src/profile/nearest-name.js'

const known = ['nick', 'password', 'presence', 'duplicateNick', 'psyc', 'onBWDone']

const table: readonly (readonly [string, string | undefined])[] = [
  ['presense', 'presence'],
  ['duplicatenick', 'duplicateNick'],
  ['onbwdone', 'onBWDone'],
  ['pysc', 'psyc'],
  ['nik', 'nick'],
  ['banana', undefined],
  ['', undefined],
]

test.each(table)('the nearest to %j is %j', (name, nearest) => expect(nearestName(name, known)).toBe(nearest))

test('a name that is much too long is near to nothing', () => {
  expect(nearestName('x'.repeat(1_000_000), known)).toBeUndefined()
})

test('a hint names the nearest, or all if they are few', () => {
  expect(hint('presense', known)).toBe('; did you mean "presence"?')
  expect(hint('banana', known)).toBe(`; known are ${known.join(', ')}`)
  expect(hint('banana', [])).toBe('')
})
