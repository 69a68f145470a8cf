/**
 * Coming and going: what a person asks of a place in order to be in it or out of it [psyc.md 5.1-5.3]. Nodes that enter as
 * their root have a file of their own (place-replicas.ts).
 */
import type { Packet, Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { memberKeyOf } from '../state/context-node.js'
import type { Origin } from './node.js'
import type { Place } from './place.js'
import type { Member } from './place-members.js'
import { enterRefusals } from './place-refusals.js'
import { enterReplica, isNodeRoot, leaveReplica } from './place-replicas.js'
import { memberLists } from './place-state.js'
import { sendHistory } from './place-talk.js'

const MAPPED_MOST = 3 // a mapped nick has at most three characters for a byte [design 2.1]
const MEMBERS_LISTED = 44 // psyced's own bound: above it an enter is answered with the number alone

const ENTER = /^_request_(context_)?enter/
const LEAVE = /^_(request|notice)_(context_|place_)?leave/

/** Enter, be announced, or be greeted again [psyc.md 5.2]. */
export function enter(place: Place, packet: Packet, origin: Origin): void {
  const person = uniformOf(packet.source)
  if (isNodeRoot(person) && !origin.isLocal) {
    enterReplica(place, packet, origin, person)
    return
  }
  const nick = packet.text('_nick') ?? ''
  const refusal = enterRefusal(place, person, nick, packet.text('_name_display') ?? '', origin)
  if (person === undefined || refusal !== undefined) {
    const method = refusal ?? '_error_illegal_uniform'
    place.answer(packet, method, { _nick: nick, _nick_place: place.name }, enterRefusals[method])
    return
  }
  const { members, context } = place
  const known = members.get(person.key)
  const member = known ?? seat(place, person, packet, origin)
  member.isDoubted = false
  member.enteredAt = place.node.timers.clock.now()
  member.isUnaware = !origin.understandsState
  place.routes.open(member.routeKey, origin)
  // Announced before the echo goes out, to those who were in before: the newcomer knows by the echo.
  if (packet.text('_flag_silent') !== '1') place.announce(member, suffixOf(packet.method, ENTER))
  echoEnter(place, packet, member, origin)
  if (known === undefined && origin.understandsState && !origin.isLocal && members.isAlone(member)) {
    context.sendState(member.routeKey, person.text)
  }
  const asked = packet.integer('_amount_history')
  if (asked !== undefined && known === undefined) sendHistory(place, packet, asked)
}

function enterRefusal(
  place: Place,
  person: Uniform | undefined,
  nick: string,
  display: string,
  origin: Origin,
): string | undefined {
  const { nickBytes } = place.node.limits
  if (person === undefined) return '_error_illegal_uniform'
  if (nick === '') return '_error_place_enter_necessary_nick'
  if (nick.length > 1 + MAPPED_MOST * nickBytes || display.length > nickBytes)
    return '_error_illegal_name_person_place'
  if (place.banned.has(person.key)) return '_error_place_enter_necessary_invitation'
  const isNew = place.members.get(person.key) === undefined
  if (!isNew || !place.isFullFor(memberKeyOf(person, origin))) return undefined
  place.node.log.info({ from: person.text, place: place.uniform.text }, 'no room for one more')
  return '_failure_exceeded_limit_place'
}

function seat(place: Place, person: Uniform, packet: Packet, origin: Origin): Member {
  place.awake()
  const member: Member = {
    person,
    nick: packet.text('_nick') ?? '',
    displayName: packet.text('_name_display'),
    isSilent: true,
    routeKey: memberKeyOf(person, origin),
  }
  if (place.members.add(member)) place.context.addMember(member.routeKey, origin)
  return member
}

function echoEnter(place: Place, packet: Packet, member: Member, origin: Origin): void {
  const family = packet.method.startsWith('_request_context') ? '_echo_context_enter' : '_echo_place_enter'
  const suffix = suffixOf(packet.method, ENTER)
  const variables = {
    _nick: member.nick,
    _nick_place: place.name,
    _duty: place.isOwner(packet.source) ? 'owner' : 'member',
    _topic: place.topic?.text,
    ...memberLists(place.members, MEMBERS_LISTED),
    ...castsSoFar(place, origin),
  }
  place.answer(packet, family + suffix, variables, '[_nick] enters [_nick_place].')
}

/** For a node that follows the place: what it is told of the time before is no news to the newcomer. */
function castsSoFar({ context }: Place, { isLocal, understandsState }: Origin): Variables {
  return isLocal || !understandsState ? {} : { _token_run: context.run, _amount_casts: context.counter }
}

/** A leave cannot be refused; the one who leaves is told first, the rest hear it from the cast [psyc.md 5.3]. */
export function leave(place: Place, packet: Packet, origin: Origin): void {
  const root = uniformOf(packet.source)
  if (isNodeRoot(root) && !origin.isLocal) {
    leaveReplica(place, packet, origin, root)
    return
  }
  const member = place.memberOf(packet)
  const suffix = suffixOf(packet.method, LEAVE)
  const family = packet.method.includes('_context_') ? '_echo_context_leave' : '_echo_place_leave'
  if (member === undefined) {
    place.answer(packet, `${family}_invalid`, { _nick_place: place.name })
    return
  }
  if (origin.syntax === '0.9') place.answerAbout(member, packet, `_notice_place_leave${suffix}`)
  else place.answer(packet, family + suffix, { _nick: member.nick, _nick_place: place.name })
  place.remove(member, suffix)
}

/** What follows the family: `_automatic`, `_logout`, `_netburp`…: it is kept in the answer and the notice [psyc.md 5.1]. */
function suffixOf(method: string, family: RegExp): string {
  return method.replace(family, '')
}
