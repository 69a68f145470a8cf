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
import { UserControlType } from '../../../src/rtmp/wire/message/user-control.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import { concat } from '../../../src/util/bytes.js'
import { limitsWith } from '../../../src/util/limits.js'
import { nodeCrypto } from '../../../src/server/crypto.js'

const limits = limitsWith()
const CALL_CHUNK_SIZE = 60_000

/** How a command of that name begins, as AMF0. */
const nameBytes = (name: string): Uint8Array => Uint8Array.of(2, 0, name.length, ...Buffer.from(name))

const RESULT = nameBytes('_result')
/** The callback of the chat profile for what is said. */
const CHAT_LINE = nameBytes('receiveMessage')

function beginsWith(payload: Uint8Array, start: Uint8Array): boolean {
  for (let at = start.length - 1; at >= 0; at--) if (payload[at] !== start[at]) return false
  return true
}

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

const pingResponseBytes = cut(
  encodeControl({ kind: 'userControl', control: { event: 'PingResponse', timestamp: 0 } }),
  DEFAULT_CHUNK_SIZE,
)

/** Bytes in, `_result`s, lines of chat, messages of shared objects and pings counted. */
export class MessageCounter {
  pings = 0
  results = 0
  chatLines = 0
  objectMessages = 0
  private readonly decoder = new ChunkDecoder(({ type, payload }) => {
    if (type === MessageType.SharedObject) this.objectMessages++
    else if (type === MessageType.UserControl && payload[1] === UserControlType.PingRequest) this.pings++
    else if (type !== MessageType.Command) return
    else if (beginsWith(payload, RESULT)) this.results++
    else if (beginsWith(payload, CHAT_LINE)) this.chatLines++
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
  static open(
    port: number,
    app: string,
    args: readonly AmfValue[] = [],
    host = '127.0.0.1',
  ): Promise<RtmpLoad> {
    return new Promise((resolve, reject) => {
      const handshake = new ClientHandshake({ ...nodeCrypto, randomBytes: cheapBytes }, 0)
      const counter = new MessageCounter()
      const start = performance.now()
      const socket = connect({ port, host, noDelay: true })
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
        for (; counter.pings > 0; counter.pings--) socket.write(pingResponseBytes)
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
