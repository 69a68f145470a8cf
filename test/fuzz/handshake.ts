// Invariant: any bytes, however they are cut, get the same answer and leave the same rest, or are refused at the first byte.
import type { HandshakeProgress } from '../../src/rtmp/wire/handshake.js'
import { ClientHandshake, ServerHandshake } from '../../src/rtmp/wire/handshake.js'
import { concat, equalBytes } from '../../src/util/bytes.js'
import { RtmpError } from '../../src/util/errors.js'
import { piecesOf } from '../support/rtmp-chunking.js'
import { testCrypto } from '../support/rtmp-crypto.js'

const GREETING = 1 + 1536
const none = new Uint8Array()

export function fuzz(bytes: Uint8Array): void {
  const sides = [
    () => new ServerHandshake(testCrypto(), 1),
    () => new ClientHandshake(testCrypto(), 1, 'digest'),
    () => new ClientHandshake(testCrypto(), 1),
  ]
  for (const side of sides) {
    const whole = run(side(), [bytes])
    const pieces = run(side(), piecesOf(bytes, bytes.subarray(-5)))
    if (whole.isRefused !== (bytes.length > 0 && bytes[0] !== 3))
      throw new Error('refused for another reason')
    if (whole.isRefused !== pieces.isRefused) throw new Error('refused in one way of cutting')
    if (whole.isRefused) continue
    if (!equalBytes(whole.reply, pieces.reply)) throw new Error('another answer')
    if (!equalBytes(whole.rest, pieces.rest)) throw new Error('another rest')
    if (whole.reply.length > 0 !== bytes.length >= GREETING) throw new Error('answered too early or too late')
    if (!equalBytes(whole.rest, bytes.subarray(GREETING + 1536))) throw new Error('not what followed')
  }
}

interface Outcome {
  readonly isRefused: boolean
  readonly reply: Uint8Array
  readonly rest: Uint8Array
}

function run(side: { receive(bytes: Uint8Array): HandshakeProgress }, pieces: Iterable<Uint8Array>): Outcome {
  const replies: Uint8Array[] = [none]
  const rests: Uint8Array[] = [none]
  let isOver = false
  try {
    for (const piece of pieces) {
      if (isOver) {
        rests.push(piece)
        continue
      }
      const { reply, rest } = side.receive(piece)
      if (reply !== undefined) replies.push(reply)
      if (rest !== undefined) rests.push(rest)
      isOver = rest !== undefined
    }
    return { isRefused: false, reply: concat(replies), rest: concat(rests) }
  } catch (error) {
    if (error instanceof RtmpError && error.code === 'RTMP_VERSION')
      return { isRefused: true, reply: none, rest: none }
    throw error
  }
}
