/** Dicts: the values of `_dict` variables [psyc.md 2.6]. */
import { ByteWriter } from '../../util/bytes.js'
import { PsycError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { defaultLimits } from '../../util/limits.js'
import { encodeUtf8 } from '../../util/utf8.js'
import { Byte, isDigit } from './ascii.js'
import type { Failure } from './element.js'
import { ElementReader, writeElement } from './element.js'

export interface DictItem {
  readonly key: string | Uint8Array
  readonly type?: string | undefined
  readonly value: string | Uint8Array
}

export class PsycDict {
  constructor(
    readonly items: readonly DictItem[],
    readonly defaultType?: string,
  ) {}

  /**
   * The 1.0 syntax, owned. Keys and typed values always carry a length. A dict without items is the empty value,
   * its default type is lost.
   */
  render(): Uint8Array {
    const into = new ByteWriter()
    if (this.defaultType !== undefined && this.items.length > 0) into.utf8(this.defaultType)
    for (const item of this.items) {
      writeKey(into, item.key)
      writeElement(into, item, Byte.OpenBrace)
    }
    return into.finish()
  }
}

/** What could be read of a dict, and why no more. */
export interface DictScan {
  readonly defaultType: string | undefined
  readonly items: readonly DictItem[]
  readonly failure: Failure | undefined
}

/** Read as far as it goes. Keys and values are views on the shared bytes. */
export function scanDict(bytes: Uint8Array, limits: Limits = defaultLimits): DictScan {
  const reader = new ElementReader(bytes, Byte.OpenBrace, limits)
  const items: DictItem[] = []
  const word = reader.keyword()
  const defaultType = word === '' || reader.ended() ? undefined : word
  while (!reader.ended()) {
    if (!reader.begin()) break
    const key = readKey(reader)
    const element = key === null ? null : reader.element()
    if (key === null || element === null) break
    items.push({ key, type: element.type, value: element.value })
  }
  return { defaultType, items, failure: reader.failure }
}

/**
 * @param bytes shared: keys and values are views on them
 * @throws PsycError PSYC_DICT when it is no dict
 * @throws LimitError psycListElements
 */
export function parseDict(bytes: Uint8Array, limits: Limits = defaultLimits): PsycDict {
  const { defaultType, items, failure } = scanDict(bytes, limits)
  if (failure === undefined) return new PsycDict(items, defaultType)
  throw new PsycError('PSYC_DICT', `the dict is broken: ${failure.reason}`, failure.offset)
}

/**
 * The key after "{" and its "}": key = length SP bytes / *<any but "}">
 * @returns null after a failure
 */
export function readKey(reader: ElementReader): Uint8Array | null {
  const { bytes } = reader
  if (isDigit(bytes[reader.at])) return readSizedKey(reader)
  const start = reader.at
  const end = bytes.indexOf(Byte.CloseBrace, start)
  if (end < 0) return reader.fail('truncated')
  reader.at = end + 1
  return bytes.subarray(start, end)
}

function readSizedKey(reader: ElementReader): Uint8Array | null {
  const length = reader.length()
  if (length === undefined) return reader.fail('key')
  if (reader.ended()) return reader.fail('truncated')
  if (reader.bytes[reader.at] !== Byte.Space) return reader.fail('key')
  reader.at++
  const key = reader.sized(length)
  if (key === null) return null
  if (reader.ended()) return reader.fail('truncated')
  if (reader.bytes[reader.at] !== Byte.CloseBrace) return reader.fail('key')
  reader.at++
  return key
}

/** "{5 alice}": always with the length, since a key that begins with a digit would be taken for one. */
export function writeKey(into: ByteWriter, key: string | Uint8Array): void {
  const bytes = typeof key === 'string' ? encodeUtf8(key) : key
  into.utf8(`{${bytes.length} `)
  into.raw(bytes)
  into.u8(Byte.CloseBrace)
}
