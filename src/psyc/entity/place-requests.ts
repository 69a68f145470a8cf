/** What one can ask of a place, as a table: family of methods → what the place does [psyc.md 5.5]. */
import { Packet } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { PsycList } from '../wire/list.js'
import { uniformOf } from '../wire/uniform.js'
import { utf8Length } from '../../util/utf8.js'
import type { Origin } from './node.js'
import type { Place } from './place.js'
import { commandOf } from './place-commands.js'
import { enter, leave } from './place-enter.js'
import type { Member } from './place-members.js'
import { NO_MEMBER } from './place-refusals.js'
import { memberLists } from './place-state.js'
import * as talk from './place-talk.js'

export type PlaceRequest = (place: Place, packet: Packet, origin: Origin) => void

/** What a place does about such a method; undefined: it is no request that places know. */
export function placeRequest(method: string): PlaceRequest | undefined {
  return table.find(([family]) => inherits(method, family))?.[1]
}

/** The first family that the method inherits from decides. */
const table: readonly (readonly [string, PlaceRequest])[] = [
  ['_request_context_enter', enter],
  ['_request_enter', enter],
  ['_request_context_leave', leave],
  ['_request_leave', leave],
  ['_notice_context_child', (place, packet, origin) => place.routed(packet, origin)],
  ['_notice_context_leave', leave],
  ['_notice_place_leave', leave],
  ['_request_stream_publish', (place, packet, origin) => place.streams.publishRequest(packet, origin)],
  ['_request_stream_unpublish', (place, packet, origin) => place.streams.unpublishRequest(packet, origin)],
  ['_message_private', refuseWhisper],
  ['_request_execute', forMembers(runCommand)],
  ['_request_members', forMembers(sendMembers)],
  ['_request_history', forMembers(sendHistory)],
  ['_request_status', forMembers(sendStatus)],
  ['_query_topic', sendTopic],
  ['_request_set_topic', forMembers(setTopic)],
  ['_request_description', sendDescription],
  ['_request_list_feature', sendFeatures],
  ['_request_list_item', sendItems],
  ['_request_kick', forOwners(kick)],
  ['_request_ban', forOwners(kick)],
  ['_request_unban', forOwners(unban)],
  ['_request_invitation', forMembers(tellInvitation)],
  ['_request_invoke', forGuests((place, packet, origin) => place.invoke(packet, origin))],
]

function forMembers(request: PlaceRequest): PlaceRequest {
  return (place, packet, origin) => {
    if (place.memberOf(packet) === undefined)
      place.answer(packet, '_error_necessary_membership', named(place), NO_MEMBER)
    else request(place, packet, origin)
  }
}

/** For members, and for persons whose node follows the place: their talk may be elsewhere [design 3, Bridge]. */
function forGuests(request: PlaceRequest): PlaceRequest {
  return (place, packet, origin) => {
    if (place.holderOf(packet, origin) === undefined)
      place.answer(packet, '_error_necessary_membership', named(place), NO_MEMBER)
    else request(place, packet, origin)
  }
}

function forOwners(request: PlaceRequest): PlaceRequest {
  return (place, packet, origin) => {
    if (place.isOwner(packet.source)) request(place, packet, origin)
    else {
      const command = packet.method.replace(/^_request_/, '') // by that name psyced tells its users
      const variables = { ...named(place), _method_relay: packet.method, _command: command }
      const text = 'Only its owners may [_command] in [_nick_place].'
      place.answer(packet, '_error_necessary_privilege', variables, text)
    }
  }
}

function named(place: Place): { _nick_place: string } {
  return { _nick_place: place.name }
}

/** psyced would make it public; a private word stays private [psyc.md 8, 29]. */
function refuseWhisper(place: Place, packet: Packet): void {
  place.answer(
    packet,
    '_failure_unsupported_function_whisper',
    named(place),
    'Whisper to the person, not to [_nick_place].',
  )
}

function runCommand(place: Place, packet: Packet, origin: Origin): void {
  const meant = commandOf(packet)
  if (meant !== undefined) place.receive(meant, origin)
  else {
    const text = '[_nick_place] knows no command of that name.'
    place.answer(packet, '_failure_unsupported_command_place', named(place), text)
  }
}

function sendMembers(place: Place, packet: Packet): void {
  const isEmpty = place.members.listed.length === 0
  place.answer(packet, isEmpty ? '_status_place_members_none' : '_status_place_members', {
    ...named(place),
    ...memberLists(place.members, place.node.limits.placeMembers),
  })
}

function sendHistory(place: Place, packet: Packet): void {
  const amount = packet.integer('_amount') ?? place.node.limits.historyAnswer
  talk.sendHistory(place, packet, amount, packet.text('_match') ?? packet.text('_parameter'))
  place.answer(packet, '_echo_history', named(place))
}

function sendStatus(place: Place, packet: Packet): void {
  sendMembers(place, packet)
  sendTopic(place, packet)
}

function sendTopic(place: Place, packet: Packet): void {
  const { topic } = place
  if (topic === undefined) {
    place.answer(packet, '_status_place_topic_none', named(place), 'There is no topic in [_nick_place].')
    return
  }
  const variables = { ...named(place), _topic: topic.text, _nick: topic.nick }
  place.answer(packet, '_status_place_topic', variables, 'Topic by [_nick]: [_topic]')
}

/** All hear it by the cast; who tags the request wants to know of this one. */
function setTopic(place: Place, packet: Packet): void {
  const member = place.memberOf(packet)
  const topic = packet.text('_topic') ?? ''
  if (utf8Length(topic) > place.node.limits.topicBytes)
    place.answer(packet, '_failure_exceeded_limit_topic', named(place))
  else if (member !== undefined) {
    talk.setTopic(place, member, topic)
    if (packet.tag !== undefined) place.answer(packet, '_echo_set_topic', { ...named(place), _topic: topic })
  }
}

function sendDescription(place: Place, packet: Packet): void {
  const variables = {
    ...named(place),
    _topic: place.topic?.text,
    _amount_members: place.members.listed.length,
  }
  place.answer(packet, '_status_description_place', variables)
}

const FEATURES = ['list_feature', 'history', 'topic', 'members', 'invoke', 'shared_object', 'stream'] as const

function sendFeatures(place: Place, packet: Packet): void {
  place.answer(packet, '_notice_list_feature_place', {
    ...named(place),
    _identity: 'place',
    _list_feature: PsycList.ofTexts(FEATURES),
  })
}

function sendItems(place: Place, packet: Packet): void {
  place.answer(packet, '_notice_list_item', named(place))
}

/** The member that `_person` names: a uniform or a nick. */
function personNamed(place: Place, packet: Packet): Member | undefined {
  const text = packet.text('_person') ?? ''
  return place.members.get(uniformOf(text)?.key ?? '') ?? place.members.byNick(text)
}

function kick(place: Place, packet: Packet): void {
  const member = personNamed(place, packet)
  if (member === undefined) {
    const variables = { ...named(place), _nick_target: packet.text('_person') }
    const text = 'There is no [_nick_target] in [_nick_place].'
    place.answer(packet, '_error_unknown_name_user', variables, text)
    return
  }
  place.kick(member)
  sendBanned(place, packet)
}

function unban(place: Place, packet: Packet): void {
  const key = uniformOf(packet.text('_person'))?.key
  if (key !== undefined) place.banned.delete(key)
  sendBanned(place, packet)
}

function sendBanned(place: Place, packet: Packet): void {
  const isNobody = place.banned.size === 0
  const text = isNobody ? 'Nobody is banned from [_nick_place].' : 'Banned from [_nick_place]: [_list_banned]'
  const banned = PsycList.ofTexts([...place.banned])
  place.answer(packet, '_status_place_banned', { ...named(place), _list_banned: banned }, text)
}

/** Everybody is told whom a member has asked to come; so is the member [psyced.md 4.5]. */
function tellInvitation(place: Place, packet: Packet): void {
  const text = '[_nick] has invited [_nick_target] to [_nick_place].'
  talk.distribute(place, new Packet(packet.routing, packet.entity, '_notice_place_invitation', text))
}
