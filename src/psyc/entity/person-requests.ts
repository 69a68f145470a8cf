/** What anybody can ask of a person, as a table: family of methods → what it does [psyc.md 6, 7]. */
import { firstWord } from '../wire/keyword.js'
import type { Packet } from '../wire/packet.js'
import type { Origin } from './node.js'
import { tellDescription, tellIdleTime } from './person-description.js'
import { answerFriendship, answerInvitation } from './person-friends.js'
import type { Person } from './person.js'

type Request = (person: Person, packet: Packet, origin: Origin) => void

/** The first family that the method inherits from decides; so longer families come first. */
export const personRequests: readonly (readonly [string, Request])[] = [
  ['_message_echo', pass],
  ['_message', message],
  ['_request_authentication', authenticate],
  ['_request_presence', tellPresence],
  ['_request_status_person', tellStatus],
  ['_request_location', refuse('_error_rejected_query_location')],
  ['_request_ping', ping],
  ['_request_version', tellVersion],
  ['_request_description_time', tellIdleTime],
  ['_request_description', tellDescription],
  ['_request_friendship', answerFriendship],
  ['_request_context_enter', answerFriendship], // psyced's other name for it
  ['_request_invitation', answerInvitation],
  ['_notice_invitation', answerInvitation],
]

/** What is in no row is for the clients. A question that none of them is shown would wait for ever. */
export function passOn(person: Person, packet: Packet, origin: Origin): void {
  const family = firstWord(packet.method)
  const isQuestion = family === '_request' || family === '_query'
  const isLost = isQuestion && !person.isShown(packet)
  if (!person.tell(packet, origin) || !isLost) return
  const variables = { _method_relay: packet.method }
  const text = '[_nick] does not provide [_method_relay].'
  person.answer(packet, '_failure_unsupported_function_person', variables, text)
}

function pass(person: Person, packet: Packet, origin: Origin): void {
  person.tell(packet, origin)
}

function refuse(method: string): Request {
  return (person, packet) => person.answer(packet, method)
}

/** IRC users see by the time that comes back how far we are [psyced.md 4.6]. */
function ping(person: Person, packet: Packet): void {
  person.answer(packet, '_echo_ping', { _time_ping: packet.text('_time_ping') })
}

/** CTCP VERSION of IRC users. The program of a client is its own business. */
function tellVersion(person: Person, packet: Packet): void {
  const { implementation } = person.node
  const variables = { _version: implementation, _version_description: implementation }
  person.answer(packet, '_status_version', variables, '[_nick] is served by [_version_description].')
}

/** Talk to the person: its clients get it, the sender hears that they did [psyc.md 5.4]. */
function message(person: Person, packet: Packet, origin: Origin): void {
  if (!person.tell(packet, origin)) return
  person.answer(packet, '_message_echo_private', { _action: packet.text('_action') }, packet.body)
}

/** Is the client at `_location` one of yours? [psyc.md 6.4] */
function authenticate(person: Person, packet: Packet): void {
  const location = packet.text('_location')
  const method = person.isLinkedAt(location) ? '_notice_authentication' : '_error_invalid_authentication'
  person.answer(packet, method, { _location: location })
}

function tellPresence(person: Person, packet: Packet): void {
  const { presence } = person
  person.answer(packet, `_status_presence${presence.suffix}`, presence.variables)
}

function tellStatus(person: Person, packet: Packet): void {
  const { presence } = person
  const isHere = presence.suffix.startsWith('_here')
  person.answer(packet, isHere ? '_status_person_present' : '_status_person_away', presence.variables)
}
