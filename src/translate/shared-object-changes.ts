/** Changes of a shared object between the two worlds: slots and AMF values here, typed text there [design 2.2, 4]. */
import type { AmfValue } from '../amf/value.js'
import { PsycDict, type DictItem } from '../psyc/wire/dict.js'
import { PsycList } from '../psyc/wire/list.js'
import { valueBytes, type Packet, type Variables } from '../psyc/wire/packet.js'
import { parseUpdate } from '../psyc/wire/update.js'
import { keyText } from '../psyc/state/containers.js'
import type { TypedValue } from '../psyc/state/containers.js'
import { LimitError, TranslateError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import { parseTyped, renderTyped } from './value.js'

/** A client's wishes for one object, in one message, the last for each slot. Undefined: remove it. */
export class WrittenSlots {
  private readonly slots = new Map<string, AmfValue>()

  /** null and undefined remove, as the player means them [rtmp.md 4.4]. */
  set(name: string, value: AmfValue): void {
    this.slots.set(name, value ?? undefined)
  }

  get names(): string[] {
    return [...this.slots.keys()]
  }

  get isEmpty(): boolean {
    return this.slots.size === 0
  }

  /**
   * The variables of `_request_change_shared`.
   * @throws TranslateError | LimitError a value has no typed text, or too much of it
   */
  variables(limits: Limits): Variables {
    const items: DictItem[] = []
    const removed: string[] = []
    for (const [key, value] of this.slots) {
      if (value === undefined) removed.push(key)
      else items.push({ key, ...renderTyped(value, limits) })
    }
    return {
      _dict_change: items.length === 0 ? undefined : new PsycDict(items),
      _list_remove: removed.length === 0 ? undefined : PsycList.ofTexts(removed),
    }
  }
}

/** The slots that a `_notice_change_shared` names, each once, in the order of the packet. It was applied already. */
export function changedSlots(packet: Packet): string[] {
  const names = new Set<string>()
  for (const { operator, name, value } of packet.entity) {
    if (operator !== '@' || name !== '_dict_slots') continue
    const [index] = parseUpdate(valueBytes(value)).path
    if (index?.kind === 'key') names.add(keyText(index.key))
  }
  return [...names]
}

/**
 * The value of a slot, or null when another node put there what has no form in AMF.
 * @param object uniform, for the log
 */
export function slotValue({ type, value }: TypedValue, limits: Limits, log: Log, object: string): AmfValue {
  try {
    return parseTyped(type, value, limits)
  } catch (error) {
    if (!(error instanceof TranslateError || error instanceof LimitError)) throw error
    log.warn(
      { object, type: type.slice(0, 64), code: error.code },
      'a slot of a shared object has no AMF value',
    )
    return null
  }
}
