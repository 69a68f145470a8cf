/** Typed PSYC text as a graph of AMF values; see value.ts for the table. */
import {
  AmfArray,
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfExternalizable,
  AmfObject,
  AmfUnsupported,
  AmfVector,
  AmfXml,
  type AmfValue,
  type AmfVectorKind,
} from '../amf/value.js'
import { LimitError, TranslateError } from '../util/errors.js'
import { decodeUtf8 } from '../util/utf8.js'
import { ElementCursor } from './typed-text.js'
import { seemsDynamic, type Identity, type ValueLimits } from './value-render.js'

/** Unix seconds of 2015-08-24 21:20:41 CEST, where `_date` counts from [psyc.md 1.5]. */
const PSYC_EPOCH = 1_440_444_041

const AMOUNT = /^[+-]?\d{1,400}$/
const NUMBER = /^(?:[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:e[+-]?\d{1,4})?|-?Infinity|NaN)$/i

const flagWords: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['0', false],
  ['on', true],
  ['off', false],
  ['yes', true],
  ['no', false],
  ['true', true],
  ['false', false],
])

/** A range of borrowed bytes. */
export interface Range {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

type Read = (reader: ValueReader, text: Range) => AmfValue

/** Every type that we write, by its whole name. */
const types: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['_text', (_, text) => textOf(text)],
  ['_amount', (_, text) => numberOf(text, AMOUNT)],
  ['_number', (_, text) => numberOf(text, NUMBER)],
  ['_flag', (_, text) => flagOf(text)],
  ['_null', () => null],
  ['_undefined', () => undefined],
  ['_unsupported', () => AmfUnsupported.instance],
  ['_instant', (reader, text) => reader.met(new AmfDate(numberOf(text, NUMBER)))],
  ['_data', (reader, { bytes, start, end }) => reader.met(Uint8Array.from(bytes.subarray(start, end)))],
  ['_xml', (reader, text) => reader.met(new AmfXml(textOf(text), false))],
  ['_xml_document', (reader, text) => reader.met(new AmfXml(textOf(text), true))],
  ['_reference', (reader, text) => reader.reference(text)],
  ['_list', (reader, text) => reader.list(text)],
  ['_list_mixed', (reader, text) => reader.mixed(text)],
  ['_list_pairs', (reader, text) => reader.dictionary(text)],
  ['_list_vector_int', (reader, text) => reader.vector('int', text)],
  ['_list_vector_uint', (reader, text) => reader.vector('uint', text)],
  ['_list_vector_double', (reader, text) => reader.vector('double', text)],
  ['_list_vector_object', (reader, text) => reader.vector('object', text)],
  ['_dict', (reader, text) => reader.dict(reader.met(new AmfObject()), text)],
  ['_dict_array', (reader, text) => reader.dict(reader.met(new AmfEcmaArray()), text)],
  ['_struct_object', (reader, text) => reader.typedObject(text)],
  ['_struct_external', (reader, text) => reader.externalizable(text)],
])

/** What a native sender means by the first word of a name, where the whole name is none of ours. */
const families: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['amount', (_, text) => numberOf(text, AMOUNT)],
  ['flag', (_, text) => flagOf(text)],
  ['date', (reader, text) => reader.met(new AmfDate((numberOf(text, AMOUNT) + PSYC_EPOCH) * 1000))],
  ['list', (reader, text) => reader.list(text)],
  ['dict', (reader, text) => reader.dict(reader.met(new AmfObject()), text)],
])

const vectorItem: Readonly<Record<AmfVectorKind, (value: AmfValue) => boolean>> = {
  int: (value) => typeof value === 'number' && value === (value | 0) && !Object.is(value, -0),
  uint: (value) => typeof value === 'number' && value === value >>> 0 && !Object.is(value, -0),
  double: (value) => typeof value === 'number',
  object: () => true,
}

/** Reads values that belong together: one list of arguments, or one slot. */
export class ValueReader {
  private readonly seen: Identity[] = []
  private nodes = 0
  private depth = 0

  constructor(private readonly limits: ValueLimits) {}

  /**
   * @param type of the table, or any name of a native sender's variable
   * @throws TranslateError TRANSLATE_VALUE, LimitError amfDepth or amfNodes
   */
  value(type: string, text: Range): AmfValue {
    this.within('amfNodes', ++this.nodes)
    const read = types.get(type) ?? families.get(type.split('_', 2)[1] ?? '')
    return read === undefined ? textOf(text) : read(this, text)
  }

  /** Give a value its number: before what it contains is read, so that cycles find it. */
  met<T extends Identity>(value: T): T {
    this.seen.push(value)
    return value
  }

  reference(text: Range): AmfValue {
    const number = numberOf(text, AMOUNT)
    if (!(number in this.seen)) throw illegal(`reference ${number} to a value that has not appeared`)
    return this.seen[number]
  }

  list(text: Range): AmfArray {
    const array = this.met(new AmfArray())
    this.items(array.items, text)
    return array
  }

  mixed(text: Range): AmfArray {
    const array = this.met(new AmfArray())
    const [dense, named] = this.fields(text, ['_list', '_dict'])
    this.items(array.items, dense)
    return this.dict(array, named)
  }

  dict<T extends AmfObject | AmfEcmaArray | AmfArray>(into: T, text: Range): T {
    this.enter()
    for (const cursor = this.cursor(text, true); cursor.next();) {
      const name = cursor.key
      into.push(name, this.element(cursor, text.bytes))
    }
    this.depth--
    return into
  }

  typedObject(text: Range): AmfObject {
    const [className, sealedNames, members, dynamic] = this.fields(
      text,
      ['_text', '_list', '_dict', '_flag'],
      3,
    )
    const count = this.count(members)
    this.within('amfNodes', count)
    const sealed = this.texts(sealedNames, count)
    if (sealed.length > count) throw illegal('more sealed names than members')
    const isDynamic = dynamic.bytes.length === 0 ? seemsDynamic(sealed.length, count) : flagOf(dynamic)
    if (!isDynamic && count > sealed.length) throw illegal('dynamic members of a sealed class')
    const object = this.met(new AmfObject(textOf(className), isDynamic, sealed.length))
    this.dict(object, members)
    if (sealed.some((name, at) => name !== object.names[at]))
      throw illegal('sealed names that are no members')
    return object
  }

  externalizable(text: Range): AmfExternalizable {
    this.enter()
    const cursor = this.cursor(text, false)
    if (!cursor.next() || cursor.type !== '_text') throw illegal('an externalizable without a class')
    const value = this.met(new AmfExternalizable(textOf(rangeOf(cursor, text.bytes))))
    if (!cursor.next()) throw illegal('an externalizable without a body')
    value.body = this.element(cursor, text.bytes)
    if (cursor.next()) throw illegal('an externalizable with two bodies')
    this.depth--
    return value
  }

  vector(kind: AmfVectorKind, text: Range): AmfVector {
    const [isFixed, typeName, items] = this.fields(text, ['_flag', '_text', '_list'])
    const vector = this.met(new AmfVector(kind, flagOf(isFixed), [], textOf(typeName)))
    this.items(vector.items, items)
    if (!vector.items.every(vectorItem[kind])) throw illegal(`an item that is no ${kind}`)
    return vector
  }

  dictionary(text: Range): AmfDictionary {
    const [hasWeakKeys, pairs] = this.fields(text, ['_flag', '_list'])
    const dictionary = this.met(new AmfDictionary(flagOf(hasWeakKeys)))
    this.enter()
    for (const cursor = this.cursor(pairs, false); cursor.next();) {
      const key = this.element(cursor, pairs.bytes)
      if (!cursor.next()) throw illegal('a key without a value')
      dictionary.pairs.push([key, this.element(cursor, pairs.bytes)])
    }
    this.depth--
    return dictionary
  }

  /** The values of a list that is no value itself, added to `into`. */
  arguments(into: AmfValue[], text: Range): void {
    for (const cursor = this.cursor(text, false); cursor.next();) into.push(this.element(cursor, text.bytes))
  }

  private items(into: AmfValue[], text: Range): void {
    this.enter()
    this.arguments(into, text)
    this.depth--
  }

  private element(cursor: ElementCursor, bytes: Uint8Array): AmfValue {
    return this.value(cursor.type, rangeOf(cursor, bytes))
  }

  /** The fixed elements of a struct; those beyond `least` may be missing and are empty then. */
  private fields<const Types extends readonly string[]>(
    text: Range,
    expected: Types,
    least = expected.length,
  ): { [At in keyof Types]: Range } {
    const cursor = this.cursor(text, false)
    const fields: Range[] = []
    for (const type of expected) {
      if (!cursor.next()) break
      if (cursor.type !== type) throw illegal(`${type} expected, not "${cursor.type.slice(0, 40)}"`)
      fields.push(rangeOf(cursor, text.bytes))
    }
    if (fields.length < least || cursor.next()) throw illegal(`${least} elements expected`)
    return expected.map((_, at) => fields[at] ?? missing) as { [At in keyof Types]: Range }
  }

  /** The texts of a list: all, or `most` + 1 of them. */
  private texts(text: Range, most: number): string[] {
    const texts: string[] = []
    const cursor = this.cursor(text, false)
    while (texts.length <= most && cursor.next()) texts.push(textOf(rangeOf(cursor, text.bytes)))
    return texts
  }

  private count(text: Range): number {
    let count = 0
    for (const cursor = this.cursor(text, true); cursor.next();) count++
    return count
  }

  private cursor({ bytes, start, end }: Range, isDict: boolean): ElementCursor {
    return new ElementCursor(bytes, start, end, isDict)
  }

  private enter(): void {
    this.within('amfDepth', ++this.depth)
  }

  private within(name: 'amfDepth' | 'amfNodes', actual: number): void {
    const limit = this.limits[name]
    if (actual > limit) throw new LimitError(name, limit, actual)
  }
}

const missing: Range = { bytes: new Uint8Array(0), start: 0, end: 0 }

function rangeOf(cursor: ElementCursor, bytes: Uint8Array): Range {
  return { bytes, start: cursor.start, end: cursor.end }
}

function textOf({ bytes, start, end }: Range): string {
  return decodeUtf8(bytes, start, end)
}

function numberOf(text: Range, grammar: RegExp): number {
  const digits = text.end - text.start > 1000 ? '' : textOf(text)
  if (!grammar.test(digits)) throw illegal(`no number: "${digits.slice(0, 40)}"`)
  return Number(digits)
}

function flagOf(text: Range): boolean {
  const word = text.end - text.start > 5 ? '' : textOf(text).toLowerCase()
  const flag = flagWords.get(word)
  if (flag === undefined) throw illegal('no flag')
  return flag
}

function illegal(message: string): TranslateError {
  return new TranslateError('TRANSLATE_VALUE', message)
}
