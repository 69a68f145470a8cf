import { createDiffieHellmanGroup } from 'node:crypto'
import { findDigest, flashPlayer, writeDigest } from '../../../../src/rtmp/wire/digest.js'
import { ClientHandshake, ServerHandshake } from '../../../../src/rtmp/wire/handshake.js'
import { prime, publicKeyOffset, readPublicKey } from '../../../../src/rtmp/wire/rtmpe.js'
import { nodeCrypto } from '../../../../src/server/crypto.js'
import { concat, fromHex, toHex } from '../../../../src/util/bytes.js'
import { RtmpError } from '../../../../src/util/errors.js'
import { testCrypto } from '../../../support/rtmp-crypto.js'

const BLOCK = 1536
const crypto = { ...testCrypto(), diffieHellman: () => nodeCrypto.diffieHellman!() }

test('the group is the one of OpenSSL [RFC 2409 §6.2]', () => {
  expect(toHex(prime)).toBe(createDiffieHellmanGroup('modp2').getPrime('hex'))
})

test('two key pairs agree, whoever computes; keys have 128 bytes', () => {
  const [a, b] = [crypto.diffieHellman(), crypto.diffieHellman()]
  expect([a.publicKey.length, b.publicKey.length]).toEqual([128, 128])
  expect(a.secretWith(b.publicKey)).toEqual(b.secretWith(a.publicKey))
  expect(a.secretWith(b.publicKey)).toHaveLength(128)
})

test('the secret is the one of OpenSSL', () => {
  const pair = crypto.diffieHellman()
  const other = createDiffieHellmanGroup('modp2')
  other.generateKeys()
  const peerKey = fromHex(other.getPublicKey('hex').padStart(256, '0'))
  expect(toHex(pair.secretWith(peerKey))).toBe(
    other.computeSecret(pair.publicKey).toString('hex').padStart(256, '0'),
  )
})

/** 2^k as the other's key: the secret is our own public key to the power of k. */
test.each([1, 6, 7, 8, 15, 16, 1000, 1022])('it is right for the public key 2^%i', (k) => {
  const p = BigInt(`0x${toHex(prime)}`)
  const pair = crypto.diffieHellman()
  const own = BigInt(`0x${toHex(pair.publicKey)}`)
  let expected = 1n
  for (let times = 0; times < k; times++) expected = (expected * own) % p
  const secret = pair.secretWith(fromHex((1n << BigInt(k)).toString(16).padStart(256, '0')))
  expect(toHex(secret)).toBe(expected.toString(16).padStart(256, '0'))
})

describe('a public key in a block', () => {
  const keyOf = (number: bigint): Uint8Array => fromHex(number.toString(16).padStart(256, '0'))
  const p = BigInt(`0x${toHex(prime)}`)

  test.each([
    ['0', 0n, false],
    ['1', 1n, false],
    ['2', 2n, true],
    ['255', 255n, true],
    ['256', 256n, true],
    ['p − 2', p - 2n, true],
    ['p − 1', p - 1n, false],
    ['p', p, false],
    ['p + 1', p + 1n, false],
    ['2¹⁰²⁴ − 1', (1n << 1024n) - 1n, false],
    ['p with a lower digit', p - (1n << 800n), true],
    ['p with a higher digit', p + (1n << 800n), false],
  ])('%s', (_name, number, isUsable) => {
    const block = new Uint8Array(BLOCK)
    for (const scheme of [0, 1] as const) {
      block.set(keyOf(number), publicKeyOffset(block, scheme))
      const read = (): Uint8Array => readPublicKey(block, scheme)
      if (isUsable) expect(read()).toEqual(keyOf(number))
      else expect(read).toThrow(expect.objectContaining({ code: 'RTMP_KEY_EXCHANGE' }) as Error)
    }
  })

  test.each([
    [0, [0, 0, 0, 0], 772],
    [0, [255, 255, 121, 0], 772 + 631],
    [0, [255, 255, 122, 0], 772],
    [1, [1, 2, 3, 4], 8 + 10],
    [1, [255, 255, 255, 255], 8 + 1020 - 632],
  ] as const)('of scheme %i with the bytes %j is at %i [rtmp.md 1.3]', (scheme, bytes, offset) => {
    const block = new Uint8Array(BLOCK)
    block.set(bytes, scheme === 0 ? 1532 : 768)
    expect(publicKeyOffset(block, scheme)).toBe(offset)
  })
})

describe('the handshake of RTMPE [rtmp.md 1.4]', () => {
  test.each([
    ['whole', BLOCK * 3],
    ['in pieces', 700],
    ['byte by byte', 1],
  ])('both sides decipher what the other says, %s', (_name, size) => {
    const client = new ClientHandshake(crypto, 1, 'rtmpe')
    const server = new ServerHandshake(crypto, 2)
    const greeting = client.start()
    expect(greeting[0]).toBe(6)
    const { reply: s0s1s2 } = feed(server, greeting, size)
    expect(s0s1s2[0]).toBe(6)
    const atClient = feed(client, s0s1s2, size)
    const atServer = feed(server, concat([atClient.reply, Uint8Array.of(1, 2, 3)]), size)
    expect(atServer.rest).toEqual(Uint8Array.of(1, 2, 3))
    const text = Uint8Array.from({ length: 5_000 }, (_, at) => at)
    const said = atClient.ciphers!.outgoing.apply(text)
    expect(said).not.toEqual(text)
    expect(atServer.ciphers!.incoming.apply(said)).toEqual(text)
    expect(atClient.ciphers!.incoming.apply(atServer.ciphers!.outgoing.apply(text))).toEqual(text)
  })

  test('plain RTMP has no ciphers', () => {
    const server = new ServerHandshake(crypto, 2)
    const { ciphers, rest } = server.receive(new Uint8Array(1 + 2 * BLOCK).fill(3, 0, 1))
    expect(rest).toHaveLength(0)
    expect(ciphers).toBeUndefined()
  })

  test.each([0, 1] as const)('a key of no use in scheme %i is refused, signed or not', (scheme) => {
    const block = new Uint8Array(BLOCK).fill(7, 0, 8)
    writeDigest(crypto, block, flashPlayer, scheme) // the key is all zeros
    expect(findDigest(crypto, block, flashPlayer)?.scheme).toBe(scheme)
    expect(() => new ServerHandshake(crypto, 2).receive(concat([Uint8Array.of(6), block]))).toThrow(
      expect.objectContaining({ constructor: RtmpError, code: 'RTMP_KEY_EXCHANGE' }) as Error,
    )
  })

  test('without a digest nobody knows where the key is', () => {
    const greeting = new ClientHandshake(crypto, 1, 'simple').start()
    greeting[0] = 6
    expect(() => new ServerHandshake(crypto, 2).receive(greeting)).toThrow(/C1 carries no valid digest/)
    const client = new ClientHandshake(crypto, 1, 'rtmpe')
    client.start()
    expect(() => client.receive(greeting)).toThrow(/S1 carries no valid digest/)
  })

  test.each([
    [8, 'XTEA'],
    [9, 'Blowfish'],
  ])('version %i is refused by name', (version, name) => {
    expect(() => new ServerHandshake(crypto, 2).receive(Uint8Array.of(version))).toThrow(
      `expected version 3 or 6, got ${version} (RTMPE with ${name})`,
    )
  })

  test('a crypto without Diffie-Hellman speaks plain RTMP only', () => {
    expect(() => new ServerHandshake(testCrypto(), 2).receive(Uint8Array.of(6))).toThrow(
      'expected version 3, got 6',
    )
  })
})

interface Fed {
  readonly reply: Uint8Array
  readonly rest: Uint8Array | undefined
  readonly ciphers: ReturnType<ServerHandshake['receive']>['ciphers']
}

function feed(side: Pick<ServerHandshake, 'receive'>, bytes: Uint8Array, size: number): Fed {
  const replies: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const { reply, rest, ciphers } = side.receive(bytes.subarray(at, at + size))
    if (reply !== undefined) replies.push(reply)
    if (rest !== undefined) {
      const left = concat([rest, bytes.subarray(at + size)])
      return { reply: concat(replies), rest: left, ciphers }
    }
  }
  return { reply: concat(replies), rest: undefined, ciphers: undefined }
}
