/** Players of FLV over HTTP and WebSocket in this process: what they get, as messages. */
import { once } from 'node:events'
import { request } from 'node:http'
import { WebSocket } from 'ws'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { flvMessages } from './frames.js'

export interface FlvClient {
  /** As far as it has got. */
  messages(): Message[]
  /** The server has ended it. */
  readonly ended: Promise<unknown>
  close(): void
}

/** Nothing is answered until somebody publishes: resolves when the question is out. */
async function overHttp(url: string): Promise<FlvClient> {
  const parts: Uint8Array[] = []
  const get = request(url)
  get.on('error', () => undefined)
  get.on('response', (response) => {
    response.on('data', (bytes: Buffer) => parts.push(bytes)).on('error', () => undefined)
  })
  get.end()
  await once(get, 'finish')
  return client(parts, once(get, 'close'), () => get.destroy())
}

/** Resolves when it is open. */
async function overWebSocket(url: string): Promise<FlvClient> {
  const parts: Uint8Array[] = []
  const socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false })
  socket.on('message', (bytes: Buffer) => parts.push(bytes))
  await once(socket, 'open')
  return client(parts, once(socket, 'close'), () => socket.terminate())
}

function client(parts: readonly Uint8Array[], ended: Promise<unknown>, close: () => void): FlvClient {
  const messages = (): Message[] => flvMessages(Buffer.concat(parts))
  return { messages, ended, close }
}

/** By the way they take. @param url "http://127.0.0.1:8080/live/cam.flv" */
export const flvClients: Readonly<Record<string, (url: string) => Promise<FlvClient>>> = {
  'HTTP-FLV': overHttp,
  'WS-FLV': overWebSocket,
}
