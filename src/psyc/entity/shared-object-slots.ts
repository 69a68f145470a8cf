/**
 * The slots of one shared object at its home, and the rules of a change [design 4]:
 *
 *  - A batch is accepted whole or not at all; the version grows by one for each accepted batch that changes anything.
 *  - Setting a slot to the value it has and removing one that is not there change nothing, and nobody is told.
 *  - More than a limit: refused. Values count as encoded: their typed text.
 *  - Strict objects refuse a batch when any of its slots was changed by somebody else after the version that the
 *    writer had seen. A removal is a change too: what was removed is remembered, as many names as there may be slots.
 *
 * A change can be taken back, newest first, when it turns out that it cannot be made durable.
 */
import type { TypedValue } from '../state/containers.js'
import { equalBytes } from '../../util/bytes.js'
import type { LimitName, Limits } from '../../util/limits.js'
import { utf8Length } from '../../util/utf8.js'
import type { ObjectChange, ObjectRecord } from './object-store.js'

/** What a writer asks. No name is in both. */
export interface AskedChange {
  readonly isClear: boolean
  readonly set: ReadonlyMap<string, TypedValue>
  readonly remove: readonly string[]
}

interface Slot extends TypedValue {
  readonly changed: Changed
}

/** When and by whom a slot was changed last. */
interface Changed {
  readonly version: number
  /** Uniform key of the person; "" for what came from the store. */
  readonly writer: string
}

export type ObjectLimits = Pick<Limits, 'objectSlots' | 'objectKeyBytes' | 'objectValueBytes' | 'objectBytes'>

/** Why a batch is refused. */
export type Refusal = 'conflict' | LimitName

export class SharedObjectSlots {
  private slots = new Map<string, Slot>()
  private currentVersion = 0
  private bytes = 0
  /** Slots that are gone: only strict objects ask. */
  private readonly removed = new Map<string, Changed>()
  /** Whatever is neither a slot nor remembered as removed may have changed then. */
  private forgotten: Changed = { version: 0, writer: '' }

  constructor(
    private readonly limits: ObjectLimits,
    readonly isStrict: boolean,
  ) {}

  /** Number of accepted batches, those of earlier runs of a persistent object included. */
  get version(): number {
    return this.currentVersion
  }

  get size(): number {
    return this.slots.size
  }

  get(name: string): TypedValue | undefined {
    return this.slots.get(name)
  }

  entries(): IterableIterator<[string, TypedValue]> {
    return this.slots.entries()
  }

  /** Slots that this writer changed last. @param writer uniform key */
  writtenBy(writer: string): string[] {
    return [...this.slots].flatMap(([name, { changed }]) => (changed.writer === writer ? [name] : []))
  }

  load(record: ObjectRecord): void {
    const changed = { version: record.version, writer: '' }
    this.currentVersion = record.version
    this.forgotten = changed
    for (const [name, { type, value }] of record.slots) this.put(name, { type, value, changed })
  }

  /**
   * What the batch would change, under the next version; empty when nothing.
   * @param seenVersion the newest version the writer knew when he wrote; undefined: not said, never a conflict
   * @param writer uniform key
   */
  check(asked: AskedChange, seenVersion: number | undefined, writer: string): ObjectChange | Refusal {
    if (this.isStrict && seenVersion !== undefined && this.conflicts(asked, seenVersion, writer))
      return 'conflict'
    const set = new Map<string, TypedValue>()
    for (const [name, value] of asked.set) {
      if (utf8Length(name) > this.limits.objectKeyBytes) return 'objectKeyBytes'
      if (value.value.length > this.limits.objectValueBytes) return 'objectValueBytes'
      if (asked.isClear || !sameValue(this.slots.get(name), value)) set.set(name, value)
    }
    const isClear = asked.isClear && this.slots.size > 0
    const remove = asked.isClear ? [] : asked.remove.filter((name) => this.slots.has(name))
    const change = { version: this.currentVersion + 1, isClear, set, remove }
    return this.overflow(change) ?? change
  }

  /** @returns how to take it back; only while no later change is in place */
  apply(change: ObjectChange, writer: string): () => void {
    const changed = { version: change.version, writer }
    const before = { version: this.currentVersion, bytes: this.bytes, slots: this.slots }
    const old = new Map<string, Slot | undefined>()
    this.currentVersion = change.version
    if (change.isClear) {
      for (const name of this.slots.keys()) this.remember(name, changed)
      this.slots = new Map()
      this.bytes = 0
    } else {
      for (const name of [...change.set.keys(), ...change.remove]) old.set(name, this.slots.get(name))
    }
    for (const [name, { type, value }] of change.set) this.put(name, { type, value, changed })
    for (const name of change.remove) {
      this.drop(name)
      this.remember(name, changed)
    }
    return () => {
      this.currentVersion = before.version
      this.slots = before.slots
      for (const [name, slot] of old) {
        if (slot === undefined) this.slots.delete(name)
        else this.slots.set(name, slot)
      }
      this.bytes = before.bytes
    }
  }

  private overflow({ isClear, set, remove }: ObjectChange): LimitName | undefined {
    let count = isClear ? 0 : this.slots.size
    let bytes = isClear ? 0 : this.bytes
    for (const [name, value] of set) {
      const old = isClear ? undefined : this.slots.get(name)
      if (old === undefined) count++
      bytes += sizeOf(name, value) - (old === undefined ? 0 : sizeOf(name, old))
    }
    for (const name of remove) {
      const old = this.slots.get(name)
      count--
      bytes -= old === undefined ? 0 : sizeOf(name, old)
    }
    if (count > this.limits.objectSlots && count > this.slots.size) return 'objectSlots'
    return bytes > this.limits.objectBytes && bytes > this.bytes ? 'objectBytes' : undefined
  }

  private conflicts(asked: AskedChange, seenVersion: number, writer: string): boolean {
    const isNewer = (changed: Changed): boolean => changed.version > seenVersion && changed.writer !== writer
    if (asked.isClear) return [...this.slots.values()].some(({ changed }) => isNewer(changed))
    return [...asked.set.keys(), ...asked.remove].some((name) => {
      return isNewer(this.slots.get(name)?.changed ?? this.removed.get(name) ?? this.forgotten)
    })
  }

  private put(name: string, slot: Slot): void {
    this.drop(name)
    this.slots.set(name, slot)
    this.bytes += sizeOf(name, slot)
    this.removed.delete(name)
  }

  private drop(name: string): void {
    const old = this.slots.get(name)
    if (old !== undefined) this.bytes -= sizeOf(name, old)
    this.slots.delete(name)
  }

  private remember(name: string, changed: Changed): void {
    if (!this.isStrict) return
    this.removed.delete(name)
    this.removed.set(name, changed)
    const oldest = this.removed.entries().next().value
    if (oldest === undefined || this.removed.size <= this.limits.objectSlots) return
    this.removed.delete(oldest[0])
    this.forgotten = oldest[1]
  }
}

export function isRefusal(outcome: ObjectChange | Refusal): outcome is Refusal {
  return typeof outcome === 'string'
}

export function isUnchanged(change: ObjectChange): boolean {
  return !change.isClear && change.set.size === 0 && change.remove.length === 0
}

function sameValue(a: TypedValue | undefined, b: TypedValue): boolean {
  return a?.type === b.type && equalBytes(a.value, b.value)
}

function sizeOf(name: string, { type, value }: TypedValue): number {
  return utf8Length(name) + type.length + value.length
}
