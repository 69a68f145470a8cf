import { byteRange } from '../../../../src/server/recordings/byte-range.js'

const whole = { start: 0, end: 1_000, isWhole: true }

test.each([
  [undefined, whole],
  ['bytes=0-99', { start: 0, end: 100, isWhole: false }],
  ['bytes=100-', { start: 100, end: 1_000, isWhole: false }],
  ['bytes=-100', { start: 900, end: 1_000, isWhole: false }],
  ['bytes=-5000', { start: 0, end: 1_000, isWhole: false }],
  ['bytes=990-5000', { start: 990, end: 1_000, isWhole: false }],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=9-3', whole],
  ['bytes=0-1,5-6', whole],
  ['bytes=-', whole],
  ['bytes=a-b', whole],
  ['lines=1-2', whole],
  [`bytes=0-${'9'.repeat(40)}`, whole],
])('%s', (header, range) => {
  expect(byteRange(header, 1_000)).toEqual(range)
})

test('of nothing there is no range', () => {
  expect(byteRange('bytes=0-', 0)).toBe('unsatisfiable')
  expect(byteRange(undefined, 0)).toEqual({ start: 0, end: 0, isWhole: true })
})
