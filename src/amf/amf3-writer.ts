/** AMF3 values to bytes [AMF3 §3]. */
import type { ByteWriter } from '../util/bytes.js'
import { defaultLimits } from '../util/limits.js'
import { utf8Length } from '../util/utf8.js'
import { type AmfWriteLimits, WriteBudget } from './budget.js'
import { exactOf } from './exact.js'
import { bodyShapeOf, isWritable, writeMessageBody } from './externalizable.js'
import { Amf3Marker as Marker } from './markers.js'
import { toMixedArray } from './mixed-array.js'
import { ReferenceTable } from './references.js'
import { isInt29, writeU29 } from './u29.js'
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  type AmfValue,
  AmfVector,
  type AmfVectorKind,
  AmfXml,
} from './value.js'

const INLINE = 1
const INLINE_TRAITS = 0b011
const EXTERNALIZABLE_TRAITS = 0b0111
const DYNAMIC = 0b1000

const vectorMarkers: Readonly<Record<AmfVectorKind, number>> = {
  int: Marker.VectorInt,
  uint: Marker.VectorUint,
  double: Marker.VectorDouble,
  object: Marker.VectorObject,
}

/**
 * Writes values that share one set of tables: a text, an instance, the traits of a class met again become references.
 * Call `reset()` before a value that is to have its own.
 *
 * What AMF3 lacks is converted: an ECMA array becomes an array (mixed-array.ts); "unsupported", and an externalizable
 * whose class we cannot write, become undefined; a dynamic property without a name is dropped, since the empty name
 * ends them.
 */
export class Amf3Writer {
  private readonly strings = new ReferenceTable<string>()
  private readonly objects = new ReferenceTable<object>()
  private readonly traits = new ReferenceTable<string>()

  /**
   * @param writer what is in it already stays in front, and does not count
   * @param budget that of the AMF0 message around these values
   */
  constructor(
    readonly writer: ByteWriter,
    limits: AmfWriteLimits = defaultLimits,
    private readonly budget = new WriteBudget(limits, writer.length),
  ) {}

  /** Empty the tables. */
  reset(): void {
    this.strings.clear()
    this.objects.clear()
    this.traits.clear()
  }

  /** @throws LimitError amfDepth, amfOutputBytes */
  writeValue(value: AmfValue): void {
    const { writer } = this
    this.budget.check(writer.length)
    switch (typeof value) {
      case 'number':
        this.writeNumber(value)
        break
      case 'string':
        writer.u8(Marker.String)
        this.writeText(value)
        break
      case 'boolean':
        writer.u8(value ? Marker.True : Marker.False)
        break
      case 'undefined':
        writer.u8(Marker.Undefined)
        break
      default:
        if (value === null) writer.u8(Marker.Null)
        else this.writeInstance(value)
    }
  }

  private writeInstance(value: Extract<AmfValue, object>): void {
    if (value instanceof AmfObject) this.writeObject(value)
    else if (value instanceof AmfArray) this.writeArray(value, value)
    else if (value instanceof AmfEcmaArray) this.writeArray(value, toMixedArray(value))
    else if (value instanceof Uint8Array) this.writeBytes(value)
    else if (value instanceof AmfDate) this.writeDate(value)
    else if (value instanceof AmfXml) this.writeXml(value)
    else if (value instanceof AmfVector) this.writeVector(value)
    else if (value instanceof AmfDictionary) this.writeDictionary(value)
    else if (value instanceof AmfExternalizable) this.writeExternalizable(value)
    else {
      const exact = exactOf(value)
      if (exact === undefined) this.writer.u8(Marker.Undefined)
      else if (exact.form === 'double' && typeof exact.value === 'number') this.writeDouble(exact.value)
      else this.writeValue(exact.value)
    }
  }

  private writeNumber(value: number): void {
    if (isInt29(value)) {
      this.writer.u8(Marker.Integer)
      writeU29(this.writer, value)
    } else this.writeDouble(value)
  }

  private writeDouble(value: number): void {
    this.writer.u8(Marker.Double)
    this.writer.f64(value)
  }

  /** Text of a string, property, class or type; the empty text is never in the table. */
  private writeText(text: string): void {
    if (text === '') {
      this.writer.u8(INLINE)
      return
    }
    const index = this.strings.seen(text)
    if (index === undefined) this.writeInlineText(text)
    else writeU29(this.writer, index << 1)
  }

  private writeInlineText(text: string): void {
    writeU29(this.writer, (utf8Length(text) << 1) | INLINE)
    this.writer.utf8(text)
  }

  /** Write the marker, and the reference if there is one; otherwise the instance has taken its place in the table. */
  private isReference(marker: number, instance: object): boolean {
    this.writer.u8(marker)
    const index = this.objects.seen(instance)
    if (index === undefined) return false
    writeU29(this.writer, index << 1)
    return true
  }

  private writeArray(instance: object, { items, names, values }: AmfArray): void {
    if (this.isReference(Marker.Array, instance)) return
    writeU29(this.writer, (items.length << 1) | INLINE)
    this.budget.enter()
    this.writeNamed(names, values, 0)
    for (const item of items) this.writeValue(item)
    this.budget.leave()
  }

  private writeNamed(names: readonly string[], values: readonly AmfValue[], start: number): void {
    for (let at = start; at < names.length; at++) {
      const name = names[at] ?? ''
      if (name === '') continue
      this.writeText(name)
      this.writeValue(values[at])
    }
    this.writer.u8(INLINE)
  }

  private writeObject(object: AmfObject): void {
    if (this.isReference(Marker.Object, object)) return
    const { names, values } = object
    const sealedCount = Math.min(object.sealedCount, names.length)
    this.writeTraits(object, sealedCount)
    this.budget.enter()
    for (let at = 0; at < sealedCount; at++) this.writeValue(values[at])
    if (object.isDynamic) this.writeNamed(names, values, sealedCount)
    this.budget.leave()
  }

  private writeTraits(object: AmfObject, sealedCount: number): void {
    const flags = (sealedCount << 4) | (object.isDynamic ? DYNAMIC : 0) | INLINE_TRAITS
    if (this.isTraitsReference(traitsKey(object, sealedCount), flags, object.className)) return
    for (let at = 0; at < sealedCount; at++) this.writeText(object.names[at] ?? '')
  }

  /** Write the reference to traits written before, or the flags and the class of new ones. */
  private isTraitsReference(key: string, flags: number, className: string): boolean {
    const index = this.traits.seen(key)
    if (index !== undefined) {
      writeU29(this.writer, (index << 2) | INLINE)
      return true
    }
    writeU29(this.writer, flags)
    this.writeText(className)
    return false
  }

  private writeExternalizable(instance: AmfExternalizable): void {
    const { className, body } = instance
    const shape = bodyShapeOf(className)
    if (shape === undefined || !isWritable(instance)) {
      this.writer.u8(Marker.Undefined)
      return
    }
    if (this.isReference(Marker.Object, instance)) return
    this.isTraitsReference(`x:${className}`, EXTERNALIZABLE_TRAITS, className)
    this.budget.enter()
    if (shape === 'value') this.writeValue(body)
    else if (body instanceof AmfObject) writeMessageBody(shape, body, this)
    this.budget.leave()
  }

  private writeBytes(bytes: Uint8Array): void {
    if (this.isReference(Marker.ByteArray, bytes)) return
    writeU29(this.writer, (bytes.length << 1) | INLINE)
    this.writer.raw(bytes)
  }

  private writeDate(date: AmfDate): void {
    if (this.isReference(Marker.Date, date)) return
    this.writer.u8(INLINE)
    this.writer.f64(date.ms)
  }

  private writeXml(xml: AmfXml): void {
    if (!this.isReference(xml.isDocument ? Marker.XmlDocument : Marker.Xml, xml))
      this.writeInlineText(xml.text)
  }

  private writeVector(vector: AmfVector): void {
    const { kind, items } = vector
    if (this.isReference(vectorMarkers[kind], vector)) return
    writeU29(this.writer, (items.length << 1) | INLINE)
    this.writer.u8(vector.isFixed ? 1 : 0)
    if (kind === 'object') {
      this.writeText(vector.typeName)
      this.budget.enter()
      for (const item of items) this.writeValue(item)
      this.budget.leave()
    } else for (const item of items) this.writeVectorNumber(kind, item)
  }

  private writeVectorNumber(kind: AmfVectorKind, item: AmfValue): void {
    const value = typeof item === 'number' ? item : 0
    if (kind === 'double') this.writer.f64(value)
    else this.writer.u32(value)
  }

  private writeDictionary(dictionary: AmfDictionary): void {
    if (this.isReference(Marker.Dictionary, dictionary)) return
    writeU29(this.writer, (dictionary.pairs.length << 1) | INLINE)
    this.writer.u8(dictionary.hasWeakKeys ? 1 : 0)
    this.budget.enter()
    for (const [key, value] of dictionary.pairs) {
      this.writeValue(key)
      this.writeValue(value)
    }
    this.budget.leave()
  }
}

/** What tells two traits apart; names with their lengths, so that no two can run into one. */
function traitsKey({ className, isDynamic, names }: AmfObject, sealedCount: number): string {
  if (className === '' && isDynamic && sealedCount === 0) return 'anonymous'
  let key = `${isDynamic ? 'd' : 's'}${className.length}:${className}`
  for (let at = 0; at < sealedCount; at++) key += `${names[at]?.length ?? 0}:${names[at] ?? ''}`
  return key
}
