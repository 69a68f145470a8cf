/**
 * A dict of a foreign context's state as its users here were told of it: who is in a place, which streams there are.
 *
 * Casts change it item by item. A full state is compared with what was told, so that what happened while the master was
 * out of reach is told once, as if it had happened now. A master that began anew knows of nothing at first; what it had
 * comes back to it when others enter and claim again. So items that are missing in the state of a new run are kept for
 * a while, and told to be gone only if they do not come back.
 */
import type { Packet } from '../wire/packet.js'
import { valueBytes } from '../wire/packet.js'
import { parseUpdate } from '../wire/update.js'
import type { Timer, Timers } from '../../util/timers.js'
import { decodeUtf8 } from '../../util/utf8.js'
import type { DictState, TypedValue } from './variables.js'

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
      if (isNewRun) this.missing.add(key)
      else if (!this.missing.has(key)) this.drop(key)
    }
    for (const [key, value] of known) this.put(key, value)
    if (this.missing.size > 0) this.patience ??= this.timers.after(this.keptMs, () => this.giveUp())
  }

  /** A cast has changed the dict. */
  update(packet: Packet, name: string, dict: DictState | undefined): void {
    if (dict === undefined) return
    for (const modifier of packet.entity) {
      if (modifier.name !== name || modifier.operator === ':') continue
      const [index] = modifier.operator === '@' ? parseUpdate(valueBytes(modifier.value)).path : []
      if (index?.kind === 'key')
        this.updateItem(typeof index.key === 'string' ? index.key : decodeUtf8(index.key), dict)
      else this.replace(dict, false)
    }
  }

  /** Without telling. */
  note(key: string, value: V | undefined): void {
    if (value === undefined) this.shown.delete(key)
    else this.shown.set(key, value)
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
    this.missing.delete(key)
    this.shown.set(key, value)
    if (before === undefined) this.viewer.came(value)
    else this.viewer.changed(value, before)
  }

  private drop(key: string): void {
    const before = this.shown.get(key)
    this.missing.delete(key)
    this.shown.delete(key)
    if (before !== undefined) this.viewer.went(before)
  }

  private giveUp(): void {
    this.patience = undefined
    for (const key of [...this.missing]) this.drop(key)
  }
}
