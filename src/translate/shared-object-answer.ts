/** The home's words about shared objects, in the client's: status events of RTMP [rtmp.md 4.2, 4.4]. */
import { inherits } from '../psyc/wire/keyword.js'
import type { SharedObjectEvent } from '../rtmp/wire/shared-object.js'

export type SharedObjectStatus =
  | 'SharedObject.NoReadAccess'
  | 'SharedObject.NoWriteAccess'
  | 'SharedObject.ObjectCreationFailed'
  | 'SharedObject.BadPersistence'

/** Why the home did not let us enter; the first family that the method inherits from decides. */
const enterRefusals: readonly (readonly [string, SharedObjectStatus])[] = [
  ['_error_necessary_privilege_create', 'SharedObject.ObjectCreationFailed'],
  ['_error_necessary_privilege', 'SharedObject.NoReadAccess'],
  ['_error_illegal_persistence', 'SharedObject.BadPersistence'],
]

/** @param method of the refusal; undefined when there was none, e.g. an object beyond our limits */
export function enterStatus(method: string | undefined): SharedObjectStatus {
  const row = enterRefusals.find(([family]) => method !== undefined && inherits(method, family))
  return row?.[1] ?? 'SharedObject.ObjectCreationFailed'
}

/** What a refused change says besides the correction of the slot; undefined: nothing, the correction says it all. */
export function changeStatus(method: string): SharedObjectStatus | undefined {
  return inherits(method, '_error_necessary') ? 'SharedObject.NoWriteAccess' : undefined
}

export function statusEvent(code: SharedObjectStatus): SharedObjectEvent {
  return { kind: 'status', code, level: 'error' }
}
