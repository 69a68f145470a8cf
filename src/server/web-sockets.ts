/**
 * WebSockets for the HTTP door. The library is loaded when the first page asks for one: it takes a tenth of the time to
 * start and of the memory of an idle node, and most nodes never serve a page.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'

export class WebSockets {
  private server: WebSocketServer | undefined
  private isClosed = false

  constructor(
    private readonly limits: Limits,
    private readonly log: Log,
  ) {}

  /**
   * Answer a request for an upgrade; `open` gets the WebSocket's messages as a stream of bytes, any split, unless the
   * request is not in order or the client leaves.
   */
  async accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    open: (stream: Duplex) => void,
  ): Promise<void> {
    const { WebSocketServer: Server, createWebSocketStream } = await import('ws')
    if (this.isClosed || socket.destroyed) {
      socket.destroy()
      return
    }
    this.server ??= new Server({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: this.limits.websocketBytes,
    })
    const { remoteAddress } = request.socket
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', ({ message }) => {
        this.log.info({ remoteAddress, reason: message }, 'WebSocket closed')
      })
      open(createWebSocketStream(webSocket, { allowHalfOpen: false }))
    })
  }

  close(): void {
    this.isClosed = true
    this.server?.close()
  }
}
