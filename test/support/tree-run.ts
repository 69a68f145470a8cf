/**
 * A tree from its first node to its recovery from the death of many, on a virtual network: what a bench prints and a test
 * checks.
 */
import { KEYFRAME_EVERY, TreeMaster, TreeNetwork, TreeViewer } from './tree-network.js'
import type { TreeHost } from './tree-network.js'

export interface TreeRun {
  readonly nodes: number
  readonly degree: number
  /** Of nodes that die at once. */
  readonly deadShare: number
  readonly seed?: number
  /** Their lines stay: they stand still. */
  readonly isSilent?: boolean
}

export interface TreeOutcome {
  readonly depth: number
  readonly depthAfter: number
  /** ⌈log_degree n⌉ + 1, of the nodes that are left. */
  readonly depthBound: number
  readonly rootPacketsPerJoin: number
  /** Per node that had to be fed by another. */
  readonly rootPacketsPerRehoming: number
  readonly rehomed: number
  /** Virtual ms until every survivor that was fed by a dead one, or below one, had a new cast. */
  readonly healedMs: number
  /** Survivors that never were fed again. */
  readonly unfed: number
  readonly framesTwice: number
  readonly framesLost: number
  readonly framesSeen: number
  /** Casts that came from somebody who was not the parent. */
  readonly strays: number
  readonly packets: number
}

const JOINS_PER_MS = 2
const FRAME_MS = 200
const HEAL_MS = 10_000
const STEP_MS = 20

export function runTree({ nodes, degree, deadShare, seed = 1, isSilent = false }: TreeRun): TreeOutcome {
  const network = new TreeNetwork({ degree, seed })
  const master = new TreeMaster(network, 'master.example')
  const viewers = join(network, master, nodes)
  network.wait(2_000)
  const joinPackets = packetsOf(master.host) - master.host.sentCasts
  const depth = depthOf(master, viewers)
  master.stream(FRAME_MS, KEYFRAME_EVERY)
  network.wait(3_000)

  const before = packetsOf(master.host)
  const sentBefore = master.fanOut.counter
  const feedBefore = sentAsFeed(master)
  const parents = new Map(viewers.map((viewer) => [viewer, viewer.member.parentKey]))
  const dead = pick(network, viewers, Math.round(nodes * deadShare))
  const killedMs = network.now
  for (const { host } of dead)
    if (isSilent) network.freeze(host)
    else network.kill(host)
  const alive = viewers.filter((viewer) => viewer.isAlive && !dead.includes(viewer))
  const healedMs = heal(network, alive, sentBefore, killedMs)
  network.wait(2_000)

  const rehomed = alive.filter((viewer) => viewer.member.parentKey !== parents.get(viewer)).length
  const control = packetsOf(master.host) - before - (sentAsFeed(master) - feedBefore)
  const unfed = alive.filter(({ last }) => last <= sentBefore).length
  const framesLost = alive.reduce((sum, { intake }) => sum + intake.missed, 0)
  return {
    ...{ depth, healedMs, unfed, framesLost, rehomed },
    depthAfter: depthOf(master, alive),
    depthBound: Math.ceil(Math.log(alive.length) / Math.log(degree) - 1e-9) + 1,
    rootPacketsPerJoin: joinPackets / nodes,
    rootPacketsPerRehoming: control / Math.max(1, rehomed),
    framesTwice: viewers.reduce((sum, { twice }) => sum + twice, 0),
    framesSeen: alive.reduce((sum, { seen }) => sum + seen, 0),
    ...{ strays: network.strays, packets: network.packets },
  }
}

function join(network: TreeNetwork, master: TreeMaster, nodes: number): TreeViewer[] {
  const viewers: TreeViewer[] = []
  while (viewers.length < nodes) {
    for (let more = 0; more < JOINS_PER_MS && viewers.length < nodes; more++)
      viewers.push(new TreeViewer(network, `n${viewers.length}.example`, master.context))
    network.wait(1)
  }
  return viewers
}

function packetsOf({ sent, received }: TreeHost): number {
  return sent + received
}

/** Packets of the stream itself, which the master sent to its own children. */
function sentAsFeed({ host }: TreeMaster): number {
  return host.sentCasts
}

function pick(network: TreeNetwork, viewers: readonly TreeViewer[], count: number): TreeViewer[] {
  const left = [...viewers]
  return Array.from({ length: count }, () =>
    left.splice(Math.floor(network.random() * left.length), 1),
  ).flat()
}

function heal(network: TreeNetwork, alive: readonly TreeViewer[], counter: number, sinceMs: number): number {
  const waiting = new Set(alive)
  while (waiting.size > 0 && network.now - sinceMs < HEAL_MS) {
    network.wait(STEP_MS)
    for (const viewer of waiting) if (viewer.last > counter) waiting.delete(viewer)
  }
  return network.now - sinceMs
}

/** As the nodes themselves are connected: casts take so many hops to the farthest. */
export function depthOf(master: TreeMaster, viewers: readonly TreeViewer[]): number {
  const byKey = new Map(viewers.map((viewer) => [viewer.host.root.rootKey, viewer]))
  const depths = new Map([[master.host.root.rootKey, 0]])
  const depthOfKey = (key: string, seen: number): number => {
    const known = depths.get(key)
    if (known !== undefined) return known
    const parentKey = byKey.get(key)?.member.parentKey
    if (parentKey === undefined || seen > viewers.length) return Number.POSITIVE_INFINITY
    const depth = depthOfKey(parentKey, seen + 1) + 1
    depths.set(key, depth)
    return depth
  }
  return Math.max(0, ...[...byKey.keys()].map((key) => depthOfKey(key, 0)))
}
