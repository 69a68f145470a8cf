/**
 * The renderer of PSYC 1.0 [psyc.md 2.1-2.3], byte for byte as libpsyc's with its default thresholds, save for the
 * two kinds of data that libpsyc sends so that nobody can read them.
 */
import { PsycError } from '../../util/errors.js'
import { utf8Length } from '../../util/utf8.js'
import { Byte, keywordBytes } from './ascii.js'
import type { Modifier, Packet, Value } from './packet.js'

/** Values and data longer than this get a length [psyc.md 2.3]. */
const SHORT = 9
/** Text up to this many characters is written faster by hand than by TextEncoder. */
const BY_HAND = 96
/** Small packets are cut out of slabs: a typed array of its own costs more than all the rest. */
const SLAB = 65_536

const encoder = new TextEncoder()
let slab = new Uint8Array(SLAB)
let used = 0
/** Where the packet at work is written, and how far it is. */
let out = slab
let at = 0

/** A value ready to be written. */
interface Plain {
  readonly value: string | Uint8Array
  /** Bytes. */
  readonly length: number
  readonly sized: boolean
}

/**
 * The bytes of the packet, owned: nothing else is ever written there. They are a part of a larger buffer, so do not
 * transfer it.
 * @throws PsycError PSYC_UNRENDERABLE: a LF in a routing value, a name that is no keyword, data without a method
 */
export function renderPacket(packet: Packet): Uint8Array {
  const { routing, entity, method, body, stateOperation } = packet
  const bodyLength = byteLength(body)
  if (method === '' && bodyLength > 0) throw new PsycError('PSYC_UNRENDERABLE', 'data without a method')
  const plain = entity.map(({ value }) => plainOf(value))
  reserve(routing, entity, plain, method.length + bodyLength)
  for (const modifier of routing) putRouting(modifier)
  if (method !== '' || entity.length > 0 || stateOperation !== undefined) {
    if (needsLength(plain, body, bodyLength)) putAscii(String(contentLength(packet, plain, bodyLength)))
    out[at++] = Byte.Lf
    if (stateOperation !== undefined) putAscii(stateOperation === 'reset' ? '=\n' : '?\n')
    for (let index = 0; index < entity.length; index++) putEntity(entity[index], plain[index])
    putBody(method, body, bodyLength)
  }
  out[at++] = Byte.Pipe
  out[at++] = Byte.Lf
  return cut()
}

/** Make room for what is at most written: glyphs, length, TAB and LF of a line are less than 24 bytes. */
function reserve(
  routing: readonly Modifier[],
  entity: readonly Modifier[],
  plain: readonly Plain[],
  more: number,
): void {
  let bytes = more + 64
  for (const { name, value } of routing)
    bytes += name.length + 24 + (typeof value === 'string' ? 3 * value.length : 0)
  for (const { name } of entity) bytes += name.length + 24
  for (const { length } of plain) bytes += length
  for (const { value } of routing) if (typeof value !== 'string') bytes += rawOf(value).length
  if (bytes > SLAB / 8) {
    out = new Uint8Array(bytes)
    at = 0
    return
  }
  if (bytes > SLAB - used) {
    slab = new Uint8Array(SLAB)
    used = 0
  }
  out = slab
  at = used
}

function cut(): Uint8Array {
  if (out !== slab) return out.subarray(0, at)
  const start = used
  used = at
  return new Uint8Array(slab.buffer, start, at - start)
}

function plainOf(value: Value): Plain {
  const plain = rawOf(value)
  const length = byteLength(plain)
  return { value: plain, length, sized: length > SHORT || hasLf(plain) }
}

function rawOf(value: Value): string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array ? value : value.render()
}

function byteLength(text: string | Uint8Array): number {
  return typeof text === 'string' ? utf8Length(text) : text.length
}

function hasLf(text: string | Uint8Array): boolean {
  return typeof text === 'string' ? text.includes('\n') : text.includes(Byte.Lf)
}

function needsLength(plain: readonly Plain[], body: string | Uint8Array, bodyLength: number): boolean {
  if (bodyLength > SHORT) return true
  for (const { sized } of plain) if (sized) return true
  if (bodyLength === 0) return false
  // libpsyc forgets the length where the data begins with "|" LF or ends with LF "|" [psyc.md 2.3]
  const text = typeof body === 'string' ? body : String.fromCharCode(...body)
  return `\n${text}\n`.includes('\n|\n')
}

function contentLength(packet: Packet, plain: readonly Plain[], bodyLength: number): number {
  let length = packet.stateOperation === undefined ? 0 : 2
  for (let index = 0; index < plain.length; index++) {
    const { length: bytes, sized } = plain[index] ?? { length: 0, sized: false }
    length += 3 + (packet.entity[index]?.name.length ?? 0) + bytes + (sized ? 1 + String(bytes).length : 0)
  }
  if (packet.method !== '') length += packet.method.length + 1
  return bodyLength === 0 ? length : length + bodyLength + 1
}

function putRouting({ operator, name, value }: Modifier): void {
  const plain = rawOf(value)
  if (hasLf(plain)) throw new PsycError('PSYC_UNRENDERABLE', `LF in the routing variable ${name}`)
  putAscii(operator)
  putKeyword(name)
  out[at++] = Byte.Tab
  put(plain)
  out[at++] = Byte.Lf
}

function putEntity(modifier: Modifier | undefined, plain: Plain | undefined): void {
  if (modifier === undefined || plain === undefined) return
  putAscii(modifier.operator)
  putKeyword(modifier.name)
  if (plain.sized) {
    out[at++] = Byte.Space
    putAscii(String(plain.length))
  }
  out[at++] = Byte.Tab
  put(plain.value)
  out[at++] = Byte.Lf
}

function putBody(method: string, body: string | Uint8Array, bodyLength: number): void {
  if (method === '') return
  putKeyword(method)
  out[at++] = Byte.Lf
  if (bodyLength === 0) return
  put(body)
  out[at++] = Byte.Lf
}

function putKeyword(name: string): void {
  if (name === '') throw new PsycError('PSYC_UNRENDERABLE', 'a variable without a name')
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (keywordBytes[code] !== 1)
      throw new PsycError('PSYC_UNRENDERABLE', `${JSON.stringify(name)} is no keyword`)
    out[at++] = code
  }
}

function putAscii(text: string): void {
  for (let index = 0; index < text.length; index++) out[at++] = text.charCodeAt(index)
}

function put(text: string | Uint8Array): void {
  if (typeof text !== 'string') {
    out.set(text, at)
    at += text.length
    return
  }
  if (text.length > BY_HAND) {
    at += encoder.encodeInto(text, out.subarray(at)).written
    return
  }
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) {
      at += encoder.encodeInto(text.slice(index), out.subarray(at)).written
      return
    }
    out[at++] = code
  }
}
