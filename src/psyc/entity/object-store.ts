/**
 * Where the homes of persistent shared objects keep them [design 4, 8]. The database is behind this; commits are
 * asynchronous, and what several objects ask in one moment may become durable in one commit.
 */
import type { TypedValue } from '../state/containers.js'
import { LimitError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'

/** One accepted batch. Clear comes first, then set, then remove. */
export interface ObjectChange {
  readonly version: number
  readonly isClear: boolean
  readonly set: ReadonlyMap<string, TypedValue>
  readonly remove: readonly string[]
}

export interface ObjectRecord {
  readonly version: number
  readonly slots: ReadonlyMap<string, TypedValue>
}

export interface ObjectStore {
  /**
   * @param objectKey the uniform's `key`
   * @param done once, now or later; without a record for an object that was never stored
   */
  load(objectKey: string, done: (error: Error | undefined, record: ObjectRecord | undefined) => void): void
  /**
   * Make the changes durable, all or none, in the order of the calls.
   * @param done once, now or later, when they are durable or will never be
   */
  append(objectKey: string, changes: readonly ObjectChange[], done: (error: Error | undefined) => void): void
}

export interface MemoryObjectStoreOptions {
  /** `objectStoreBytes`; without them there is no bound. */
  readonly limits?: Limits
  /** Runs its argument when a commit is through; at once by default. */
  readonly commit?: (run: () => void) => void
}

const OBJECT_BYTES = 256 // ours: a rough number for what is around the slots of an object
const SLOT_BYTES = 64 // ours: the same for its name and value

/** Forgets everything with the process: for tests, and for nodes that were told to store nothing. */
export class MemoryObjectStore implements ObjectStore {
  private readonly objects = new Map<string, StoredObject>()
  private bytes = 0
  private readonly commit: (run: () => void) => void
  private readonly mostBytes: number

  constructor({ limits, commit = (run) => run() }: MemoryObjectStoreOptions = {}) {
    this.commit = commit
    this.mostBytes = limits?.objectStoreBytes ?? Number.POSITIVE_INFINITY
  }

  load(objectKey: string, done: (error: undefined, record: ObjectRecord | undefined) => void): void {
    const object = this.objects.get(objectKey)
    this.commit(() => done(undefined, object && { version: object.version, slots: new Map(object.slots) }))
  }

  append(
    objectKey: string,
    changes: readonly ObjectChange[],
    done: (error: Error | undefined) => void,
  ): void {
    this.commit(() => done(this.change(objectKey, changes)))
  }

  /** When there is hardly any room left even a change that needs none may be refused, but never one that makes some. */
  private change(objectKey: string, changes: readonly ObjectChange[]): Error | undefined {
    const known = this.objects.get(objectKey)
    const needed = changes.reduce(
      (sum, { set }) => sum + bytesOf(set),
      known === undefined ? OBJECT_BYTES : 0,
    )
    const bytes = this.bytes + needed
    if (needed > 0 && bytes > this.mostBytes) return new LimitError('objectStoreBytes', this.mostBytes, bytes)
    const object = known ?? new StoredObject()
    this.objects.set(objectKey, object)
    this.bytes -= known?.bytes ?? 0
    for (const change of changes) object.apply(change)
    this.bytes += object.bytes
    return undefined
  }
}

class StoredObject {
  version = 0
  bytes = OBJECT_BYTES
  readonly slots = new Map<string, TypedValue>()

  apply({ version, isClear, set, remove }: ObjectChange): void {
    this.version = version
    if (isClear) {
      this.slots.clear()
      this.bytes = OBJECT_BYTES
    }
    for (const [name, value] of set) {
      this.bytes += slotBytes(name, value) - slotBytes(name, this.slots.get(name))
      this.slots.set(name, value)
    }
    for (const name of remove) {
      this.bytes -= slotBytes(name, this.slots.get(name))
      this.slots.delete(name)
    }
  }
}

/** None when there is no such slot. */
function slotBytes(name: string, slot: TypedValue | undefined): number {
  return slot === undefined ? 0 : SLOT_BYTES + name.length + slot.type.length + slot.value.length
}

function bytesOf(slots: ReadonlyMap<string, TypedValue>): number {
  return [...slots].reduce((sum, [name, slot]) => sum + slotBytes(name, slot), 0)
}
