/**
 * Multicast trees on a virtual network and clock, with the real book, master and members, and the real path of the stream
 * through a node: `npm run bench:tree` goes to 10,000 nodes. Joins per second are real time on one core: the request is
 * parsed, a place is found, the answers are rendered. The floor is the same packets parsed and rendered without a tree.
 */
import { ContextTree } from '../../src/psyc/state/context-tree.js'
import type { RouteNode } from '../../src/psyc/state/route-node.js'
import { Packet } from '../../src/psyc/wire/packet.js'
import { PacketParser } from '../../src/psyc/wire/parser.js'
import { renderPacket } from '../../src/psyc/wire/renderer.js'
import { parseUniform } from '../../src/psyc/wire/uniform.js'
import { limitsWith } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { FakeTime } from '../support/fake-clock.js'
import { runTree } from '../support/tree-run.js'
import type { Bench, BenchResult } from './result.js'
import { rounded } from './support/measure.js'

const DEGREE = 8
const NODES = 10_000
const context = parseUniform('psyc://master.example/@live#_stream_cam')

/** All there is of the node is its renderer. */
function renderingNode(): { readonly node: RouteNode; bytes: () => number } {
  let [bytes, tokens] = [0, 0]
  const nothing = (): void => undefined
  const send = (packet: Packet): void => {
    bytes += renderPacket(packet).length
  }
  const node: RouteNode = {
    root: parseUniform('psyc://master.example/'),
    timers: new FakeTime().timers,
    limits: limitsWith(),
    log: silentLog,
    ...{ send, subscribe: nothing, unsubscribe: nothing, allowParent: nothing, request: nothing },
    sendTo: (_key, packet) => send(packet),
    memberOrigin: () => undefined,
    reach: (_root, done) => done(true),
    token: () => (++tokens).toString(16).padStart(16, '0'),
  }
  return { node, bytes: () => bytes }
}

function request(at: number): Uint8Array {
  const routing = { _source: `psyc://n${at}.example/`, _target: context.text, _tag: `tag${at}` }
  return renderPacket(Packet.of(routing, '_request_context_enter', { _amount_degree: DEGREE }))
}

/** Seconds for so many nodes to join one after the other. */
function joins(count: number, enter: (packet: Packet) => void): number {
  const requests = Array.from({ length: count }, (_, at) => request(at))
  const parser = new PacketParser(limitsWith())
  const start = performance.now()
  for (const bytes of requests) {
    parser.receive(bytes)
    const packet = parser.next()
    if (packet !== undefined) enter(packet)
  }
  return (performance.now() - start) / 1_000
}

function joinTree(count: number): number {
  const { node } = renderingNode()
  const feed = { begin: () => undefined, end: () => undefined }
  const tree = new ContextTree({
    node,
    context,
    feed,
    degree: DEGREE,
    mayRelay: () => true,
    counter: () => 0,
  })
  const seconds = joins(count, (packet) => {
    const source = parseUniform(packet.source ?? '')
    const { rootKey } = source
    const origin = {
      rootKey,
      isLocal: false,
      understandsState: true,
      understandsRoute: true,
      syntax: '1.0',
    } as const
    tree.enter(packet, origin, source)
  })
  if (tree.book.attachedSize !== count) throw new Error(`${tree.book.attachedSize} of ${count} have a place`)
  return seconds
}

/** What has to be done whatever the answer is. */
function joinFloor(count: number): number {
  const { node } = renderingNode()
  return joins(count, ({ source, tag }) => {
    const variables = { _uniform_parent: source, _token_route: node.token(), _amount_depth: 3 }
    node.send(Packet.of({ _source: context.text, _target: source }, '_notice_context_child', variables))
    const routing = { _source: context.text, _target: source, _tag_relay: tag }
    node.send(Packet.of(routing, '_status_context_route', variables))
  })
}

function fastest(run: (count: number) => number, count: number): number {
  return count / Math.min(...[1, 2, 3].map(() => run(count)))
}

function treeRows(nodes: number): BenchResult[] {
  const run = runTree({ nodes, degree: DEGREE, deadShare: 0.1 })
  const of = `${nodes} nodes, degree ${DEGREE}`
  const dead = `${nodes / 10} of ${nodes} die at once`
  return [
    { name: `depth, ${of}`, value: run.depth, unit: 'hops' },
    { name: `depth after ${dead}`, value: run.depthAfter, unit: 'hops', note: `at most ${run.depthBound}` },
    {
      name: `all fed again after ${dead}`,
      value: run.healedMs,
      unit: 'ms virtual',
      note: `lines of 5 to 45 ms, 5 frames a second; ${run.unfed} not fed; ${run.framesLost} frames lost of ${run.framesSeen}; at most 3000 ms`,
    },
    { name: `frames twice, ${of}`, value: run.framesTwice, unit: 'frames', note: '0' },
    {
      name: `root packets per join, ${of}`,
      value: rounded(run.rootPacketsPerJoin, 2),
      unit: 'packets',
      note: 'at most 4',
    },
    {
      name: `root packets per re-homing, ${of}`,
      value: rounded(run.rootPacketsPerRehoming, 2),
      unit: 'packets',
      note: `${run.rehomed} re-homed, what was reported of the dead included; at most 4`,
    },
  ]
}

export const bench: Bench = ({ isQuick }) => {
  const nodes = isQuick ? 500 : NODES
  const floor = fastest(joinFloor, nodes)
  const rate = fastest(joinTree, nodes)
  return Promise.resolve([
    {
      name: `joins at the root, ${nodes} nodes`,
      value: Math.round(rate),
      unit: 'joins/s',
      note: `one core, best of 3; at least 2000; ${rounded(floor / rate, 2)} × the floor's time`,
    },
    { name: 'joins, floor: the packets alone', value: Math.round(floor), unit: 'joins/s' },
    ...treeRows(nodes),
  ])
}
