/**
 * Friendship and invitations [psyc.md 6.6]. This node keeps no lists of friends: a client that is shown the request may answer
 * it itself; for all others the person does, so that who asks does not wait for ever.
 */
import { inherits } from '../wire/keyword.js'
import type { Packet } from '../wire/packet.js'
import type { Origin } from './node.js'
import type { Person } from './person.js'

export function answerFriendship(person: Person, packet: Packet, origin: Origin): void {
  const isShown = person.isShown(packet)
  if (!person.tell(packet, origin) || packet.method.endsWith('_implied')) return
  const variables = { _nick_target: person.nick }
  if (!person.isRegistered) {
    const text = '[_nick_target] is a guest here and keeps no list of friends.'
    person.answer(packet, '_failure_necessary_registration', variables, text)
  } else if (!isShown) {
    const text = '[_nick_target] keeps no list of friends.'
    person.answer(packet, '_failure_unsupported_friendship', variables, text)
  }
}

/** Whether the notice invites somebody: it is news that wants an answer. */
export function isInvitation({ method }: Packet): boolean {
  return inherits(method, '_notice_invitation') || inherits(method, '_request_invitation')
}

export function answerInvitation(person: Person, packet: Packet, origin: Origin): void {
  const isShown = person.isShown(packet) && person.tell(packet, origin)
  const variables = {
    _nick_target: person.nick,
    _place: packet.text('_place'),
    _nick_place: packet.text('_nick_place') ?? packet.text('_place'),
  }
  if (isShown) {
    const text = 'Your invitation to [_nick_place] has reached [_nick_target].'
    person.answer(packet, '_echo_invitation', variables, text)
  } else {
    const text = '[_nick_target] uses a client that shows no invitations.'
    person.answer(packet, '_failure_unsupported_invitation', variables, text)
  }
}
