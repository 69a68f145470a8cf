/**
 * RTMPT: RTMP for those whose firewall lets nothing but HTTP through [rtmp.md 1.6]. Here the requests of HTTP become
 * those of tunnels, and each tunnel a stream that is served like a socket; over TLS it is RTMPTS.
 *
 *   POST /open/1          → a session ID, new and hard to guess
 *   POST /send/<id>/<n>, /idle/<id>/<n>, /close/<id>/<n>
 *   POST /fcs/ident2      → 404, after which every client goes on
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isLoopback } from '../psyc/session/address.js'
import type { TunnelEnd, TunnelRequestKind } from '../rtmp/session/rtmpt-tunnel.js'
import { noBytes, toHex } from '../util/bytes.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import type { Timers } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import { randomBytes } from './crypto.js'
import { guarded } from './guard.js'
import { RtmptStream } from './rtmpt-stream.js'
import type { Unfinished } from './unfinished.js'

export interface RtmptOptions {
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly unfinished: Unfinished
  openRtmp(stream: Duplex, remoteAddress: string): void
}

interface Session {
  readonly stream: RtmptStream
  /** Of who opened it; later requests may come from elsewhere, as proxies do. */
  readonly remoteAddress: string
  /** The sessions whose last request came by the same connection. */
  fellows: Set<Session>
}

const ID_BYTES = 16
const CONTENT_TYPE = 'application/x-fcs'

const requestPath = /^\/(send|idle|close)\/([^/]+)\/(\d{1,15})$/
const openPath = /^\/open\/\d*$/
const identPath = '/fcs/ident2'

export class RtmptDoor {
  private readonly sessions = new Map<string, Session>()
  private readonly byConnection = new WeakMap<Socket, Set<Session>>()

  constructor(private readonly options: RtmptOptions) {}

  get openSessions(): number {
    return this.sessions.size
  }

  /** An `HttpRoute`. */
  readonly route = (request: IncomingMessage, response: ServerResponse, path: string): boolean => {
    const [, kind, id = '', sequence] = requestPath.exec(path) ?? []
    if (kind === undefined && !openPath.test(path) && path !== identPath) return false
    if (request.method !== 'POST') refuse(response, 405, { Allow: 'POST' })
    else if (path === identPath) refuse(response, 404)
    else if (kind === undefined) this.receive(request, response, () => this.open(request, response))
    else this.continue(request, response, id, { kind: kind as TunnelRequestKind, sequence: Number(sequence) })
    return true
  }

  private open(request: IncomingMessage, response: ServerResponse): void {
    const { limits, log, timers, turn, unfinished } = this.options
    const { remoteAddress = '' } = request.socket
    const refusal = this.refusal(remoteAddress)
    if (refusal !== undefined) {
      log.warn({ remoteAddress, limit: refusal }, 'RTMPT session refused: too many are open')
      refuse(response, 503)
      return
    }
    const id = toHex(randomBytes(ID_BYTES))
    const stream = new RtmptStream({ timers, turn, limits }, (end) => this.over(id, end))
    const session: Session = { stream, remoteAddress, fellows: new Set() }
    this.sessions.set(id, session)
    stream.once('close', unfinished.watch(stream.tunnel))
    this.noteConnection(session, request.socket)
    this.options.openRtmp(stream, remoteAddress)
    reply(response, Buffer.from(`${id}\n`))
  }

  private continue(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    { kind, sequence }: { readonly kind: TunnelRequestKind; readonly sequence: number },
  ): void {
    const session = this.sessions.get(id)
    if (session === undefined) {
      refuse(response, 404)
      return
    }
    this.noteConnection(session, request.socket)
    const answer = (body: Uint8Array | undefined): void => {
      if (body === undefined) refuse(response, 409)
      else reply(response, body)
    }
    this.receive(request, response, (bytes) => {
      const body = kind === 'send' ? bytes : noBytes
      session.stream.tunnel.request({ kind, sequence, body, answer })
    })
  }

  /** @param received gets the body once it is whole, owned */
  private receive(
    request: IncomingMessage,
    response: ServerResponse,
    received: (bytes: Uint8Array) => void,
  ): void {
    const { rtmptRequestBytes } = this.options.limits
    const parts: Buffer[] = []
    let length = 0
    const tooLong = (): void => {
      const { remoteAddress } = request.socket
      this.options.log.warn({ remoteAddress, limit: 'rtmptRequestBytes' }, 'RTMPT request refused: too long')
      refuse(response, 413)
    }
    if (Number(request.headers['content-length'] ?? 0) > rtmptRequestBytes) {
      tooLong()
      return
    }
    request.on('data', (bytes: Buffer) => {
      length += bytes.length
      if (length <= rtmptRequestBytes) parts.push(bytes)
      else if (!response.writableEnded) tooLong()
    })
    request.on('end', () => {
      if (response.writableEnded) return
      if (!guarded(this.options.log, () => received(Buffer.concat(parts, length)))) response.destroy()
    })
  }

  private refusal(address: string): string | undefined {
    const { rtmptSessions, connectionsPerAddress } = this.options.limits
    if (this.sessions.size >= rtmptSessions) return 'rtmptSessions'
    if (isLoopback(address) || this.sessions.size < connectionsPerAddress) return undefined
    let open = 0
    for (const { remoteAddress } of this.sessions.values()) if (remoteAddress === address) open++
    return open >= connectionsPerAddress ? 'connectionsPerAddress' : undefined
  }

  /** A client may go without a word, by closing its connection: a proxy's may be that of many clients. */
  private noteConnection(session: Session, connection: Socket): void {
    let sessions = this.byConnection.get(connection)
    if (sessions === undefined) {
      const made = new Set<Session>()
      connection.once('close', () => {
        for (const { stream } of made) stream.tunnel.disconnected()
      })
      this.byConnection.set(connection, (sessions = made))
    }
    session.fellows.delete(session)
    session.fellows = sessions.add(session)
  }

  /** For a while the client can still ask, and is told that it is over. */
  private over(id: string, end: TunnelEnd): void {
    const { timers, limits, log } = this.options
    const session = this.sessions.get(id)
    session?.fellows.delete(session)
    const complaint = complaints[end]
    if (complaint !== undefined)
      log.info({ remoteAddress: session?.remoteAddress, ...complaint }, 'RTMPT session closed')
    if (forgotten.has(end)) this.sessions.delete(id)
    else timers.after(limits.rtmptGapMs, () => this.sessions.delete(id))
  }
}

/** After these nobody asks any more. */
const forgotten: ReadonlySet<TunnelEnd> = new Set(['closed', 'lost', 'silent'])

/** What the log says about ends that neither side asked for. */
const complaints: Readonly<Partial<Record<TunnelEnd, { readonly reason: string; readonly limit: string }>>> =
  {
    lost: { reason: 'the connection closed, and no request came by another', limit: 'rtmptLostMs' },
    silent: { reason: 'no request came', limit: 'rtmptIdleMs' },
    gap: { reason: 'a request is missing', limit: 'rtmptGapMs' },
    rtmptHeldRequests: { reason: 'too many requests wait for a missing one', limit: 'rtmptHeldRequests' },
    rtmptHeldBytes: { reason: 'too much waits for a missing request', limit: 'rtmptHeldBytes' },
  }

function reply(response: ServerResponse, body: Uint8Array): void {
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPE,
    'Content-Length': body.length,
    'Cache-Control': 'no-cache',
  })
  response.end(body)
}

/** Whatever else the request holds is not read: the connection ends, but for the 404 that clients go on from. */
function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (status !== 404) response.shouldKeepAlive = false
  response.writeHead(status, { 'Content-Length': 0, 'Cache-Control': 'no-cache', ...headers }).end()
}
