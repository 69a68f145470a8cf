/** The book of a multicast tree under any order of events: no loop, nothing overbooked, and no deeper than it needs to be. */
import fc from 'fast-check'
import { Tree } from '../../src/psyc/state/tree.js'
import type { TreeNode } from '../../src/psyc/state/tree.js'

fc.configureGlobal({ seed: 5, numRuns: 150 })

function newTree(degree: number): Tree {
  let tokens = 0
  return new Tree('root', { degree, maxNodes: 1_000, maxDepth: 64, token: () => String(++tokens) })
}

type Step = (tree: Tree) => readonly TreeNode[]

const NODES = 24
const name = fc.integer({ min: 0, max: NODES - 1 }).map((at) => `n${at}`)
const nobody: readonly TreeNode[] = []

/** What can happen to a book, in any order; what it moves is returned. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ key: name, avoided: name, capacity: fc.nat(4) })
    .map(({ key, avoided, capacity }): Step => (tree) => {
      const node = tree.get(key) ?? tree.add(key, capacity, 0)
      return tree.place(node, 0, (candidate) => candidate.key === avoided)
    }),
  name.map(
    (key): Step =>
      (tree) =>
        tree.place(tree.get(key) ?? tree.add(key, 3, 0), 0),
  ),
  name.map((key): Step => (tree) => {
    const node = tree.get(key)
    if (node !== undefined) tree.detach(node, 0)
    return nobody
  }),
  name.map((key): Step => (tree) => {
    const node = tree.get(key)
    if (node !== undefined) tree.remove(node, 0)
    return nobody
  }),
  fc.tuple(name, name).map(([child, parent]): Step => (tree) => {
    const node = tree.get(child) ?? tree.add(child, 2, 0)
    return tree.adopt(node, tree.get(parent) ?? tree.add(parent, 2, 0), 'adopted', 0) ? [node] : nobody
  }),
  fc
    .record({ key: name, capacity: fc.nat(4), claimed: fc.nat(4), isHidden: fc.boolean() })
    .map(({ key, ...facts }): Step => (tree) => {
      const node = tree.get(key)
      if (node !== undefined) tree.change(node, facts)
      return nobody
    }),
)

/** What must hold whatever has happened. */
function check(tree: Tree): void {
  let attached = 0
  for (const node of [tree.root, ...tree.all]) {
    const { children, parent, key } = node
    for (const child of children) hold(child.parent === node, `${key} has a child of another`)
    hold(parent === undefined || parent.children.has(node), `${key} is not known to its parent`)
    hold(node.isAttached === (topOf(node, tree.size) === tree.root), `${key} is not where it says`)
    if (!node.isAttached || parent === undefined) continue
    attached++
    hold(node.depth === parent.depth + 1, `${key} has depth ${node.depth}`)
  }
  hold(tree.attachedSize === attached, `${attached} are attached`)
  const heads = [...tree.all].filter(({ parent }) => parent === undefined)
  hold([...tree.heads].length === heads.length, `${heads.length} are heads`)
}

/** As `expect` does, but fast. */
function hold(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise)
}

function topOf(node: TreeNode, most: number): TreeNode {
  let top = node
  for (let hops = 0; top.parent !== undefined; hops++) {
    hold(hops <= most, `${node.key} is in a loop`)
    top = top.parent
  }
  return top
}

test('no loop and nothing overbooked, whatever happens in whatever order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120 }), (degree, steps) => {
      const tree = newTree(degree)
      for (const run of steps) {
        const before = new Map([...tree.all].map((node) => [node, node.children.size]))
        const moved = run(tree)
        check(tree)
        for (const node of tree.all) {
          const most = Math.max(before.get(node) ?? 0, node.capacity)
          hold(node.children.size <= most, `${node.key} feeds ${node.children.size}`)
        }
        for (const node of moved) hold(node.parent !== undefined, `${node.key} has no place`)
      }
    }),
  )
})

test('who is placed is under the root, and has everybody below it that it had', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), name, (steps, key) => {
      const tree = newTree(2)
      for (const run of steps) run(tree)
      const node = tree.get(key) ?? tree.add(key, 2, 0)
      const below = [...node.children]
      const moved = tree.place(node, 0)
      expect(node.isAttached).toBe(true)
      for (const child of below) if (!moved.includes(child)) expect(child.parent).toBe(node)
      expect(moved.at(-1)).toBe(node)
    }),
  )
})

test('as flat as it ought to be, however many die at once', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 5, max: 250 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
      (degree, size, deaths) => {
        const tree = newTree(degree)
        for (let at = 0; at < size; at++) tree.place(tree.add(`n${at}`, degree, 0), 0)
        const dead = [...new Set(deaths.map((at) => `n${at % size}`))].slice(0, Math.ceil(size / 10))
        for (const key of dead) {
          const node = tree.get(key)
          if (node !== undefined) tree.remove(node, 0)
        }
        for (const head of [...tree.heads]) tree.place(head, 0)
        check(tree)
        expect(tree.attachedSize).toBe(size - dead.length)
        const bound = Math.ceil(Math.log(tree.attachedSize) / Math.log(degree) - 1e-9) + 1
        expect(tree.depth).toBeLessThanOrEqual(bound)
      },
    ),
  )
})
