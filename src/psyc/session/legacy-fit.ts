/**
 * What may go to a 0.9 peer, which is psyced: the one place where every packet is checked before it is rendered
 * [design 3, Bridge; psyced.md 4.3, 5.1, 6, 9]. One bad packet closes the circuit for all users of this node, and one
 * `_error` to a place evicts them all, so nothing that a client thinks up may pass unseen.
 *
 * Refused: what would do harm, or would vanish without a word. Changed: what can be said in another way. Lines, control
 * bytes and lone dots are the renderer's.
 */
import { PsycError } from '../../util/errors.js'
import { inherits, isRoutingVariable, variableType } from '../wire/keyword.js'
import { Packet, valueText } from '../wire/packet.js'
import type { Modifier } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'

/** Longer names would not leave room for a value in psyced's line of 2048 bytes. */
const NAME_BYTES = 255

/** @throws PsycError PSYC_UNRENDERABLE with the reason when it may not be sent */
export function fitForLegacy(packet: Packet): Packet {
  if (isOfCircuit(packet)) return packet
  const reason = unfitReason(packet)
  if (reason !== undefined) throw new PsycError('PSYC_UNRENDERABLE', reason)
  const method = oldName(packet.method)
  const body = isTemplateToPlace(packet) ? '' : packet.body
  const entity = packet.entity.filter(mayTravel)
  const isSame =
    method === packet.method && body === packet.body && ![...packet.routing, ...entity].some(isAssigned)
  if (isSame && entity.length === packet.entity.length) return packet
  return new Packet(packet.routing.map(asSet), entity.map(asSet), method, body, packet.stateOperation)
}

/** Greetings, and errors about the circuit: the circuit's own words. */
function isOfCircuit({ source, context, target }: Packet): boolean {
  if (context !== undefined || target !== undefined) return false
  return source === undefined || uniformOf(source)?.kind === 'root'
}

/** @returns why psyced must not be sent this; undefined when it may */
export function unfitReason(packet: Packet): string | undefined {
  const { method } = packet
  if (method.startsWith('_data')) return `psyced closes the circuit for ${shown(method)}`
  if (circuitFamilies.some((family) => inherits(method, family)))
    return `${shown(method)} is for the circuit itself to say`
  if ([method, ...packet.entity.map(({ name }) => name)].some((name) => name.length > NAME_BYTES))
    return 'a name is too long'
  const target = packet.context === undefined ? uniformOf(packet.target) : undefined
  return reasonAt(target, method)
}

/** Whoever sends these speaks for all users of the circuit, or ends it. */
const circuitFamilies = [
  '_request_circuit',
  '_notice_circuit',
  '_status_circuit',
  '_request_authorization',
  '_status_authorization',
  '_request_features',
  '_notice_features',
]

function reasonAt(target: Uniform | undefined, method: string): string | undefined {
  if (target?.kind === 'place' && !isForPlaces(method))
    return `${shown(method)} is nothing that a place of psyced takes`
  if (target?.kind === 'person' && linking.some((family) => inherits(method, family)))
    return 'persons of this node are no clients of psyced'
  return undefined
}

const linking = ['_request_link', '_request_unlink', '_set_password']

/** What a place of psyced does as it is meant, by family; the longest that a method inherits from decides. */
const placeFamilies: ReadonlyMap<string, boolean> = new Map([
  ...all(true, [
    '_message',
    '_message_public',
    '_notice',
    '_query_topic',
    '_request_context_enter',
    '_request_context_leave',
    '_request_enter',
    '_request_leave',
    '_request_members',
    '_request_history',
    '_request_status',
    '_request_set_topic',
    '_request_description',
    '_request_list_feature',
    '_request_execute',
  ]),
  ...all(false, [
    '_notice_authentication',
    '_notice_context_enter',
    '_notice_context_leave',
    '_notice_place_enter',
    '_notice_place_leave',
    '_notice_trustiness',
  ]),
])

function all<T>(value: T, names: readonly string[]): [string, T][] {
  return names.map((name) => [name, value])
}

function isForPlaces(method: string): boolean {
  // Other kinds of messages become private at psyced's users.
  if (inherits(method, '_message')) return method === '_message' || inherits(method, '_message_public')
  for (let name = method; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('_')))) {
    const known = placeFamilies.get(name)
    if (known !== undefined) return known
  }
  return false
}

/** Telnet users would be shown the body, with what stands in brackets filled in. */
function isTemplateToPlace({ context, target, method }: Packet): boolean {
  return context === undefined && inherits(method, '_notice') && uniformOf(target)?.kind === 'place'
}

/** Variables that psyced would take for its own: it reads routing in either block. */
function mayTravel({ name, value }: Modifier): boolean {
  if (isRoutingVariable(name) || name === '_nick_verbatim') return false
  return variableType(name) !== '_degree' || /^\d$/.test(valueText(value))
}

/** `=` would be kept for all users of the circuit. */
function isAssigned({ operator }: Modifier): boolean {
  return operator === '='
}

function asSet(modifier: Modifier): Modifier {
  return isAssigned(modifier) ? { ...modifier, operator: ':' } : modifier
}

/** psyced knows casts of coming and going by their old names [psyc.md 5.1]. */
function oldName(method: string): string {
  return method.replace(/^_notice_context_(enter|leave)(?=_|$)/, '_notice_place_$1')
}

function shown(method: string): string {
  return method.slice(0, 64)
}
