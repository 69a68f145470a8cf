/**
 * The signed form of the handshake that Flash Player ≥ 9.0.115 asks for [rtmp.md 1.3]. Not part of the published
 * specification; without it a Flash Player connects but plays neither H.264 nor AAC.
 *
 * C1 and S1 hide a 32-byte HMAC-SHA256 of their other 1504 bytes at an offset computed from four of their own bytes.
 * C2 and S2 are 1504 random bytes and the HMAC of those, keyed with the HMAC of the digest that is answered.
 */
import { concat, equalBytes, fromHex } from '../../util/bytes.js'
import { encodeUtf8 } from '../../util/utf8.js'

/** C1, S1, C2 and S2 are blocks of this many bytes [RTMP §5.2]. */
export const BLOCK_LENGTH = 1536
export const DIGEST_LENGTH = 32

/** What the handshake needs of cryptography, synchronous and passed in, so that it runs in a browser too. */
export interface Crypto {
  /** @param key borrowed @param data borrowed @returns 32 bytes, owned */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
  /** @returns that many unpredictable bytes, owned */
  randomBytes(length: number): Uint8Array
  /** A new key pair of the Second Oakley Group [RFC 2409 §6.2]. Not there where RTMPE is not spoken. */
  diffieHellman?(): KeyPair
}

/** A private key, and what can be done with it. */
export interface KeyPair {
  /** 128 bytes, big-endian, with leading zeros. Shared. */
  readonly publicKey: Uint8Array
  /** @param peerKey 128 bytes, borrowed, 2 to prime − 2 @returns 128 bytes, big-endian, with leading zeros, owned */
  secretWith(peerKey: Uint8Array): Uint8Array
}

/** Who signs: the short key signs C1 or S1, the long one C2 or S2. Chosen by Adobe. */
export interface Signer {
  readonly key: Uint8Array
  readonly longKey: Uint8Array
}

const crud = fromHex('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae')

function signer(name: string): Signer {
  const key = encodeUtf8(name)
  return { key, longKey: concat([key, crud]) }
}

export const flashPlayer = signer('Genuine Adobe Flash Player 001')
export const flashMediaServer = signer('Genuine Adobe Flash Media Server 001')

/** Where the digest is. The numbering is that of rtmp.md 1.3; others number the other way round. */
export type DigestScheme = 0 | 1

export interface Digest {
  readonly scheme: DigestScheme
  /** Of its first byte in the block. */
  readonly offset: number
  /** 32 bytes. Shared. */
  readonly bytes: Uint8Array
}

/** The digest lies in one half of the block: the half starts with the 4 bytes whose sum places it. */
const firstByteOfHalf = { 0: 8, 1: 772 } as const
const DIGEST_PLACES = 728

/** @param block 1536 bytes, borrowed */
export function digestOffset(block: Uint8Array, scheme: DigestScheme): number {
  const start = firstByteOfHalf[scheme]
  const sum = block.subarray(start, start + 4).reduce((total, byte) => total + byte, 0)
  return start + 4 + (sum % DIGEST_PLACES)
}

/**
 * The digest that `signer` put into a C1 or S1, tried at both places.
 * @param block 1536 bytes, borrowed
 * @returns undefined when neither place holds a valid one: the peer uses the simple handshake
 */
export function findDigest(crypto: Crypto, block: Uint8Array, { key }: Signer): Digest | undefined {
  for (const scheme of [1, 0] as const) {
    const offset = digestOffset(block, scheme)
    const bytes = computeDigest(crypto, block, offset, key)
    if (equalBytes(bytes, block.subarray(offset, offset + DIGEST_LENGTH))) return { scheme, offset, bytes }
  }
  return undefined
}

/** Write the digest of a C1 or S1 into it. @param block 1536 bytes, changed in place */
export function writeDigest(
  crypto: Crypto,
  block: Uint8Array,
  { key }: Signer,
  scheme: DigestScheme,
): Digest {
  const offset = digestOffset(block, scheme)
  const bytes = computeDigest(crypto, block, offset, key)
  block.set(bytes, offset)
  return { scheme, offset, bytes }
}

function computeDigest(crypto: Crypto, block: Uint8Array, offset: number, key: Uint8Array): Uint8Array {
  const others = concat([block.subarray(0, offset), block.subarray(offset + DIGEST_LENGTH)])
  return crypto.hmacSha256(key, others)
}

/**
 * The signature that ends an S2 or C2.
 * @param random the 1504 bytes before it, borrowed
 * @param peerDigest the digest of the C1 or S1 that is answered, borrowed
 * @returns 32 bytes, owned
 */
export function replySignature(
  crypto: Crypto,
  random: Uint8Array,
  peerDigest: Uint8Array,
  { longKey }: Signer,
): Uint8Array {
  return crypto.hmacSha256(crypto.hmacSha256(longKey, peerDigest), random)
}

/** A signed S2 or C2: 1536 bytes, owned. */
export function signedReply(crypto: Crypto, peerDigest: Uint8Array, by: Signer): Uint8Array {
  const random = crypto.randomBytes(BLOCK_LENGTH - DIGEST_LENGTH)
  return concat([random, replySignature(crypto, random, peerDigest, by)])
}
