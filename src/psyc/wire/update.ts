/**
 * Updates: the values of `@` modifiers, which change one place inside a container of the state [psyc.md 2.7]:
 * update = 1*index SP operator [ type ] [ ":" length ] [ SP value ]
 * Example [design.md 4]: `{5 alice} =_text:6 online` sets a slot, `{3 bob} -` deletes one.
 */
import { ByteWriter } from '../../util/bytes.js'
import { PsycError } from '../../util/errors.js'
import { defaultLimits } from '../../util/limits.js'
import { encodeUtf8 } from '../../util/utf8.js'
import { Byte, isDigit } from './ascii.js'
import { readKey, writeKey } from './dict.js'
import { ElementReader } from './element.js'
import { isKeyword } from './keyword.js'
import type { Operator } from './packet.js'
import { operatorOfByte } from './operator.js'

/** One step into a container: the n-th element of a list, a named field of a struct, an item of a dict. */
export type Index =
  | { readonly kind: 'element'; readonly position: number }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'key'; readonly key: string | Uint8Array }

export interface Update {
  /** From the outermost container inwards; at least one. */
  readonly path: readonly Index[]
  readonly operator: Operator
  readonly type?: string | undefined
  /** Undefined when there is none, as with `-`; that is not the empty value. */
  readonly value?: string | Uint8Array | undefined
}

/** The item of a dict by its key, set to a value: what a change of a shared object's slot is. */
export function updateOfKey(
  key: string | Uint8Array,
  operator: Operator,
  type?: string,
  value?: Update['value'],
): Update {
  return { path: [{ kind: 'key', key }], operator, type, value }
}

/**
 * @param bytes shared: keys and the value are views on them
 * @throws PsycError PSYC_UPDATE
 */
export function parseUpdate(bytes: Uint8Array): Update {
  const reader = new ElementReader(bytes, Byte.OpenBrace, defaultLimits)
  const path: Index[] = []
  while (!reader.ended() && bytes[reader.at] !== Byte.Space) path.push(readIndex(reader))
  if (path.length === 0) throw broken(reader, 'an index must come first')
  reader.at++
  const operator = operatorOfByte(bytes[reader.at])
  if (operator === undefined) throw broken(reader, 'SP and an operator must follow the index')
  reader.at++
  const type = reader.keyword()
  return { path, operator, type: type === '' ? undefined : type, value: readValue(reader) }
}

function readIndex(reader: ElementReader): Index {
  const glyph = reader.bytes[reader.at++]
  if (glyph === Byte.Hash) {
    const position = isDigit(reader.bytes[reader.at]) ? reader.length() : undefined
    if (position !== undefined) return { kind: 'element', position }
  } else if (glyph === Byte.Dot) {
    const name = reader.keyword()
    if (name !== '') return { kind: 'field', name }
  } else if (glyph === Byte.OpenBrace) {
    const key = readKey(reader)
    if (key !== null) return { kind: 'key', key }
  }
  throw broken(reader, 'an index is "#" and digits, "." and a name, or "{" key "}"')
}

function readValue(reader: ElementReader): Uint8Array | undefined {
  const { bytes } = reader
  let length: number | undefined
  if (bytes[reader.at] === Byte.Colon) {
    reader.at++
    length = isDigit(bytes[reader.at]) ? reader.length() : undefined
    if (length === undefined) throw broken(reader, 'digits must follow ":"')
  }
  if (reader.ended() && (length ?? 0) === 0)
    return length === undefined ? undefined : bytes.subarray(reader.at)
  if (bytes[reader.at] !== Byte.Space) throw broken(reader, 'SP must come before the value')
  reader.at++
  if (length !== undefined && length !== bytes.length - reader.at)
    throw broken(reader, `a value of ${length} bytes must end the update`)
  return bytes.subarray(reader.at)
}

function broken(reader: ElementReader, message: string): PsycError {
  return new PsycError('PSYC_UPDATE', message, reader.at)
}

/**
 * Owned; keys and values always with their length.
 * @throws PsycError PSYC_UNRENDERABLE for an empty path, or a type or field that is no keyword
 */
export function renderUpdate(update: Update): Uint8Array {
  const into = new ByteWriter()
  if (update.path.length === 0) throw new PsycError('PSYC_UNRENDERABLE', 'an update needs an index')
  for (const index of update.path) writeIndex(into, index)
  into.utf8(` ${update.operator}`)
  if (update.type !== undefined) into.utf8(keyword(update.type))
  if (update.value !== undefined) {
    const value = typeof update.value === 'string' ? encodeUtf8(update.value) : update.value
    into.utf8(`:${value.length} `)
    into.raw(value)
  }
  return into.finish()
}

function writeIndex(into: ByteWriter, index: Index): void {
  if (index.kind === 'key') writeKey(into, index.key)
  else into.utf8(index.kind === 'element' ? `#${index.position}` : `.${keyword(index.name)}`)
}

function keyword(name: string): string {
  if (!isKeyword(name)) throw new PsycError('PSYC_UNRENDERABLE', `${JSON.stringify(name)} is no keyword`)
  return name
}
