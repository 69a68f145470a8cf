/** Passwords of persons, as a PSYC client proves to know one [psyc.md 6.2]. */
import { toHex } from '../../util/bytes.js'
import { encodeUtf8 } from '../../util/utf8.js'

/** The hashes that clients may use, from whoever may import a crypto library. Results are owned by the caller. */
export interface PasswordHasher {
  sha1(data: Uint8Array): Uint8Array
  hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array
}

export interface PasswordProof {
  /** `_method`; undefined or "" for the password itself. */
  readonly method: string | undefined
  /** `_password`: the password, or a hash in hex. */
  readonly password: string
  /** What the client was sent to hash; undefined when it was sent nothing. */
  readonly nonce: string | undefined
}

/** `_available_hashes` that we offer. */
export const offeredHashes = 'sha1;hmac-sha1'

/** Whether the proof travels as the password itself, so that the way must be private. */
export function isPlain({ method }: PasswordProof): boolean {
  return method === undefined || method === '' || method === 'plain'
}

/** @param hasher without one only the password itself proves anything */
export function isProven(
  password: string,
  proof: PasswordProof,
  hasher: PasswordHasher | undefined,
): boolean {
  if (isPlain(proof)) return isEqualText(proof.password, password)
  if (proof.nonce === undefined || hasher === undefined) return false
  const expected = hashed(password, proof.nonce, proof.method ?? '', hasher)
  return expected !== undefined && isEqualText(proof.password.toLowerCase(), toHex(expected))
}

function hashed(
  password: string,
  nonce: string,
  method: string,
  hasher: PasswordHasher,
): Uint8Array | undefined {
  if (method === 'sha1') return hasher.sha1(encodeUtf8(nonce + password))
  if (method === 'hmac-sha1') return hasher.hmacSha1(encodeUtf8(password), encodeUtf8(nonce))
  return undefined
}

/** Takes the same time wherever the texts differ. */
function isEqualText(given: string, known: string): boolean {
  const a = encodeUtf8(given)
  const b = encodeUtf8(known)
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at % Math.max(1, b.length)] ?? 0)
  return difference === 0
}
