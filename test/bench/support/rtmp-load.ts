/** RTMP clients that cost the bench little: bytes made before, answers counted and not decoded. */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { AmfObject } from '../../../src/amf/value.js'
import type { AmfValue } from '../../../src/amf/value.js'
import { callMessage, commandMessage } from '../../../src/rtmp/session/outgoing.js'
import { ChunkDecoder } from '../../../src/rtmp/wire/chunk/decoder.js'
import { DEFAULT_CHUNK_SIZE, cut } from '../../../src/rtmp/wire/chunk/encoder.js'
import { ClientHandshake } from '../../../src/rtmp/wire/handshake.js'
import { encodeControl } from '../../../src/rtmp/wire/message/index.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import { concat } from '../../../src/util/bytes.js'
import { limitsWith } from '../../../src/util/limits.js'
import { nodeCrypto } from '../../../src/server/crypto.js'

const limits = limitsWith()
const CALL_CHUNK_SIZE = 60_000

/** A command that begins with this name, as AMF0: "_result". */
const RESULT = Uint8Array.of(2, 0, 7, ...Buffer.from('_result'))

/** connect of a player, without the handshake. */
export function connectBytes(app: string, args: readonly AmfValue[] = []): Uint8Array {
  const tcUrl = `rtmp://127.0.0.1/${app}`
  const properties = AmfObject.of({
    ...{ app, flashVer: 'LNX 32,0,0,465', swfUrl: 'http://127.0.0.1/chat.swf', tcUrl, fpad: false },
    ...{ capabilities: 239, audioCodecs: 3575, videoCodecs: 252, videoFunction: 1, objectEncoding: 0 },
  })
  return cut(commandMessage('connect', 1, properties, ...args), DEFAULT_CHUNK_SIZE)
}

export const setChunkSizeBytes = cut(
  encodeControl({ kind: 'setChunkSize', chunkSize: CALL_CHUNK_SIZE }),
  DEFAULT_CHUNK_SIZE,
)

/** `count` calls, transaction IDs from 2 on, behind `setChunkSizeBytes`. */
export function callBytes(name: string, args: readonly AmfValue[], count: number): Uint8Array {
  const calls = Array.from({ length: count }, (_, at) => callMessage(name, at + 2, args, 0))
  return concat(calls.map((call) => cut(call, CALL_CHUNK_SIZE)))
}

/** Bytes in, `_result`s and messages of shared objects counted. */
export class MessageCounter {
  results = 0
  objectMessages = 0
  private readonly decoder = new ChunkDecoder(({ type, payload }) => {
    if (type === MessageType.Command && RESULT.every((byte, at) => payload[at] === byte)) this.results++
    else if (type === MessageType.SharedObject) this.objectMessages++
  }, limits)

  receive(bytes: Uint8Array): void {
    this.decoder.receive(bytes)
  }
}

/** A connected client. */
export class RtmpLoad {
  private onResults: (count: number) => void = () => undefined

  private constructor(
    readonly socket: Socket,
    readonly counter: MessageCounter,
    /** From the TCP connect to the `_result` of connect, in ms. */
    readonly setUpMs: number,
  ) {}

  /** @throws Error when the server closes before it answers */
  static open(port: number, app: string, args: readonly AmfValue[] = []): Promise<RtmpLoad> {
    return new Promise((resolve, reject) => {
      const handshake = new ClientHandshake({ ...nodeCrypto, randomBytes: cheapBytes }, 0)
      const counter = new MessageCounter()
      const start = performance.now()
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let load: RtmpLoad | undefined
      let isConnected = false
      socket.write(handshake.start())
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed the connection')))
      socket.on('data', (bytes) => {
        if (isConnected) counter.receive(bytes)
        else {
          const { reply, rest } = handshake.receive(bytes)
          if (reply !== undefined) socket.write(concat([reply, connectBytes(app, args), setChunkSizeBytes]))
          if (rest === undefined) return
          isConnected = true
          if (rest.length > 0) counter.receive(rest)
        }
        if (counter.results === 0) return
        const { results } = counter
        counter.results = 0
        if (load === undefined) resolve((load = new RtmpLoad(socket, counter, performance.now() - start)))
        else load.onResults(results)
      })
    })
  }

  /** Keep as many calls in flight as `calls` holds, until `stop`; each answer is followed by a new call. */
  keepCalling(calls: Uint8Array, depth: number, answered: (count: number) => void): void {
    const length = calls.length / depth
    this.onResults = (count) => {
      answered(count)
      this.socket.write(calls.subarray(0, count * length))
    }
    this.socket.write(calls)
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  close(): void {
    this.onResults = () => undefined
    this.socket.destroy()
  }
}

const someBytes = randomBytes(1536)

/** The client's own cost is not to be measured. */
function cheapBytes(length: number): Uint8Array {
  return someBytes.subarray(0, length)
}

/** The same traffic against a server that returns every byte. */
export function keepEchoing(
  port: number,
  bytes: Uint8Array,
  depth: number,
  answered: (count: number) => void,
): Socket {
  const length = bytes.length / depth
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = 0
  socket.on('error', () => undefined)
  socket.on('data', (part) => {
    received += part.length
    const count = Math.floor(received / length)
    received -= count * length
    if (count === 0) return
    answered(count)
    socket.write(bytes.subarray(0, count * length))
  })
  socket.write(bytes)
  return socket
}
