// Invariant: any bytes, however they are cut, give the same messages and then the same documented error or none.
import { ChunkDecoder } from '../../src/rtmp/wire/chunk/decoder.js'
import { cut } from '../../src/rtmp/wire/chunk/encoder.js'
import {
  dataToAmf0,
  decodeCommand,
  decodeControl,
  decodeData,
  unpackAggregate,
} from '../../src/rtmp/wire/message/index.js'
import type { ChunkedMessage } from '../../src/rtmp/wire/message.js'
import { MessageType } from '../../src/rtmp/wire/message.js'
import { equalBytes } from '../../src/util/bytes.js'
import { AmfError, LimitError, RtmpError } from '../../src/util/errors.js'
import { defaultLimits } from '../../src/util/limits.js'
import { piecesOf } from '../support/rtmp-chunking.js'

export function fuzz(bytes: Uint8Array): void {
  const whole = decode([bytes])
  const pieces = decode(piecesOf(bytes, bytes.subarray(-7)))
  const bytewise = decode(piecesOf(bytes, [1]))
  for (const other of [pieces, bytewise]) {
    if (other.error !== whole.error) throw new Error(`${other.error} in pieces, ${whole.error} as a whole`)
    if (other.messages.length !== whole.messages.length)
      throw new Error('another number of messages in pieces')
    other.messages.forEach((message, index) => assertSame(message, whole.messages[index]!))
  }
  for (const message of whole.messages) {
    readWhatItSays(message)
    const [again] = decode([cut(message, 128)]).messages
    if (message.type !== MessageType.SetChunkSize && again !== undefined) assertSame(again, message)
  }
}

function decode(pieces: Iterable<Uint8Array>): { messages: ChunkedMessage[]; error: string } {
  const messages: ChunkedMessage[] = []
  const decoder = new ChunkDecoder((message) => messages.push(message), defaultLimits)
  const error = documented(() => {
    for (const piece of pieces) decoder.receive(piece)
  })
  return { messages, error }
}

/** Runs a decoder. @returns the code of its documented error, "" for none; throws what is not documented */
function documented(run: () => void): string {
  try {
    run()
    return ''
  } catch (error) {
    if (error instanceof RtmpError || error instanceof AmfError) return `${error.code} at ${error.offset}`
    if (error instanceof LimitError) return `${error.limitName} ${error.actual}`
    throw error
  }
}

function readWhatItSays(message: ChunkedMessage): void {
  documented(() => decodeControl(message))
  documented(() => decodeCommand(message, defaultLimits))
  documented(() => decodeData(message, defaultLimits))
  documented(() => unpackAggregate(message, () => undefined))
  dataToAmf0({ ...message, type: MessageType.DataAmf3 }, defaultLimits)
}

function assertSame(a: ChunkedMessage, b: ChunkedMessage): void {
  const isSame =
    a.chunkStreamId === b.chunkStreamId &&
    a.type === b.type &&
    a.timestamp === b.timestamp &&
    a.messageStreamId === b.messageStreamId &&
    equalBytes(a.payload, b.payload)
  if (!isSame) throw new Error('another message')
}
