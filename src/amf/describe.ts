/**
 * Values as tagged descriptors, `{ t: 'string', v: 'hello' }`: JSON that shows what is on the wire, for `decode` and for
 * test vectors. Decode with `exact: true` to see also what the value model merges.
 *
 * An instance met again is `{ t: 'ref', index }` with its number in the table of the encoding, so the text is as large
 * as the graph and no larger. Numbers that JSON lacks are the texts "NaN", "Infinity", "-Infinity", "-0".
 */
import { toHex } from '../util/bytes.js'
import { defaultLimits } from '../util/limits.js'
import { utf8Length } from '../util/utf8.js'
import { WriteBudget } from './budget.js'
import { type AmfExact, exactOf } from './exact.js'
import { bodyShapeOf } from './externalizable.js'
import { toMixedArray } from './mixed-array.js'
import { ReferenceTable } from './references.js'
import { isInt29 } from './u29.js'
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  type AmfValue,
  AmfVector,
  AmfXml,
} from './value.js'

export type AmfEncoding = 'amf0' | 'amf3'

/** What the fields are depends on `t`; every value is JSON. */
export interface Descriptor {
  readonly t: string
  readonly [field: string]: unknown
}

type Instance = Extract<AmfValue, object>
type NamedDescriptor = readonly [string, Descriptor]

/**
 * The values of one message.
 *
 * @throws LimitError amfDepth  more nested than the decoder lets pass
 * @throws LimitError amfOutputBytes  too large as a text: a long string that many references repeat
 */
export function describeValues(values: readonly AmfValue[], encoding: AmfEncoding): Descriptor[] {
  const describer = encoding === 'amf0' ? new Amf0Describer() : new Amf3Describer()
  return values.map((value) => describer.describe(value))
}

/** One value by itself. */
export function describeValue(value: AmfValue, encoding: AmfEncoding): Descriptor {
  return (encoding === 'amf0' ? new Amf0Describer() : new Amf3Describer()).describe(value)
}

function jsonNumber(value: number): number | string {
  return Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value)
}

/** How deep and how long the description has become, in values and characters. */
class Extent extends WriteBudget {
  private length = 0

  add(length: number): void {
    this.check((this.length += length))
  }
}

/** What both encodings describe alike. */
abstract class Describer {
  private readonly objects = new ReferenceTable<object>()

  constructor(protected readonly extent = new Extent(defaultLimits, 0)) {}

  describe(value: AmfValue): Descriptor {
    this.extent.add(1)
    switch (typeof value) {
      case 'number':
        return this.describeNumber(value)
      case 'string':
        this.extent.add(value.length)
        return this.describeText(value)
      case 'boolean':
        return { t: 'boolean', v: value }
      case 'undefined':
        return { t: 'undefined' }
      default:
        return value === null ? { t: 'null' } : this.describeInstance(value)
    }
  }

  protected abstract describeNumber(value: number): Descriptor
  protected abstract describeText(text: string): Descriptor
  protected abstract describeInstance(value: Instance): Descriptor

  /** A reference, or what `describe` says of an instance that has taken its place in the table. */
  protected first(instance: object, describe: () => Descriptor): Descriptor {
    const index = this.objects.seen(instance)
    if (index !== undefined) return { t: 'ref', index }
    this.extent.enter()
    const descriptor = describe()
    this.extent.leave()
    return descriptor
  }

  protected all(values: readonly AmfValue[]): Descriptor[] {
    return values.map((value) => this.describe(value))
  }

  protected named(
    { names, values }: { readonly names: readonly string[]; readonly values: readonly AmfValue[] },
    start = 0,
    end = names.length,
  ): NamedDescriptor[] {
    return names.slice(start, end).map((name, at) => {
      this.extent.add(name.length)
      return [name, this.describe(values[start + at])]
    })
  }
}

class Amf0Describer extends Describer {
  protected override describeNumber(value: number): Descriptor {
    return { t: 'number', v: jsonNumber(value) }
  }

  protected override describeText(text: string): Descriptor {
    return { t: utf8Length(text) > 0xffff ? 'long-string' : 'string', v: text }
  }

  protected override describeInstance(value: Instance): Descriptor {
    if (value instanceof AmfObject) return this.describeObject(value)
    if (value instanceof AmfEcmaArray) return this.describeEcmaArray(value, value.size)
    if (value instanceof AmfArray && value.size === 0)
      return this.first(value, () => ({ t: 'strict-array', items: this.all(value.items) }))
    if (value instanceof AmfDate) return { t: 'date', ms: jsonNumber(value.ms), tz: value.zone }
    if (value instanceof AmfXml && value.isDocument) return this.describeXmlDocument(value)
    const exact = exactOf(value)
    if (exact !== undefined) return this.describeExact(exact)
    return isAmf3Only(value) ? this.describeAmf3(value) : { t: 'unsupported' }
  }

  private describeObject(object: AmfObject): Descriptor {
    if (!object.isDynamic || object.sealedCount > 0) return this.describeAmf3(object)
    return this.first(object, () => {
      const props = this.named(object)
      return object.className === ''
        ? { t: 'object', props }
        : { t: 'typed-object', class: object.className, props }
    })
  }

  private describeEcmaArray(array: AmfEcmaArray, count: number): Descriptor {
    return this.first(array, () => ({ t: 'ecma-array', count, props: this.named(array) }))
  }

  private describeXmlDocument({ text }: AmfXml): Descriptor {
    this.extent.add(text.length)
    return { t: 'xml-document', v: text }
  }

  private describeExact({ form, value, count }: AmfExact): Descriptor {
    if (form === 'amf3') return this.describeAmf3(value)
    if (form === 'long-string') return { t: 'long-string', v: value }
    if (form === 'ecma-array' && value instanceof AmfEcmaArray) return this.describeEcmaArray(value, count)
    return this.describe(value)
  }

  private describeAmf3(value: AmfValue): Descriptor {
    return { t: 'amf3', value: new Amf3Describer(this.extent).describe(value) }
  }
}

/** What an AMF0 message can hold only behind 0x11. */
function isAmf3Only(value: Instance): boolean {
  return (
    value instanceof AmfArray ||
    value instanceof AmfXml ||
    value instanceof Uint8Array ||
    value instanceof AmfVector ||
    value instanceof AmfDictionary ||
    value instanceof AmfExternalizable
  )
}

class Amf3Describer extends Describer {
  protected override describeNumber(value: number): Descriptor {
    return { t: isInt29(value) ? 'integer' : 'double', v: jsonNumber(value) }
  }

  protected override describeText(text: string): Descriptor {
    return { t: 'string', v: text }
  }

  protected override describeInstance(value: Instance): Descriptor {
    const exact = exactOf(value)
    if (exact === undefined) return this.first(value, () => this.describeNew(value))
    return exact.form === 'double' ? { t: 'double', v: exact.value } : this.describe(exact.value)
  }

  private describeNew(value: Instance): Descriptor {
    if (value instanceof AmfObject) return this.describeObject(value)
    if (value instanceof AmfArray) return this.describeArray(value)
    if (value instanceof AmfEcmaArray) return this.describeArray(toMixedArray(value))
    if (value instanceof Uint8Array) return { t: 'bytes', hex: toHex(value) }
    if (value instanceof AmfDate) return { t: 'date', ms: jsonNumber(value.ms) }
    if (value instanceof AmfXml) return { t: value.isDocument ? 'xml-document' : 'xml', v: value.text }
    if (value instanceof AmfVector) return this.describeVector(value)
    if (value instanceof AmfDictionary) return this.describeDictionary(value)
    if (value instanceof AmfExternalizable) return this.describeExternalizable(value)
    return { t: 'undefined' }
  }

  private describeArray(array: AmfArray): Descriptor {
    const assoc = this.named(array)
    return { t: 'array', dense: this.all(array.items), assoc }
  }

  private describeObject(object: AmfObject): Descriptor {
    const { className, isDynamic, sealedCount } = object
    const sealed = this.named(object, 0, sealedCount)
    return {
      t: 'object',
      class: className,
      dynamic: isDynamic,
      sealed,
      members: this.named(object, sealedCount),
    }
  }

  private describeVector({ kind, isFixed, items, typeName }: AmfVector): Descriptor {
    if (kind === 'object')
      return { t: 'vector-object', fixed: isFixed, type: typeName, items: this.all(items) }
    const numbers = items.map((item) => (typeof item === 'number' ? jsonNumber(item) : 0))
    return { t: `vector-${kind}`, fixed: isFixed, items: numbers }
  }

  private describeDictionary({ hasWeakKeys, pairs }: AmfDictionary): Descriptor {
    return { t: 'dictionary', weak: hasWeakKeys, entries: pairs.map((pair) => this.all(pair)) }
  }

  /** The body of a small message is no value of the wire but a set of named fields. */
  private describeExternalizable({ className, body }: AmfExternalizable): Descriptor {
    const isMessage = bodyShapeOf(className) !== 'value' && body instanceof AmfObject
    const described = isMessage ? Object.fromEntries(this.named(body)) : this.describe(body)
    return { t: 'externalizable', class: className, body: described }
  }
}
