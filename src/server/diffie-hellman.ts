/**
 * Key pairs of RTMPE: 1024 bits, which are broken, as RTMPE is [rtmp.md 1.4].
 *
 * Node's `DiffieHellmanGroup` proves its prime again for each pair, which takes 40 ms of everybody's time; key objects
 * take 0.7 ms in all, and want their public keys wrapped:
 *
 *   SEQUENCE { SEQUENCE { the group }, BIT STRING { 0 unused bits, INTEGER key } }     [RFC 5280 §4.1, PKCS #3]
 */
import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import type { KeyPairKeyObjectResult } from 'node:crypto'
import type { KeyPair } from '../rtmp/wire/handshake.js'
import { PUBLIC_KEY_LENGTH } from '../rtmp/wire/rtmpe.js'
import { concat } from '../util/bytes.js'

const SEQUENCE = 0x30
const INTEGER = 0x02
const BIT_STRING = 0x03

/** The types of Node 20 have left this kind out. */
const generate = generateKeyPairSync as unknown as (
  type: 'dh',
  options: { readonly group: string },
) => KeyPairKeyObjectResult

/** What is the same for all keys of the group: the first field. */
let group: Uint8Array | undefined

export function makeKeyPair(): KeyPair {
  const { privateKey, publicKey } = generate('dh', { group: 'modp2' })
  const [wrapped] = readFields(publicKey.export({ type: 'spki', format: 'der' }))
  const [first, second] = readFields(contentOf(wrapped))
  group ??= first?.whole
  const [key] = readFields(contentOf(second).subarray(1))
  return {
    publicKey: padded(contentOf(key)),
    secretWith: (peerKey) => padded(diffieHellman({ privateKey, publicKey: createPublicKey(wrap(peerKey)) })),
  }
}

function wrap(key: Uint8Array): { key: Buffer; format: 'der'; type: 'spki' } {
  const bits = concat([Uint8Array.of(0), field(INTEGER, unsigned(key))])
  const der = field(SEQUENCE, concat([group ?? Uint8Array.of(), field(BIT_STRING, bits)]))
  return { key: Buffer.from(der), format: 'der', type: 'spki' }
}

interface Field {
  readonly whole: Uint8Array
  readonly content: Uint8Array
}

/** @param bytes well-formed, since OpenSSL wrote them; borrowed, as are the fields */
function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at + 1] ?? 0
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f
    const start = at + 2 + lengthBytes
    const length =
      lengthBytes === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
    fields.push({ whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return fields
}

function contentOf(found: Field | undefined): Uint8Array {
  return found?.content ?? Uint8Array.of()
}

function field(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return concat([Uint8Array.of(tag, ...lengthBytes), content])
}

/** As DER writes it: no zeros before it, but one where it would look negative. */
function unsigned(number: Uint8Array): Uint8Array {
  const digits = number.subarray(number.findIndex((byte) => byte !== 0))
  return (digits[0] ?? 0) < 0x80 ? digits : concat([Uint8Array.of(0), digits])
}

function padded(number: Uint8Array): Uint8Array {
  const digits = number.subarray(Math.max(0, number.length - PUBLIC_KEY_LENGTH))
  const bytes = new Uint8Array(PUBLIC_KEY_LENGTH)
  bytes.set(digits, PUBLIC_KEY_LENGTH - digits.length)
  return bytes
}
