import { gatherWindow } from '../../../src/media/gather.js'

test.each([
  [19, 73, 44, 0],
  [20, 73, 44, 10],
  [20, 0, 44, 10],
  [50, 73, 44, 22],
  [100, 73, 44, 44],
  [4_000, 73, 44, 44],
  [4_000, 73, 20, 20],
  [4_000, 73, 0, 0],
  [19, 73, 350, 0],
  [20, 73, 350, 350],
])('%d players, %d messages a second, at most %d ms: %d ms', (players, rate, most, window) => {
  expect(Math.round(gatherWindow(players, rate, most))).toBe(window)
})
