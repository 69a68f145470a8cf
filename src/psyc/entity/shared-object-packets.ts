/**
 * Shared objects as packets [design 4]. All slots are one dict of the context's state.
 *
 *   asks the home                                          the home answers
 *   _request_context_enter                                 _echo_context_enter, then the full state
 *   _request_change_shared  _dict_change {slot} value …    _echo_change_shared  _amount_version
 *     _list_remove slots, _amount_version seen,            _error_change_shared_conflict  _amount_version
 *     _token_change                                        _error_necessary_membership, _privilege
 *   _request_clear_shared   _token_change                  _echo_clear_shared
 *   _notice_invoke  _name_invoke, _list_arguments          nothing: the cast is the answer
 *
 * `_token_change` is the writer's own word for one request. It comes back in the answer and in the cast, so that the
 * writer's node knows its own changes again by one packet, in whatever order the two come and after whatever was lost.
 * [CHOICE: the order of casts is not enough, since a circuit that breaks leaves requests whose fate is unknown.]
 *
 *   casts                       with `_state`                              all others
 *   _notice_change_shared       @_dict_slots {slot} = value, {slot} -      _data_change: the same, one after another
 *   _notice_clear_shared        state reset, _amount_version, no slots     the method says it
 *   state                       =_dict_slots, +_dict_slots to go on        _data_slots: the dict
 */
import { PsycDict, type DictItem } from '../wire/dict.js'
import type { Modifier, Packet } from '../wire/packet.js'
import type { Cast, Syntax } from '../state/cast.js'
import type { ContextState } from '../state/context-master.js'
import type { TypedValue } from '../state/containers.js'
import { renderUpdate, updateOfKey } from '../wire/update.js'
import { PsycError } from '../../util/errors.js'
import { concat, copyOf } from '../../util/bytes.js'
import { decodeUtf8, encodeUtf8 } from '../../util/utf8.js'
import type { ObjectChange } from './object-store.js'
import type { AskedChange, SharedObjectSlots } from './shared-object-slots.js'

const TOKEN_LENGTH = 64 // ours: more than any `_token_change` needs
const STATE_PART_BYTES = 32_768 // ours: slots in one modifier of a full state

/**
 * What a `_request_change_shared` or `_request_clear_shared` asks. Of several items for one slot the last counts, and
 * removing comes after setting. Values are copied.
 * @throws PsycError PSYC_DICT, PSYC_LIST
 */
export function askedChange(packet: Packet): AskedChange {
  if (packet.method.startsWith('_request_clear')) return { isClear: true, set: new Map(), remove: [] }
  const set = new Map<string, TypedValue>()
  const dict = packet.dict('_dict_change')
  for (const { key, type, value } of dict?.items ?? []) {
    set.set(text(key), { type: type ?? dict?.defaultType ?? '', value: copy(value) })
  }
  const remove = new Set(packet.list('_list_remove')?.texts())
  for (const name of remove) set.delete(name)
  return { isClear: false, set, remove: [...remove] }
}

/** @throws PsycError PSYC_MODIFIER_LENGTH when it is too long */
export function changeToken(packet: Packet): string | undefined {
  const token = packet.text('_token_change')
  if (token === undefined || token.length <= TOKEN_LENGTH) return token
  throw new PsycError('PSYC_MODIFIER_LENGTH', `_token_change has ${token.length} characters`)
}

/** The cast of an accepted batch. @param writer uniform of the person; undefined: the place itself */
export function changeCast(
  change: ObjectChange,
  writer: string | undefined,
  token: string | undefined,
): Cast {
  const version = String(change.version)
  const entity: Modifier[] = []
  if (token !== undefined) entity.push({ operator: ':', name: '_token_change', value: token })
  if (change.isClear) return clearCast(version, writer, entity)
  const updates = [
    ...[...change.set].map(([name, { type, value }]) =>
      renderUpdate(updateOfKey(name, '=', type === '' ? undefined : type, value)),
    ),
    ...change.remove.map((name) => renderUpdate(updateOfKey(name, '-'))),
  ]
  return {
    method: '_notice_change_shared',
    sourceRelay: writer,
    entity: [{ operator: ':', name: '_amount_version', value: version }, ...entity],
    state: {
      modifiers: updates.map((value) => ({ operator: '@', name: '_dict_slots', value })),
      plain: (syntax) => [plainModifier('_change', syntax, joinLines(updates))],
    },
  }
}

function clearCast(version: string, sourceRelay: string | undefined, entity: Modifier[]): Cast {
  return {
    method: '_notice_clear_shared',
    sourceRelay,
    entity,
    state: {
      operation: 'reset',
      modifiers: [
        { operator: '=', name: '_amount_version', value: version },
        { operator: '=', name: '_dict_slots', value: '' },
      ],
      plain: () => [{ operator: ':', name: '_amount_version', value: version }],
    },
  }
}

/** The object's state for those who enter. */
export function objectState(slots: SharedObjectSlots): ContextState {
  return {
    *modifiers() {
      yield { operator: '=', name: '_amount_version', value: String(slots.version) }
      let operator: '=' | '+' = '='
      for (const value of dictParts(slots)) {
        yield { operator, name: '_dict_slots', value }
        operator = '+'
      }
    },
    plain: (syntax) => [
      { operator: ':', name: '_amount_version', value: String(slots.version) },
      plainModifier('_slots', syntax, new PsycDict([...slots.entries()].map(item)).render()),
    ],
  }
}

/**
 * Typed text for members that keep no state: `_data…` holds it as it is. In 0.9, which cannot carry it, it is base64
 * under that name; the renderer does that for the `_dict…` that the name stands for.
 */
function plainModifier(name: '_change' | '_slots', syntax: Syntax, value: Uint8Array): Modifier {
  return { operator: ':', name: (syntax === '1.0' ? '_data' : '_dict') + name, value }
}

/** The slots in dicts of bounded size; at least one. Rendered, so that nobody renders them again to measure. */
function* dictParts(slots: SharedObjectSlots): Generator<Uint8Array> {
  let items: DictItem[] = []
  let bytes = 0
  for (const entry of slots.entries()) {
    items.push(item(entry))
    bytes += entry[0].length + entry[1].value.length
    if (bytes < STATE_PART_BYTES) continue
    yield new PsycDict(items).render()
    items = []
    bytes = 0
  }
  if (items.length > 0 || slots.size === 0) yield new PsycDict(items).render()
}

function item([key, { type, value }]: readonly [string, TypedValue]): DictItem {
  return { key, type: type === '' ? undefined : type, value }
}

/** Updates hold their own lengths, so LF between them is for the eye and for splitting by a simple reader. */
function joinLines(updates: readonly Uint8Array[]): Uint8Array {
  const lineFeed = Uint8Array.of(10)
  return concat(updates.flatMap((update, at) => (at === 0 ? [update] : [lineFeed, update])))
}

function copy(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? encodeUtf8(value) : copyOf(value)
}

function text(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : decodeUtf8(value)
}
