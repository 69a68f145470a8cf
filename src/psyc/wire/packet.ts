/**
 * A PSYC packet as a value, the same for both syntaxes [PSYC Spec:Packet; psyc.md 2, 3].
 * Packets are immutable and shared: one instance goes to all members of a cast.
 */
import { decodeUtf8, encodeUtf8, utf8Length } from '../../util/utf8.js'
import { noBytes } from '../../util/bytes.js'
import { PsycDict, parseDict } from './dict.js'
import { PsycList, parseList } from './list.js'

/** `:` set, `=` assign, `+` augment, `-` diminish, `@` update, `?` query, `!` reserved [psyc.md 2.4]. */
export type Operator = ':' | '=' | '+' | '-' | '@' | '?' | '!'

/** Text, bytes as they came (a shared view), or a container that each syntax writes in its own way. */
export type Value = string | Uint8Array | PsycList | PsycDict

export interface Modifier {
  readonly operator: Operator
  readonly name: string
  readonly value: Value
}

/** `=` LF and `?` LF before the entity modifiers [psyc.md 2.5]. */
export type StateOperation = 'reset' | 'resync'

/** Routing variables by their names, for building packets. */
export interface Routing {
  readonly _source?: string | undefined
  readonly _target?: string | undefined
  readonly _context?: string | undefined
  readonly _source_relay?: string | undefined
  readonly _target_relay?: string | undefined
  readonly _tag?: string | undefined
  readonly _tag_relay?: string | undefined
  readonly _counter?: string | undefined
}

export type Variables = Readonly<Record<string, Value | number | undefined>>

export class Packet {
  constructor(
    readonly routing: readonly Modifier[],
    readonly entity: readonly Modifier[],
    /** "" when the packet has none (state only, or empty). */
    readonly method: string,
    readonly body: string | Uint8Array,
    readonly stateOperation?: StateOperation,
  ) {}

  /** A packet of `:` modifiers; entries that are undefined are left out. */
  static of(
    routing: Routing,
    method: string,
    variables: Variables = {},
    body: string | Uint8Array = '',
  ): Packet {
    return new Packet(modifiers(routing), modifiers(variables), method, body)
  }

  get source(): string | undefined {
    return this.route('_source')
  }

  get target(): string | undefined {
    return this.route('_target')
  }

  get context(): string | undefined {
    return this.route('_context')
  }

  get sourceRelay(): string | undefined {
    return this.route('_source_relay')
  }

  get tag(): string | undefined {
    return this.route('_tag')
  }

  /** The tag of the request that this answers, by either of its names [psyc.md 3.5]. */
  get tagRelay(): string | undefined {
    return this.route('_tag_relay') ?? this.route('_tag_reply')
  }

  /** A routing variable as text; an empty value counts as absent. */
  route(name: string): string | undefined {
    const value = find(this.routing, name)
    const text = value === undefined ? '' : valueText(value)
    return text === '' ? undefined : text
  }

  /** An entity variable as text: the last `:` or `=` of that name. */
  text(name: string): string | undefined {
    const value = find(this.entity, name)
    return value === undefined ? undefined : valueText(value)
  }

  /** An entity variable as bytes; containers in the 1.0 syntax. */
  bytes(name: string): Uint8Array | undefined {
    const value = find(this.entity, name)
    return value === undefined ? undefined : valueBytes(value)
  }

  /** Its number among the casts of a context; undefined when there is none, or when it is no number. */
  get counter(): number | undefined {
    const text = this.route('_counter')
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
  }

  /** An integer variable, or undefined when absent or no integer. */
  integer(name: string): number | undefined {
    const text = this.text(name)
    return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
  }

  /** @throws PsycError PSYC_LIST when the value is no list */
  list(name: string): PsycList | undefined {
    const value = find(this.entity, name)
    return value === undefined ? undefined : valueList(value)
  }

  /** @throws PsycError PSYC_DICT when the value is no dict */
  dict(name: string): PsycDict | undefined {
    const value = find(this.entity, name)
    return value === undefined ? undefined : valueDict(value)
  }

  /** Whether it does something to the state of its context. */
  get changesState(): boolean {
    return this.stateOperation !== undefined || this.entity.some(({ operator }) => operator !== ':')
  }

  /** Bytes of its values and its body. */
  get contentBytes(): number {
    return this.entity.reduce((sum, { value }) => sum + valueLength(value), valueLength(this.body))
  }

  /** About as many bytes as it has on the wire. */
  get wireBytes(): number {
    const { routing, entity, method } = this
    const names = [...routing, ...entity].reduce((sum, { name }) => sum + name.length, method.length)
    return routing.reduce((sum, { value }) => sum + valueLength(value), names + this.contentBytes)
  }

  get bodyText(): string {
    return typeof this.body === 'string' ? this.body : decodeUtf8(this.body)
  }

  get bodyBytes(): Uint8Array {
    if (typeof this.body !== 'string') return this.body
    return this.body === '' ? noBytes : encodeUtf8(this.body)
  }

  /** The same content under other routing variables. */
  withRouting(routing: Routing): Packet {
    return new Packet(modifiers(routing), this.entity, this.method, this.body, this.stateOperation)
  }

  /** The same packet with entity variables replaced or added; undefined removes. */
  withVariables(variables: Variables): Packet {
    const kept = this.entity.filter(({ name }) => !Object.hasOwn(variables, name))
    return new Packet(
      this.routing,
      [...kept, ...modifiers(variables)],
      this.method,
      this.body,
      this.stateOperation,
    )
  }
}

export function modifiers(variables: Routing | Variables): Modifier[] {
  const list: Modifier[] = []
  for (const [name, value] of Object.entries(variables as Variables)) {
    if (value !== undefined)
      list.push({ operator: ':', name, value: typeof value === 'number' ? String(value) : value })
  }
  return list
}

export function valueText(value: Value): string {
  return typeof value === 'string' ? value : decodeUtf8(valueBytes(value))
}

/** Containers are rendered in the 1.0 syntax. */
export function valueBytes(value: Value): Uint8Array {
  if (typeof value === 'string') return encodeUtf8(value)
  return value instanceof Uint8Array ? value : value.render()
}

/** Of `valueBytes`. */
export function valueLength(value: Value): number {
  return typeof value === 'string' ? utf8Length(value) : valueBytes(value).length
}

/** @throws PsycError PSYC_LIST when the value is no list */
export function valueList(value: Value): PsycList {
  return value instanceof PsycList ? value : parseList(valueBytes(value))
}

/** @throws PsycError PSYC_DICT when the value is no dict */
export function valueDict(value: Value): PsycDict {
  return value instanceof PsycDict ? value : parseDict(valueBytes(value))
}

function find(list: readonly Modifier[], name: string): Value | undefined {
  for (let at = list.length - 1; at >= 0; at--) {
    const modifier = list[at]
    if (modifier?.name === name && (modifier.operator === ':' || modifier.operator === '='))
      return modifier.value
  }
  return undefined
}
