/** AMF3 values from bytes [AMF3 §3]. */
import { copyOf } from '../util/bytes.js'
import type { ByteReader } from '../util/bytes.js'
import { AmfError } from '../util/errors.js'
import { type AmfLimits, ReadBudget } from './budget.js'
import { exactly } from './exact.js'
import { bodyShapeOf, readMessageBody } from './externalizable.js'
import { Amf3Marker as Marker } from './markers.js'
import { readText } from './text-cache.js'
import { isInt29, readU29, toInt29 } from './u29.js'
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfExternalizable,
  AmfObject,
  type AmfValue,
  AmfVector,
  type AmfVectorKind,
  AmfXml,
} from './value.js'

type Instance = Extract<AmfValue, object>

/** What a class says of its instances [AMF3 §3.12]. */
interface Traits {
  readonly className: string
  readonly isExternalizable: boolean
  readonly isDynamic: boolean
  readonly sealedNames: readonly string[]
}

/**
 * Reads values that share one set of tables: strings, objects, traits. In RTMP every value behind 0x11 has its own:
 * call `reset()` before each. Instances and ownership as with Amf0Reader.
 */
export class Amf3Reader {
  private readonly strings: string[] = []
  private readonly objects: Instance[] = []
  private readonly traits: Traits[] = []

  /**
   * @param reader as for Amf0Reader
   * @param isExact keep apart what the value model merges (exact.ts)
   * @param budget that of the AMF0 message around these values
   * @throws LimitError amfBytes
   */
  constructor(
    readonly reader: ByteReader,
    limits: AmfLimits,
    private readonly isExact = false,
    private readonly budget = new ReadBudget(limits, reader.remaining),
  ) {}

  get atEnd(): boolean {
    return this.reader.offset >= this.reader.end
  }

  /** Empty the tables. */
  reset(): void {
    this.strings.length = 0
    this.objects.length = 0
    this.traits.length = 0
  }

  /**
   * @throws AmfError AMF_TRUNCATED, AMF_UNKNOWN_MARKER, AMF_BAD_REFERENCE, AMF_UNKNOWN_EXTERNALIZABLE
   * @throws LimitError amfDepth, amfNodes
   */
  readValue(): AmfValue {
    const { reader } = this
    this.budget.spend(1)
    const marker = reader.u8()
    switch (marker) {
      case Marker.Undefined:
        return undefined
      case Marker.Null:
        return null
      case Marker.False:
        return false
      case Marker.True:
        return true
      case Marker.Integer:
        return toInt29(readU29(reader))
      case Marker.Double:
        return this.readDouble()
      case Marker.String:
        return this.readText()
      default:
        return this.readInstance(marker)
    }
  }

  private readDouble(): AmfValue {
    const value = this.reader.f64()
    return this.isExact && isInt29(value) ? exactly('double', value) : value
  }

  /** What takes a place in the table of objects, before its members are read: they may refer to it. */
  private readInstance(marker: number): AmfValue {
    const { reader } = this
    if (marker < Marker.XmlDocument || marker > Marker.Dictionary)
      throw new AmfError('AMF_UNKNOWN_MARKER', `marker ${marker} is not of AMF3`, reader.offset - 1)
    const header = readU29(reader)
    if ((header & 1) === 0) return this.entryOf(this.objects, header >> 1)
    const count = header >> 1
    switch (marker) {
      case Marker.XmlDocument:
      case Marker.Xml:
        return this.enter(new AmfXml(reader.utf8(count), marker === Marker.XmlDocument))
      case Marker.Date:
        return this.enter(new AmfDate(reader.f64()))
      case Marker.Array:
        return this.readArray(count)
      case Marker.ByteArray:
        return this.enter(copyOf(reader.subarray(count)))
      case Marker.VectorInt:
        return this.readNumbers('int', count)
      case Marker.VectorUint:
        return this.readNumbers('uint', count)
      case Marker.VectorDouble:
        return this.readNumbers('double', count)
      case Marker.VectorObject:
        return this.readVector(count)
      case Marker.Dictionary:
        return this.readDictionary(count)
      default:
        return this.readObject(count)
    }
  }

  private enter<T extends Instance>(instance: T): T {
    this.objects.push(instance)
    return instance
  }

  private entryOf<T extends object | string>(table: readonly T[], index: number): T {
    const entry = table[index]
    if (entry === undefined)
      throw new AmfError('AMF_BAD_REFERENCE', `entry ${index} of ${table.length}`, this.reader.offset)
    return entry
  }

  /** Text of a string, property, class or type; the empty text is never in the table. */
  private readText(): string {
    const { reader } = this
    const header = readU29(reader)
    if ((header & 1) === 0) return this.entryOf(this.strings, header >> 1)
    const length = header >> 1
    if (length === 0) return ''
    const text = readText(reader, length)
    this.strings.push(text)
    return text
  }

  /** The named part, up to an empty name, comes before the dense items [AMF3 §3.11]. */
  private readArray(count: number): AmfArray {
    this.budget.checkCount(count, 1, this.reader)
    const names: string[] = []
    const array = this.enter(new AmfArray([], names))
    this.budget.enter()
    this.readNamed(names, array.values)
    for (let index = 0; index < count; index++) array.items.push(this.readValue())
    this.budget.leave()
    return array
  }

  private readNamed(names: string[], values: AmfValue[]): void {
    for (let name = this.readText(); name !== ''; name = this.readText()) {
      names.push(name)
      values.push(this.readValue())
    }
  }

  private readObject(flags: number): AmfValue {
    const traits = (flags & 1) === 0 ? this.entryOf(this.traits, flags >> 1) : this.readTraits(flags)
    if (traits.isExternalizable) return this.readExternalizable(traits.className)
    const { className, isDynamic, sealedNames } = traits
    const names = [...sealedNames]
    const object = this.enter(new AmfObject(className, isDynamic, names.length, names))
    this.budget.enter()
    for (let index = 0; index < sealedNames.length; index++) object.values.push(this.readValue())
    if (isDynamic) this.readNamed(names, object.values)
    this.budget.leave()
    return object
  }

  private readTraits(flags: number): Traits {
    const isExternalizable = (flags & 2) !== 0
    const sealedCount = isExternalizable ? 0 : flags >> 3
    this.budget.checkCount(sealedCount, 1, this.reader)
    const className = this.readText()
    const sealedNames: string[] = []
    for (let index = 0; index < sealedCount; index++) sealedNames.push(this.readText())
    const isDynamic = !isExternalizable && (flags & 4) !== 0
    const traits = { className, isExternalizable, isDynamic, sealedNames }
    this.traits.push(traits)
    return traits
  }

  private readExternalizable(className: string): AmfExternalizable {
    const shape = bodyShapeOf(className)
    if (shape === undefined)
      throw new AmfError(
        'AMF_UNKNOWN_EXTERNALIZABLE',
        `class "${className.slice(0, 64)}"`,
        this.reader.offset,
      )
    const instance = this.enter(new AmfExternalizable(className))
    this.budget.enter()
    instance.body = shape === 'value' ? this.readValue() : readMessageBody(shape, this)
    this.budget.leave()
    return instance
  }

  private readNumbers(kind: AmfVectorKind, count: number): AmfVector {
    const { reader } = this
    this.budget.checkCount(count, kind === 'double' ? 8 : 4, reader)
    this.budget.spend(count)
    const vector = this.enter(new AmfVector(kind, reader.u8() !== 0))
    for (let index = 0; index < count; index++)
      vector.items.push(kind === 'double' ? reader.f64() : kind === 'int' ? reader.i32() : reader.u32())
    return vector
  }

  private readVector(count: number): AmfVector {
    this.budget.checkCount(count, 1, this.reader)
    const isFixed = this.reader.u8() !== 0
    const vector = this.enter(new AmfVector('object', isFixed, [], this.readText()))
    this.budget.enter()
    for (let index = 0; index < count; index++) vector.items.push(this.readValue())
    this.budget.leave()
    return vector
  }

  private readDictionary(count: number): AmfDictionary {
    this.budget.checkCount(count, 2, this.reader)
    const dictionary = this.enter(new AmfDictionary(this.reader.u8() !== 0))
    this.budget.enter()
    for (let index = 0; index < count; index++) dictionary.pairs.push([this.readValue(), this.readValue()])
    this.budget.leave()
    return dictionary
  }
}
