/** Thirty nodes and one stream: a tree that builds itself, and heals whatever breaks [design 5]. */
import { StreamTree } from '../support/stream-tree.js'

const NODES = 30
const DEGREE = 3

test('one copy goes over each link, and nobody feeds more than its degree', () => {
  const tree = new StreamTree({ nodes: NODES, degree: DEGREE })
  const links = tree.links(400)
  expect(links).toHaveLength(NODES)
  expect(new Set(links.map(({ to }) => to)).size).toBe(NODES)
  expect(new Set(links.map(({ copies }) => copies))).toEqual(new Set([20]))
  const children = new Map<string, number>()
  for (const { from } of links) children.set(from, (children.get(from) ?? 0) + 1)
  expect(Math.max(...children.values())).toBe(DEGREE)
  expect(tree.depth(links)).toBeLessThanOrEqual(4)
  expect(tree.disorder()).toEqual([])
  expect(tree.lost()).toEqual(new Map())
})

test('twenty inner nodes are killed, one after the other', () => {
  const tree = new StreamTree({ nodes: NODES, degree: DEGREE })
  for (let killed = 0; killed < 20; killed++) {
    const [first] = tree.inner()
    if (first === undefined) break
    tree.kill(first)
    expect(tree.healed(5_000)).toBeLessThanOrEqual(2_000)
    expect(tree.depth()).toBeLessThanOrEqual(4)
  }
  expect(tree.viewers.size).toBe(10)
  expect(tree.disorder()).toEqual([])
  expect(tree.lost()).toEqual(new Map())
})

test('a parent that stands still, and then one more', () => {
  const tree = new StreamTree({ nodes: NODES, degree: DEGREE })
  for (let stopped = 0; stopped < 3; stopped++) {
    const [host = ''] = tree.inner()
    tree.stop(host)
    expect(tree.healed(10_000)).toBeLessThanOrEqual(4_000)
  }
  expect(tree.depth()).toBeLessThanOrEqual(4)
  expect(tree.disorder()).toEqual([])
  expect(tree.lost()).toEqual(new Map())
})

test('a line that swallows everything: its lower end is fed by somebody else, and all that is below it stays', () => {
  const tree = new StreamTree({ nodes: NODES, degree: DEGREE })
  const links = tree.links()
  const inner = tree.inner(links)
  const head = inner.find((host) => links.some(({ from, to }) => to === host && from !== 'a.example')) ?? ''
  const parentOf = (of: typeof links, host: string): string | undefined =>
    of.find(({ to }) => to === host)?.from
  const parent = parentOf(links, head) ?? ''
  const below = links.filter(({ from }) => from === head).map(({ to }) => to)
  expect(below.length).toBeGreaterThan(0)
  for (const line of tree.network.between(parent, head)) line.isBlackHole = true
  expect(tree.healed(10_000)).toBeLessThanOrEqual(4_000)
  const after = tree.links()
  expect(parentOf(after, head)).not.toBe(parent)
  for (const host of below) expect(parentOf(after, host)).toBe(head)
  expect(tree.disorder()).toEqual([])
  expect(tree.lost()).toEqual(new Map())
})

test('the master begins anew, and the tree comes back', () => {
  const tree = new StreamTree({ nodes: NODES, degree: DEGREE })
  const before = tree.links()
  tree.restartMaster()
  expect(tree.healed(10_000)).toBeLessThanOrEqual(10_000)
  tree.run(3_000)
  const after = tree.links()
  expect(after).toHaveLength(NODES)
  expect(new Set(after.map(({ copies }) => copies)).size).toBe(1)
  expect(tree.depth(after)).toBeLessThanOrEqual(4)
  const isAsBefore = after.filter(({ from, to }) =>
    before.some((link) => link.from === from && link.to === to),
  )
  expect(isAsBefore.length).toBeGreaterThan(NODES / 2)
})
