/**
 * The two syntaxes of a circuit behind one face: how packets are read and written [psyc.md 2.11]. What a packet must
 * look like for 0.9 peers (psyced) beyond its syntax is legacy-fit.ts.
 */
import { LegacyParser, renderLegacyPacket } from '../wire/legacy.js'
import { PacketParser } from '../wire/parser.js'
import { renderPacket } from '../wire/renderer.js'
import type { Packet } from '../wire/packet.js'
import type { Limits } from '../../util/limits.js'
import { fitForLegacy } from './legacy-fit.js'

export type Version = '1.0' | '0.9'

/** Bytes in, packets out; `next` throws PsycError or LimitError once the place in the stream is lost. */
export interface PacketSource {
  receive(bytes: Uint8Array): void
  next(): Packet | undefined
  /** Bytes parsed or looked at; behind `next`, the end of its packet. */
  readonly offset: number
  /** The peer is an XMLSocket: a NUL followed its first packet, and is to follow ours [design 3]. */
  readonly nulSeparated: boolean
}

export interface Syntax {
  readonly version: Version
  /** The first byte of a circuit that speaks it. */
  readonly firstByte: number
  /** Shared. */
  readonly emptyPacket: Uint8Array
  parser(limits: Limits): PacketSource
  /** Shared bytes: the same packet rendered twice in a row is rendered once. @throws PsycError PSYC_UNRENDERABLE */
  render(packet: Packet): Uint8Array
}

export const modern: Syntax = {
  version: '1.0',
  firstByte: 0x7c,
  emptyPacket: Uint8Array.of(0x7c, 0x0a),
  parser: (limits) => new PacketParser(limits),
  render: rememberLast(renderPacket),
}

export const legacy: Syntax = {
  version: '0.9',
  firstByte: 0x2e,
  emptyPacket: Uint8Array.of(0x2e, 0x0a),
  parser: (limits) => new LegacyParser(limits),
  render: rememberLast((packet) => renderLegacyPacket(fitForLegacy(packet))),
}

export const syntaxes: readonly Syntax[] = [modern, legacy]

/** A cast goes to all its circuits one after the other, so remembering one packet is enough. */
function rememberLast(render: (packet: Packet) => Uint8Array): (packet: Packet) => Uint8Array {
  let last: { packet: Packet; bytes: Uint8Array } | undefined
  return (packet) => {
    if (last?.packet !== packet) last = { packet, bytes: render(packet) }
    return last.bytes
  }
}
