/** A graph of AMF values as typed PSYC text; see value.ts for the table. */
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfObject,
  AmfUnsupported,
  AmfVector,
  AmfXml,
  type AmfExternalizable,
  type AmfValue,
} from '../amf/value.js'
import { LimitError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import { asciiPart, bytesPart, dictPart, elementSize, listPart, textPart, type Part } from './typed-text.js'

export type ValueLimits = Pick<Limits, 'amfDepth' | 'amfNodes' | 'typedTextBytes'>

/** The values that have an identity: met again they are a reference. */
export type Identity = Leaf | Container
type Leaf = Uint8Array | AmfDate | AmfXml
type Container = AmfObject | AmfArray | AmfEcmaArray | AmfVector | AmfDictionary | AmfExternalizable
type Primitive = undefined | null | boolean | number | string | AmfUnsupported

/** Within it every integer has its own double. */
const INTEGERS = 2 ** 53

/** Shortest text that reads back as the same double. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Plans the text of values that belong together: one list of arguments, or one slot. */
export class ValuePlanner {
  private readonly numbers = new Map<Identity, number>()
  private nodes = 0
  private bytes = 0

  constructor(private readonly limits: ValueLimits) {}

  /**
   * @param depth containers around the value
   * @throws LimitError amfDepth, amfNodes, typedTextBytes: before anything as big as that was made
   */
  part(value: AmfValue, depth = 0): Part {
    this.within('amfNodes', ++this.nodes)
    const part = isPrimitive(value) ? this.primitive(value) : this.identity(value, depth)
    // a container's elements have been counted one by one
    if (!Array.isArray(part.content)) this.spend(elementSize(part))
    return part
  }

  private primitive(value: Primitive): Part {
    switch (typeof value) {
      case 'string':
        return this.text('_text', value)
      case 'number':
        return asciiPart(isAmount(value) ? '_amount' : '_number', numberText(value))
      case 'boolean':
        return asciiPart('_flag', value ? '1' : '0')
      case 'undefined':
        return asciiPart('_undefined', '')
      default:
        return asciiPart(value === null ? '_null' : '_unsupported', '')
    }
  }

  private identity(value: Identity, depth: number): Part {
    const number = this.numbers.get(value)
    if (number !== undefined) return asciiPart('_reference', String(number))
    this.numbers.set(value, this.numbers.size)
    if (value instanceof Uint8Array) return bytesPart('_data', value)
    if (value instanceof AmfDate) return asciiPart('_instant', numberText(value.ms))
    if (value instanceof AmfXml) return this.text(value.isDocument ? '_xml_document' : '_xml', value.text)
    this.within('amfDepth', depth + 1)
    return this.container(value, depth + 1)
  }

  private container(value: Container, depth: number): Part {
    if (value instanceof AmfObject) return this.object(value, depth)
    if (value instanceof AmfEcmaArray) return this.dict('_dict_array', value, depth)
    if (value instanceof AmfArray) return this.array(value, depth)
    if (value instanceof AmfVector)
      return listPart(`_list_vector_${value.kind}`, [
        flag(value.isFixed),
        this.text('_text', value.typeName),
        this.list('_list', value.items, depth),
      ])
    if (value instanceof AmfDictionary)
      return listPart('_list_pairs', [flag(value.hasWeakKeys), this.list('_list', value.pairs.flat(), depth)])
    return listPart('_struct_external', [this.text('_text', value.className), this.part(value.body, depth)])
  }

  private object(value: AmfObject, depth: number): Part {
    const { className, sealedCount, isDynamic, names } = value
    const isPlain = className === '' && sealedCount === 0 && isDynamic
    if (isPlain) return this.dict('_dict', value, depth)
    const sealed = names.slice(0, sealedCount).map((name) => this.text('_text', name))
    const parts = [this.text('_text', className), listPart('_list', sealed), this.dict('_dict', value, depth)]
    if (isDynamic !== seemsDynamic(sealedCount, names.length)) parts.push(flag(isDynamic))
    return listPart('_struct_object', parts)
  }

  private array({ items, names, values }: AmfArray, depth: number): Part {
    if (names.length === 0) return this.list('_list', items, depth)
    const dense = this.list('_list', items, depth)
    return listPart('_list_mixed', [dense, this.dict('_dict', { names, values }, depth)])
  }

  private list(type: string, items: readonly AmfValue[], depth: number): Part {
    const parts: Part[] = []
    for (const item of items) parts.push(this.part(item, depth))
    return listPart(type, parts)
  }

  private dict(type: string, properties: Pick<AmfObject, 'names' | 'values'>, depth: number): Part {
    const { names, values } = properties
    const parts = names.map((name, at) => {
      this.spend(name.length)
      return this.part(values[at], depth)
    })
    return dictPart(type, names, parts)
  }

  /** Refused by its length before it is measured: one long string may stand in many places. */
  private text(type: string, text: string): Part {
    this.within('typedTextBytes', this.bytes + text.length)
    return textPart(type, text)
  }

  private spend(bytes: number): void {
    this.bytes += bytes
    this.within('typedTextBytes', this.bytes)
  }

  private within(name: keyof ValueLimits, actual: number): void {
    const limit = this.limits[name]
    if (actual > limit) throw new LimitError(name, limit, actual)
  }
}

/**
 * Whether an object of so many properties is taken as dynamic where the text does not say: one with
 * dynamic members is, and one without any sealed member, as all of AMF0 are.
 */
export function seemsDynamic(sealedCount: number, propertyCount: number): boolean {
  return sealedCount === 0 || propertyCount > sealedCount
}

export function isAmount(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= INTEGERS && !Object.is(value, -0)
}

function isPrimitive(value: Primitive | Identity): value is Primitive {
  return typeof value !== 'object' || value === null || value instanceof AmfUnsupported
}

function flag(isSet: boolean): Part {
  return asciiPart('_flag', isSet ? '1' : '0')
}
