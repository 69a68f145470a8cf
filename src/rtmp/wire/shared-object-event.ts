/**
 * The events of a shared object message [RTMP §7.1.3; rtmp.md 4.2].
 *
 *   event type u8 | data length u32 | data
 *
 *   1 use, 2 release, 8 clear, 11 useSuccess, 14 requestClear     nothing
 *   3 requestChange, 4 change, 13 proxySuccess                    repeat: key | value
 *   5 success, 9 remove, 10 requestRemove                         repeat: key
 *   6 sendMessage                                                 handler, AMF0 string with its marker | arguments …
 *   7 status                                                      code | level
 *   12 proxyVersion                                               key | version u32
 *
 * key, code and level are a u16 length and UTF-8 without an AMF marker. A value of type 19 is AMF0, one of type 16 may
 * be AMF3 behind 0x11. Events of other types are skipped by their length. 12 to 14 are known from AMS edges only.
 */
import { Amf0Reader, Amf0Writer } from '../../amf/amf0.js'
import type { AmfWriteLimits } from '../../amf/amf0.js'
import type { AmfValue } from '../../amf/value.js'
import { ByteReader } from '../../util/bytes.js'
import type { ByteWriter } from '../../util/bytes.js'
import { LimitError, RtmpError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { utf8Length } from '../../util/utf8.js'
import { plainValue } from './message/plain-value.js'

export type SharedObjectEvent =
  | { readonly kind: 'use' | 'release' | 'clear' | 'useSuccess' }
  /** 3, client to server. */
  | { readonly kind: 'requestChange'; readonly slots: readonly Slot[] }
  /** 4, server to client. */
  | { readonly kind: 'change'; readonly slots: readonly Slot[] }
  | { readonly kind: 'success' | 'remove' | 'requestRemove'; readonly names: readonly string[] }
  | { readonly kind: 'sendMessage'; readonly handler: string; readonly args: readonly AmfValue[] }
  | { readonly kind: 'status'; readonly code: string; readonly level: string }
  /** 12, 13, 14: links between servers only. 13: key and value to the proxy that wrote; 14: a request to clear. */
  | { readonly kind: 'proxyVersion'; readonly name: string; readonly version: number }
  | { readonly kind: 'proxySuccess'; readonly slots: readonly Slot[] }
  | { readonly kind: 'requestClear' }
  /** Skipped by its length. Shared bytes. */
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }

export interface Slot {
  readonly name: string
  readonly value: AmfValue
}

export const SharedObjectEventType = {
  use: 1,
  release: 2,
  requestChange: 3,
  change: 4,
  success: 5,
  sendMessage: 6,
  status: 7,
  clear: 8,
  remove: 9,
  requestRemove: 10,
  useSuccess: 11,
  proxyVersion: 12,
  proxySuccess: 13,
  requestClear: 14,
} as const

type Kind = keyof typeof SharedObjectEventType

const kinds: ReadonlyMap<number, Kind> = new Map(
  Object.entries(SharedObjectEventType).map(([kind, type]) => [type, kind as Kind]),
)

export function tooShort(offset: number): never {
  throw new RtmpError('RTMP_BAD_SHARED_OBJECT', 'the shared object message ends inside a field', offset)
}

/** Reads the events of one message and counts what is in them. */
export class SharedObjectEventReader {
  private count = 0
  private data: ByteReader

  /**
   * @param message placed at the first event; its bytes are shared, unknown events keep a view of them
   * @param isExact keep apart what the value model merges (amf/exact.ts)
   */
  constructor(
    private readonly message: ByteReader,
    private readonly limits: Limits,
    private readonly isExact: boolean,
  ) {
    this.data = message
  }

  /** @throws as decodeSharedObject */
  readAll(): SharedObjectEvent[] {
    const { message } = this
    const events: SharedObjectEvent[] = []
    while (message.remaining > 0) {
      const type = message.u8()
      const length = message.u32()
      const start = message.take(length)
      this.data = new ByteReader(message.bytes, tooShort, start, start + length)
      const before = this.count
      events.push(this.readEvent(type))
      if (this.count === before) this.countOne()
    }
    return events
  }

  /** Events, or the slots and names in them: an event of a thousand pairs is a thousand events [CHOICE]. */
  private countOne(): void {
    this.count++
    if (this.count > this.limits.messageEvents)
      throw new LimitError('messageEvents', this.limits.messageEvents, this.count)
  }

  private readEvent(type: number): SharedObjectEvent {
    const { data } = this
    const kind = kinds.get(type)
    switch (kind) {
      case 'requestChange':
      case 'change':
      case 'proxySuccess':
        return { kind, slots: this.readSlots() }
      case 'success':
      case 'remove':
      case 'requestRemove':
        return { kind, names: this.readNames() }
      case 'sendMessage':
        return { kind, ...this.readSend() }
      case 'status':
        return { kind, code: data.utf8(data.u16()), level: data.utf8(data.u16()) }
      case 'proxyVersion':
        return { kind, name: this.readKey(), version: data.u32() }
      case undefined:
        return { kind: 'unknown', type, data: data.subarray(data.remaining) }
      default:
        return { kind }
    }
  }

  /** A single byte behind the last pair cannot begin another one and is ignored. */
  private get hasKey(): boolean {
    return this.data.remaining >= 2
  }

  /** Each value is its own AMF message: references do not reach across slots [rtmp.md 4.3]. */
  private readSlots(): Slot[] {
    const { data, limits } = this
    const slots: Slot[] = []
    while (this.hasKey) {
      const name = this.readKey()
      slots.push({ name, value: new Amf0Reader(data, limits, this.isExact).readValue() })
    }
    return slots
  }

  private readNames(): string[] {
    const names: string[] = []
    while (this.hasKey) names.push(this.readKey())
    return names
  }

  private readKey(): string {
    this.countOne()
    const { data, limits } = this
    const length = data.u16()
    if (length > limits.objectKeyBytes) throw new LimitError('objectKeyBytes', limits.objectKeyBytes, length)
    return data.utf8(length)
  }

  private readSend(): { handler: string; args: AmfValue[] } {
    const { data } = this
    const reader = new Amf0Reader(data, this.limits, this.isExact)
    const handler = plainValue(reader.readValue())
    if (typeof handler !== 'string')
      throw new RtmpError('RTMP_BAD_HANDLER', 'the handler of a shared object send is no string', data.offset)
    const args: AmfValue[] = []
    while (!reader.atEnd) args.push(reader.readValue())
    return { handler, args }
  }
}

/** How the values of a message are written. */
interface ValueOptions {
  readonly avmPlus: boolean
  readonly limits: AmfWriteLimits
}

/**
 * Slots and names become an event each: some readers take only the first pair of an event.
 * @throws as encodeSharedObject
 */
export function writeEvent(writer: ByteWriter, event: SharedObjectEvent, options: ValueOptions): void {
  switch (event.kind) {
    case 'requestChange':
    case 'change':
    case 'proxySuccess':
      for (const slot of event.slots) writeSlot(writer, event.kind, slot, options)
      return
    case 'success':
    case 'remove':
    case 'requestRemove':
      for (const name of event.names)
        writeData(writer, SharedObjectEventType[event.kind], () => writeText(writer, name))
      return
    case 'unknown':
      writeData(writer, event.type, () => writer.raw(event.data))
      return
    default:
      writeData(writer, SharedObjectEventType[event.kind], () => writeFields(writer, event, options))
  }
}

function writeSlot(writer: ByteWriter, kind: Kind, { name, value }: Slot, options: ValueOptions): void {
  writeData(writer, SharedObjectEventType[kind], () => {
    writeText(writer, name)
    new Amf0Writer(writer, options).writeValue(value)
  })
}

/** The data of the events that hold one thing, or nothing. */
function writeFields(writer: ByteWriter, event: SharedObjectEvent, options: ValueOptions): void {
  switch (event.kind) {
    case 'sendMessage': {
      new Amf0Writer(writer, { limits: options.limits }).writeValue(event.handler)
      const argument = new Amf0Writer(writer, options)
      for (const value of event.args) argument.writeValue(value)
      return
    }
    case 'status':
      writeText(writer, event.code)
      writeText(writer, event.level)
      return
    case 'proxyVersion':
      writeText(writer, event.name)
      writer.u32(event.version)
      return
    default: // the others have no data
  }
}

/** Type and length around what `write` writes. */
function writeData(writer: ByteWriter, type: number, write: () => void): void {
  writer.u8(type)
  const lengthAt = writer.length
  writer.u32(0)
  write()
  writer.setU32(lengthAt, writer.length - lengthAt - 4)
}

export function writeText(writer: ByteWriter, text: string): void {
  const length = utf8Length(text)
  if (length > 0xffff) throw new LimitError('objectKeyBytes', 0xffff, length)
  writer.u16(length)
  writer.utf8(text)
}
