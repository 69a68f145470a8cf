/** Feeding the same bytes in different pieces. */
import { ChunkDecoder } from '../../src/rtmp/wire/chunk/decoder.js'
import type { ChunkedMessage } from '../../src/rtmp/wire/message.js'
import { GatewayError } from '../../src/util/errors.js'
import type { Limits } from '../../src/util/limits.js'
import { defaultLimits } from '../../src/util/limits.js'

export interface Outcome {
  messages: ChunkedMessage[]
  /** Code of the error that ended it, "" for none. */
  error: string
}

/** What a decoder makes of the pieces. Each is copied, so that no message can live on a neighbour's bytes. */
export function decodePieces(pieces: Iterable<Uint8Array>, limits: Limits = defaultLimits): Outcome {
  const messages: ChunkedMessage[] = []
  const decoder = new ChunkDecoder((message) => messages.push(message), limits)
  try {
    for (const piece of pieces) decoder.receive(Uint8Array.from(piece))
    return { messages, error: '' }
  } catch (error) {
    if (error instanceof GatewayError) return { messages, error: error.code }
    throw error
  }
}

/** Pieces whose lengths come from `lengths`, over and over; never empty. */
export function* piecesOf(bytes: Uint8Array, lengths: ArrayLike<number>): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % Math.max(1, lengths.length)] ?? 1)
    yield bytes.subarray(at, at + length)
    at += length
  }
}

/** Whole, byte by byte, and cut in two: everywhere below 4 KiB, else at 200 places. */
export function* waysToCut(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes]
  yield [...piecesOf(bytes, [1])]
  const step = bytes.length < 4096 ? 1 : bytes.length / 200
  for (let at = 1; at < bytes.length; at += step) {
    const cut = Math.floor(at)
    yield [bytes.subarray(0, cut), bytes.subarray(cut)]
  }
}
