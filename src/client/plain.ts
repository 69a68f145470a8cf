/** AMF values as plain JavaScript and back, for pages: what has no plain form loses its type, never its contents. */
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  AmfVector,
  AmfXml,
} from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'

export type Plain =
  | undefined
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Date
  | readonly Plain[]
  | ReadonlyMap<Plain, Plain>
  | PlainObject

/** Without a prototype, so that names like `constructor` are names like any. */
export interface PlainObject {
  readonly [name: string]: Plain
}

/**
 * Objects become objects without a prototype, lists arrays, arrays with names Maps, dates Dates, XML its text. Shared
 * and cyclic instances stay so.
 */
export function toPlain(value: AmfValue): Plain {
  return plainOf(value, new Map())
}

type Known = Map<AmfValue, Plain>

function plainOf(value: AmfValue, known: Known): Plain {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  if (known.has(value)) return known.get(value)
  if (value instanceof AmfUnsupported) return undefined
  if (value instanceof AmfDate) return new Date(value.ms)
  if (value instanceof AmfXml) return value.text
  if (value instanceof AmfExternalizable) return plainOf(value.body, known)
  if (value instanceof AmfObject) return plainObject(value, known)
  if (value instanceof AmfVector) return plainList(value, value.items, known)
  if (value instanceof AmfDictionary) return plainMap(value, value.pairs, known)
  if (value instanceof AmfEcmaArray) {
    const isList = value.names.every((name, at) => name === String(at))
    return isList ? plainList(value, value.values, known) : plainMap(value, value.entries(), known)
  }
  if (value.size === 0) return plainList(value, value.items, known)
  const numbered = value.items.map((item, at): [string, AmfValue] => [String(at), item])
  return plainMap(value, [...numbered, ...value.entries()], known)
}

function plainObject(value: AmfObject, known: Known): Plain {
  const object = Object.create(null) as Record<string, Plain>
  known.set(value, object)
  for (const [name, item] of value.entries()) object[name] = plainOf(item, known)
  return object
}

function plainList(value: AmfValue, items: readonly AmfValue[], known: Known): Plain {
  const list: Plain[] = []
  known.set(value, list)
  for (const item of items) list.push(plainOf(item, known))
  return list
}

function plainMap(value: AmfValue, pairs: Iterable<[AmfValue, AmfValue]>, known: Known): Plain {
  const map = new Map<Plain, Plain>()
  known.set(value, map)
  for (const [key, item] of pairs) map.set(plainOf(key, known), plainOf(item, known))
  return map
}

/**
 * Plain values and AMF values, mixed as one likes: AMF values outside plain ones are taken as they are. A Map becomes
 * an array with names.
 * @throws TypeError for functions, symbols and big integers
 */
export function fromPlain(value: unknown): AmfValue {
  return amfOf(value, new Map())
}

const amfClasses = [
  Uint8Array,
  AmfObject,
  AmfArray,
  AmfEcmaArray,
  AmfDate,
  AmfXml,
  AmfVector,
  AmfDictionary,
  AmfExternalizable,
  AmfUnsupported,
] as const

function isAmf(value: object): boolean {
  return amfClasses.some((amfClass) => value instanceof amfClass)
}

function amfOf(value: unknown, known: Map<object, AmfValue>): AmfValue {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'string':
      return value
    case 'object':
      return value === null ? null : (known.get(value) ?? amfOfObject(value, known))
    default:
      throw new TypeError(`a ${typeof value} has no form in AMF`)
  }
}

function amfOfObject(value: object, known: Map<object, AmfValue>): AmfValue {
  if (isAmf(value)) return value as AmfValue
  if (value instanceof Date) return new AmfDate(value.getTime())
  if (Array.isArray(value)) {
    const array = new AmfArray()
    known.set(value, array)
    for (const item of value) array.items.push(amfOf(item, known))
    return array
  }
  const named = value instanceof Map ? new AmfEcmaArray() : new AmfObject()
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value)
  known.set(value, named)
  for (const [name, item] of entries) named.set(String(name), amfOf(item, known))
  return named
}
