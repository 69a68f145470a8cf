import { AmfArray, type AmfEcmaArray } from './value.js'

/**
 * An ECMA array as AMF3 has it [AMF3 §3.11]: the properties "0", "1", … n-1 are the dense items, all others the named
 * part. Of a name that repeats the last value counts.
 */
export function toMixedArray(array: AmfEcmaArray): AmfArray {
  const last = new Map<string, number>()
  for (let at = 0; at < array.names.length; at++) last.set(array.names[at] ?? '', at)
  const mixed = new AmfArray()
  for (let index = 0; ; index++) {
    const at = last.get(String(index))
    if (at === undefined) break
    mixed.items.push(array.values[at])
    last.delete(String(index))
  }
  for (const [name, at] of last) mixed.push(name, array.values[at])
  return mixed
}
