/** Crypto for the handshake: real HMAC, random bytes from a seed. */
import { createHmac } from 'node:crypto'
import type { Crypto } from '../../src/rtmp/wire/handshake.js'

export function testCrypto(seed = 1): Crypto {
  let state = seed
  return {
    hmacSha256: (key, data) => new Uint8Array(createHmac('sha256', key).update(data).digest()),
    randomBytes: (length) =>
      Uint8Array.from({ length }, () => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0
        return state >>> 24
      }),
  }
}
