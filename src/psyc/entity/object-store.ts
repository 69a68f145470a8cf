/**
 * Where the homes of persistent shared objects keep them [design 4, 8]. The database is behind this; commits are
 * asynchronous, and what several objects ask in one moment may become durable in one commit.
 */
import type { TypedValue } from '../state/containers.js'

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

/** Forgets everything with the process: for tests, and for nodes that were told to store nothing. */
export class MemoryObjectStore implements ObjectStore {
  private readonly records = new Map<string, { version: number; slots: Map<string, TypedValue> }>()

  /** @param commit runs its argument when a commit is through; at once by default */
  constructor(private readonly commit: (run: () => void) => void = (run) => run()) {}

  load(objectKey: string, done: (error: undefined, record: ObjectRecord | undefined) => void): void {
    const record = this.records.get(objectKey)
    this.commit(() => done(undefined, record && { version: record.version, slots: new Map(record.slots) }))
  }

  append(objectKey: string, changes: readonly ObjectChange[], done: (error: undefined) => void): void {
    this.commit(() => {
      const record = this.records.get(objectKey) ?? { version: 0, slots: new Map<string, TypedValue>() }
      this.records.set(objectKey, record)
      for (const change of changes) {
        if (change.isClear) record.slots.clear()
        for (const [name, value] of change.set) record.slots.set(name, value)
        for (const name of change.remove) record.slots.delete(name)
        record.version = change.version
      }
      done(undefined)
    })
  }
}
