/** FLV vectors, and a reader's answers as values. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlvReader } from '../../src/media/flv-reader.js'
import type { FlvContents } from '../../src/media/flv-writer.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { FlvError, LimitError } from '../../src/util/errors.js'
import { defaultLimits } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'

const folder = 'test/vectors/flv'

export interface FlvPacket {
  readonly kind: 'audio' | 'video'
  readonly timestamp: number
  readonly length: number
  readonly md5: string
}

export interface FlvVector {
  readonly file: string
  readonly bytes: Uint8Array
  readonly packets: readonly FlvPacket[]
}

export function flvVectors(): FlvVector[] {
  const { files } = JSON.parse(readFileSync(join(folder, 'packets.json'), 'utf8')) as {
    files: Omit<FlvVector, 'bytes'>[]
  }
  return files.map((vector) => ({
    ...vector,
    bytes: new Uint8Array(readFileSync(join(folder, vector.file))),
  }))
}

export interface FlvOutcome {
  readonly contents: readonly FlvContents[]
  readonly messages: readonly Message[]
  readonly offsets: readonly number[]
  /** "" for none, "CODE at offset", "limitName". */
  readonly error: string
}

/** What a reader makes of the pieces, end included. */
export function readFlv(pieces: Iterable<Uint8Array>, limits: Limits = defaultLimits): FlvOutcome {
  const contents: FlvContents[] = []
  const messages: Message[] = []
  const offsets: number[] = []
  const reader = new FlvReader(
    {
      header: (header) => contents.push(header),
      message: (message, offset) => {
        messages.push(message)
        offsets.push(offset)
      },
    },
    limits,
  )
  let error = ''
  try {
    for (const piece of pieces) reader.receive(piece)
    reader.end()
  } catch (thrown) {
    if (thrown instanceof FlvError) error = `${thrown.code} at ${thrown.offset}`
    else if (thrown instanceof LimitError) error = thrown.limitName
    else throw thrown
  }
  return { contents, messages, offsets, error }
}

export function inTwo(bytes: Uint8Array, at: number): Uint8Array[] {
  return [bytes.subarray(0, at), bytes.subarray(at)]
}

export function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
}
