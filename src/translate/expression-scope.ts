/** AMF values for the expressions of profiles (profile/expression.ts, profile/vocabulary.ts). */
import { AmfArray, AmfEcmaArray, AmfExternalizable, AmfObject, type AmfValue } from '../amf/value.js'
import type { Literal, Scope } from '../profile/expression.js'
import { chatLineHtml, htmlToText, textToHtml } from './text.js'

/** Roots of the vocabulary by name; `_name` for the variables of a packet. */
export type Roots = (name: string) => AmfValue

type Functions = Readonly<Record<string, (args: readonly AmfValue[]) => AmfValue>>

/** In `calls`: what the client sent, on its way to PSYC. */
const towardsPsyc: Functions = {
  html: ([html]) => htmlToText(textOf(html) ?? ''),
}

/** In `on`: what the place sent, on its way to the client. */
const towardsFlash: Functions = {
  html: ([first, second]) => {
    const text = textOf(first) ?? ''
    return second === undefined ? textToHtml(text) : chatLineHtml(text, textOf(second) ?? '')
  },
}

class ValueScope implements Scope<AmfValue> {
  constructor(
    private readonly roots: Roots,
    private readonly functions: Functions,
  ) {}

  root(name: string): AmfValue {
    return this.roots(name)
  }

  member(value: AmfValue, key: string): AmfValue {
    if (value instanceof AmfExternalizable) return this.member(value.body, key) // ArrayCollection, ObjectProxy
    if (value instanceof AmfArray) return /^\d{1,9}$/.test(key) ? value.items[Number(key)] : value.get(key)
    return value instanceof AmfObject || value instanceof AmfEcmaArray ? value.get(key) : undefined
  }

  literal(value: Literal): AmfValue {
    return value
  }

  call(name: string, args: readonly AmfValue[]): AmfValue {
    return this.functions[name]?.(args)
  }

  object(entries: readonly (readonly [string, AmfValue])[]): AmfValue {
    const object = new AmfObject()
    for (const [name, value] of entries) object.push(name, value)
    return object
  }
}

/** For `calls`, `nick` and `password`. */
export function scopeOfCall(roots: Roots): Scope<AmfValue> {
  return new ValueScope(roots, towardsPsyc)
}

/** For `on` and `objects`. */
export function scopeOfCallback(roots: Roots): Scope<AmfValue> {
  return new ValueScope(roots, towardsFlash)
}

/** The roots of a table. */
export function rootsOf(table: Readonly<Record<string, AmfValue>>): Roots {
  return (name) => (Object.hasOwn(table, name) ? table[name] : undefined)
}

/** Query parameters as an object: `query.user`. */
export function queryObject(query: ReadonlyMap<string, string>): AmfObject {
  return new AmfObject('', true, 0, [...query.keys()], [...query.values()])
}

/** Text and numbers as text; undefined for all that no reader would take for text. */
export function textOf(value: AmfValue): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}
