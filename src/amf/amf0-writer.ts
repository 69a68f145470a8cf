/** AMF0 values to bytes [AMF0 §2]. */
import type { ByteWriter } from '../util/bytes.js'
import { AmfError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { utf8Length } from '../util/utf8.js'
import { Amf3Writer } from './amf3-writer.js'
import { type AmfWriteLimits, WriteBudget } from './budget.js'
import { type AmfExact, exactOf } from './exact.js'
import { Amf0Marker as Marker } from './markers.js'
import { ReferenceTable } from './references.js'
import { AmfArray, AmfDate, AmfEcmaArray, AmfObject, type AmfValue, AmfVector, AmfXml } from './value.js'

const SHORT_STRING_BYTES = 0xffff
const SHORT_STRING_UNITS = 0x5555 // a UTF-16 unit takes at most 3 bytes: up to here a text is short for certain
const MAX_REFERENCE = 0xffff

export interface Amf0WriteOptions {
  /** Put every value behind 0x11, as AMF3 with tables of its own: messages 17, 15 and 16 towards encoding 3. */
  readonly avmPlus?: boolean
  /** Default: `defaultLimits`. */
  readonly limits?: AmfWriteLimits
}

/**
 * Writes the values of one message; an instance met again becomes a reference, so cycles end and nothing is doubled.
 *
 * What only AMF3 has is converted down: vectors become strict arrays, arrays with a named part ECMA arrays (items
 * first), E4X becomes an XML document; ByteArray, Dictionary and externalizables become "unsupported".
 */
export class Amf0Writer {
  private readonly objects = new ReferenceTable<object>()
  private readonly budget: WriteBudget
  private readonly avmPlus: boolean
  private amf3: Amf3Writer | undefined

  /** @param writer what is in it already stays in front, and does not count */
  constructor(
    private readonly writer: ByteWriter,
    options: Amf0WriteOptions = {},
  ) {
    this.avmPlus = options.avmPlus ?? false
    this.budget = new WriteBudget(options.limits ?? defaultLimits, writer.length)
  }

  /**
   * @throws LimitError amfDepth, amfOutputBytes
   * @throws AmfError AMF_UNENCODABLE  a name longer than 65535 bytes, or a reference beyond the 65536th object
   */
  writeValue(value: AmfValue): void {
    if (this.avmPlus) this.writeAvmPlus(value)
    else this.writePlain(value)
  }

  private writePlain(value: AmfValue): void {
    const { writer } = this
    this.budget.check(writer.length)
    switch (typeof value) {
      case 'number':
        writer.u8(Marker.Number)
        writer.f64(value)
        break
      case 'string':
        this.writeText(value)
        break
      case 'boolean':
        writer.u16((Marker.Boolean << 8) | (value ? 1 : 0))
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
    else if (value instanceof AmfEcmaArray) this.writeEcmaArray(value, value.size)
    else if (value instanceof AmfArray) this.writeArray(value)
    else if (value instanceof AmfDate) this.writeDate(value)
    else if (value instanceof AmfXml) this.writeLongText(Marker.XmlDocument, value.text)
    else if (value instanceof AmfVector) this.writeStrictArray(value, value.items)
    else {
      const exact = exactOf(value)
      if (exact === undefined) this.writer.u8(Marker.Unsupported)
      else this.writeExact(exact)
    }
  }

  private writeText(text: string): void {
    if (text.length > SHORT_STRING_UNITS && utf8Length(text) > SHORT_STRING_BYTES) {
      this.writeLongText(Marker.LongString, text)
    } else {
      this.writer.u8(Marker.String)
      this.writeShortText(text)
    }
  }

  private writeShortText(text: string): void {
    const { writer } = this
    const at = writer.length
    writer.u16(0)
    writer.setU16(at, writer.utf8(text))
  }

  private writeLongText(marker: number, text: string): void {
    const { writer } = this
    writer.u8(marker)
    const at = writer.length
    writer.u32(0)
    writer.setU32(at, writer.utf8(text))
  }

  private writeName(name: string): void {
    if (name.length > SHORT_STRING_UNITS && utf8Length(name) > SHORT_STRING_BYTES)
      throw new AmfError('AMF_UNENCODABLE', 'a name of more than 65535 bytes', this.writer.length)
    this.writeShortText(name)
  }

  /** Write the reference if there is one; otherwise the instance has taken its place in the table. */
  private isReference(instance: object): boolean {
    const index = this.objects.seen(instance)
    if (index === undefined) return false
    if (index > MAX_REFERENCE)
      throw new AmfError('AMF_UNENCODABLE', `a reference to object ${index}`, this.writer.length)
    this.writer.u8(Marker.Reference)
    this.writer.u16(index)
    return true
  }

  private writeObject(object: AmfObject): void {
    if (this.isReference(object)) return
    if (object.className === '') this.writer.u8(Marker.Object)
    else {
      this.writer.u8(Marker.TypedObject)
      this.writeName(object.className)
    }
    this.budget.enter()
    this.writeProperties(object.names, object.values)
    this.writeEnd()
  }

  private writeEcmaArray(array: AmfEcmaArray, count: number): void {
    if (this.isReference(array)) return
    this.writer.u8(Marker.EcmaArray)
    this.writer.u32(count)
    this.budget.enter()
    this.writeProperties(array.names, array.values)
    this.writeEnd()
  }

  private writeArray(array: AmfArray): void {
    const { items } = array
    if (array.size === 0) {
      this.writeStrictArray(array, items)
      return
    }
    if (this.isReference(array)) return
    this.writer.u8(Marker.EcmaArray)
    this.writer.u32(items.length + array.size)
    this.budget.enter()
    for (let index = 0; index < items.length; index++) {
      this.writeShortText(String(index))
      this.writePlain(items[index])
    }
    this.writeProperties(array.names, array.values)
    this.writeEnd()
  }

  private writeProperties(names: readonly string[], values: readonly AmfValue[]): void {
    for (let at = 0; at < names.length; at++) {
      this.writeName(names[at] ?? '')
      this.writePlain(values[at])
    }
  }

  private writeEnd(): void {
    this.writer.u24(Marker.ObjectEnd) // an empty name, then the marker
    this.budget.leave()
  }

  private writeStrictArray(instance: AmfArray | AmfVector, items: readonly AmfValue[]): void {
    if (this.isReference(instance)) return
    this.writer.u8(Marker.StrictArray)
    this.writer.u32(items.length)
    this.budget.enter()
    for (const item of items) this.writePlain(item)
    this.budget.leave()
  }

  private writeDate(date: AmfDate): void {
    this.writer.u8(Marker.Date)
    this.writer.f64(date.ms)
    this.writer.u16(date.zone)
  }

  private writeAvmPlus(value: AmfValue): void {
    this.writer.u8(Marker.AvmPlus)
    this.amf3 ??= new Amf3Writer(this.writer, undefined, this.budget)
    this.amf3.reset()
    this.amf3.writeValue(value)
  }

  private writeExact({ form, value, count }: AmfExact): void {
    if (form === 'amf3') this.writeAvmPlus(value)
    else if (form === 'long-string' && typeof value === 'string') this.writeLongText(Marker.LongString, value)
    else if (form === 'ecma-array' && value instanceof AmfEcmaArray) this.writeEcmaArray(value, count)
    else this.writePlain(value)
  }
}
