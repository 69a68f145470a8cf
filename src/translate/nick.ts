/**
 * Who a Flash client says that it is [design 2.1]. In this order: the profile's paths, `user` in the query, the first
 * string argument, a member of the first object argument, a guest. Arguments after that are never used: they are
 * passwords. What cannot be a nick is passed over.
 *
 *   [CHOICE: connect(url, null, "pw") is a name that was not given and a password, which must not become a nick; so
 *   must no string that the profile takes for the password.]
 */
import { AmfArray, AmfEcmaArray, AmfObject } from '../amf/value.js'
import type { Expression } from '../profile/expression.js'
import type { CompiledProfile } from '../profile/profile.js'
import type { ConnectRequest } from '../rtmp/session/events.js'
import { defaultLimits, type Limits } from '../util/limits.js'
import { utf8Length } from '../util/utf8.js'
import { queryObject, rootsOf, scopeOfCall, textOf } from './expression-scope.js'
import { foldNick } from './name.js'

export type NickRequest = Pick<ConnectRequest, 'args' | 'query'>
export type NickPaths = Pick<CompiledProfile, 'nick' | 'password'>
export type NickLimits = Pick<Limits, 'nickBytes' | 'nameBytes' | 'uniformBytes'>

export interface Nick {
  /** As it is shown: what the client wrote, without blanks around it. `_name_display`. */
  readonly display: string
  /** As it stands in a uniform and in `_nick` towards psyced. */
  readonly mapped: string
  readonly isGuest: boolean
}

/** Members of an object argument that may hold a name. */
const memberNames = ['userName', 'username', 'user', 'nick', 'name'] as const

/** Characters of a nick that nobody declared to be one. */
const MOST_UNDECLARED = 32

/** @param guestSuffix four random characters of a–z and 0–9, for one without a name */
export function chooseNick(
  request: NickRequest,
  profile: NickPaths,
  guestSuffix: string,
  limits: NickLimits = defaultLimits,
): Nick {
  for (const candidate of candidates(request, profile)) {
    const display = candidate === undefined ? undefined : asNick(candidate, limits)
    if (display !== undefined) return { display, mapped: foldNick(display, limits), isGuest: false }
  }
  const guest = `guest-${guestSuffix}`
  return { display: guest, mapped: foldNick(guest, limits), isGuest: true }
}

/** The password by the profile's paths, or undefined. Never logged. */
export function choosePassword(request: NickRequest, profile: NickPaths): string | undefined {
  return found(request, profile.password).next().value
}

/** "alice" as "alice_2", cut where it would become too long. @param number from 2 */
export function numberedNick(nick: string, number: number, limits: NickLimits = defaultLimits): string {
  const suffix = `_${number}`
  const characters = Array.from(nick)
  while (utf8Length(characters.join('')) + suffix.length > limits.nickBytes) characters.pop()
  return characters.join('') + suffix
}

/** How a remote person is shown whose nick is taken here: "alice@gw.example". */
export function remoteNick(nick: string, host: string): string {
  return `${nick}@${host}`
}

function* candidates(request: NickRequest, profile: NickPaths): Generator<string | undefined> {
  yield* found(request, profile.nick)
  yield request.query.get('user')
  const password = choosePassword(request, profile)
  const [first] = request.args
  const isNameless = request.args.length > 1 && (first === null || first === undefined)
  const undeclared = isNameless ? undefined : request.args.find((arg) => typeof arg === 'string')
  if (undeclared !== password && undeclared !== undefined && isShort(undeclared)) yield undeclared
  const object = request.args.find((arg) => arg instanceof AmfObject || arg instanceof AmfEcmaArray)
  for (const name of memberNames) {
    const member = object?.get(name)
    if (typeof member === 'string' && isShort(member)) yield member
  }
}

function* found(request: NickRequest, paths: readonly Expression[]): Generator<string, undefined> {
  if (paths.length === 0) return
  const roots = rootsOf({ arg: new AmfArray([...request.args]), query: queryObject(request.query) })
  const scope = scopeOfCall(roots)
  for (const path of paths) {
    const text = textOf(path.evaluate(scope))
    if (text !== undefined) yield text
  }
}

function isShort(text: string): boolean {
  return text.length <= 2 * MOST_UNDECLARED && Array.from(text).length <= MOST_UNDECLARED
}

/** The text as a nick, or undefined: empty, too long, or with characters that cannot be seen. */
function asNick(text: string, { nickBytes }: NickLimits): string | undefined {
  if (text.length > 4 * nickBytes) return undefined
  const nick = text.trim()
  const isPrintable = /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(nick)
  return isPrintable && utf8Length(nick) <= nickBytes ? nick : undefined
}
