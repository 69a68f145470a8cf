/** AMF0 values from bytes [AMF0 §2]. */
import type { ByteReader } from '../util/bytes.js'
import { AmfError } from '../util/errors.js'
import { Amf3Reader } from './amf3-reader.js'
import { type AmfLimits, ReadBudget } from './budget.js'
import { exactly } from './exact.js'
import { Amf0Marker as Marker } from './markers.js'
import { readText } from './text-cache.js'
import { AmfArray, AmfDate, AmfEcmaArray, AmfObject, AmfUnsupported, type AmfValue, AmfXml } from './value.js'

const SHORT_STRING_BYTES = 0xffff

/**
 * Reads the values of one message: they share a table of references, in the order in which objects and arrays began
 * [AMF0 §2.9]; a value behind 0x11 is AMF3 with tables of its own [AMF0 §3.1]. The instances of the graph are shared
 * and may be cyclic, as on the wire; ByteArrays are owned copies.
 *
 * A reader that threw is of no more use.
 */
export class Amf0Reader {
  private readonly objects: AmfValue[] = []
  private readonly budget: ReadBudget
  private amf3: Amf3Reader | undefined

  /**
   * @param reader placed at the first value, best made by `amfByteReader`: its `onEnd` decides how truncation is
   *   reported; borrowed until the last value is read
   * @param isExact keep apart what the value model merges (exact.ts)
   * @throws LimitError amfBytes
   */
  constructor(
    private readonly reader: ByteReader,
    private readonly limits: AmfLimits,
    private readonly isExact = false,
  ) {
    this.budget = new ReadBudget(limits, reader.remaining)
  }

  get atEnd(): boolean {
    return this.reader.offset >= this.reader.end
  }

  /**
   * @throws AmfError AMF_TRUNCATED, AMF_UNKNOWN_MARKER, AMF_RESERVED_MARKER, AMF_BAD_REFERENCE,
   *   AMF_UNEXPECTED_OBJECT_END, AMF_UNKNOWN_EXTERNALIZABLE
   * @throws LimitError amfDepth, amfNodes
   */
  readValue(): AmfValue {
    const { reader } = this
    this.budget.spend(1)
    const marker = reader.u8()
    switch (marker) {
      case Marker.Number:
        return reader.f64()
      case Marker.Boolean:
        return reader.u8() !== 0
      case Marker.String:
        return this.readShortText()
      case Marker.Object:
        return this.readObject('')
      case Marker.Null:
        return null
      case Marker.Undefined:
        return undefined
      case Marker.Reference:
        return this.readReference()
      case Marker.EcmaArray:
        return this.readEcmaArray()
      case Marker.StrictArray:
        return this.readStrictArray()
      case Marker.Date:
        return new AmfDate(reader.f64(), reader.i16())
      case Marker.LongString:
        return this.readLongString()
      case Marker.Unsupported:
        return AmfUnsupported.instance
      case Marker.XmlDocument:
        return new AmfXml(reader.utf8(reader.u32()), true)
      case Marker.TypedObject:
        return this.readObject(this.readShortText())
      case Marker.AvmPlus:
        return this.readAvmPlus()
      default:
        throw markerError(marker, reader.offset - 1)
    }
  }

  /** Text with its length in two bytes: a short string, a property name, a class name. */
  private readShortText(): string {
    const length = this.reader.u16()
    return readText(this.reader, length)
  }

  private readLongString(): AmfValue {
    const length = this.reader.u32()
    const text = this.reader.utf8(length)
    return this.isExact && length <= SHORT_STRING_BYTES ? exactly('long-string', text) : text
  }

  private readObject(className: string): AmfObject {
    const object = new AmfObject(className)
    this.objects.push(object)
    this.readProperties(object)
    return object
  }

  /** The count is advice only: peers send 0, the length of the array, or anything [rtmp.md 5.5]. */
  private readEcmaArray(): AmfValue {
    const count = this.reader.u32()
    const array = new AmfEcmaArray()
    this.objects.push(array)
    this.readProperties(array)
    return this.isExact && count !== array.size ? exactly('ecma-array', array, count) : array
  }

  /** Name and value, until an empty name is followed by the end marker; an empty name alone is a name. */
  private readProperties({ names, values }: AmfObject | AmfEcmaArray): void {
    const { reader } = this
    this.budget.enter()
    for (;;) {
      const name = this.readShortText()
      if (name === '' && !this.atEnd && reader.bytes[reader.offset] === Marker.ObjectEnd) break
      names.push(name)
      values.push(this.readValue())
    }
    reader.offset++
    this.budget.leave()
  }

  private readStrictArray(): AmfArray {
    const count = this.reader.u32()
    this.budget.checkCount(count, 1, this.reader)
    const array = new AmfArray()
    this.objects.push(array)
    this.budget.enter()
    for (let index = 0; index < count; index++) array.items.push(this.readValue())
    this.budget.leave()
    return array
  }

  private readReference(): AmfValue {
    const index = this.reader.u16()
    const object = this.objects[index]
    if (object === undefined)
      throw new AmfError(
        'AMF_BAD_REFERENCE',
        `object ${index} of ${this.objects.length}`,
        this.reader.offset - 2,
      )
    return object
  }

  private readAvmPlus(): AmfValue {
    this.amf3 ??= new Amf3Reader(this.reader, this.limits, this.isExact, this.budget)
    this.amf3.reset()
    const value = this.amf3.readValue()
    return this.isExact ? exactly('amf3', value) : value
  }
}

function markerError(marker: number, offset: number): AmfError {
  const shown = `marker 0x${marker.toString(16).padStart(2, '0')}`
  switch (marker) {
    case Marker.MovieClip:
    case Marker.RecordSet:
      return new AmfError('AMF_RESERVED_MARKER', `${shown} is reserved`, offset)
    case Marker.ObjectEnd:
      return new AmfError('AMF_UNEXPECTED_OBJECT_END', 'an object ends where none is open', offset)
    default:
      return new AmfError('AMF_UNKNOWN_MARKER', `${shown} is not of AMF0`, offset)
  }
}
