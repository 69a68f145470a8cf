/** Every vector of test/vectors/rtmp (formats and provenance: its README.md). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  digestOffset,
  findDigest,
  flashMediaServer,
  flashPlayer,
  replySignature,
} from '../../src/rtmp/wire/digest.js'
import type { ChunkStreamDescription } from '../../src/rtmp/wire/describe.js'
import { describeChunks, describeControl, describeSharedObject } from '../../src/rtmp/wire/describe.js'
import { ServerHandshake } from '../../src/rtmp/wire/handshake.js'
import { cut } from '../../src/rtmp/wire/chunk/encoder.js'
import { decodeControl, encodeControl, unpackAggregate } from '../../src/rtmp/wire/message/index.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import { decodeSharedObject, encodeSharedObject } from '../../src/rtmp/wire/shared-object.js'
import { concat, fromHex, toHex } from '../../src/util/bytes.js'
import { GatewayError } from '../../src/util/errors.js'
import { defaultLimits } from '../../src/util/limits.js'
import { decodePieces, waysToCut } from '../support/rtmp-chunking.js'
import { testCrypto } from '../support/rtmp-crypto.js'
import { readNaively } from '../support/rtmp-naive-chunks.js'

function vectors<V extends { id: string }>(file: string): [string, V][] {
  const path = join(process.cwd(), 'test/vectors/rtmp', `${file}.json`)
  const { vectors: list } = JSON.parse(readFileSync(path, 'utf8')) as { vectors: V[] }
  return list.map((vector) => [vector.id, vector])
}

interface ErrorVector {
  id: string
  hex: string
  error: string
}

/** Code of the error that `run` throws; it must be one of ours. */
function codeOf(run: () => unknown): string {
  try {
    run()
    return ''
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}

describe('chunk-stream.json [RTMP §5.3]', () => {
  interface ChunkVector extends ChunkStreamDescription {
    id: string
    hex: string
    submessages?: { type: number; streamId: number; timestamp: number; payload: string }[]
  }

  test.each(vectors<ChunkVector>('chunk-stream'))('%s', (_, { hex, messages, submessages }) => {
    const bytes = fromHex(hex)
    for (const pieces of waysToCut(bytes)) {
      const decoded = decodePieces(pieces)
      expect(decoded.error).toBe('')
      expect(describeChunks(decoded.messages)).toEqual({ messages })
    }
    const plain = messages.map(({ csid, type, streamId, timestamp, payload }) => {
      return { csid, type, streamId, timestamp, payload: [...fromHex(payload)] }
    })
    expect(readNaively(bytes)).toEqual(plain)

    const again = decodePieces([bytes]).messages.map(
      (message) => decodePieces([cut(message, 128)]).messages[0],
    )
    expect(again).toEqual(decodePieces([bytes]).messages)

    if (submessages === undefined) return
    const parts: Message[] = []
    unpackAggregate(decodePieces([bytes]).messages[0]!, (part) => parts.push(part))
    expect(
      parts.map(({ type, messageStreamId, timestamp, payload }) => ({
        type,
        streamId: messageStreamId,
        timestamp,
        payload: toHex(payload),
      })),
    ).toEqual(submessages)
  })
})

describe('chunk-stream-errors.json', () => {
  const codes: Record<string, string> = {
    'bad-chunk-size': 'RTMP_CHUNK_SIZE_RANGE',
    'bad-control': 'RTMP_BAD_CONTROL',
    'bad-chunk-header': 'RTMP_CHUNK_NO_PREDECESSOR',
    'resource-limit': 'LIMIT_EXCEEDED',
  }

  test.each(vectors<ErrorVector>('chunk-stream-errors'))('%s', (_, { hex, error }) => {
    for (const pieces of waysToCut(fromHex(hex))) expect(decodePieces(pieces).error).toBe(codes[error])
  })
})

describe('control.json [RTMP §5.4, §7.1.7]', () => {
  interface ControlVector {
    id: string
    type: number
    hex: string
    fields: Record<string, unknown>
  }

  test.each(vectors<ControlVector>('control'))('%s', (_, { type, hex, fields }) => {
    const message = { type, timestamp: 0, messageStreamId: 0, payload: fromHex(hex) }
    const { extraHex = '', ...rest } = fields
    const control = decodeControl(message)!
    expect(describeControl(control)).toEqual(rest)
    expect(toHex(encodeControl(control).payload) + String(extraHex)).toBe(hex)
    const longer = { ...message, payload: concat([message.payload, Uint8Array.of(0)]) }
    if (rest['event'] !== 'SWFVerificationResponse') expect(decodeControl(longer)).toEqual(control)
  })
})

describe('handshake.json [rtmp.md 1.3]', () => {
  interface HandshakeVector {
    id: string
    c1: string
    scheme: 0 | 1 | null
    digestOffset?: number
    digest?: string
    s2Random?: string
    s2Signature?: string
  }

  test.each(vectors<HandshakeVector>('handshake'))('%s', (_, vector) => {
    const crypto = testCrypto()
    const c1 = fromHex(vector.c1)
    const found = findDigest(crypto, c1, flashPlayer)
    expect(found?.scheme ?? null).toBe(vector.scheme)

    const { reply = new Uint8Array() } = new ServerHandshake(crypto, 1).receive(
      concat([Uint8Array.of(3), c1]),
    )
    const s1 = reply.subarray(1, 1537)
    const s2 = reply.subarray(1537)
    if (found === undefined) {
      expect(s2).toEqual(c1)
      return
    }
    expect(found.offset).toBe(vector.digestOffset)
    expect(digestOffset(c1, found.scheme)).toBe(vector.digestOffset)
    expect(toHex(found.bytes)).toBe(vector.digest)
    const s2Random = fromHex(vector.s2Random!)
    expect(toHex(replySignature(crypto, s2Random, found.bytes, flashMediaServer))).toBe(vector.s2Signature)
    expect(findDigest(crypto, s1, flashMediaServer)?.scheme).toBe(found.scheme)
    expect(s2.subarray(1504)).toEqual(
      replySignature(crypto, s2.subarray(0, 1504), found.bytes, flashMediaServer),
    )
  })
})

describe('shared-object.json [RTMP §7.1.3]', () => {
  interface SharedObjectVector {
    id: string
    messageType: 16 | 19
    hex: string
    message: unknown
    canonical: boolean
  }

  test.each(vectors<SharedObjectVector>('shared-object'))(
    '%s',
    (_, { messageType, hex, message, canonical }) => {
      const body = { type: messageType, payload: fromHex(hex) }
      expect(describeSharedObject(decodeSharedObject(body, defaultLimits, true))).toEqual(message)
      if (!canonical) return
      const decoded = decodeSharedObject(body, defaultLimits)
      expect(toHex(encodeSharedObject(decoded, messageType))).toBe(hex)
    },
  )

  test.each(vectors<SharedObjectVector>('shared-object'))(
    '%s, cut short anywhere',
    (_, { messageType, hex }) => {
      const payload = fromHex(hex)
      const whole = decodeSharedObject({ type: messageType, payload }, defaultLimits).events.length
      for (let length = 0; length < payload.length; length++) {
        const body = { type: messageType, payload: payload.subarray(0, length) }
        const code = codeOf(() =>
          expect(decodeSharedObject(body, defaultLimits).events.length).toBeLessThan(whole),
        )
        expect(['', 'RTMP_BAD_SHARED_OBJECT']).toContain(code) // "" where it ends between two events
      }
    },
  )
})

describe('shared-object-errors.json', () => {
  const codes: Record<string, string> = {
    truncated: 'RTMP_BAD_SHARED_OBJECT',
    'bad-format-selector': 'RTMP_BAD_FORMAT_SELECTOR',
    'bad-handler': 'RTMP_BAD_HANDLER',
  }

  test.each(vectors<ErrorVector & { messageType: number }>('shared-object-errors'))(
    '%s',
    (_, { messageType, hex, error }) => {
      const body = { type: messageType, payload: fromHex(hex) }
      expect(codeOf(() => decodeSharedObject(body, defaultLimits))).toBe(codes[error])
    },
  )
})
