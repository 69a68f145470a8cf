/** What packets and states of contexts hold, as values for people and machines. */
import { AmfArray, AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import { toPlain } from '../client/plain.js'
import type { Plain } from '../client/plain.js'
import type { StateVariables } from '../psyc/state/variables.js'
import { PsycDict, parseDict } from '../psyc/wire/dict.js'
import { inherits } from '../psyc/wire/keyword.js'
import { PsycList } from '../psyc/wire/list.js'
import { valueBytes } from '../psyc/wire/packet.js'
import type { Modifier, Operator, Packet, Value } from '../psyc/wire/packet.js'
import { parseUpdate } from '../psyc/wire/update.js'
import { parseArguments, parseTyped } from '../translate/value.js'
import { encodeBase64 } from '../util/base64.js'
import { GatewayError } from '../util/errors.js'
import { decodeUtf8, decodeUtf8Strict } from '../util/utf8.js'

export interface Named {
  readonly name: string
  readonly value: AmfValue
}

/** What a packet does to the state. */
export interface Change {
  readonly operator: Operator
  readonly name: string
  /** What it does it to, inside a container: "{alice}". */
  readonly index?: string
  /** Undefined for what is deleted. */
  readonly value?: AmfValue
}

/** Variables of the packet alone. */
export function variablesOf({ entity }: Packet): Named[] {
  return entity
    .filter(({ operator }) => operator === ':')
    .map(({ name, value }) => ({ name, value: valueOf(name, value) }))
}

export function changesOf({ entity }: Packet): Change[] {
  return entity.filter(({ operator }) => operator !== ':').map(changeOf)
}

export function valuesOf(state: StateVariables): Named[] {
  return [...state.modifiers()].map(({ name, value }) => ({ name, value: valueOf(name, value) }))
}

function changeOf({ operator, name, value }: Modifier): Change {
  if (operator !== '@') return { operator, name, value: valueOf(name, value) }
  try {
    const update = parseUpdate(valueBytes(value))
    const index = update.path
      .map((step) => {
        if (step.kind === 'key') return `{${textOf(step.key)}}`
        return step.kind === 'element' ? `#${step.position}` : `.${step.name}`
      })
      .join('')
    const change = { operator: update.operator, name, index }
    return update.value === undefined
      ? change
      : { ...change, value: valueOf(update.type ?? '', update.value) }
  } catch (error) {
    return { operator, name, value: asItCame(error, value) }
  }
}

/**
 * A value by the type that it has or that its name gives it.
 * @param type "_text", "_list_members"; "" for none
 */
export function valueOf(type: string, value: Value): AmfValue {
  try {
    if (value instanceof PsycDict || inherits(type, '_dict')) return dictOf(value)
    if (value instanceof PsycList || type === '_list_arguments' || type === '_list_result')
      return new AmfArray(parseArguments(value instanceof PsycList ? value : valueBytes(value)))
    const bytes = valueBytes(value)
    if (inherits(type, '_data')) return bytes
    return parseTyped(type, bytes)
  } catch (error) {
    return asItCame(error, value)
  }
}

/** Each item is a value of its own. */
function dictOf(value: Value): AmfObject {
  const { items, defaultType = '' } = value instanceof PsycDict ? value : parseDict(valueBytes(value))
  const object = new AmfObject()
  for (const item of items) object.set(textOf(item.key), valueOf(item.type ?? defaultType, item.value))
  return object
}

/** What is ill-formed breaks nothing [psyc.md 1.5]. */
function asItCame(error: unknown, value: Value): AmfValue {
  if (!(error instanceof GatewayError)) throw error
  const bytes = valueBytes(value)
  return decodeUtf8Strict(bytes) ?? bytes
}

function textOf(text: string | Uint8Array): string {
  return typeof text === 'string' ? text : decodeUtf8(text)
}

const MOST_DEPTH = 64 // cycles end
const MOST_BASE64 = 4_096 // bytes: media is not for JSON

/** The value as JSON can say it: dates as text, bytes as base64 or their number, arrays with names as objects. */
export function jsonOf(value: AmfValue): unknown {
  return jsonOfPlain(toPlain(value), 0)
}

function jsonOfPlain(value: Plain, depth: number): unknown {
  if (depth > MOST_DEPTH) return '…'
  if (value === undefined) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString()
  if (value instanceof Uint8Array)
    return value.length <= MOST_BASE64 ? { base64: encodeBase64(value) } : { bytes: value.length }
  const inner = (item: Plain): unknown => jsonOfPlain(item, depth + 1)
  if (Array.isArray(value)) return value.map(inner)
  const entries = value instanceof Map ? value : Object.entries(value)
  return Object.fromEntries([...entries].map(([name, item]) => [nameOf(name), inner(item as Plain)]))
}

function nameOf(name: unknown): string {
  return typeof name === 'string' ? name : JSON.stringify(name)
}
