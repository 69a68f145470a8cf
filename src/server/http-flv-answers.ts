/** How a refusal, or the end of a publication, is told: by the status of HTTP or of a WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PublisherAnswer } from './http-flv-publisher.js'
import type { OpenWebSocket } from './web-sockets.js'

/** Codes of WebSocket for applications: ours are 4000 + the status of HTTP [RFC 6455 §7.4.2]. */
const PRIVATE = 4000

export const SHUTDOWN = 'The server is shutting down.'

export function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(`${sentence}\n`)
}

export function refuseWebSocket(webSocket: OpenWebSocket, status: number, sentence: string): void {
  webSocket.close(PRIVATE + status, sentence)
}

const LINGER_MS = 5_000 // ours: how long one who is refused may go on sending

export class UploadAnswer implements PublisherAnswer {
  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {}

  accept(): void {
    this.response.writeHead(204, { Connection: 'close' }).end()
  }

  /** What is still sent is read and forgotten for a while: a close at once would take the answer away with it. */
  refuse(status: number, sentence: string): void {
    const { request, response } = this
    if (response.destroyed) return
    if (request.complete) response.shouldKeepAlive = false
    refuse(response, status, sentence)
    request.resume()
    const timeout = setTimeout(() => request.socket.destroy(), LINGER_MS)
    timeout.unref()
    request.once('close', () => clearTimeout(timeout))
  }
}

/** One who has closed in order has heard enough. */
export class WebSocketAnswer implements PublisherAnswer {
  constructor(private readonly webSocket: OpenWebSocket) {}

  accept(): void {
    this.webSocket.close(1000, '')
  }

  refuse(status: number, sentence: string): void {
    refuseWebSocket(this.webSocket, status, sentence)
  }
}
