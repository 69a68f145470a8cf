/**
 * Nodes that follow a place as their root, for the clients they have in it [design 4; psyc.md 5.6]. Entering brings the
 * echo and then the full state; entering again does so again, and brings what was said meanwhile, since the one who said
 * it was told that it was.
 */
import { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Origin } from './node.js'
import type { Place } from './place.js'
import { MISSED } from './place-state.js'

/** Another node, and not the far end of a client's circuit. */
export function isNodeRoot(uniform: Uniform | undefined): uniform is Uniform {
  return uniform?.kind === 'root' && uniform.channel === '' && (uniform.port ?? 0) >= 0
}

export function enterReplica(place: Place, packet: Packet, origin: Origin, root: Uniform): void {
  const { members, context, node } = place
  if (context.routed(packet, origin, root)) return
  const isFull = members.replicaCount >= node.limits.placeMembers || place.isFullFor(root.rootKey)
  if (isFull && !members.hasReplica(root.rootKey)) {
    place.answer(packet, '_failure_exceeded_limit_place', { _nick_place: place.name })
    return
  }
  place.awake()
  place.options.followed?.(place, root, packet.text('_token_node'))
  members.addReplica(root.rootKey)
  if (packet.text('_flag_lost') === '1') place.routes.doubtOlder(root.rootKey, origin)
  place.routes.open(root.rootKey, origin)
  place.answer(packet, packet.method.replace('_request_context', '_echo_context'), {
    _nick_place: place.name,
  })
  context.sendState(root.rootKey, root.text)
  const known = packet.integer('_amount_casts')
  const run = packet.text('_token_run')
  // Who knows us from an earlier run has heard nothing of this one.
  if (known !== undefined && run !== undefined) sendMissed(place, root, run === context.run ? known : 0)
  context.followed(root.rootKey, origin)
}

/**
 * What was said since the last cast that reached it, each with the counter that it was cast with; and at the end how far
 * that goes, and whether some of it is forgotten.
 */
function sendMissed(place: Place, root: Uniform, known: number): void {
  const { talk, context, node, uniform } = place
  for (const cast of talk.after(known)) {
    const routing = {
      _context: uniform.text,
      _target: root.text,
      _source_relay: cast.sourceRelay,
      _counter: cast.route('_counter'),
    }
    node.sendTo(root.rootKey, cast.withRouting(routing))
  }
  const variables = {
    _amount_casts: context.counter,
    _flag_forgotten: talk.hasForgotten(known) ? '1' : undefined,
  }
  const routing = { _context: uniform.text, _target: root.text }
  node.sendTo(root.rootKey, Packet.of(routing, MISSED, variables))
}

/** It is told within the context, so that a replica that has entered again meanwhile hears of it. */
export function leaveReplica(place: Place, packet: Packet, origin: Origin, root: Uniform): void {
  if (place.context.routed(packet, origin, root)) return
  const method = place.routes.removeReplica(root.rootKey)
    ? '_echo_context_leave'
    : '_echo_context_leave_invalid'
  const routing = { _context: place.uniform.text, _target: root.text, _tag_relay: packet.tag }
  place.node.sendTo(root.rootKey, Packet.of(routing, method))
}
