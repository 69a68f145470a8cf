/** The synchronous crypto that the core is given. */
import { createHmac, randomFillSync } from 'node:crypto'
import type { Crypto } from '../rtmp/wire/handshake.js'
import { makeKeyPair } from './diffie-hellman.js'

const POOL_BYTES = 65_536
const SHORT_BYTES = 1_536 // a block of the handshake
const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/**
 * Random bytes, owned, none of them given twice. Every request has a token and every connection a block, and to ask the
 * system for them costs more than to route the request; so short ones come out of a pool.
 */
export function randomBytes(length: number): Uint8Array {
  if (length > SHORT_BYTES) return randomFillSync(new Uint8Array(length))
  if (length > POOL_BYTES - used) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += length
  const bytes = pool.slice(start, used)
  pool.fill(0, start, used)
  return bytes
}

export const nodeCrypto: Crypto = {
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  randomBytes,
  diffieHellman: makeKeyPair,
}
