/**
 * What counts as the word of the room that a Flash client is in. A person is sent much by others: anybody can write to
 * it, and by the tunnel it may be in other places. An app knows one room, so it is told only what that room says, and
 * what somebody says to the person alone [design 2].
 */
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'

/** Places speak of enter and leave by old names or new; profiles know the old ones [psyc.md 5.1]. */
export function canonicalMethod(method: string): string {
  if (!method.startsWith('_notice_context_')) return method // most by far: every line of chat, for every client
  return method.replace(/^_notice_context_(enter|leave)(?=_|$)/, '_notice_place_$1')
}

export function isOfRoom(packet: Packet, room: Uniform): boolean {
  return uniformOf(packet.context ?? packet.source)?.entityKey === room.entityKey
}

/** Families that only a place has reason to use. */
const placesOwn = ['_message_public', '_notice_place', '_status_place']

/** Whether somebody says it to the person alone. @param method canonical */
export function isPersonal(packet: Packet, method: string): boolean {
  if (packet.context !== undefined || packet.text('_time_place') !== undefined) return false
  return !placesOwn.some((family) => inherits(method, family))
}

/** Kicked, banned, or the place has ended. @param packet of the room */
export function isExpulsion(packet: Packet, method: string, person: Uniform): boolean {
  if (!/^_notice_place_leave_(banned|netburp|temporary)/.test(method)) return false
  return isAbout(packet, person)
}

/** Whether that person is the one who comes or goes. */
export function isAbout(packet: Packet, person: Uniform): boolean {
  return uniformOf(packet.sourceRelay ?? packet.target)?.key === person.key
}

export function isComingOrGoing(method: string): boolean {
  return inherits(method, '_notice_place_enter') || inherits(method, '_notice_place_leave')
}
