import type { Digest } from '../../../../src/rtmp/wire/digest.js'
import { findDigest, flashMediaServer, flashPlayer } from '../../../../src/rtmp/wire/digest.js'
import type { HandshakeProgress } from '../../../../src/rtmp/wire/handshake.js'
import { ClientHandshake, ServerHandshake } from '../../../../src/rtmp/wire/handshake.js'
import { concat } from '../../../../src/util/bytes.js'
import { RtmpError } from '../../../../src/util/errors.js'
import { testCrypto } from '../../../support/rtmp-crypto.js'

const crypto = testCrypto()
const BLOCK = 1536

/** All replies joined, and what is left when it is over. */
function feed(
  peer: { receive(bytes: Uint8Array): HandshakeProgress },
  pieces: Uint8Array[],
): { reply: Uint8Array; rest: Uint8Array | undefined } {
  const replies: Uint8Array[] = []
  for (const [index, piece] of pieces.entries()) {
    const { reply, rest } = peer.receive(piece)
    if (reply !== undefined) replies.push(reply)
    if (rest !== undefined)
      return { reply: concat(replies), rest: concat([rest, ...pieces.slice(index + 1)]) }
  }
  return { reply: concat(replies), rest: undefined }
}

const bytewise = (bytes: Uint8Array): Uint8Array[] => [...bytes].map((byte) => Uint8Array.of(byte))
const simpleC0C1 = new ClientHandshake(testCrypto(2), 7).start()
const signedC0C1 = new ClientHandshake(testCrypto(2), 7, 'digest').start()

describe('the server side of the handshake [RTMP §5.2]', () => {
  test('answers as soon as C1 is complete, and is over when C2 is', () => {
    const server = new ServerHandshake(crypto, 5)
    expect(server.receive(simpleC0C1.subarray(0, BLOCK))).toEqual({})
    const { reply, rest } = server.receive(simpleC0C1.subarray(BLOCK))
    expect(reply).toHaveLength(1 + 2 * BLOCK)
    expect(rest).toBeUndefined()
    expect(server.receive(new Uint8Array(BLOCK - 1))).toEqual({})
    expect(server.receive(Uint8Array.of(0)).rest).toHaveLength(0)
  })

  test('echoes a simple C1 [RTMP §5.2.4]', () => {
    const { reply = new Uint8Array() } = new ServerHandshake(crypto, 5).receive(simpleC0C1)
    expect([...reply.subarray(0, 9)]).toEqual([3, 0, 0, 0, 5, 0, 0, 0, 0])
    expect(reply.subarray(1 + BLOCK)).toEqual(simpleC0C1.subarray(1))
  })

  test('looks for no digest where C1 has no version [rtmp.md 1.2]', () => {
    const unsigning = {
      ...crypto,
      hmacSha256: (): never => {
        throw new Error('a simple handshake needs no HMAC')
      },
    }
    const { reply = new Uint8Array() } = new ServerHandshake(unsigning, 5).receive(simpleC0C1)
    expect(reply.subarray(1 + BLOCK)).toEqual(simpleC0C1.subarray(1))
  })

  test('signs for a client that signed, in the same scheme [rtmp.md 1.3]', () => {
    const { reply = new Uint8Array() } = new ServerHandshake(crypto, 5).receive(signedC0C1)
    const clientDigest = findDigest(crypto, signedC0C1.subarray(1), flashPlayer) as Digest
    const serverDigest = findDigest(crypto, reply.subarray(1, 1 + BLOCK), flashMediaServer) as Digest
    expect(serverDigest.scheme).toBe(clientDigest.scheme)
    const s2 = reply.subarray(1 + BLOCK)
    const key = crypto.hmacSha256(flashMediaServer.longKey, clientDigest.bytes)
    expect(s2.subarray(1504)).toEqual(crypto.hmacSha256(key, s2.subarray(0, 1504)))
  })

  test.each([
    ['whole', (bytes: Uint8Array) => [bytes]],
    ['byte by byte', bytewise],
    ['in two', (bytes: Uint8Array) => [bytes.subarray(0, 2000), bytes.subarray(2000)]],
  ])('leaves what follows C2 to the chunk stream, %s [rtmp.md 1.1]', (_, cutUp) => {
    const c2 = new Uint8Array(BLOCK).fill(9) // no echo of S1: never an error [Errata §3]
    const following = Uint8Array.of(2, 0, 0, 0, 0, 0, 4, 1)
    const { reply, rest } = feed(
      new ServerHandshake(testCrypto(3), 5),
      cutUp(concat([signedC0C1, c2, following])),
    )
    expect(rest).toEqual(following)
    expect(reply).toEqual(new ServerHandshake(testCrypto(3), 5).receive(signedC0C1).reply)
  })

  test('refuses other versions at the first byte', () => {
    for (const version of [0, 2, 6, 8, 9, 0x16, 0x47])
      expect(() => new ServerHandshake(crypto, 5).receive(Uint8Array.of(version))).toThrow(
        expect.objectContaining({ constructor: RtmpError, code: 'RTMP_VERSION' }) as Error,
      )
  })

  test('takes no bytes for no bytes', () => {
    const server = new ServerHandshake(crypto, 5)
    expect(server.receive(new Uint8Array())).toEqual({})
    expect(server.receive(simpleC0C1).reply).toHaveLength(1 + 2 * BLOCK)
  })
})

describe('the client side of the handshake [RTMP §5.2]', () => {
  test.each(['simple', 'digest'] as const)('meets our server: %s', (form) => {
    const client = new ClientHandshake(testCrypto(4), 1, form)
    const server = new ServerHandshake(testCrypto(5), 2)
    const { reply: s0s1s2 } = server.receive(client.start())
    const { reply: c2, rest } = client.receive(s0s1s2 as Uint8Array)
    expect(rest).toHaveLength(0)
    expect(c2).toHaveLength(BLOCK)
    expect(server.receive(c2 as Uint8Array).rest).toHaveLength(0)
  })

  test('answers S1 with its echo without waiting for S2 [RTMP §5.2.4]', () => {
    const client = new ClientHandshake(crypto, 1)
    const s1 = new Uint8Array(BLOCK).fill(5)
    const { reply, rest } = client.receive(concat([Uint8Array.of(3), s1]))
    expect(reply).toEqual(s1)
    expect(rest).toBeUndefined()
  })

  test('signs C2 with the key of Flash Player when S1 is signed', () => {
    const client = new ClientHandshake(testCrypto(4), 1, 'digest')
    const { reply: answer } = new ServerHandshake(testCrypto(5), 2).receive(client.start())
    const s0s1s2 = answer as Uint8Array
    const c2 = client.receive(s0s1s2).reply as Uint8Array
    const serverDigest = findDigest(crypto, s0s1s2.subarray(1, 1 + BLOCK), flashMediaServer) as Digest
    const key = crypto.hmacSha256(flashPlayer.longKey, serverDigest.bytes)
    expect(c2.subarray(1504)).toEqual(crypto.hmacSha256(key, c2.subarray(0, 1504)))
  })

  test('echoes to a server that does not sign', () => {
    const client = new ClientHandshake(crypto, 1, 'digest')
    const s1 = new Uint8Array(BLOCK).fill(5)
    expect(client.receive(concat([Uint8Array.of(3), s1])).reply).toEqual(s1)
  })

  test('refuses a server of another version', () => {
    expect(() => new ClientHandshake(crypto, 1).receive(Uint8Array.of(6))).toThrow(RtmpError)
  })
})
