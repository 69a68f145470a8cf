/** The synchronous crypto that the core is given. */
import { createHmac, randomBytes } from 'node:crypto'
import type { Crypto } from '../rtmp/wire/handshake.js'

export const nodeCrypto: Crypto = {
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  randomBytes: (length) => randomBytes(length),
}
