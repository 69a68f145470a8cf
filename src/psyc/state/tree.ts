/**
 * The master's book of a multicast tree: who is fed by whom, and who has room for one more [design 5]. A pure data
 * structure: no packet, no clock. Its root is the master.
 *
 * What is below a node stays with it when it moves. A node without a parent is a *head*: it waits, with all that is below
 * it, for a new one, and nobody below it is named as parent. Since only nodes under the root are named, and one that is
 * placed is taken out with all that is below it first, no edge can close a loop; since an edge is written when the place is
 * found, none is given twice.
 *
 * **Depth.** Whoever comes gets the least deep node with room. With many nodes below it that may be too deep: then a leaf,
 * which has room for more, is put between some node higher up and its parent, so that the tree stays as flat as it ought
 * to be, at most `⌈log_degree n⌉ + 1` deep, and at most two others move.
 *
 * Finding a place takes time in proportion to the depth; making room, to the nodes above it; moving a node, to what is below.
 */

export class TreeNode {
  parent: TreeNode | undefined
  readonly children = new Set<TreeNode>()
  /** 16 hex digits: the name of the edge to the parent. */
  token = ''
  /** Of the root 0; -1 for a head and what is below it. */
  depth = -1
  /** Children it may have. */
  capacity = 0
  /** Children it has said to have, known here or not. */
  claimed = 0
  /** Not to be named as parent for now. */
  isHidden = false
  /** When it became a head, ms of whoever keeps the book. */
  headSinceMs = 0

  constructor(readonly key: string) {}

  get isAttached(): boolean {
    return this.depth >= 0
  }

  get hasRoom(): boolean {
    const { isAttached, isHidden, children, claimed, capacity } = this
    return isAttached && !isHidden && Math.max(children.size, claimed) < capacity
  }

  get isSpareLeaf(): boolean {
    return this.hasRoom && this.children.size === 0 && this.claimed === 0 && this.capacity > 1
  }
}

export interface TreeOptions {
  /** Children of the root, and what depth is measured by; at least 1. */
  readonly degree: number
  /** Nodes in the book, besides the root. */
  readonly maxNodes: number
  /** Nobody is deeper. */
  readonly maxDepth: number
  /** A fresh name for an edge. */
  readonly token: () => string
}

/** Who may not be named as the parent of a node. */
export type Avoid = (candidate: TreeNode) => boolean

const nobody: Avoid = () => false

export class Tree {
  readonly root: TreeNode
  private readonly nodes = new Map<string, TreeNode>()
  private readonly waiting = new Set<TreeNode>()
  /** By depth: nodes with room, and those among them that have nobody below. */
  private readonly rooms: Set<TreeNode>[] = []
  private readonly leaves: Set<TreeNode>[] = []
  private attached = 0

  /** @param rootKey the name of the root, which is never one of the others */
  constructor(
    rootKey: string,
    private readonly options: TreeOptions,
  ) {
    this.root = new TreeNode(rootKey)
    this.root.depth = 0
    this.root.capacity = options.degree
    this.index(this.root)
  }

  /** Nodes, without the root. */
  get size(): number {
    return this.nodes.size
  }

  /** Nodes under the root. */
  get attachedSize(): number {
    return this.attached
  }

  get isFull(): boolean {
    return this.nodes.size >= this.options.maxNodes
  }

  /** Nodes without a parent, those that wait longest first. */
  get heads(): IterableIterator<TreeNode> {
    return this.waiting.values()
  }

  get all(): IterableIterator<TreeNode> {
    return this.nodes.values()
  }

  get(key: string): TreeNode | undefined {
    return key === this.root.key ? this.root : this.nodes.get(key)
  }

  /** Depth of the deepest node; 0 for the root alone. */
  get depth(): number {
    let deepest = 0
    for (const { depth } of this.nodes.values()) deepest = Math.max(deepest, depth)
    return deepest
  }

  /** Depth that a tree of so many nodes should not exceed: one more than it needs, at most ⌈log_degree n⌉ + 1. */
  get goodDepth(): number {
    const { degree, maxDepth } = this.options
    let levels = 0
    for (let left = this.attached, wide = degree; left > 0 && levels < maxDepth; wide *= degree) {
      levels++
      left -= wide
    }
    return levels + 1
  }

  /** A node that is not in the book yet: a head. */
  add(key: string, capacity: number, nowMs: number): TreeNode {
    const node = new TreeNode(key)
    node.capacity = capacity
    node.headSinceMs = nowMs
    this.nodes.set(key, node)
    this.waiting.add(node)
    return node
  }

  /** What a node can do, as it says or as was found out. What it has stays with it, even if that is more. */
  change(node: TreeNode, facts: { capacity?: number; claimed?: number; isHidden?: boolean }): void {
    Object.assign(node, facts)
    this.index(node)
  }

  /** The node has lost its parent. What is below it stays. */
  detach(node: TreeNode, nowMs: number): void {
    const { parent } = node
    if (node === this.root || parent === undefined) return
    parent.children.delete(node)
    this.index(parent)
    node.parent = undefined
    node.headSinceMs = nowMs
    this.waiting.add(node)
    if (node.isAttached) this.setDepth(node, -1)
  }

  /** The node is gone: its children are heads. */
  remove(node: TreeNode, nowMs: number): void {
    if (node === this.root || this.nodes.get(node.key) !== node) return
    for (const child of [...node.children]) this.detach(child, nowMs)
    this.detach(node, nowMs)
    this.waiting.delete(node)
    this.nodes.delete(node.key)
  }

  /**
   * Write down that `parent` feeds `node`, which it does already.
   * @returns false when that would be a loop, or one too many
   */
  adopt(node: TreeNode, parent: TreeNode, token: string, nowMs: number): boolean {
    if (node.parent === parent) {
      node.token = token
      return true
    }
    if (isBelow(parent, node) || parent.children.size >= parent.capacity) return false
    if (parent.depth >= this.options.maxDepth) return false
    this.detach(node, nowMs)
    this.attach(node, parent, token)
    return true
  }

  /**
   * Find a parent for the node and what is below it.
   * @returns those that have a new parent now, in order: each is to be told of it. The last is `node`
   */
  place(node: TreeNode, nowMs: number, avoid: Avoid = nobody): TreeNode[] {
    this.detach(node, nowMs)
    const height = heightOf(node)
    const best = this.best(avoid) ?? this.root
    const moved: TreeNode[] = []
    const isTooDeep = best.depth + 1 + height > this.goodDepth
    const parent = (isTooDeep ? this.makeRoom(height, best.depth, avoid, moved, nowMs) : undefined) ?? best
    this.attach(node, parent)
    return [...moved, node]
  }

  /** The least deep node with room. */
  private best(avoid: Avoid): TreeNode | undefined {
    const { maxDepth } = this.options
    for (let depth = 0; depth < Math.min(this.rooms.length, maxDepth); depth++)
      for (const candidate of this.rooms[depth] ?? []) if (!avoid(candidate)) return candidate
    return undefined
  }

  /**
   * Put a leaf between somebody and his parent, so that there is room below it at the right depth, or not much deeper.
   * @param worst without it the parent would be at that depth
   * @returns the leaf
   */
  private makeRoom(
    height: number,
    worst: number,
    avoid: Avoid,
    moved: TreeNode[],
    nowMs: number,
  ): TreeNode | undefined {
    const good = this.goodDepth
    const right = good - height - 1
    const depths = [
      ...countdown(right),
      ...(height === 0 ? [] : countdown(worst - 1, Math.max(right, 0)).reverse()),
    ]
    for (const depth of depths) {
      const leaf = this.leafBelow(depth, avoid)
      const displaced = leaf && this.lowAt(depth, depth <= right ? good - depth - 1 : height, leaf)
      if (leaf === undefined || displaced?.parent === undefined) continue
      const { parent } = displaced
      this.detach(leaf, nowMs)
      this.detach(displaced, nowMs)
      this.attach(leaf, parent)
      this.attach(displaced, leaf)
      moved.push(leaf, displaced)
      return leaf
    }
    return undefined
  }

  /** The deepest node that has nobody below it and is deeper than `depth`. */
  private leafBelow(depth: number, avoid: Avoid): TreeNode | undefined {
    for (let at = this.leaves.length - 1; at > depth; at--)
      for (const leaf of this.leaves[at] ?? []) if (!avoid(leaf)) return leaf
    return undefined
  }

  /** Some node at that depth with at most `height` levels below it. */
  private lowAt(depth: number, height: number, but: TreeNode): TreeNode | undefined {
    let level: TreeNode[] = [this.root]
    for (let at = 0; at < depth; at++) level = level.flatMap((node) => [...node.children])
    return level.find((node) => node !== but && node.parent?.isHidden === false && heightOf(node) <= height)
  }

  private attach(node: TreeNode, parent: TreeNode, token = this.options.token()): void {
    this.waiting.delete(node)
    node.parent = parent
    node.token = token
    parent.children.add(node)
    this.index(parent)
    if (parent.isAttached) this.setDepth(node, parent.depth + 1)
  }

  /** @param depth of the node itself; -1: it and all below it are out */
  private setDepth(node: TreeNode, depth: number): void {
    const isOut = depth < 0
    const todo: TreeNode[] = [node]
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      this.unindex(next)
      if (next.isAttached !== !isOut) this.attached += isOut ? -1 : 1
      next.depth = isOut ? -1 : next === node ? depth : (next.parent?.depth ?? 0) + 1
      this.index(next)
      todo.push(...next.children)
    }
  }

  private index(node: TreeNode): void {
    if (!node.isAttached) return
    put(this.rooms, node, node.hasRoom)
    put(this.leaves, node, node !== this.root && node.isSpareLeaf)
  }

  private unindex(node: TreeNode): void {
    if (!node.isAttached) return
    put(this.rooms, node, false)
    put(this.leaves, node, false)
  }
}

function put(byDepth: Set<TreeNode>[], node: TreeNode, isIn: boolean): void {
  const { depth } = node
  if (isIn) (byDepth[depth] ??= new Set()).add(node)
  else byDepth[depth]?.delete(node)
}

/** Whether `node` is `other` or somewhere below it. */
function isBelow(node: TreeNode, other: TreeNode): boolean {
  for (let each: TreeNode | undefined = node; each !== undefined; each = each.parent)
    if (each === other) return true
  return false
}

/** `from`, `from - 1`, … down to one more than `to`. */
function countdown(from: number, to = 0): number[] {
  return Array.from({ length: Math.max(0, from - to) }, (_, at) => from - at)
}

/** Levels below a node. */
function heightOf(node: TreeNode): number {
  let levels = -1
  for (let level = [node]; level.length > 0; level = level.flatMap(({ children }) => [...children])) levels++
  return levels
}
