/**
 * What is wrong with a well-formed packet, and what never enters: checked before anybody looks at a sender
 * [psyc.md 1.3, 2.2, 3.1, 3.4, 8].
 */
import { Packet } from '../wire/packet.js'
import type { Modifier } from '../wire/packet.js'
import {
  canonicalMethod,
  duplicateRouting,
  inherits,
  isInternal,
  isRoutingVariable,
} from '../wire/keyword.js'
import type { Limits } from '../../util/limits.js'
import type { Version } from './syntax.js'

/** Each with the method that tells the peer. The circuit stays open: the parser has not lost its place. */
const faults: readonly (readonly [string, (packet: Packet, version: Version, limits: Limits) => boolean])[] =
  [
    ['_error_illegal_protocol_variable_routing', ({ routing }) => duplicateRouting(routing) !== undefined],
    ['_error_illegal_protocol_operator', hasStrangeOperator],
    ['_error_invalid_method_compact', isCompact],
    ['_error_exceeded_limit_tag', hasLongTag],
  ]

/** The method to answer the packet with; it is then dropped. */
export function faultOf(packet: Packet, version: Version, limits: Limits): string | undefined {
  return faults.find(([, isFault]) => isFault(packet, version, limits))?.[0]
}

/** Tags are kept until they are answered. */
function hasLongTag({ tag, tagRelay }: Packet, _version: Version, { psycTagBytes }: Limits): boolean {
  return (tag?.length ?? 0) > psycTagBytes || (tagRelay?.length ?? 0) > psycTagBytes
}

/** 1.0 knows only set and assign in the routing header; 0.9 also changes lists there [psyc.md 8 row 8]. */
function hasStrangeOperator({ routing }: Packet, version: Version): boolean {
  const allowed = version === '1.0' ? ':=' : ':=+-?'
  return routing.some(({ operator }) => !allowed.includes(operator))
}

function isCompact({ method, routing, entity }: Packet): boolean {
  const isBare = ({ name }: Modifier): boolean => !name.startsWith('_')
  return (method !== '' && !method.startsWith('_')) || routing.some(isBare) || entity.some(isBare)
}

/**
 * The packet without what only we may set or nobody may send: trust, internals, unknown routing. Talk under its old
 * names becomes `_message`.
 */
export function cleaned(packet: Packet): Packet {
  const method = canonicalMethod(packet.method)
  const routing = packet.routing.filter(mayRoute)
  const entity = packet.entity.filter(mayEnter)
  const isClean =
    method === packet.method &&
    routing.length === packet.routing.length &&
    entity.length === packet.entity.length
  return isClean ? packet : new Packet(routing, entity, method, packet.body, packet.stateOperation)
}

function mayRoute({ name }: Modifier): boolean {
  return isRoutingVariable(name) && name !== '_target_forward'
}

function mayEnter({ name }: Modifier): boolean {
  return !isInternal(name) && !inherits(name, '_trust') && name !== '_nick_verbatim'
}
