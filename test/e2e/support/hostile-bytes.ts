/** What attackers send, made from a seed or from the wire codecs. Big ones are generators: nothing is held whole. */
import { AmfArray, AmfObject } from '../../../src/amf/value.js'
import type { AmfValue } from '../../../src/amf/value.js'
import { callMessage, commandMessage, sharedObjectMessage } from '../../../src/rtmp/session/outgoing.js'
import { cut } from '../../../src/rtmp/wire/chunk/encoder.js'
import { encodeControl } from '../../../src/rtmp/wire/message/index.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { ChunkedMessage } from '../../../src/rtmp/wire/message.js'
import type { SharedObjectEvent } from '../../../src/rtmp/wire/shared-object.js'
import { concat, fromHex } from '../../../src/util/bytes.js'

export type Pieces = Iterable<Uint8Array>

export const text = (ascii: string): Uint8Array => Buffer.from(ascii, 'latin1')

/** xorshift32: the same bytes for the same seed. */
export function randomBytesOf(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed | 1
  for (let at = 0; at < length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[at] = state
  }
  return bytes
}

export const startingWith = (first: number, seed: number, length = 65_536): Uint8Array =>
  concat([Uint8Array.of(first), randomBytesOf(seed, length)])

/** C0 and C1, and C2 without waiting for S1: servers do not compare it. */
export const handshake = concat([Uint8Array.of(3), new Uint8Array(1536), new Uint8Array(1536)])

/** Of the attackers: large, so that one chunk begins much. */
export const CHUNK_SIZE = 60_000

export const bigChunks = cut(encodeControl({ kind: 'setChunkSize', chunkSize: CHUNK_SIZE }), 128)

/** Handshake, connect, and chunks as large as ours from then on. */
export function connected(app: string, nick: string): Uint8Array {
  const properties = AmfObject.of({ app, flashVer: 'LNX 9', tcUrl: `rtmp://h/${app}`, objectEncoding: 0 })
  return concat([handshake, cut(commandMessage('connect', 1, properties, nick), 128), bigChunks])
}

export const message = (chunked: ChunkedMessage): Uint8Array => cut(chunked, CHUNK_SIZE)

export const call = (name: string, transactionId: number, ...args: readonly AmfValue[]): Uint8Array =>
  message(callMessage(name, transactionId, args, 0))

/** A command "echo" with transaction 2 and no command object, then these bytes of AMF0. */
export function rawCall(amf0: Uint8Array): Uint8Array {
  const head = fromHex('020004' + Buffer.from('echo').toString('hex') + '00' + '4000000000000000' + '05')
  return message({
    type: MessageType.Command,
    payload: concat([head, amf0]),
    timestamp: 0,
    messageStreamId: 0,
    chunkStreamId: 3,
  })
}

/** Arrays in arrays. */
export const deepAmf0 = (depth: number): Uint8Array => {
  const level = fromHex('0a00000001')
  return concat(Array.from({ length: depth }, () => level))
}

/** Each level holds the one below twice, by reference: 2^levels values when written out. */
export function referenceBomb(levels: number): AmfValue {
  let value: AmfValue = 'boom'
  for (let level = 0; level < levels; level++) value = new AmfArray([value, value])
  return value
}

/** A chunk header of type 0 that announces a message of that length. */
export function announced(chunkStreamId: number, type: number, length: number): Uint8Array {
  const head = chunkStreamId < 64 ? [chunkStreamId] : [0, chunkStreamId - 64]
  return Uint8Array.of(...head, 0, 0, 0, length >> 16, length >> 8, length, type, 0, 0, 0, 0)
}

/** One message of `length` zero bytes in chunks of one byte, in pieces of 64 KiB. */
export function* tinyChunks(length: number): Pieces {
  yield cut(encodeControl({ kind: 'setChunkSize', chunkSize: 1 }), CHUNK_SIZE)
  yield concat([announced(6, MessageType.Audio, length), Uint8Array.of(0)])
  const pair = Uint8Array.of(0xc6, 0)
  const many = concat(Array.from({ length: 32_768 }, () => pair))
  let left = length - 1
  for (; left > 32_768; left -= 32_768) yield many
  yield many.subarray(0, 2 * left)
}

export function sharedObject(name: string, events: readonly SharedObjectEvent[], version = 0): Uint8Array {
  return message(sharedObjectMessage({ name, version, flags: 0, reserved: 0, events: [...events] }, 0))
}

export function* repeated(piece: Uint8Array, count: number): Pieces {
  for (let at = 0; at < count; at++) yield piece
}

/** In the name of the far end of the circuit, which every client may use. */
export const psyc = (target: string, method: string, vars = '', body = ''): string => {
  const content = `${vars}${method}\n${body === '' ? '' : `${body}\n`}`
  return `:_target\t${target}\n${Buffer.byteLength(content)}\n${content}|\n`
}
