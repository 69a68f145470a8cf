/**
 * A dict of a foreign context's state as its users here were told of it: who is in a place, which streams there are.
 *
 * Casts change it item by item. A full state is compared with what was told, so that what happened while the master was
 * out of reach is told once, as if it had happened now. A master that began anew knows of nothing at first; what it had
 * comes back to it when others enter and claim again. So items that are missing in the state of a new run are kept for
 * a while, and told to be gone only if they do not come back.
 */
import type { Packet } from '../wire/packet.js'
import { valueBytes, valueDict } from '../wire/packet.js'
import { parseUpdate } from '../wire/update.js'
import type { Timer, Timers } from '../../util/timers.js'
import { keyText } from './containers.js'
import type { DictState, TypedValue } from './containers.js'

const MOST = 20_000 // ours: items that are kept though no state of now holds them; that is as many as one may

export interface DictViewer<V> {
  /** The item's key as it is compared, or undefined for one that is to be left out. */
  keyOf(text: string): string | undefined
  valueOf(text: string, typed: TypedValue): V | undefined
  came(value: V): void
  /** It was replaced by another. */
  changed(value: V, before: V): void
  went(before: V): void
}

export class DictView<V> {
  private readonly shown = new Map<string, V>()
  /** Keys that the master's new run does not know. */
  private readonly missing = new Set<string>()
  private patience: Timer | undefined

  /** @param keptMs how long a new run may take to know of an item again */
  constructor(
    private readonly timers: Timers,
    private readonly keptMs: number,
    private readonly viewer: DictViewer<V>,
  ) {}

  get size(): number {
    return this.shown.size
  }

  get(key: string): V | undefined {
    return this.shown.get(key)
  }

  /** In the order they came. */
  values(): IterableIterator<V> {
    return this.shown.values()
  }

  /** A full state is there. @param isNewRun of a master that began anew */
  replace(dict: DictState, isNewRun: boolean): void {
    const known = new Map<string, V>()
    for (const [text, typed] of dict) {
      const key = this.viewer.keyOf(text)
      const value = key === undefined ? undefined : this.viewer.valueOf(text, typed)
      if (key !== undefined && value !== undefined) known.set(key, value)
    }
    for (const key of [...this.shown.keys()]) {
      if (known.has(key)) continue
      if (isNewRun && this.missing.size < MOST) this.missing.add(key)
      else if (!this.missing.has(key)) this.drop(key)
    }
    for (const [key, value] of known) this.put(key, value)
    if (this.missing.size > 0) this.patience ??= this.timers.after(this.keptMs, () => this.giveUp())
  }

  /** A cast has changed the dict. It costs what the cast says, not what the dict holds, unless that is set anew. */
  update(packet: Packet, name: string, dict: DictState | undefined): void {
    if (dict === undefined) return
    const keys = changedKeys(packet, name)
    if (keys === undefined) this.replace(dict, false)
    else for (const key of keys) this.updateItem(key, dict)
  }

  /** Without telling. */
  note(key: string, value: V | undefined): void {
    if (value === undefined) this.shown.delete(key)
    else if (this.shown.size < MOST || this.shown.has(key)) this.shown.set(key, value)
  }

  close(): void {
    this.patience?.cancel()
    this.patience = undefined
  }

  private updateItem(text: string, dict: DictState): void {
    const key = this.viewer.keyOf(text)
    const typed = dict.get(text)
    const value = typed === undefined ? undefined : this.viewer.valueOf(text, typed)
    if (key === undefined) return
    if (value === undefined) this.drop(key)
    else this.put(key, value)
  }

  private put(key: string, value: V): void {
    const before = this.shown.get(key)
    this.found(key)
    this.shown.set(key, value)
    if (before === undefined) this.viewer.came(value)
    else this.viewer.changed(value, before)
  }

  private drop(key: string): void {
    const before = this.shown.get(key)
    this.found(key)
    this.shown.delete(key)
    if (before !== undefined) this.viewer.went(before)
  }

  /** It is missing no more. The next run has the whole time again when nothing is. */
  private found(key: string): void {
    if (this.missing.delete(key) && this.missing.size === 0) this.close()
  }

  private giveUp(): void {
    this.patience = undefined
    for (const key of [...this.missing]) this.drop(key)
  }
}

/** Keys of the items that the cast may have changed; undefined: any. */
function changedKeys({ entity, stateOperation }: Packet, name: string): Set<string> | undefined {
  const keys = new Set<string>()
  for (const modifier of entity) {
    const { operator, value } = modifier
    if (modifier.name !== name) continue
    if (operator === '@') {
      const [index] = parseUpdate(valueBytes(value)).path
      if (index?.kind === 'key') keys.add(keyText(index.key))
    } else if (operator === '+' || operator === '-') {
      const { items } = valueDict(value)
      if (stateOperation === 'reset' || (operator === '-' && items.length === 0)) return undefined
      for (const { key } of items) keys.add(keyText(key))
    } else if (operator === '=') return undefined
  }
  return keys
}
