/**
 * How people are shown to Flash clients of this node. Nobody can look like somebody else here: a person of ours is shown
 * by a spelling of his own nick, one from elsewhere with his host when the nick is held or registered here [design 2.1].
 */
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { utf8Length } from '../util/utf8.js'
import { foldNick, unfoldName } from './name.js'
import { remoteNick } from './nick.js'

/** Somebody as a client is told of him. */
export interface Shown {
  /** Display name; "nick@host" when the bare one is somebody else's here. */
  readonly nick: string
  readonly uniform: string
  /** Short text that is his alone in this place. */
  readonly id: string
}

/** @param nick as the person calls himself: display name or mapped nick */
export function shownAs(person: Uniform, nick: string, persons: PersonRegistry): Shown {
  const { text: uniform, name, rootKey, host } = person
  const folded = folds(nick, persons)
  if (persons.node.isLocal(person)) {
    const own = name.toLowerCase()
    return { nick: folded === own ? nick : (unfoldName(own) ?? name), uniform, id: own }
  }
  const id = remoteNick(name.toLowerCase(), rootKey.replace(/^\w+:\/\//, '').replace(/\/$/, ''))
  return { nick: isHeld(folded, nick, persons) ? remoteNick(nick, host) : nick, uniform, id }
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
