/** AMF values and PSYC variables as lines for people. */
import { AmfArray, AmfDate, AmfEcmaArray, AmfObject, AmfXml } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import type { Packet } from '../psyc/wire/packet.js'
import { valueText } from '../psyc/wire/packet.js'

const MAX_DEPTH = 4 // deeper says nothing to people, and cycles end

/** One line. */
export function readable(value: AmfValue, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof AmfDate)
    return Number.isFinite(value.ms) ? `${value.ms} ms since 1970` : 'invalid date'
  if (value instanceof AmfXml) return JSON.stringify(value.text)
  if (depth === MAX_DEPTH) return '…'
  if (value instanceof AmfObject || value instanceof AmfEcmaArray) {
    const members = named(value, depth)
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
  }
  if (value instanceof AmfArray) {
    const items = value.items.map((item) => readable(item, depth + 1))
    return `[${[...items, ...named(value, depth)].join(', ')}]`
  }
  return value.constructor.name
}

/** One line for each property of an information object; none of what is no object. */
export function propertyLines(value: AmfValue): string[] {
  return value instanceof AmfObject || value instanceof AmfEcmaArray ? named(value, 0) : []
}

function named(value: AmfObject | AmfEcmaArray | AmfArray, depth: number): string[] {
  return [...value.entries()].map(([name, member]) => `${name}: ${readable(member, depth + 1)}`)
}

/** A property as text, "" when it is none. */
export function textProperty(value: AmfValue, name: string): string {
  if (!(value instanceof AmfObject || value instanceof AmfEcmaArray)) return ''
  const member = value.get(name)
  return typeof member === 'string' ? member : ''
}

/** One line for each entity variable. */
export function variableLines(packet: Packet): string[] {
  return packet.entity.map(({ name, value }) => `${name}: ${valueText(value)}`)
}
