/**
 * RTMPE of type 6: the signed handshake carries Diffie-Hellman keys, and all that follows it is enciphered with RC4
 * [rtmp.md 1.4]. Nobody is authenticated, so it obfuscates and no more; RTMPS is what protects.
 *
 * C1 and S1 hide a 128-byte public key in that half of the block which does not hold the digest, at an offset computed
 * from four bytes of that half. The digest covers it.
 */
import { fromHex } from '../../util/bytes.js'
import { RtmpError } from '../../util/errors.js'
import type { Crypto, DigestScheme } from './digest.js'
import { BLOCK_LENGTH } from './digest.js'
import { Rc4 } from './rc4.js'

export const PUBLIC_KEY_LENGTH = 128

/** The prime of the Second Oakley Group [RFC 2409 §6.2]; the generator is 2. */
export const prime: Uint8Array = fromHex(
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
    'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff',
)

/** Both directions of one connection, each at its place in its key stream. */
export interface Ciphers {
  readonly incoming: Rc4
  readonly outgoing: Rc4
}

/** By the digest's scheme: the four bytes whose sum places the key, and the first place. */
const keyPlaces = { 0: { sumAt: 1532, first: 772 }, 1: { sumAt: 768, first: 8 } } as const
const KEY_PLACES = 632

/** @param block C1 or S1, 1536 bytes, borrowed */
export function publicKeyOffset(block: Uint8Array, scheme: DigestScheme): number {
  const { sumAt, first } = keyPlaces[scheme]
  const sum = block.subarray(sumAt, sumAt + 4).reduce((total, byte) => total + byte, 0)
  return first + (sum % KEY_PLACES)
}

/**
 * The peer's public key in a C1 or S1 whose digest was found.
 * @param block 1536 bytes, borrowed
 * @returns 128 bytes, borrowed
 * @throws RtmpError RTMP_KEY_EXCHANGE  close the connection: with that key anybody would know the secret
 */
export function readPublicKey(block: Uint8Array, scheme: DigestScheme): Uint8Array {
  const offset = publicKeyOffset(block, scheme)
  const key = block.subarray(offset, offset + PUBLIC_KEY_LENGTH)
  if (!isUsable(key)) throw new RtmpError('RTMP_KEY_EXCHANGE', 'a public key out of range', 1 + offset)
  return key
}

/** 2 to prime − 2, both included. */
function isUsable(key: Uint8Array): boolean {
  const last = PUBLIC_KEY_LENGTH - 1
  const isLow = key.subarray(0, last).every((byte) => byte === 0) && (key[last] ?? 0) < 2
  if (isLow) return false
  const at = key.findIndex((byte, index) => byte !== prime[index])
  if (at < 0 || (key[at] ?? 0) > (prime[at] ?? 0)) return false
  return at < last || (key[last] ?? 0) < (prime[last] ?? 0) - 1
}

/**
 * Where both key streams stand when the handshake is over.
 * @param secret what both sides computed @param ownKey @param peerKey public keys as they were sent; all borrowed
 */
export function ciphersOf(
  crypto: Crypto,
  secret: Uint8Array,
  ownKey: Uint8Array,
  peerKey: Uint8Array,
): Ciphers {
  const keyedBy = (publicKey: Uint8Array): Rc4 => {
    const cipher = new Rc4(crypto.hmacSha256(secret, publicKey).subarray(0, CIPHER_KEY_LENGTH))
    cipher.skip(BLOCK_LENGTH)
    return cipher
  }
  return { incoming: keyedBy(ownKey), outgoing: keyedBy(peerKey) }
}

const CIPHER_KEY_LENGTH = 16
