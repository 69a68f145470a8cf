/**
 * What anybody who asks may know of a person: psyced's users do so by /examine, those of IRC by WHOIS [psyced.md 4.6]. A place
 * is named only to who is in it as well; to others it is nobody's business where somebody is.
 */
import { PsycList } from '../wire/list.js'
import type { Packet } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Person } from './person.js'

/** What a client says of itself. */
export interface LinkDescription {
  /** The scheme of its protocol: `psyc`, `rtmp`. */
  readonly protocol: string
  /** What it is, for people. */
  readonly motto?: string
  /** Where the asker sees its person. */
  readonly places: readonly Uniform[]
}

export function tellDescription(person: Person, packet: Packet): void {
  const asker = uniformOf(packet.source)
  if (asker === undefined) return
  const clients = person.describe(asker)
  const places = new Map(clients.flatMap((client) => client.places).map((place) => [place.key, place.text]))
  const idle = person.idleSeconds
  const variables = {
    _identification: person.uniform.text,
    _name_public: person.displayName === person.nick ? undefined : person.displayName,
    _protocol_agent: distinct(clients.map(({ protocol }) => protocol)),
    _description_motto: distinct(clients.map(({ motto }) => motto ?? '')),
    _list_groups: places.size === 0 ? undefined : PsycList.ofTexts([...places.values()]),
    _time_idle: idle === 0 ? undefined : idle,
  }
  const isKnown = variables._description_motto !== undefined
  const text = isKnown ? 'This is [_nick] ([_description_motto]).' : 'This is [_nick].'
  person.answer(packet, '_status_description_person', variables, text)
}

/** How long it has been quiet. */
export function tellIdleTime(person: Person, packet: Packet): void {
  const text = '[_nick] was last active [_time_idle] seconds ago.'
  person.answer(packet, '_status_description_time', { _time_idle: person.idleSeconds }, text)
}

/** Links of one person may be of several kinds. */
function distinct(texts: readonly string[]): string | undefined {
  const some = [...new Set(texts)].filter((text) => text !== '')
  return some.length === 0 ? undefined : some.join(', ')
}
