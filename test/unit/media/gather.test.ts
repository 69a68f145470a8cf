import { gatherWindow } from '../../../src/media/gather.js'

test.each([
  [19, 1_499, 44, 0],
  [1, 0, 350, 0],
  [20, 0, 44, 10],
  [20, 1_460, 44, 18],
  [50, 3_650, 44, 44],
  [4_000, 292_000, 44, 44],
  [4_000, 292_000, 20, 20],
  [4_000, 292_000, 0, 0],
  [20, 0, 350, 350],
  // few players of this stream, many of others
  [1, 1_500, 44, 19],
  [1, 3_650, 44, 44],
  [1, 3_650, 0, 0],
  [1, 3_650, 350, 350],
])('%d players, %d writes a second, at most %d ms: %d ms', (players, writes, most, window) => {
  expect(Math.round(gatherWindow(players, writes, most))).toBe(window)
})
