/**
 * WebSockets for the HTTP door. The library is loaded when the first page asks for one: it takes a tenth of the time to
 * start and of the memory of an idle node, and most nodes never serve a page.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'

/** One that has been opened. Messages that nobody asks for are read and forgotten. */
export interface OpenWebSocket {
  /**
   * The connection below. Whole frames that were made elsewhere may be written to it: the library writes nothing but
   * whole frames in between.
   */
  readonly socket: Socket
  /** The messages as a stream of bytes, any split, both ways. Ask once, at once. */
  bytes(): Duplex
  /**
   * In order, the client has time to answer.
   * @param reason cut after 123 bytes
   */
  close(code: number, reason: string): void
  /** Now. */
  destroy(): void
  /** At once if it is closed already. */
  whenClosed(run: () => void): void
}

const MOST_REASON_BYTES = 123 // RFC 6455 §5.5: a control frame has 125, the code takes two

export class WebSockets {
  private server: WebSocketServer | undefined
  private isClosed = false

  constructor(
    private readonly limits: Limits,
    private readonly log: Log,
  ) {}

  /** Answer a request for an upgrade; `open` is not called when it is not in order or the client leaves. */
  async accept(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    open: (webSocket: OpenWebSocket) => void,
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
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', ({ message }) => {
        this.log.info({ remoteAddress: socket.remoteAddress, reason: message }, 'WebSocket closed')
      })
      open({
        socket,
        bytes: () => {
          const stream = createWebSocketStream(webSocket, { allowHalfOpen: false })
          stream.on('error', () => undefined) // it has been logged; 'close' follows; each session listens for itself
          return stream
        },
        close: (code, reason) => webSocket.close(code, shortened(reason)),
        destroy: () => webSocket.terminate(),
        whenClosed: (run) => {
          if (webSocket.readyState === webSocket.CLOSED) run()
          else webSocket.once('close', run)
        },
      })
    })
  }

  close(): void {
    this.isClosed = true
    this.server?.close()
  }
}

/** As many characters as fit into a close frame. */
function shortened(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.length <= MOST_REASON_BYTES) return reason
  return bytes
    .subarray(0, MOST_REASON_BYTES)
    .toString()
    .replace(/\ufffd+$/u, '')
}
