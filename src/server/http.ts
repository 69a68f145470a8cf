/**
 * The HTTP side of the door: the browser modules under /lib/, the examples, the cross-domain file, and the upgrades
 * to WebSocket (`/rtmp` carries RTMP bytes, `/psyc` circuit bytes; binary messages, any split) [design 6, 9].
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { basename, extname, join, normalize, sep } from 'node:path'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Peer } from '../psyc/session/peer.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import { isAllowedOrigin } from './origin.js'
import { crossDomainXml } from './policy.js'
import { endInTime } from './socket-outlet.js'
import { WebSockets } from './web-sockets.js'
import type { OpenWebSocket } from './web-sockets.js'

/** Folders served as they are: URL prefix and where its files lie. */
export interface Mount {
  readonly prefix: string
  readonly folder: string
}

/**
 * Request or answer may take as long as they like: no time but `httpIdleMs` holds for them any more. They are the last of
 * their connection.
 * @returns the connection, once it is this answer's turn to use it
 */
export type Endless = () => Promise<Socket>

/**
 * Something else that answers requests, asked for all paths outside the mounts.
 * @param path decoded
 * @returns false when the request is none of its own; it has not touched the response then
 */
export type HttpRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  endless: Endless,
) => boolean | Promise<boolean>

/**
 * WebSockets at other paths than `/rtmp` and `/psyc`.
 * @returns what to do with the WebSocket once it is open, or undefined for a path of others
 */
export type WebSocketRoute = (
  path: string,
  request: IncomingMessage,
) => ((webSocket: OpenWebSocket) => void) | undefined

export interface HttpOptions {
  readonly mounts: readonly Mount[]
  readonly routes: readonly HttpRoute[]
  readonly webSocketRoutes: readonly WebSocketRoute[]
  /** Origins whose pages may open a WebSocket, besides pages that we served and clients that are no browser. "*" for all. */
  readonly origins: readonly string[]
  readonly limits: Limits
  readonly log: Log
  /** The page at "/". */
  home(): string
  /** The server ends soon: answers and WebSockets of the routes that would go on for ever are to end in order. */
  announceShutdown(): void
  openRtmp(stream: Duplex, remoteAddress: string): void
  openPsyc(stream: Duplex, peer: Peer): void
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.swf': 'application/x-shockwave-flash',
  '.wasm': 'application/wasm',
  '.hx': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
}

const CHECK_MS = 500 // ours: how often requests that are too slow are looked for

export class HttpDoor {
  private readonly server: Server
  private readonly sockets: WebSockets
  /** Connections whose last request and answer these are. */
  private readonly endless = new WeakSet<Duplex>()

  constructor(private readonly options: HttpOptions) {
    const { httpHeaderBytes, httpIdleMs, doorMs } = options.limits
    // For whole requests there is `limitBody`, which knows those that may be long.
    const times = { headersTimeout: doorMs, requestTimeout: 0, connectionsCheckingInterval: CHECK_MS }
    this.server = createServer({ maxHeaderSize: httpHeaderBytes, ...times }, (request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        const { remoteAddress } = request.socket
        const path = pathOf(request.url ?? '/') // a query may hold a key
        options.log.warn({ err: error, remoteAddress, path }, 'HTTP request failed')
        response.destroy()
      })
    })
    this.server.timeout = httpIdleMs
    this.server.keepAliveTimeout = httpIdleMs // RTMPT lives on connections that wait between two requests
    // It never listens itself, and without this event it neither watches these times nor knows its connections.
    this.server.emit('listening')
    this.sockets = new WebSockets(options.limits, options.log)
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.refuseBytes(error, socket))
  }

  /** Take over a connection whose first bytes are HTTP. */
  accept(socket: Duplex): void {
    this.server.emit('connection', socket)
  }

  /** What has no end of its own is ended; `close` leaves it no more time. */
  announceShutdown(): void {
    this.options.announceShutdown()
  }

  /** No new requests; idle connections end. */
  close(): void {
    this.sockets.close()
    this.server.close()
    this.server.closeAllConnections()
  }

  /** Bytes that are no request, too many, or too slow. */
  private refuseBytes({ code = '', message }: NodeJS.ErrnoException, socket: Duplex): void {
    if (code === 'ECONNRESET' || this.endless.has(socket)) socket.destroy()
    if (!socket.writable) return // more of the same, behind the answer
    const remoteAddress = 'remoteAddress' in socket ? socket.remoteAddress : undefined
    this.options.log.info({ remoteAddress, reason: message }, 'HTTP connection closed')
    refuse(socket, statusOfError[code] ?? '400 Bad Request')
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.endless.has(request.socket)) {
      request.socket.destroy() // more requests behind one that does not end would pile up
      return
    }
    this.limitBody(request, response)
    response.setHeader('X-Content-Type-Options', 'nosniff')
    const path = pathOf(request.url ?? '/')
    if (path !== undefined && (await this.isRouted(request, response, path))) return
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end()
      return
    }
    if (path === '/') sendText(request, response, 'text/html; charset=utf-8', this.options.home())
    else if (path === '/crossdomain.xml')
      sendText(request, response, 'text/x-cross-domain-policy', crossDomainXml)
    else await this.sendFile(request, response, path)
  }

  private async isRouted(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    if (this.options.mounts.some(({ prefix }) => path.startsWith(prefix))) return false
    const endless = async (): Promise<Socket> => {
      this.endless.add(request.socket)
      if (response.socket === null) await once(response, 'socket') // an answer before it is still on its way
      return request.socket
    }
    for (const route of this.options.routes) if (await route(request, response, path, endless)) return true
    return false
  }

  /** A body has `doorMs` too, unless it is said to be endless. */
  private limitBody(request: IncomingMessage, response: ServerResponse): void {
    const { socket, headers } = request
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
    const timeout = setTimeout(() => {
      if (this.endless.has(socket)) return
      if (response.headersSent) socket.destroy()
      else refuse(socket, '408 Request Timeout')
    }, this.options.limits.doorMs)
    timeout.unref()
    request.once('close', () => clearTimeout(timeout))
  }

  private async sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    path: string | undefined,
  ): Promise<void> {
    const file = path === undefined ? undefined : await this.fileAt(path)
    if (file === undefined || path === undefined) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n')
      return
    }
    if (file === 'folder') {
      const query = /\?.*/.exec(request.url ?? '')?.[0] ?? ''
      response.writeHead(301, { Location: `${encodeURIComponent(basename(path))}/${query}` }).end()
      return
    }
    response.writeHead(200, {
      'Content-Type': contentTypes[extname(file.name)] ?? 'application/octet-stream',
      'Content-Length': file.size,
      'Cache-Control': 'no-cache',
      'Access-Control-Allow-Origin': '*',
    })
    if (request.method === 'HEAD') response.end()
    else await pipeline(createReadStream(file.name), response).catch(() => response.destroy()) // he went, or the file did
  }

  /** A regular file under one of the mounts; a folder with a slash behind it means its index.html. */
  private async fileAt(path: string): Promise<{ name: string; size: number } | 'folder' | undefined> {
    const mount = this.options.mounts.find(({ prefix }) => path.startsWith(prefix))
    if (mount === undefined) return undefined
    const relative = normalize(path.slice(mount.prefix.length))
    if (relative.startsWith('..') || relative.includes('\0')) return undefined
    const name = join(
      mount.folder,
      relative.endsWith(sep) || relative === '.' ? join(relative, 'index.html') : relative,
    )
    try {
      const found = await stat(name)
      if (found.isDirectory()) return 'folder'
      return found.isFile() ? { name, size: found.size } : undefined
    } catch {
      return undefined
    }
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = pathOf(request.url ?? '/') ?? ''
    const open = this.openerOf(path, request)
    if (open === undefined) return refuse(socket, '404 Not Found')
    if (!isAllowedOrigin(request.headers, this.options.origins)) {
      this.options.log.warn(
        { remoteAddress: request.socket.remoteAddress, origin: request.headers.origin, path },
        'WebSocket refused: list the origin in http.origins',
      )
      return refuse(socket, '403 Forbidden')
    }
    this.sockets.accept(request, request.socket, head, open).catch((error: unknown) => {
      const { remoteAddress } = request.socket
      this.options.log.warn({ err: error, remoteAddress, path }, 'WebSocket failed')
      socket.destroy()
    })
  }

  private openerOf(path: string, request: IncomingMessage): ((webSocket: OpenWebSocket) => void) | undefined {
    const { remoteAddress: address = '', remotePort: port = 0 } = request.socket
    const isEncrypted = 'encrypted' in request.socket
    if (path === '/rtmp') return (webSocket) => this.options.openRtmp(webSocket.bytes(), address)
    if (path === '/psyc')
      return (webSocket) => this.options.openPsyc(webSocket.bytes(), { address, port, isEncrypted })
    for (const route of this.options.webSocketRoutes) {
      const open = route(path, request)
      if (open !== undefined) return open
    }
    return undefined
  }
}

function sendText(request: IncomingMessage, response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) })
  response.end(request.method === 'HEAD' ? undefined : text)
}

const statusOfError: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

function refuse(socket: Duplex, status: string): void {
  endInTime(socket, `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** The decoded path, or undefined when it is not valid. */
function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname)
  } catch {
    return undefined
  }
}
