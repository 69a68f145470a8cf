import {
  ReplacedSlots,
  SeenSlots,
  fullVersion,
  type Mark,
} from '../../../src/translate/shared-object-versions.js'

const mark = (version: number, homeVersion = version): Mark => ({ version, homeVersion })

test('a slot is seen from the version of the last event that replaced it [design 4]', () => {
  const all = new ReplacedSlots()
  const seen = new SeenSlots(all, mark(5))
  expect([seen.hasSeen('a', 4), seen.hasSeen('a', 5)]).toEqual([false, true])
  all.replaced('a', mark(7))
  expect([seen.hasSeen('a', 6), seen.hasSeen('a', 7), seen.hasSeen('b', 6)]).toEqual([false, true, true])
  all.allReplaced(mark(9))
  expect([seen.hasSeen('b', 8), seen.hasSeen('b', 9)]).toEqual([false, true])
})

test('his own successes replace nothing in his copy', () => {
  const all = new ReplacedSlots()
  const writer = new SeenSlots(all, mark(1))
  const other = new SeenSlots(all, mark(1))
  for (const version of [2, 3]) {
    const now = mark(version)
    writer.succeeded('a', now)
    all.replaced('a', now)
  }
  expect([writer.hasSeen('a', 1), other.hasSeen('a', 2), other.hasSeen('a', 3)]).toEqual([true, false, true])
  all.replaced('a', mark(4))
  expect([writer.hasSeen('a', 3), writer.hasSeen('a', 4)]).toEqual([false, true])
})

test('a correction is for him alone', () => {
  const all = new ReplacedSlots()
  const writer = new SeenSlots(all, mark(1))
  const other = new SeenSlots(all, mark(1))
  writer.corrected('a', mark(2))
  expect([writer.hasSeen('a', 1), writer.hasSeen('a', 2), other.hasSeen('a', 1)]).toEqual([false, true, true])
  const now = mark(3)
  writer.succeeded('a', now)
  all.replaced('a', now)
  expect([writer.hasSeen('a', 1), writer.hasSeen('a', 2)]).toEqual([false, true])
})

test.each([
  [5, 7, 5],
  [0, 7, 0],
  [7, 7, 7],
  [8, 7, 8 - 2 ** 32],
  [0xffffffff, 2 ** 32 + 1, 0xffffffff],
  [1, 2 ** 32 + 1, 2 ** 32 + 1],
])('the 32 bits %d mean, when %d is the newest, %d', (low, newest, full) => {
  expect(fullVersion(low, newest)).toBe(full)
})

test('what is remembered is bounded; what is forgotten counts as replaced, never as seen', () => {
  const all = new ReplacedSlots()
  const seen = new SeenSlots(all, mark(0))
  seen.corrected('x', mark(1))
  for (let count = 1; count <= 20_000; count++) all.replaced(`slot ${count}`, mark(count + 1))
  expect(all.generation).toBe(2)
  expect([seen.hasSeen('x', 1), seen.hasSeen('slot 1', 5_000)]).toEqual([false, false])
  for (let count = 1; count <= 20_000; count++) seen.corrected(`own ${count}`, mark(20_001 + count))
  expect([seen.hasSeen('own 1', 20_002), seen.hasSeen('own 20000', 40_001)]).toEqual([false, true])
})
