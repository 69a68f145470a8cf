/** App profiles ready for use: names are matched and expressions compiled once, at the start [design 2.3]. */
import { ConfigError } from '../util/errors.js'
import { compileExpression, type Expression, type Vocabulary } from './expression.js'
import { compilePattern, PatternMap, type Matched, type NamePattern } from './name-pattern.js'
import { hint } from './nearest-name.js'
import {
  profileSchema,
  type CallbackSource,
  type CallMappingSource,
  type ObjectRuleSource,
  type Profile,
} from './profile-schema.js'
import { shippedProfiles } from './profiles.js'
import { validate } from './schema-error.js'
import { compileTemplate, type Template } from './template.js'
import { vocabularies } from './vocabulary.js'

export type Presence = Profile['presence']
export type DuplicateNick = Profile['duplicateNick']

/** What a call of the client becomes. */
export interface CallMapping {
  /** Undefined: no packet, the call is only answered. */
  readonly method: string | undefined
  /** Nick or uniform of the only receiver; undefined: the place. */
  readonly target: Expression | undefined
  readonly body: Expression | undefined
  readonly variables: readonly (readonly [name: string, value: Expression])[]
  /** Undefined: answered with undefined. */
  readonly answer: Template | undefined
}

/** What the client hears of an event. */
export type Callback =
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Template[] }
  /** To those who use an object that the pattern matches; its captures are the `component`. */
  | {
      readonly kind: 'send'
      readonly object: NamePattern
      readonly name: string
      readonly args: readonly Template[]
    }

export interface ObjectRule {
  readonly members: { readonly slot: Expression; readonly value: Template } | undefined
  readonly removeOnLeave: boolean
  readonly strict: boolean
}

export interface CompiledProfile {
  readonly name: string
  readonly nick: readonly Expression[]
  readonly password: readonly Expression[]
  readonly presence: Presence
  readonly duplicateNick: DuplicateNick
  /** Whether everything that no callback takes arrives as `onPsyc`. */
  readonly psyc: boolean
  readonly onBWDone: boolean
  readonly gopCache: boolean
  /** The mapping of a call, `.` and `/` alike, and what its `*` stand for. */
  matchCall(name: string): Matched<CallMapping> | undefined
  /** What to call for a packet of that method, by the longest keyword that the method is; empty for nothing. */
  callbacks(method: string): readonly Callback[]
  /** Once, after the connection has entered. */
  readonly onSelf: readonly Callback[]
  /** Once: who is there. */
  readonly onMembers: readonly Callback[]
  /** For each packet with `_time_place`. */
  readonly onHistory: readonly Callback[]
  objectRule(name: string): Matched<ObjectRule> | undefined
  /** Objects that mirror the members of the place. */
  readonly memberObjects: readonly NamePattern[]
}

const noCallbacks: readonly Callback[] = []

/**
 * @param source a profile as written
 * @throws ConfigError CONFIG_INVALID whose path begins with `profiles.<name>`
 */
export function compileProfile(name: string, source: unknown): CompiledProfile {
  const profile = validate(profileSchema, source, ['profiles', name])
  const calls = new PatternMap(mapEntries(profile.calls, callMapping))
  const on = new Map(mapEntries(profile.on, (sources) => sources.map(callback)))
  const objects = new PatternMap(mapEntries(profile.objects, objectRule))
  const { presence, duplicateNick, psyc, onBWDone, gopCache } = profile
  return {
    name,
    nick: expressions(profile.nick, vocabularies.connect),
    password: expressions(profile.password, vocabularies.connect),
    ...{ presence, duplicateNick, psyc, onBWDone, gopCache },
    matchCall: (call) => calls.match(call),
    callbacks: (method) => inherited(on, method),
    onSelf: on.get('self') ?? noCallbacks,
    onMembers: on.get('members') ?? noCallbacks,
    onHistory: on.get('history') ?? noCallbacks,
    objectRule: (object) => objects.match(object),
    memberObjects: Object.entries(profile.objects)
      .filter(([, rule]) => rule.members !== undefined)
      .map(([pattern]) => compilePattern(pattern)),
  }
}

/** All profiles of a configuration. */
export class ProfileSet {
  private readonly profiles = new Map<string, CompiledProfile>()

  /**
   * @param sources by name; they stand before shipped ones of the same name
   * @throws ConfigError CONFIG_INVALID
   */
  constructor(sources: Readonly<Record<string, unknown>> = {}) {
    for (const [name, source] of Object.entries({ ...shippedProfiles, ...sources }))
      this.profiles.set(name, compileProfile(name, source))
  }

  get names(): string[] {
    return [...this.profiles.keys()]
  }

  /** @throws ConfigError CONFIG_INVALID with the nearest name when there is none of that name */
  get(name: string): CompiledProfile {
    const profile = this.profiles.get(name)
    if (profile === undefined)
      throw new ConfigError('CONFIG_INVALID', `no profile is called "${name}"${hint(name, this.names)}`)
    return profile
  }

  /**
   * The first profile that maps a call of that name: a connection that made such a call gets that profile's
   * callbacks from then on, whatever its app is called.
   */
  withCall(name: string): CompiledProfile | undefined {
    for (const profile of this.profiles.values()) {
      if (profile.matchCall(name) !== undefined) return profile
    }
    return undefined
  }
}

function callMapping(source: CallMappingSource): CallMapping {
  const { method, target, body, variables, answer } = source
  const compile = (text: string): Expression => compileExpression(text, vocabularies.call)
  return {
    method,
    target: target === undefined ? undefined : compile(target),
    body: body === undefined ? undefined : compile(body),
    variables: mapEntries(variables, compile),
    answer: answer === undefined ? undefined : compileTemplate(answer, vocabularies.call),
  }
}

function callback({ call, object, send, args }: CallbackSource): Callback {
  const templates = args.map((arg) => compileTemplate(arg, vocabularies.callback))
  if (object === undefined) return { kind: 'call', name: call ?? '', args: templates }
  return { kind: 'send', object: compilePattern(object), name: send ?? '', args: templates }
}

function objectRule({ members, removeOnLeave, strict }: ObjectRuleSource): ObjectRule {
  const mirror = members && {
    slot: compileExpression(members.slot, vocabularies.member),
    value: compileTemplate(members.value, vocabularies.member),
  }
  return { members: mirror, removeOnLeave, strict }
}

/** No keyword of a profile is longer, so that a stranger's method costs a few look-ups at most. */
const MAX_KEYWORD = 200

/** The entry of the longest keyword that `method` is [psyc.md 1.3]. */
function inherited(on: ReadonlyMap<string, readonly Callback[]>, method: string): readonly Callback[] {
  let keyword = method.slice(0, MAX_KEYWORD + 1)
  if (keyword.length > MAX_KEYWORD) keyword = keyword.slice(0, keyword.lastIndexOf('_'))
  while (keyword.startsWith('_')) {
    const found = on.get(keyword)
    if (found !== undefined) return found
    keyword = keyword.slice(0, keyword.lastIndexOf('_'))
  }
  return noCallbacks
}

function expressions(texts: readonly string[], vocabulary: Vocabulary): Expression[] {
  return texts.map((text) => compileExpression(text, vocabulary))
}

function mapEntries<From, To>(
  table: Readonly<Record<string, From>>,
  map: (value: From) => To,
): (readonly [string, To])[] {
  return Object.entries(table).map(([name, value]) => [name, map(value)] as const)
}
