/**
 * Two circuits per pair of nodes, so that talk never waits behind media [design 3]: what belongs to a stream's context
 * goes by the stream lane, which the child dials when it enters; everything else by the talk lane. An accepted circuit is
 * a stream lane when its caller says so, or as soon as a stream's packet came over it. A peer with a single circuit (a
 * PSYC client, an older node) gets both over that one.
 */
import { uniformOf } from '../wire/uniform.js'
import type { Packet } from '../wire/packet.js'

/** `spare`: called to see whether that can be done, and not to be used. */
export type Lane = 'talk' | 'stream' | 'spare'

const STREAM = '#_stream_'

/** What stands in the greeting of a circuit that is not for talk. */
export const LANE_VARIABLE = '_name_lane'

/** The lane that a greeting names; others than we know are for talk. */
export function laneNamed(name: string | undefined): Lane {
  return name === 'stream' || name === 'spare' ? name : 'talk'
}

/** Packets to, from or in the context of a stream go by the stream lane. */
export function laneOf(packet: Packet): Lane {
  const { context, target, source } = packet
  const isOfLane = isOfStream(context) || isOfStream(target) || isOfStream(source) || isOfRoute(packet)
  return isOfLane ? 'stream' : 'talk'
}

/** Who sends to a stream's context, or asks a node to be fed, is the one to dial the stream lane. */
export function mayDial(packet: Packet, lane: Lane): boolean {
  if (lane === 'talk') return true
  return packet.context === undefined && (isOfStream(packet.target) || packet.method.startsWith('_request_'))
}

/** From child to parent and back in the tree of a stream, from root to root [design 5]. */
function isOfRoute(packet: Packet): boolean {
  return packet.method.includes('_context_') && isOfStream(packet.text('_uniform_context'))
}

/** @param uniform of a context, its key, or undefined for none */
export function isOfStream(uniform: string | undefined): boolean {
  return uniform?.includes('#') === true && uniformOf(uniform)?.key.includes(STREAM) === true
}
