/**
 * AMF values as typed PSYC text and back [design 2.2].
 *
 *   AMF                                      type              value
 *   String                                   _text             as is
 *   Number: integer within ±2⁵³ / other      _amount/_number   decimal / shortest round trip, NaN, -Infinity, -0
 *   Boolean, Null, Undefined, Unsupported    _flag _null _undefined _unsupported   "1" "0", the rest empty
 *   Date, ByteArray, XML, XMLDocument        _instant (ms Unix) _data _xml _xml_document
 *   Array: dense / with a named part         _list / _list_mixed   elements / _list, _dict
 *   Object, ECMA array                       _dict _dict_array     properties in order
 *   typed object                             _struct_object        _text class, _list sealed names, _dict [, _flag]
 *   externalizable                           _struct_external      _text class, any body
 *   Vector                                   _list_vector_int …    _flag fixed, _text class, _list items
 *   Dictionary                               _list_pairs           _flag weak, _list of key, value, key, value …
 *   a value met again                        _reference            its number
 *
 * **Numbers of values.** Every value with an identity counts: containers, dates, XML and byte arrays; text,
 * numbers, flags and the three nothings do not. They are numbered from 0 over the whole list (or slot), each
 * before what it contains. The parts of a struct (class, sealed names, `_dict`, `_list`) are no values.
 *
 * The `_flag` of a typed object says whether it is dynamic; it is only there where the members do not show it:
 * without it an object is dynamic if it has members beyond the sealed ones, or no sealed ones.
 * Anonymous objects with sealed members are typed objects without a class name.
 *
 * **Native senders** may leave types out. A type, or the name of a variable, that is none of the table is taken
 * by its first word: `_amount…`, `_flag…`, `_list…`, `_dict…`, `_date…` (seconds of PSYC's epoch); the rest is text.
 *
 * **Equality** is that of the value model, as graphs. Lost: a Date's zone, invalid UTF-8, lone surrogates.
 */
import type { AmfValue } from '../amf/value.js'
import { PsycList } from '../psyc/wire/list.js'
import { LimitError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { encodeUtf8 } from '../util/utf8.js'
import { listPart, writeContent, type Part } from './typed-text.js'
import { ValueReader, type Range } from './value-parse.js'
import { ValuePlanner, type ValueLimits } from './value-render.js'

export type { ValueLimits } from './value-render.js'

/** A value by itself: the type, and the text without the type. */
export interface TypedText {
  readonly type: string
  /** Owned. */
  readonly value: Uint8Array
}

/**
 * The value of `_list_arguments`, `_list_result` or `_data_arguments`. Owned.
 * @throws LimitError amfDepth, amfNodes, typedTextBytes
 */
export function renderArguments(
  values: readonly AmfValue[],
  limits: ValueLimits = defaultLimits,
): Uint8Array {
  const planner = new ValuePlanner(limits)
  const parts = values.map((value) => planner.part(value))
  return written(listPart('_list', parts), limits)
}

/**
 * The inverse. The values own their bytes.
 * @param list borrowed; text, or a list that was parsed already
 * @throws TranslateError TRANSLATE_VALUE
 * @throws LimitError amfDepth, amfNodes, typedTextBytes
 */
export function parseArguments(list: Uint8Array | PsycList, limits: ValueLimits = defaultLimits): AmfValue[] {
  const reader = new ValueReader(limits)
  if (list instanceof PsycList) {
    const type = list.defaultType ?? ''
    return list.elements.map((element) => reader.value(element.type ?? type, whole(element.value, limits)))
  }
  const values: AmfValue[] = []
  reader.arguments(values, whole(list, limits))
  return values
}

/**
 * One value of its own, e.g. of a slot: `_reference` counts from this value.
 * @throws LimitError amfDepth, amfNodes, typedTextBytes
 */
export function renderTyped(value: AmfValue, limits: ValueLimits = defaultLimits): TypedText {
  const part = new ValuePlanner(limits).part(value)
  return { type: part.type, value: written(part, limits) }
}

/**
 * The inverse; also the value of any variable of a native sender, with the variable's name as type.
 * @param value borrowed; the result owns its bytes
 * @throws TranslateError TRANSLATE_VALUE
 * @throws LimitError amfDepth, amfNodes, typedTextBytes
 */
export function parseTyped(
  type: string,
  value: string | Uint8Array,
  limits: ValueLimits = defaultLimits,
): AmfValue {
  return new ValueReader(limits).value(type, whole(value, limits))
}

function written(part: Part, { typedTextBytes }: ValueLimits): Uint8Array {
  if (part.size > typedTextBytes) throw new LimitError('typedTextBytes', typedTextBytes, part.size)
  return writeContent(part)
}

function whole(text: string | Uint8Array, { typedTextBytes }: ValueLimits): Range {
  if (text.length > typedTextBytes) throw new LimitError('typedTextBytes', typedTextBytes, text.length)
  const bytes = typeof text === 'string' ? encodeUtf8(text) : text
  return { bytes, start: 0, end: bytes.length }
}
