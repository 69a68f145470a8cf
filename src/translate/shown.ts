/**
 * How people are shown to Flash clients of this node. Nobody can look like somebody else here: a person of ours is shown
 * by a spelling of his own nick, one from elsewhere with his host when the nick is held or registered here [design 2.1], or
 * is that of another one in the room.
 */
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { PresentMember } from '../psyc/entity/remote-place.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { utf8Length } from '../util/utf8.js'
import { foldNick, unfoldName } from './name.js'
import { remoteNick } from './nick.js'
import type { RoomNames } from './room-names.js'

/** Somebody as a client is told of him. */
export interface Shown {
  /** Display name; "nick@host" when the bare one is somebody else's here. */
  readonly nick: string
  readonly uniform: string
  /** Short text that is his alone in this place, on all nodes. */
  readonly id: string
}

/**
 * @param nick as the person calls himself: display name or mapped nick
 * @param homeKey `rootKey` of the place's home, this node by default
 * @param names of the others in the room
 */
export function shownAs(
  person: Uniform,
  nick: string,
  persons: PersonRegistry,
  homeKey?: string,
  names?: RoomNames,
): Shown {
  const { text: uniform, name, host } = person
  const { node } = persons
  const id = idOf(person, homeKey ?? node.root.rootKey)
  const folded = folds(nick, persons)
  if (node.isLocal(person)) {
    const own = name.toLowerCase()
    return { nick: folded === own ? nick : (unfoldName(own) ?? name), uniform, id }
  }
  if (isHeld(folded, nick, persons)) return { nick: remoteNick(nick, host), uniform, id }
  const isOthers = names?.isOthers(folded === '' ? nick : folded, person) === true
  return { nick: isOthers ? nickOfNode(nick, folded, person) : nick, uniform, id }
}

/** Nobody else's: who calls himself what he is not is shown by his name there. */
function nickOfNode(nick: string, folded: string, { name, rootKey }: Uniform): string {
  return remoteNick(folded === name.toLowerCase() ? nick : name, nodeOf(rootKey))
}

/** The same on all nodes: people of the place's home by their nicks, all others with their nodes. */
export function idOf({ name, rootKey }: Uniform, homeKey: string): string {
  const nick = name.toLowerCase()
  return rootKey === homeKey ? nick : remoteNick(nick, nodeOf(rootKey))
}

/** Host, and port if it has one. */
function nodeOf(rootKey: string): string {
  return rootKey.replace(/^\w+:\/\//, '').replace(/\/$/, '')
}

/** The nick as it would be here, whatever is invisible in it; "" when it can be nobody's. */
function folds(nick: string, { node: { limits } }: PersonRegistry): string {
  const seen = nick.replace(/\p{C}/gu, '').trim()
  return seen === '' || utf8Length(seen) > limits.nickBytes ? '' : foldNick(seen, limits)
}

function isHeld(folded: string, nick: string, persons: PersonRegistry): boolean {
  const names = [folded, nick.toLowerCase()] // a mapped nick is one, too
  return names.some((name) => persons.isHeld(name))
}

/**
 * The member that a client calls by a nick, in any case: as it is shown, else by its mapped nick.
 * @returns its uniform
 */
export function memberCalled(
  nick: string,
  members: readonly PresentMember[],
  show: (person: Uniform, name: string) => Shown,
): string | undefined {
  const folded = nick.toLowerCase()
  const shown = members.map(({ person, name }) => show(person, name))
  const found = shown.find((member) => member.nick.toLowerCase() === folded)
  return found?.uniform ?? members.find(({ person }) => person.name.toLowerCase() === folded)?.person.text
}
