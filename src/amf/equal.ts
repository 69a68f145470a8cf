/**
 * Equality of the value model, as graphs: the same shape, the same properties in the same order, and instances shared
 * in the same places. Time and memory are linear in the graph, cycles included.
 *
 * Numbers are equal as by Object.is. Dates and XML are compared by content, since AMF0 cannot tell one from two alike,
 * and a date's zone is no part of it.
 */
import { equalBytes } from '../util/bytes.js'
import { exactOf } from './exact.js'
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  type AmfValue,
  AmfVector,
  AmfXml,
} from './value.js'

const LONG_TEXT = 1_000

export function equalValues(a: AmfValue, b: AmfValue): boolean {
  const comparison = new Comparison()
  return comparison.visit(a, b) && comparison.run()
}

/** Walks both graphs at once with a stack of its own: a chain of references may be longer than ours is deep. */
class Comparison {
  private readonly partners = new Map<object, object>()
  private readonly partnersBack = new Map<object, object>()
  private readonly longTexts = new Map<string, string>()
  private readonly left: object[] = []
  private readonly right: object[] = []

  /** False at the first difference; objects wait for `run`. */
  visit(a: AmfValue, b: AmfValue): boolean {
    if (typeof a === 'string' && a.length > LONG_TEXT && typeof b === 'string') return this.equalLong(a, b)
    if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b)
    if (isContentOnly(a)) return equalContent(a, b)
    const partner = this.partners.get(a)
    if (partner !== undefined) return partner === b
    if (this.partnersBack.has(b)) return false
    this.partners.set(a, b)
    this.partnersBack.set(b, a)
    this.left.push(a)
    this.right.push(b)
    return true
  }

  /** A message may repeat one long text thousands of times: it is compared in full only once, then found by its hash. */
  private equalLong(a: string, b: string): boolean {
    const known = this.longTexts.get(a)
    if (known !== undefined) return known === b
    if (a !== b) return false
    this.longTexts.set(a, b)
    return true
  }

  run(): boolean {
    for (
      let a = this.left.pop(), b = this.right.pop();
      a !== undefined;
      a = this.left.pop(), b = this.right.pop()
    )
      if (!this.equalInside(a, b)) return false
    return true
  }

  private visitAll(a: readonly AmfValue[], b: readonly AmfValue[]): boolean {
    if (a.length !== b.length) return false
    for (let at = 0; at < a.length; at++) if (!this.visit(a[at], b[at])) return false
    return true
  }

  private equalInside(a: unknown, b: unknown): boolean {
    if (a instanceof AmfObject) return b instanceof AmfObject && this.equalObjects(a, b)
    if (a instanceof AmfArray) return b instanceof AmfArray && this.equalArrays(a, b)
    if (a instanceof AmfEcmaArray)
      return b instanceof AmfEcmaArray && equalNames(a.names, b.names) && this.visitAll(a.values, b.values)
    if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b)
    if (a instanceof AmfVector) return b instanceof AmfVector && this.equalVectors(a, b)
    if (a instanceof AmfDictionary) return b instanceof AmfDictionary && this.equalDictionaries(a, b)
    if (a instanceof AmfExternalizable)
      return b instanceof AmfExternalizable && a.className === b.className && this.visit(a.body, b.body)
    return this.equalExact(a, b)
  }

  private equalObjects(a: AmfObject, b: AmfObject): boolean {
    return (
      a.className === b.className &&
      a.isDynamic === b.isDynamic &&
      a.sealedCount === b.sealedCount &&
      equalNames(a.names, b.names) &&
      this.visitAll(a.values, b.values)
    )
  }

  private equalArrays(a: AmfArray, b: AmfArray): boolean {
    return (
      this.visitAll(a.items, b.items) && equalNames(a.names, b.names) && this.visitAll(a.values, b.values)
    )
  }

  private equalVectors(a: AmfVector, b: AmfVector): boolean {
    return (
      a.kind === b.kind &&
      a.isFixed === b.isFixed &&
      a.typeName === b.typeName &&
      this.visitAll(a.items, b.items)
    )
  }

  private equalDictionaries(a: AmfDictionary, b: AmfDictionary): boolean {
    if (a.hasWeakKeys !== b.hasWeakKeys || a.pairs.length !== b.pairs.length) return false
    return a.pairs.every((pair, at) => this.visitAll(pair, b.pairs[at] ?? []))
  }

  private equalExact(a: unknown, b: unknown): boolean {
    const x = exactOf(a)
    const y = exactOf(b)
    if (x === undefined || y === undefined) return false
    return x.form === y.form && x.count === y.count && this.visit(x.value, y.value)
  }
}

function isContentOnly(value: object): boolean {
  return value instanceof AmfDate || value instanceof AmfXml || value instanceof AmfUnsupported
}

function equalContent(a: object, b: object): boolean {
  if (a instanceof AmfDate) return b instanceof AmfDate && Object.is(a.ms, b.ms)
  if (a instanceof AmfXml) return b instanceof AmfXml && a.isDocument === b.isDocument && a.text === b.text
  return b instanceof AmfUnsupported
}

function equalNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at])
}
