/**
 * The RTMP handshake, both sides [RTMP §5.2; rtmp.md 1.1-1.3]. Counted in bytes, not in packets: what follows the
 * last byte belongs to the chunk stream, even when it came in the same segment.
 *
 *   client  C0 u8 = 3 | C1 1536 bytes                    C2 1536 bytes
 *   server                             S0 u8 = 3 | S1 1536 | S2 1536
 *   C1, S1: time u32 | version or zero u32 | 1528 bytes
 *
 * What the peer sends as C2 or S2 is counted and not looked at: a wrong echo never ends a connection [Errata §3].
 */
import { concat, noBytes } from '../../util/bytes.js'
import { RtmpError } from '../../util/errors.js'
import type { Crypto } from './digest.js'
import {
  BLOCK_LENGTH,
  findDigest,
  flashMediaServer,
  flashPlayer,
  signedReply,
  writeDigest,
} from './digest.js'

export type { Crypto } from './digest.js'

/** The only version spoken here; 6, 8 and 9 are RTMPE. */
const VERSION = 3

/** A digest is only looked for by peers that see a version here. Ours; any that is not zero will do. */
const SERVER_VERSION = 0x04050001
const CLIENT_VERSION = 0x09007c02

export interface HandshakeProgress {
  /** To be sent now. Owned. */
  readonly reply?: Uint8Array
  /** The handshake is over: what came behind it, maybe empty. A view of the bytes received, borrowed like them. */
  readonly rest?: Uint8Array
}

const nothingYet: HandshakeProgress = {}

/** Both sides collect version and block of the peer, answer once, and count one more block. */
abstract class Handshake {
  private readonly greeting = new Uint8Array(1 + BLOCK_LENGTH)
  private received = 0

  /** @param peerBlock C1 or S1, borrowed */
  protected abstract answer(peerBlock: Uint8Array): Uint8Array

  /**
   * Take the next bytes of the connection, borrowed. Not to be called after it returned `rest`.
   * @throws RtmpError RTMP_VERSION  close the connection
   */
  receive(bytes: Uint8Array): HandshakeProgress {
    const { greeting, received } = this
    if (received === 0 && bytes.length > 0) checkVersion(bytes[0] ?? 0)
    if (received < greeting.length) greeting.set(bytes.subarray(0, greeting.length - received), received)
    this.received += bytes.length

    const isAnswered = received < greeting.length && this.received >= greeting.length
    const over = this.received - greeting.length - BLOCK_LENGTH
    const reply = isAnswered ? { reply: this.answer(greeting.subarray(1)) } : nothingYet
    if (over < 0) return reply
    return { ...reply, rest: over === 0 ? noBytes : bytes.subarray(bytes.length - over) }
  }
}

function checkVersion(version: number): void {
  if (version !== VERSION)
    throw new RtmpError('RTMP_VERSION', `expected version ${VERSION}, got ${version}`, 0)
}

/** Answers a C1 that carries a valid digest in kind, any other one simply. */
export class ServerHandshake extends Handshake {
  /** @param timestamp u32 ms, of any epoch */
  constructor(
    private readonly crypto: Crypto,
    private readonly timestamp: number,
  ) {
    super()
  }

  protected override answer(clientBlock: Uint8Array): Uint8Array {
    const { crypto } = this
    const digest = findDigest(crypto, clientBlock, flashPlayer)
    const serverBlock = makeBlock(crypto, this.timestamp, digest === undefined ? 0 : SERVER_VERSION)
    if (digest === undefined) return concat([Uint8Array.of(VERSION), serverBlock, clientBlock])
    writeDigest(crypto, serverBlock, flashMediaServer, digest.scheme)
    return concat([Uint8Array.of(VERSION), serverBlock, signedReply(crypto, digest.bytes, flashMediaServer)])
  }
}

/** Send `start()` at once; then `receive` what the server sends. */
export class ClientHandshake extends Handshake {
  /**
   * @param timestamp u32 ms, of any epoch
   * @param form `digest` signs C1 as Flash Player does, and C2 when the server signed too
   */
  constructor(
    private readonly crypto: Crypto,
    private readonly timestamp: number,
    private readonly form: 'simple' | 'digest' = 'simple',
  ) {
    super()
  }

  /** C0 and C1. Owned. */
  start(): Uint8Array {
    const isSigned = this.form === 'digest'
    const block = makeBlock(this.crypto, this.timestamp, isSigned ? CLIENT_VERSION : 0)
    if (isSigned) writeDigest(this.crypto, block, flashPlayer, 0)
    return concat([Uint8Array.of(VERSION), block])
  }

  protected override answer(serverBlock: Uint8Array): Uint8Array {
    const { crypto } = this
    const digest = this.form === 'digest' ? findDigest(crypto, serverBlock, flashMediaServer) : undefined
    return digest === undefined ? serverBlock.slice() : signedReply(crypto, digest.bytes, flashPlayer)
  }
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
