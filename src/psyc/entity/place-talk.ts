/** What is said in a place: talk for all, the topic, and old talk for one who asks [psyc.md 5.4, 5.5]. */
import { modifiers } from '../wire/packet.js'
import type { Packet } from '../wire/packet.js'
import { firstWord } from '../wire/keyword.js'
import type { Place } from './place.js'
import type { Member } from './place-members.js'
import { NO_MEMBER } from './place-refusals.js'
import { assignTopic } from './place-state.js'

/** Pass a packet of a member on to all, the speaker included: that copy is his echo [psyc.md 5.4]. */
export function distribute(place: Place, packet: Packet): void {
  const family = firstWord(packet.method)
  if (family === '_status' || family === '_warning' || family === '_echo' || family === '_info') return
  const member = place.memberOf(packet)
  if (member === undefined) return refuseStranger(place, packet, family)
  if (family === '_error' || family === '_failure') {
    // With a tag it is the answer to something that the place has asked.
    if (packet.tagRelay === undefined) fail(place, member)
    return
  }
  if (family === '_request' || family === '_query' || packet.method === '') {
    const variables = { _method_relay: packet.method, _nick_place: place.name }
    const text = '[_nick_place] does not provide [_method_relay].'
    place.answer(packet, '_failure_unsupported_function', variables, text)
    return
  }
  place.announce(member)
  const said = place.context.cast({
    method: packet.method,
    sourceRelay: member.person.text,
    entity: [...packet.entity.filter(isSpeakers), ...modifiers(place.namesOf(member))],
    body: packet.body,
  })
  place.remember(said)
  if (packet.tag !== undefined) place.answer(packet, `_echo${packet.method}`, { _nick_place: place.name })
}

/** It does not take our casts. Of a node that follows the place we know that it is this one alone. */
function fail(place: Place, member: Member): void {
  if (place.members.hasReplica(member.routeKey)) place.remove(member, '_netburp')
  else place.removeRoute(member.routeKey, '_netburp')
}

function refuseStranger(place: Place, packet: Packet, family: string): void {
  if (family === '_error' || family === '_failure') return
  place.answer(packet, '_error_necessary_membership', { _nick_place: place.name }, NO_MEMBER)
}

export function setTopic(place: Place, member: Member, text: string): void {
  place.topic = text === '' ? undefined : { text, nick: member.nick }
  place.announce(member)
  const method = text === '' ? '_notice_place_topic_removed' : '_notice_place_topic'
  const entity = modifiers({ ...place.namesOf(member), _topic: text })
  const said = place.context.cast({
    method,
    sourceRelay: member.person.text,
    entity,
    body: '[_nick] sets the topic: [_topic]',
    state: { modifiers: [assignTopic(text)], plain: () => [] },
  })
  place.remember(said)
}

/** Old packets for one who asks: with `_context` and `_target`, so nobody takes them for new [psyc.md 5.5]. */
export function sendHistory(place: Place, packet: Packet, amount: number, word?: string): void {
  const most = Math.min(amount, place.node.limits.historyAnswer)
  const found = word === undefined ? place.history.last(most) : place.history.matching(word, most)
  for (const old of found) {
    place.node.send(
      old.withRouting({
        _context: place.uniform.text,
        _target: packet.source,
        _source_relay: old.sourceRelay,
      }),
    )
  }
}

/** What only the place says about a cast. */
const placesOwn: ReadonlySet<string> = new Set(['_nick', '_name_display', '_nick_place', '_time_place'])

function isSpeakers({ name }: { name: string }): boolean {
  return !placesOwn.has(name)
}
