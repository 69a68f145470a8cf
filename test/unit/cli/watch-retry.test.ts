/** When `watch` tries to come back. */
import { WatchRetry, pauseFor } from '../../../src/cli/watch-retry.js'

test('after 1 s, doubling to 30 s, while it does not get in or is lost soon', () => {
  const retry = new WatchRetry()
  const stood = [9_999, 0, 0, 1, 0, 0, 0]
  expect(stood.map((stoodMs) => retry.wait(stoodMs))).toEqual([
    ...[1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
  ])
})

test('a line that stood for 10 s was worth its call: the next loss begins anew', () => {
  const retry = new WatchRetry()
  expect([60_000, 0, 0, 10_000, 0].map((stoodMs) => retry.wait(stoodMs))).toEqual([
    ...[1_000, 2_000, 4_000, 1_000, 2_000],
  ])
})

test('who has seen enough does not wait', async () => {
  const seenEnough = new AbortController()
  const pause = pauseFor(60_000, seenEnough.signal)
  seenEnough.abort()
  await expect(pause).resolves.toBeUndefined()
  await expect(pauseFor(60_000, seenEnough.signal)).resolves.toBeUndefined()
})
