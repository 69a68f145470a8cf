/**
 * Command messages, types 20 and 17 [RTMP §7.1.1, §7.2; rtmp.md 3.1].
 *
 *   [type 17: format selector u8 = 0] | name, AMF0 string | transaction ID, AMF0 number | command object | arguments …
 *
 * Type 20 is AMF0. In type 17 each value may be AMF3 behind 0x11; name and transaction ID are AMF0 there too. A name that
 * nothing follows is a command that wants no answer: ffmpeg, where it listens, says onFCPublish so.
 */
import { Amf0Reader, Amf0Writer, throwTruncated } from '../../../amf/amf0.js'
import type { AmfWriteLimits } from '../../../amf/amf0.js'
import type { AmfValue } from '../../../amf/value.js'
import { readBytes, writeBytes } from '../../../util/bytes.js'
import { AmfError, LimitError, RtmpError } from '../../../util/errors.js'
import type { Limits } from '../../../util/limits.js'
import { defaultLimits } from '../../../util/limits.js'
import type { Message } from '../message.js'
import { MessageType } from '../message.js'
import { FORMAT_SELECTOR, valuesStart } from './format-selector.js'
import { plainValue } from './plain-value.js'

export interface CommandMessage {
  readonly commandName: string
  /** 0: no answer is wanted. */
  readonly transactionId: number
  /** The first one is the command object, mostly null; may be shorter than the command asks for. */
  readonly args: readonly AmfValue[]
}

export interface ReceivedCommand extends CommandMessage {
  /**
   * Why the values behind `args` could not be read. Garbage behind what a command needs is to be ignored; where an
   * argument is missing the caller is answered `_error`.
   */
  readonly unreadable: AmfError | LimitError | undefined
}

/**
 * @param message of type 20 or 17
 * @param isExact keep apart what the value model merges (amf/exact.ts)
 * @throws RtmpError RTMP_BAD_COMMAND, RTMP_BAD_FORMAT_SELECTOR  there is nothing to answer to: close the connection
 */
export function decodeCommand({ type, payload }: Message, limits: Limits, isExact = false): ReceivedCommand {
  return readBytes(payload, throwTruncated, (bytes) => {
    bytes.offset = valuesStart(type, payload)
    return readCommand(new Amf0Reader(bytes, limits, isExact))
  })
}

function readCommand(reader: Amf0Reader): ReceivedCommand {
  const commandName = readHead(reader)
  const transactionId = reader.atEnd ? 0 : readHead(reader)
  if (typeof commandName !== 'string' || typeof transactionId !== 'number')
    throw new RtmpError('RTMP_BAD_COMMAND', 'expected a name and a transaction ID')
  const args: AmfValue[] = []
  const unreadable = readArguments(reader, args)
  return { commandName, transactionId, args, unreadable }
}

function readHead(reader: Amf0Reader): AmfValue {
  try {
    return reader.atEnd ? undefined : plainValue(reader.readValue())
  } catch (error) {
    if (error instanceof AmfError || error instanceof LimitError) return undefined
    throw error
  }
}

/** Fill `args` as far as values can be read. */
export function readArguments(reader: Amf0Reader, args: AmfValue[]): AmfError | LimitError | undefined {
  try {
    while (!reader.atEnd) args.push(reader.readValue())
    return undefined
  } catch (error) {
    if (error instanceof AmfError || error instanceof LimitError) return error
    throw error
  }
}

/**
 * [CHOICE: a null command object stays AMF0 in type 17, as Flash Player sends it; all behind it is switched to AMF3.]
 *
 * @param type 20 for AMF0, converted down; 17 for AMF3, every argument behind 0x11
 * @returns the payload, owned
 * @throws AmfError AMF_UNENCODABLE
 * @throws LimitError amfDepth, amfOutputBytes
 */
export function encodeCommand(
  { commandName, transactionId, args }: CommandMessage,
  type: typeof MessageType.Command | typeof MessageType.CommandAmf3,
  limits: AmfWriteLimits = defaultLimits,
): Uint8Array {
  const isAmf3 = type === MessageType.CommandAmf3
  return writeBytes((bytes) => {
    if (isAmf3) bytes.u8(FORMAT_SELECTOR)
    const amf0 = new Amf0Writer(bytes, { limits })
    amf0.writeValue(commandName)
    amf0.writeValue(transactionId)
    const argument = isAmf3 ? new Amf0Writer(bytes, { avmPlus: true, limits }) : amf0
    args.forEach((value, index) => {
      const writer = index === 0 && value === null ? amf0 : argument
      writer.writeValue(value)
    })
  })
}
