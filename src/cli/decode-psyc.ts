/**
 * `decode psyc` and `psyc09`: `{"packets": […], "result": …}` of the bytes of a circuit. Packet by packet, since what
 * there is to say of one is many times its size; the last one may be partial.
 */
import { describeLegacyPackets } from '../psyc/wire/describe-legacy.js'
import { describePackets } from '../psyc/wire/describe.js'
import type { DescribedError } from '../psyc/wire/describe.js'
import { LegacyReader } from '../psyc/wire/legacy-reader.js'
import { PacketParser } from '../psyc/wire/parser.js'
import { concat } from '../util/bytes.js'
import { GatewayError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { encodeUtf8 } from '../util/utf8.js'
import { DocumentWriter, complete, incomplete, malformed, reasonOf } from './decode-document.js'
import type { Document, Outcome } from './decode-document.js'

export function* decodePsyc(bytes: Uint8Array): Document {
  const writer = new DocumentWriter()
  const { result, error, offset, reason } = yield* writer.list('packets', packets(bytes))
  yield writer.member('result', result)
  yield writer.member('error', error)
  yield writer.end()
  return outcomeOf(result, offset, reason)
}

export function* decodeLegacyPsyc(bytes: Uint8Array): Document {
  const writer = new DocumentWriter()
  const { result, offset, reason } = yield* writer.list('packets', legacyPackets(bytes))
  yield writer.member('result', result)
  yield writer.end()
  return outcomeOf(result, offset, reason)
}

type Result = 'ok' | 'incomplete' | 'error'

function outcomeOf(result: Result, offset: number, reason: string): Outcome {
  if (result === 'ok') return complete
  if (result === 'error') return malformed(reason)
  return incomplete(`the bytes end inside the packet that begins at ${offset}`)
}

/** What is behind the last whole packet. */
interface Rest {
  readonly bytes: Uint8Array
  readonly offset: number
  /** Why it cannot be read, with the offset; "" when it is only not complete. */
  readonly reason: string
  /** Number of packets before it. */
  readonly packets: number
}

interface End extends Rest {
  readonly result: Result
  readonly error: DescribedError | null
}

function* packets(bytes: Uint8Array): Generator<object, End> {
  const walk = slices(new PacketParser(defaultLimits), bytes)
  for (let next = walk.next(); ; next = walk.next()) {
    if (next.done !== true) {
      yield* describePackets(next.value).packets
      continue
    }
    const rest = next.value
    const { packets: partial, result, error } = describePackets(rest.bytes)
    yield* partial
    return { ...rest, result, error: error === null ? null : inPlace(error, rest) }
  }
}

/** The rest was described as if it were the beginning. */
function inPlace(error: DescribedError, { packets, reason }: Rest): DescribedError {
  const after = error.after === 'start' && packets > 0 ? 'packet' : error.after
  return { ...error, after, message: reason }
}

/** How telnet greets; it tells how the lines of all packets end. */
const telnetGreeting = encodeUtf8('.\r\n')

function* legacyPackets(bytes: Uint8Array): Generator<object, End> {
  const isTelnet = telnetGreeting.every((byte, at) => bytes[at] === byte)
  const describe = (slice: Uint8Array): ReturnType<typeof describeLegacyPackets> => {
    if (!isTelnet) return describeLegacyPackets(slice)
    const { packets: found, result } = describeLegacyPackets(concat([telnetGreeting, slice]))
    return { packets: found.slice(1), result }
  }
  const walk = slices(new LegacyReader(defaultLimits), bytes)
  for (let next = walk.next(); ; next = walk.next()) {
    if (next.done !== true) {
      yield* describe(next.value).packets
      continue
    }
    const rest = next.value
    const { packets: partial, result } = describe(rest.bytes)
    for (const packet of partial) yield 'error' in packet ? { error: rest.reason } : packet
    return { ...rest, result, error: null }
  }
}

/** What cuts bytes into packets: either parser. */
interface Cutter {
  readonly offset: number
  readonly nulSeparated: boolean
  receive(bytes: Uint8Array): void
  next(): object | undefined
}

/** The bytes of each whole packet, without the NULs of an XMLSocket between them. */
function* slices(cutter: Cutter, bytes: Uint8Array): Generator<Uint8Array, Rest> {
  let start = 0
  let count = 0
  let reason = ''
  cutter.receive(bytes)
  for (;;) {
    const more = advance(cutter)
    while (cutter.nulSeparated && bytes[start] === 0) start++
    if (more !== true) {
      reason = more
      break
    }
    count++
    yield bytes.subarray(start, cutter.offset)
    start = cutter.offset
  }
  return { bytes: bytes.subarray(start), offset: start, reason, packets: count }
}

/** @returns true for one more packet, else why there is none, "" when nothing is wrong */
function advance(cutter: Cutter): true | string {
  try {
    return cutter.next() === undefined ? '' : true
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return reasonOf(error, cutter.offset)
  }
}
