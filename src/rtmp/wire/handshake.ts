/**
 * The RTMP handshake, both sides [RTMP §5.2; rtmp.md 1.1-1.4]. Counted in bytes, not in packets: what follows the
 * last byte belongs to the chunk stream, even when it came in the same segment.
 *
 *   client  C0 u8 = 3 or 6 | C1 1536 bytes                         C2 1536 bytes
 *   server                                  S0 u8 | S1 1536 | S2 1536
 *   C1, S1: time u32 | version or zero u32 | 1528 bytes
 *
 * What the peer sends as C2 or S2 is counted and not looked at: a wrong echo never ends a connection [Errata §3].
 */
import { concat, noBytes } from '../../util/bytes.js'
import { RtmpError } from '../../util/errors.js'
import type { Crypto, Digest, KeyPair } from './digest.js'
import {
  BLOCK_LENGTH,
  findDigest,
  flashMediaServer,
  flashPlayer,
  signedReply,
  writeDigest,
} from './digest.js'
import type { Ciphers } from './rtmpe.js'
import { ciphersOf, publicKeyOffset, readPublicKey } from './rtmpe.js'

export type { Crypto, KeyPair } from './digest.js'
export type { Ciphers } from './rtmpe.js'

/** C0, C1 and C2, or S0, S1 and S2: what comes before the first chunk. */
export const HANDSHAKE_LENGTH = 1 + 2 * BLOCK_LENGTH

/** C0 and S0. */
const PLAIN = 3
const RTMPE = 6

/** RTMPE whose signatures are enciphered too; nothing that is still in use needs one of them. */
const unspoken: Readonly<Record<number, string>> = { 8: 'RTMPE with XTEA', 9: 'RTMPE with Blowfish' }

/** A digest is only looked for by peers that see a version here. Ours; any that is not zero will do. */
const SERVER_VERSION = 0x04050001
const CLIENT_VERSION = 0x09007c02

/** `digest` signs C1 as Flash Player does, and C2 when the server signed too; `rtmpe` exchanges keys besides. */
export type HandshakeForm = 'simple' | 'digest' | 'rtmpe'

export interface HandshakeProgress {
  /** To be sent now. Owned. */
  readonly reply?: Uint8Array
  /** The handshake is over: what came behind it, maybe empty. A view of the bytes received, borrowed like them. */
  readonly rest?: Uint8Array
  /** With `rest`, for RTMPE: it and all that follows is enciphered both ways. */
  readonly ciphers?: Ciphers
}

const nothingYet: HandshakeProgress = {}

/** Both sides collect version and block of the peer, answer once, and count one more block. */
abstract class Handshake {
  private readonly greeting = new Uint8Array(1 + BLOCK_LENGTH)
  private received = 0
  protected ciphers: Ciphers | undefined

  protected constructor(protected readonly crypto: Crypto) {}

  /** What the peer's first byte may be. */
  protected abstract readonly versions: readonly number[]

  /** @param version C0 or S0 @param peerBlock C1 or S1, borrowed */
  protected abstract answer(version: number, peerBlock: Uint8Array): Uint8Array

  /**
   * Take the next bytes of the connection, borrowed. Not to be called after it returned `rest`.
   * @throws RtmpError RTMP_VERSION, RTMP_KEY_EXCHANGE  close the connection
   */
  receive(bytes: Uint8Array): HandshakeProgress {
    const { greeting, received } = this
    if (received === 0 && bytes.length > 0) this.checkVersion(bytes[0] ?? 0)
    if (received < greeting.length) greeting.set(bytes.subarray(0, greeting.length - received), received)
    this.received += bytes.length

    const isAnswered = received < greeting.length && this.received >= greeting.length
    const over = this.received - greeting.length - BLOCK_LENGTH
    const reply = isAnswered ? { reply: this.answer(greeting[0] ?? 0, greeting.subarray(1)) } : nothingYet
    if (over < 0) return reply
    const rest = over === 0 ? noBytes : bytes.subarray(bytes.length - over)
    return this.ciphers === undefined ? { ...reply, rest } : { ...reply, rest, ciphers: this.ciphers }
  }

  private checkVersion(version: number): void {
    const { versions } = this
    if (versions.includes(version)) return
    const got = unspoken[version] === undefined ? version : `${version} (${unspoken[version]})`
    throw new RtmpError('RTMP_VERSION', `expected version ${versions.join(' or ')}, got ${got}`, 0)
  }

  /** @param peerBlock whose digest is `peerDigest` @param ownKeys whose public key the peer has or gets */
  protected agree(ownKeys: KeyPair, peerBlock: Uint8Array, peerDigest: Digest): void {
    const peerKey = readPublicKey(peerBlock, peerDigest.scheme)
    this.ciphers = ciphersOf(this.crypto, ownKeys.secretWith(peerKey), ownKeys.publicKey, peerKey)
  }
}

/** Answers a C1 that carries a valid digest in kind, any other one simply. */
export class ServerHandshake extends Handshake {
  protected override readonly versions: readonly number[]

  /** @param timestamp u32 ms, of any epoch */
  constructor(
    crypto: Crypto,
    private readonly timestamp: number,
  ) {
    super(crypto)
    this.versions = crypto.diffieHellman === undefined ? [PLAIN] : [PLAIN, RTMPE]
  }

  protected override answer(version: number, clientBlock: Uint8Array): Uint8Array {
    const { crypto } = this
    const isSigned = version === RTMPE || versionOf(clientBlock) !== 0
    const digest = isSigned ? findDigest(crypto, clientBlock, flashPlayer) : undefined
    const serverBlock = makeBlock(crypto, this.timestamp, digest === undefined ? 0 : SERVER_VERSION)
    if (version === RTMPE) this.exchangeKeys(serverBlock, clientBlock, digest)
    if (digest === undefined) return concat([Uint8Array.of(version), serverBlock, clientBlock])
    writeDigest(crypto, serverBlock, flashMediaServer, digest.scheme)
    return concat([Uint8Array.of(version), serverBlock, signedReply(crypto, digest.bytes, flashMediaServer)])
  }

  private exchangeKeys(serverBlock: Uint8Array, clientBlock: Uint8Array, digest: Digest | undefined): void {
    const keys = this.crypto.diffieHellman?.()
    if (digest === undefined || keys === undefined) throw unsigned('C1')
    this.agree(keys, clientBlock, digest)
    serverBlock.set(keys.publicKey, publicKeyOffset(serverBlock, digest.scheme))
  }
}

/** Send `start()` at once; then `receive` what the server sends. */
export class ClientHandshake extends Handshake {
  protected override readonly versions: readonly number[]
  private readonly keys: KeyPair | undefined

  /** @param timestamp u32 ms, of any epoch @param form `rtmpe` needs a crypto with Diffie-Hellman */
  constructor(
    crypto: Crypto,
    private readonly timestamp: number,
    private readonly form: HandshakeForm = 'simple',
  ) {
    super(crypto)
    this.keys = form === 'rtmpe' ? crypto.diffieHellman?.() : undefined
    this.versions = [this.keys === undefined ? PLAIN : RTMPE]
  }

  /** C0 and C1. Owned. */
  start(): Uint8Array {
    const isSigned = this.form !== 'simple'
    const block = makeBlock(this.crypto, this.timestamp, isSigned ? CLIENT_VERSION : 0)
    if (this.keys !== undefined) block.set(this.keys.publicKey, publicKeyOffset(block, 0))
    if (isSigned) writeDigest(this.crypto, block, flashPlayer, 0)
    return concat([Uint8Array.from(this.versions), block])
  }

  protected override answer(_version: number, serverBlock: Uint8Array): Uint8Array {
    const { crypto, form, keys } = this
    const digest = form === 'simple' ? undefined : findDigest(crypto, serverBlock, flashMediaServer)
    if (keys !== undefined) {
      if (digest === undefined) throw unsigned('S1')
      this.agree(keys, serverBlock, digest)
    }
    return digest === undefined ? serverBlock.slice() : signedReply(crypto, digest.bytes, flashPlayer)
  }
}

/** Without a digest nobody knows where the key is. */
function unsigned(block: string): RtmpError {
  return new RtmpError('RTMP_KEY_EXCHANGE', `RTMPE, but ${block} carries no valid digest`, 1)
}

/** @param block C1 or S1, of one who signs it not zero [rtmp.md 1.2] */
function versionOf(block: Uint8Array): number {
  return new DataView(block.buffer, block.byteOffset).getUint32(4)
}

/** C1 or S1 without a digest. */
function makeBlock(crypto: Crypto, timestamp: number, version: number): Uint8Array {
  const block = new Uint8Array(BLOCK_LENGTH)
  const view = new DataView(block.buffer)
  view.setUint32(0, timestamp)
  view.setUint32(4, version)
  block.set(crypto.randomBytes(BLOCK_LENGTH - 8), 8)
  return block
}
