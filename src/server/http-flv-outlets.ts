/** The two ways by which FLV leaves: the body of an HTTP answer, and WebSocket messages. Both write shared bytes as they are. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HTTP_LAST_CHUNK, enclosed, httpChunk, webSocketMessage } from '../media/envelope.js'
import { flvForm, httpFlvForm, webSocketFlvForm } from '../media/flv-form.js'
import { flvHeader } from '../media/flv-writer.js'
import type { FlvContents } from '../media/flv-writer.js'
import type { Form } from '../media/form.js'
import { rebasedForm } from '../media/rebased-form.js'
import { refuse, refuseWebSocket } from './http-flv-answers.js'
import type { FlvOutlet } from './http-flv-player.js'
import { endInTime } from './socket-outlet.js'
import type { OpenWebSocket } from './web-sockets.js'

export const FLV_HEADERS = { 'Content-Type': 'video/x-flv', 'Cache-Control': 'no-store' }

const WEB_SOCKET_NORMAL = 1000

/** What leaves in this turn of the event loop leaves together. */
function corkForThisTick(socket: Socket): void {
  socket.cork()
  process.nextTick(() => socket.uncork())
}

/**
 * The body of an answer, written to the connection by ourselves, so that what one player gets is the very buffer that all
 * get. (Node makes three writes of each chunk: the length, the bytes, the end of the line.)
 * [CHOICE: chunks for HTTP/1.1, though the connection ends with the body: a body that just ends is an I/O error to ffmpeg.]
 */
export class HttpOutlet implements FlvOutlet {
  readonly form: Form

  /**
   * @param isChunked the client speaks HTTP/1.1
   * @param isRebased its times count from the first message that it gets; then nothing is shared
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly socket: Socket,
    private readonly isChunked: boolean,
    isRebased: boolean,
  ) {
    const form = isChunked ? httpFlvForm : flvForm
    this.form = isRebased ? rebasedForm(form) : form
  }

  get queuedBytes(): number {
    return this.socket.writableLength
  }

  open(contents: FlvContents): void {
    const { response, socket, isChunked } = this
    const header = flvHeader(contents)
    corkForThisTick(socket)
    response.removeHeader('Transfer-Encoding') // or Node adds it where it thinks fit
    const encoding = isChunked ? { 'Transfer-Encoding': 'chunked' } : {}
    response.writeHead(200, { ...FLV_HEADERS, ...encoding, Connection: 'close' })
    response.flushHeaders()
    socket.write(isChunked ? enclosed(httpChunk, header) : header)
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  refuse(status: number, sentence: string): void {
    this.response.shouldKeepAlive = false
    refuse(this.response, status, sentence)
  }

  end(): void {
    endInTime(this.socket, this.isChunked ? HTTP_LAST_CHUNK : undefined)
  }

  abort(): void {
    this.socket.destroy()
  }
}

export class WebSocketOutlet implements FlvOutlet {
  readonly form = webSocketFlvForm

  constructor(private readonly webSocket: OpenWebSocket) {}

  get queuedBytes(): number {
    return this.webSocket.socket.writableLength
  }

  open(contents: FlvContents): void {
    const { socket } = this.webSocket
    corkForThisTick(socket)
    socket.write(enclosed(webSocketMessage, flvHeader(contents)))
  }

  write(bytes: Uint8Array): void {
    this.webSocket.socket.write(bytes)
  }

  refuse(status: number, sentence: string): void {
    refuseWebSocket(this.webSocket, status, sentence)
  }

  end(): void {
    this.webSocket.close(WEB_SOCKET_NORMAL, 'The stream has ended.')
  }

  abort(): void {
    this.webSocket.destroy()
  }
}
