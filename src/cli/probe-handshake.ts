/** What a server's part of the RTMP handshake tells [RTMP §5.2; rtmp.md 1.1-1.3]. */
import { BLOCK_LENGTH, findDigest, flashMediaServer } from '../rtmp/wire/digest.js'
import { nodeCrypto } from '../server/crypto.js'
import { equalBytes } from '../util/bytes.js'
import type { Told } from './probe-report.js'

export { BLOCK_LENGTH } from '../rtmp/wire/digest.js'

/** S0, S1 and S2. */
export const HANDSHAKE_LENGTH = 1 + 2 * BLOCK_LENGTH

const TIMES_LENGTH = 8 // the first two fields of each block may differ in an echo

/**
 * @param clientBlock the simple C1 that was sent, borrowed
 * @param reply S0, S1 and S2, borrowed
 */
export function describeHandshake(clientBlock: Uint8Array, reply: Uint8Array): Told {
  const serverBlock = reply.subarray(1, 1 + BLOCK_LENGTH)
  const echo = reply.subarray(1 + BLOCK_LENGTH, HANDSHAKE_LENGTH)
  const isEcho = equalBytes(echo.subarray(TIMES_LENGTH), clientBlock.subarray(TIMES_LENGTH))
  const digest = findDigest(nodeCrypto, serverBlock, flashMediaServer)
  const form = digest === undefined ? 'simple' : `signed (digest in S1, scheme ${digest.scheme})`
  const sentence = `S0 version ${reply[0] ?? 0}, ${form}, S2 ${isEcho ? 'repeats' : 'does not repeat'} our C1`
  const version = serverBlock.subarray(4, 8)
  return version.every((byte) => byte === 0)
    ? sentence
    : [sentence, `S1 names the server's version ${version.join('.')}`]
}
