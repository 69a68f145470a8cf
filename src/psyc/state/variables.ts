/**
 * The state of one context as its receivers keep it [psyc.md 4.2; design 4].
 *
 * Only the context's master changes it, with these operators; `:` and `?` belong to their packet alone:
 *
 *   operator   scalar                       _list…                          _dict…
 *   =          set; empty deletes           the elements; empty: none       the items; empty: none
 *   +          ignored                      add those not in it yet         set the items listed
 *   -          empty or equal: delete       take those out; empty: delete   take those keys out; empty: delete
 *   @          ignored                      `#n =` an element that is       `{key} =`, `{key} -`
 *
 * `+` treats lists as sets: an element that is there already keeps its place [psyc.md 4.2: CHOICE, psyced 0.9's way].
 * `@` on a variable that the state does not hold is ignored.
 *
 * A packet is applied whole or not at all: everything is parsed before anything is changed. Limits are the exception:
 * a state that grew past them is of no use to anybody, and its owner throws it away (see context-replica.ts).
 * Values are copied in, so that a small value does not keep the buffer of its packet.
 */
import { PsycDict } from '../wire/dict.js'
import { inherits } from '../wire/keyword.js'
import { PsycList } from '../wire/list.js'
import { valueBytes, valueDict, valueList, type Modifier, type Packet, type Value } from '../wire/packet.js'
import { parseUpdate, type Update } from '../wire/update.js'
import { copyOf, equalBytes } from '../../util/bytes.js'
import { LimitError } from '../../util/errors.js'
import type { LimitName, Limits } from '../../util/limits.js'
import { decodeUtf8 } from '../../util/utf8.js'
import { StateDict, StateList, keyText, typedValue } from './containers.js'
import type { DictState, ListState, TypedValue } from './containers.js'

export interface StateLimits {
  readonly variables: number
  /** Of names, keys, types and values. */
  readonly bytes: number
  /** Elements and items of all lists and dicts. */
  readonly items: number
  /** Named in the LimitErrors. */
  readonly names: Readonly<Record<'variables' | 'bytes' | 'items', LimitName>>
}

/** What a receiver allows a foreign context: no less than a master of ours may hold [design 4]. */
export function stateLimits(limits: Limits): StateLimits {
  return {
    variables: limits.stateVariables,
    bytes: limits.stateBytes,
    items: 2 * Math.max(limits.objectSlots, limits.placeMembers),
    names: { variables: 'stateVariables', bytes: 'stateBytes', items: 'objectSlots' },
  }
}

export class StateVariables {
  private readonly scalars = new Map<string, Uint8Array>()
  private readonly lists = new Map<string, StateList>()
  private readonly dicts = new Map<string, StateDict>()

  constructor(private readonly limits: StateLimits) {}

  /** Number of variables. */
  get size(): number {
    return this.scalars.size + this.lists.size + this.dicts.size
  }

  text(name: string): string | undefined {
    const value = this.scalars.get(name)
    return value === undefined ? undefined : decodeUtf8(value)
  }

  integer(name: string): number | undefined {
    const text = this.text(name)
    return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
  }

  bytes(name: string): Uint8Array | undefined {
    return this.scalars.get(name)
  }

  list(name: string): ListState | undefined {
    return this.lists.get(name)?.elements
  }

  /** The living dict: later packets change it. */
  dict(name: string): DictState | undefined {
    return this.dicts.get(name)?.items
  }

  /** The whole state as assignments, for somebody who has none of it. Values shared. */
  *modifiers(): Iterable<Modifier> {
    for (const [name, value] of this.scalars) yield { operator: '=', name, value }
    for (const [name, { elements }] of this.lists)
      yield { operator: '=', name, value: new PsycList(elements.map(asElement)) }
    for (const [name, { items }] of this.dicts) {
      const all = [...items].map(([key, value]) => ({ key, ...asElement(value) }))
      yield { operator: '=', name, value: new PsycDict(all) }
    }
  }

  /**
   * Apply what the packet does to the state.
   * @param packet borrowed; values are copied
   * @throws PsycError a value is malformed; nothing was changed
   * @throws LimitError the state is too big now and must be thrown away
   */
  apply(packet: Packet): void {
    const changes = packet.entity.map(changeOf).filter((change) => change !== undefined)
    if (packet.stateOperation === 'reset') this.reset()
    for (const change of changes) this.change(change)
    if (packet.stateOperation !== undefined || changes.length > 0) this.checkLimits()
  }

  private reset(): void {
    this.scalars.clear()
    this.lists.clear()
    this.dicts.clear()
  }

  private change(change: Change): void {
    if (change.kind === 'list') changeContainer(this.lists, change.name, change.run, () => new StateList())
    else if (change.kind === 'dict')
      changeContainer(this.dicts, change.name, change.run, () => new StateDict())
    else this.changeScalar(change)
  }

  private changeScalar({ name, operator, value }: ScalarChange): void {
    if (operator === '=' && value.length > 0) this.scalars.set(name, value)
    else if (operator === '=' || value.length === 0) this.scalars.delete(name)
    else {
      const now = this.scalars.get(name)
      if (now !== undefined && equalBytes(now, value)) this.scalars.delete(name)
    }
  }

  private checkLimits(): void {
    const { limits } = this
    let bytes = 0
    let items = 0
    for (const [name, value] of this.scalars) bytes += name.length + value.length
    for (const containers of [this.lists, this.dicts]) {
      for (const [name, container] of containers) {
        bytes += name.length + container.bytes
        items += container.size
      }
    }
    const actual = { variables: this.size, bytes, items }
    for (const what of ['variables', 'bytes', 'items'] as const) {
      if (actual[what] > limits[what]) throw new LimitError(limits.names[what], limits[what], actual[what])
    }
  }
}

/** What one modifier will do, its value already parsed. `run` returns whether the container stays. */
interface ContainerChange<C> {
  readonly name: string
  /** Whether the change makes a container that is not there. */
  readonly run: { readonly creates: boolean; readonly on: (container: C) => boolean }
}
interface ScalarChange {
  readonly kind: 'scalar'
  readonly name: string
  readonly operator: '=' | '-'
  readonly value: Uint8Array
}
type Change =
  | ScalarChange
  | (ContainerChange<StateList> & { readonly kind: 'list' })
  | (ContainerChange<StateDict> & { readonly kind: 'dict' })

function changeContainer<C>(
  containers: Map<string, C>,
  name: string,
  run: ContainerChange<C>['run'],
  make: () => C,
): void {
  let container = containers.get(name)
  if (container === undefined) {
    if (!run.creates) return
    container = make()
    containers.set(name, container)
  }
  if (!run.on(container)) containers.delete(name)
}

function changeOf({ operator, name, value }: Modifier): Change | undefined {
  if (operator === ':' || operator === '?' || operator === '!') return undefined
  if (inherits(name, '_list')) return { kind: 'list', name, run: listRun(operator, value) }
  if (inherits(name, '_dict')) return { kind: 'dict', name, run: dictRun(operator, value) }
  if (operator === '=' || operator === '-')
    return { kind: 'scalar', name, operator, value: copyOf(valueBytes(value)) }
  return undefined // `+` and `@` mean nothing for one value
}

function listRun(operator: '=' | '+' | '-' | '@', value: Value): ContainerChange<StateList>['run'] {
  if (operator === '@') {
    const update = updateOf(value)
    return { creates: false, on: (list) => list.update(update) }
  }
  const { elements, defaultType } = valueList(value)
  const typed = elements.map((element) => typedValue(element.type ?? defaultType, element.value))
  if (operator === '=') return { creates: true, on: (list) => list.assign(typed) }
  if (operator === '+') return { creates: true, on: (list) => list.add(typed) }
  return { creates: false, on: (list) => list.remove(typed) }
}

function dictRun(operator: '=' | '+' | '-' | '@', value: Value): ContainerChange<StateDict>['run'] {
  if (operator === '@') {
    const update = updateOf(value)
    return { creates: false, on: (dict) => dict.update(update) }
  }
  const { items, defaultType } = valueDict(value)
  const typed = items.map(
    (item) => [keyText(item.key), typedValue(item.type ?? defaultType, item.value)] as const,
  )
  if (operator === '-') return { creates: false, on: (dict) => dict.remove(typed.map(([key]) => key)) }
  return { creates: true, on: (dict) => dict.set(typed, operator === '=') }
}

function updateOf(value: Value): Update {
  return parseUpdate(valueBytes(value))
}

function asElement({ type, value }: TypedValue): { type: string | undefined; value: Uint8Array } {
  return { type: type === '' ? undefined : type, value }
}
