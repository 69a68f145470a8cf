/** The short form of `npm run bench:tree`: a tree on a virtual network builds itself, and heals when many die at once. */
import { runTree } from '../support/tree-run.js'

test.each([
  [500, 8, 1],
  [300, 3, 2],
  [200, 2, 3],
])('%d nodes, degree %d, a tenth of them dies: seed %d', (nodes, degree, seed) => {
  const run = runTree({ nodes, degree, deadShare: 0.1, seed })
  expect(run.unfed).toBe(0)
  expect(run.framesTwice).toBe(0)
  expect(run.framesLost).toBe(0)
  expect(run.healedMs).toBeLessThanOrEqual(3_000)
  expect(run.depthAfter).toBeLessThanOrEqual(run.depthBound)
  expect(run.rootPacketsPerJoin).toBeLessThanOrEqual(4)
})

test('the dead are not missed by their lines: they only say nothing any more', () => {
  const run = runTree({ nodes: 200, degree: 4, deadShare: 0.1, isSilent: true })
  expect(run.unfed).toBe(0)
  expect(run.framesTwice).toBe(0)
  expect(run.healedMs).toBeLessThanOrEqual(8_000)
  expect(run.depthAfter).toBeLessThanOrEqual(run.depthBound + 1)
})
