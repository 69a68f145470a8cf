/** What a parser makes of bytes in pieces, as plain data that can be compared. */
import { LegacyParser } from '../../src/psyc/wire/legacy.js'
import type { Modifier, Packet } from '../../src/psyc/wire/packet.js'
import { valueBytes } from '../../src/psyc/wire/packet.js'
import { PacketParser } from '../../src/psyc/wire/parser.js'
import { GatewayError, LimitError } from '../../src/util/errors.js'
import type { Limits } from '../../src/util/limits.js'
import { defaultLimits } from '../../src/util/limits.js'

export type Syntax = '1.0' | '0.9'

export interface Outcome {
  readonly packets: readonly unknown[]
  readonly error: string
}

export function newParser(syntax: Syntax, limits: Limits = defaultLimits): PacketParser | LegacyParser {
  return syntax === '1.0' ? new PacketParser(limits) : new LegacyParser(limits)
}

/** @throws whatever is no documented error */
export function outcome(syntax: Syntax, pieces: Iterable<Uint8Array>, limits?: Limits): Outcome {
  const parser = newParser(syntax, limits)
  const packets: unknown[] = []
  let error = ''
  for (const piece of pieces) {
    parser.receive(piece)
    try {
      for (let packet = parser.next(); packet !== undefined; packet = parser.next())
        packets.push(plain(packet))
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown
      if (error !== '') throw new Error('a second error')
      error = thrown instanceof LimitError ? thrown.limitName : thrown.code
    }
  }
  return { packets, error }
}

/** The packets of bytes that hold whole packets only. */
export function packetsOf(syntax: Syntax, bytes: Uint8Array): Packet[] {
  const parser = newParser(syntax)
  parser.receive(bytes)
  const packets: Packet[] = []
  for (let packet = parser.next(); packet !== undefined; packet = parser.next()) packets.push(packet)
  return packets
}

/** A packet with all text as bytes and containers as their 1.0 text: equal for equal packets. */
export function plain(packet: Packet): unknown {
  const { routing, entity, method, stateOperation } = packet
  return {
    routing: routing.map(plainModifier),
    entity: entity.map(plainModifier),
    method,
    body: latin1(packet.bodyBytes),
    stateOperation,
  }
}

function plainModifier({ operator, name, value }: Modifier): string {
  return `${operator}${name}=${latin1(valueBytes(value))}`
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Owned bytes of each piece, so that no piece shares a buffer with another. */
export function pieces(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = []
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length)
    found.push(bytes.slice(at, at + size))
    at += size
  }
  return found
}

/** In two: at every place of short bytes, at 200 seeded ones of long bytes. */
export function* cutsInTwo(bytes: Uint8Array): Generator<Uint8Array[]> {
  const every = bytes.length < 4096
  let seed = 1
  for (let turn = 0; turn < (every ? bytes.length + 1 : 200); turn++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    const at = every ? turn : seed % bytes.length
    yield [bytes.slice(0, at), bytes.slice(at)]
  }
}
