/** What all connections together leave unfinished: the heaviest go when it is too much. */
import { Unfinished } from '../../../src/server/unfinished.js'
import { FakeTime } from '../../support/fake-clock.js'

function rig(...sizes: readonly number[]) {
  const time = new FakeTime()
  const closed: string[] = []
  const unfinished = new Unfinished(time.timers, { unfinishedBytes: 100 })
  const ends = sizes.map((unfinishedBytes, at) =>
    unfinished.watch({
      unfinishedBytes,
      fail: ({ message }) => {
        closed.push(`${unfinishedBytes}: ${message}`)
        ends[at]?.()
      },
    }),
  )
  return { time, closed, ends, sizesClosed: () => closed.map((line) => parseInt(line, 10)) }
}

test.each([
  ['as much as is allowed', [60, 40], []],
  ['a little more: down to the half of it', [10, 60, 31], [60]],
  ['much more', [30, 200, 0, 40, 300], [300, 200, 40]],
  ['many alike', [26, 26, 26, 26], [26, 26, 26]],
])('%s', (_, sizes, closed) => {
  const { time, sizesClosed } = rig(...sizes)
  time.advance(1_000)
  expect(sizesClosed()).toEqual(closed)
  time.advance(10_000)
  expect(sizesClosed()).toEqual(closed)
})

test('who is over holds nothing, and nobody is looked after when all are', () => {
  const { time, ends, closed } = rig(70, 70)
  ends[0]?.()
  time.advance(1_000)
  expect(closed).toEqual([])
  ends[1]?.()
  time.advance(1_000)
  expect([closed, time.timers.next()]).toEqual([[], undefined])
})

test('it is said which limit it was, and how much there is', () => {
  const { time, closed } = rig(150)
  time.advance(1_000)
  expect(closed).toEqual([expect.stringMatching(/^150: .*unfinishedBytes.*100/)])
})
