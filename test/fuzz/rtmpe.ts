// Invariant: any RTMPE greeting, however it is cut, is refused with a documented error or agrees on keys of full size,
// and what one side then says the other deciphers.
import { flashPlayer, writeDigest } from '../../src/rtmp/wire/digest.js'
import { ServerHandshake } from '../../src/rtmp/wire/handshake.js'
import type { Ciphers, Crypto } from '../../src/rtmp/wire/handshake.js'
import { Rc4 } from '../../src/rtmp/wire/rc4.js'
import { PUBLIC_KEY_LENGTH } from '../../src/rtmp/wire/rtmpe.js'
import { concat, equalBytes } from '../../src/util/bytes.js'
import { RtmpError } from '../../src/util/errors.js'
import { piecesOf } from '../support/rtmp-chunking.js'
import { testCrypto } from '../support/rtmp-crypto.js'

const BLOCK = 1536
const allowed = new Set(['RTMP_VERSION', 'RTMP_KEY_EXCHANGE'])

/** No real key exchange: what matters here is which keys get that far. */
function crypto(): Crypto {
  return {
    ...testCrypto(),
    diffieHellman: () => ({
      publicKey: new Uint8Array(PUBLIC_KEY_LENGTH).fill(2),
      secretWith: (peerKey) => {
        if (peerKey.length !== PUBLIC_KEY_LENGTH) throw new Error('a key of another size')
        if (peerKey.subarray(0, -1).every((byte) => byte === 0) && peerKey[PUBLIC_KEY_LENGTH - 1]! < 2)
          throw new Error('a degenerate key')
        return peerKey.slice()
      },
    }),
  }
}

export function fuzz(bytes: Uint8Array): void {
  const block = new Uint8Array(BLOCK)
  block.set(bytes.subarray(0, BLOCK))
  const scheme = ((bytes[0] ?? 0) & 1) as 0 | 1
  if (((bytes[1] ?? 0) & 3) !== 0) writeDigest(testCrypto(), block, flashPlayer, scheme)
  const rest = bytes.subarray(BLOCK)
  const stream = concat([Uint8Array.of(6), block, new Uint8Array(BLOCK), rest])
  const whole = run([stream])
  const pieces = run(piecesOf(stream, bytes.subarray(-5)))
  if (whole === undefined || pieces === undefined) {
    if (whole !== pieces) throw new Error('refused in one way of cutting')
    return
  }
  if (!equalBytes(whole.incoming.apply(rest), pieces.incoming.apply(rest))) throw new Error('other keys')
  const key = bytes.length === 0 ? Uint8Array.of(1) : bytes.subarray(0, 256)
  if (!equalBytes(new Rc4(key).apply(new Rc4(key).apply(bytes)), bytes)) throw new Error('not deciphered')
}

function run(pieces: Iterable<Uint8Array>): Ciphers | undefined {
  const server = new ServerHandshake(crypto(), 1)
  try {
    for (const piece of pieces) {
      const { rest, ciphers } = server.receive(piece)
      if (rest === undefined) continue
      if (ciphers === undefined) throw new Error('RTMPE without ciphers')
      return ciphers
    }
    throw new Error('the handshake did not end')
  } catch (error) {
    if (error instanceof RtmpError && allowed.has(error.code)) return undefined
    throw error
  }
}
