/**
 * `decode chunks`: `{"messages": […]}` of the bytes after a handshake, chunk size 128 until the bytes change it, and
 * `submessages` where aggregates are among them.
 */
import { describeChunks } from '../rtmp/wire/describe.js'
import { ChunkDecoder } from '../rtmp/wire/chunk/decoder.js'
import { unpackAggregate } from '../rtmp/wire/message/index.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { ChunkedMessage, Message } from '../rtmp/wire/message.js'
import { toHex } from '../util/bytes.js'
import { GatewayError, LimitError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { DocumentWriter, Exit, complete, incomplete, malformed, reasonOf } from './decode-document.js'
import type { Document, Outcome } from './decode-document.js'

/** An aggregate and its place among the messages, from 1. */
type Aggregates = Map<number, Message>

export function* decodeChunks(bytes: Uint8Array): Document {
  const writer = new DocumentWriter()
  const aggregates: Aggregates = new Map()
  const outcome = yield* writer.list('messages', messages(bytes, aggregates))
  if (aggregates.size === 0) {
    yield writer.end()
    return outcome
  }
  const unpacked = yield* writer.list('submessages', submessages(aggregates))
  yield writer.end()
  return outcome.exit === Exit.Complete ? unpacked : outcome
}

const SLICE_BYTES = 65_536 // so much at a time, so that not all messages are held as text at once

function* messages(bytes: Uint8Array, aggregates: Aggregates): Generator<object, Outcome> {
  let waiting: ChunkedMessage[] = []
  let count = 0
  const decoder = new ChunkDecoder((message) => waiting.push(message), defaultLimits)
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const problem = attempt(() => decoder.receive(bytes.subarray(at, at + SLICE_BYTES)))
    for (const message of waiting) {
      count++
      if (message.type === MessageType.Aggregate) aggregates.set(count, message)
      yield* describeChunks([message]).messages
    }
    waiting = []
    if (problem !== undefined) return malformed(reasonOf(problem, limitOffset(problem, bytes)))
  }
  if (!decoder.isUnfinished) return complete
  return incomplete(`the bytes end inside a message or a chunk header (offset ${bytes.length})`)
}

/** Limits do not say where they were passed: found by going there again byte by byte. */
function limitOffset(problem: GatewayError, bytes: Uint8Array): number {
  if (!(problem instanceof LimitError)) return 0
  const decoder = new ChunkDecoder(() => undefined, defaultLimits)
  let at = 0
  while (at < bytes.length && attempt(() => decoder.receive(bytes.subarray(at, at + 1))) === undefined) at++
  return at
}

function* submessages(aggregates: Aggregates): Generator<object, Outcome> {
  let outcome = complete
  for (const [place, aggregate] of aggregates) {
    const parts: Message[] = []
    const problem = attempt(() => unpackAggregate(aggregate, (part) => parts.push(part)))
    for (const { type, messageStreamId, timestamp, payload } of parts)
      yield { type, streamId: messageStreamId, timestamp, payload: toHex(payload) }
    if (problem !== undefined && outcome === complete)
      outcome = malformed(`in the payload of message ${place}: ${reasonOf(problem, 0)}`)
  }
  return outcome
}

function attempt(run: () => void): GatewayError | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}
