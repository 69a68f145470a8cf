/**
 * Classes that write their own body [AMF3 §3.12; rtmp.md 5.3]. The body has no length, so only known ones are read.
 *
 * The Flex collections write one value. The small messages of BlazeDS write, for each level of their class hierarchy,
 * bytes of seven flags (bit 7: another byte follows) and then a value for each flag, lowest first. We hold such a body
 * as an object whose properties have the names of the flags; it is no object of the wire and takes no reference.
 */
import type { ByteReader, ByteWriter } from '../util/bytes.js'
import { AmfError } from '../util/errors.js'
import { type AmfExternalizable, AmfObject, type AmfValue } from './value.js'

/** Per class level the fields, in the order of their flags. */
type MessageLevels = readonly (readonly string[])[]

export type BodyShape = 'value' | MessageLevels

const abstractMessage = [
  ...['body', 'clientId', 'destination', 'headers', 'messageId', 'timestamp', 'timeToLive'],
  ...['clientIdBytes', 'messageIdBytes'],
]
const asyncMessage = ['correlationId', 'correlationIdBytes']

const shapes: ReadonlyMap<string, BodyShape> = new Map<string, BodyShape>([
  ['flex.messaging.io.ArrayCollection', 'value'],
  ['flex.messaging.io.ArrayList', 'value'],
  ['flex.messaging.io.ObjectProxy', 'value'],
  ['DSA', [abstractMessage, asyncMessage]],
  ['DSC', [abstractMessage, asyncMessage, ['operation']]],
  ['DSK', [abstractMessage, asyncMessage, []]],
])

const FLAGS_PER_BYTE = 7
const MORE_FLAGS = 0x80
const MAX_FLAG_BYTES = 4 // ours: no class has more than two

/** undefined for a class whose body nobody but itself can read. */
export function bodyShapeOf(className: string): BodyShape | undefined {
  return shapes.get(className)
}

/** False for a class we do not know, or a message whose body is not one: it has no form in AMF3. */
export function isWritable(value: AmfExternalizable): boolean {
  const shape = bodyShapeOf(value.className)
  return shape === 'value' || (shape !== undefined && value.body instanceof AmfObject)
}

export interface BodySource {
  readonly reader: ByteReader
  readValue(): AmfValue
}

export function readMessageBody(levels: MessageLevels, source: BodySource): AmfObject {
  const body = new AmfObject()
  for (let level = 0; level < levels.length; level++) {
    for (const flag of readFlags(source.reader)) body.push(fieldName(levels, level, flag), source.readValue())
  }
  return body
}

/** The numbers of the flags that are set, ascending. */
function readFlags(reader: ByteReader): number[] {
  const flags: number[] = []
  for (let base = 0; ; base += FLAGS_PER_BYTE) {
    if (base >= MAX_FLAG_BYTES * FLAGS_PER_BYTE)
      throw new AmfError('AMF_UNKNOWN_EXTERNALIZABLE', 'too many flags in a message', reader.offset)
    const byte = reader.u8()
    for (let bit = 0; bit < FLAGS_PER_BYTE; bit++) if ((byte & (1 << bit)) !== 0) flags.push(base + bit)
    if ((byte & MORE_FLAGS) === 0) return flags
  }
}

export interface BodySink {
  readonly writer: ByteWriter
  writeValue(value: AmfValue): void
}

/** Properties that are no field of the class are left out. */
export function writeMessageBody(levels: MessageLevels, body: AmfObject, sink: BodySink): void {
  for (let level = 0; level < levels.length; level++) {
    const values: AmfValue[] = []
    const bytes = [0]
    for (let flag = 0; flag < MAX_FLAG_BYTES * FLAGS_PER_BYTE; flag++) {
      const name = fieldName(levels, level, flag)
      if (!body.has(name)) continue
      setFlag(bytes, flag)
      values.push(body.get(name))
    }
    for (const byte of bytes) sink.writer.u8(byte)
    for (const value of values) sink.writeValue(value)
  }
}

function setFlag(bytes: number[], flag: number): void {
  const index = Math.floor(flag / FLAGS_PER_BYTE)
  while (bytes.length <= index) {
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) | MORE_FLAGS
    bytes.push(0)
  }
  bytes[index] = (bytes[index] ?? 0) | (1 << (flag % FLAGS_PER_BYTE))
}

/** A flag of a later version keeps its value under a name of ours, so that nothing is lost on the way through. */
function fieldName(levels: MessageLevels, level: number, flag: number): string {
  return levels[level]?.[flag] ?? `unknown-${level}-${flag}`
}
