/**
 * Lists and dicts in the state of a context (variables.ts tells what the operators mean). What a modifier adds or takes out
 * costs what it says, and not what the container holds: a packet may bring a thousand of them.
 */
import type { Update } from '../wire/update.js'
import { copyOf } from '../../util/bytes.js'
import { decodeUtf8, encodeUtf8 } from '../../util/utf8.js'

/** An element of a list or the item of a dict. */
export interface TypedValue {
  /** "_text"; "" when the sender gave none. */
  readonly type: string
  /** Owned by the state: shared with readers, never changed. */
  readonly value: Uint8Array
}

/** In the order they came; by their keys. */
export type DictState = ReadonlyMap<string, TypedValue>
export type ListState = readonly TypedValue[]

const SEARCHED = 16 // ours: of more elements the places are not looked up one by one

/** A list whose elements can be looked up. Equal ones may stand in it. */
export class StateList {
  bytes = 0
  /** In order, by numbers that only grow. */
  private readonly byNumber = new Map<number, TypedValue>()
  /** The numbers of equal elements. */
  private readonly numbers = new Map<string, number[]>()
  private next = 0
  /** The numbers by position, once somebody has asked for one. */
  private order: number[] | undefined

  get size(): number {
    return this.byNumber.size
  }

  get elements(): ListState {
    return [...this.byNumber.values()]
  }

  assign(elements: readonly TypedValue[]): true {
    this.byNumber.clear()
    this.numbers.clear()
    this.order = undefined
    this.bytes = 0
    for (const element of elements) this.put(this.next++, element)
    return true
  }

  add(elements: readonly TypedValue[]): true {
    for (const element of elements) if (!this.numbers.has(identity(element))) this.put(this.next++, element)
    return true
  }

  /** @returns whether any are left; an empty list means: forget it all */
  remove(elements: readonly TypedValue[]): boolean {
    if (elements.length > SEARCHED) this.order = undefined
    for (const element of elements) {
      const key = identity(element)
      for (const number of this.numbers.get(key) ?? []) this.drop(number)
      this.numbers.delete(key)
    }
    return elements.length > 0 && this.size > 0
  }

  /** Set an element that is there; everything else is ignored. */
  update({ path, operator, type, value }: Update): true {
    const [index] = path
    if (path.length !== 1 || index?.kind !== 'element' || operator !== '=') return true
    this.order ??= [...this.byNumber.keys()]
    const number = this.order[index.position]
    const old = number === undefined ? undefined : this.byNumber.get(number)
    if (number === undefined || old === undefined) return true
    const key = identity(old)
    const others = this.numbers.get(key)?.filter((other) => other !== number) ?? []
    if (others.length > 0) this.numbers.set(key, others)
    else this.numbers.delete(key)
    this.bytes -= sizeOf(old)
    this.put(number, typedValue(type, value))
    return true
  }

  /** The number keeps its place in the order, if it has one. */
  private put(number: number, element: TypedValue): void {
    const key = identity(element)
    const numbers = this.numbers.get(key)
    if (numbers === undefined) this.numbers.set(key, [number])
    else numbers.push(number)
    if (!this.byNumber.has(number)) this.order?.push(number)
    this.byNumber.set(number, element)
    this.bytes += sizeOf(element)
  }

  private drop(number: number): void {
    const old = this.byNumber.get(number)
    if (old !== undefined) this.bytes -= sizeOf(old)
    this.byNumber.delete(number)
    this.order?.splice(positionIn(this.order, number), 1)
  }
}

export class StateDict {
  readonly items = new Map<string, TypedValue>()
  bytes = 0

  get size(): number {
    return this.items.size
  }

  set(items: readonly (readonly [string, TypedValue])[], anew: boolean): true {
    if (anew) {
      this.items.clear()
      this.bytes = 0
    }
    for (const [key, item] of items) this.put(key, item)
    return true
  }

  /** @returns whether the dict stays; no keys mean: forget it all */
  remove(keys: readonly string[]): boolean {
    for (const key of keys) this.drop(key)
    return keys.length > 0
  }

  /** Set or remove an item; paths that lead deeper are ignored. */
  update({ path, operator, type, value }: Update): true {
    const [index] = path
    if (path.length !== 1 || index?.kind !== 'key') return true
    if (operator === '=') this.put(keyText(index.key), typedValue(type, value))
    else if (operator === '-') this.drop(keyText(index.key))
    return true
  }

  private put(key: string, item: TypedValue): void {
    const old = this.items.get(key)
    this.bytes += old === undefined ? key.length + sizeOf(item) : sizeOf(item) - sizeOf(old)
    this.items.set(key, item)
  }

  private drop(key: string): void {
    const old = this.items.get(key)
    if (old === undefined) return
    this.bytes -= key.length + sizeOf(old)
    this.items.delete(key)
  }
}

/** @param numbers ascending; `wanted` is one of them */
function positionIn(numbers: readonly number[], wanted: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? wanted) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** One character for each byte, and no two alike: putting such a text together by hand costs many times its bytes. */
const byteText = new TextDecoder('windows-1252')

/** Equal types and equal bytes, nothing else, have equal identities. */
function identity({ type, value }: TypedValue): string {
  return `${type} ${byteText.decode(value)}`
}

function sizeOf({ type, value }: TypedValue): number {
  return type.length + value.length
}

export function typedValue(type: string | undefined, value: string | Uint8Array = ''): TypedValue {
  return { type: type ?? '', value: typeof value === 'string' ? encodeUtf8(value) : copyOf(value) }
}

/** Of a dict's key. */
export function keyText(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : decodeUtf8(value)
}
