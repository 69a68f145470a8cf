/** AMF0 values from bytes [AMF0 §2]. */
import type { ByteReader } from '../util/bytes.js'
import { AmfError } from '../util/errors.js'
import { Amf3Reader } from './amf3-reader.js'
import { type AmfLimits, ReadBudget } from './budget.js'
import { exactly } from './exact.js'
import { Amf0Marker as Marker } from './markers.js'
import { makeRoomForShapes, type Shape, startOf } from './shapes.js'
import { readText } from './text-cache.js'
import { AmfArray, AmfDate, AmfEcmaArray, AmfObject, AmfUnsupported, type AmfValue, AmfXml } from './value.js'

const SHORT_STRING_BYTES = 0xffff
const OBJECT_END_BYTES = 3

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
    makeRoomForShapes()
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
      default:
        return this.readRare(marker)
    }
  }

  /** Apart from the others, so that these stay small enough to be inlined. */
  private readRare(marker: number): AmfValue {
    const { reader } = this
    switch (marker) {
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

  /** Name and value, until the end: first those whose names come in an order seen before, then others. */
  private readProperties(into: AmfObject | AmfEcmaArray): void {
    const { reader } = this
    const { values } = into
    this.budget.enter()
    let shape = startOf(reader)
    for (let next = shape.next(reader); next !== undefined; next = shape.next(reader)) {
      shape = next
      values.push(this.readValue())
    }
    into.names = shape.names
    if (!this.isAtObjectEnd()) this.readUnfamiliar(into, shape)
    reader.offset += OBJECT_END_BYTES
    this.budget.leave()
  }

  /** @param shape what was read already */
  private readUnfamiliar(into: AmfObject | AmfEcmaArray, shape: Shape): void {
    const { reader } = this
    const names = [...shape.names]
    let learner: Shape | undefined = shape
    do {
      const start = reader.offset
      const name = this.readShortText()
      learner = learner?.learn(name, reader, start)
      names.push(name)
      into.values.push(this.readValue())
    } while (!this.isAtObjectEnd())
    into.names = names
  }

  /** An empty name with the end marker behind it; an empty name alone is a name. */
  private isAtObjectEnd(): boolean {
    const { offset, end, view, bytes } = this.reader
    if (end - offset < OBJECT_END_BYTES) return false
    return view.getUint16(offset) === 0 && bytes[offset + 2] === Marker.ObjectEnd
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
