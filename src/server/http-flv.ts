/**
 * Live streams over HTTP and WebSocket, both ways: `/<app>[/<instance>]/<stream>.flv` [design 5; rtmp.md 7].
 * RTMP clients differ about where an instance ends, so of the streams that a path may mean one that is published is played.
 *
 *   GET            plays: the FLV begins when somebody publishes, and ends some time after he has gone;
 *                  with "?rebase" its times begin at 0, which Ruffle needs
 *   HEAD           whether somebody publishes
 *   POST, PUT      publish the FLV that is sent
 *   WebSocket      plays, and with "?publish" publishes; any split into binary messages
 *
 * A refusal is a status and a sentence; for a WebSocket the code is 4000 + the status.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Hub } from '../media/hub.js'
import type { StreamAddress } from '../media/stream-address.js'
import type { Access, Decision } from '../translate/access.js'
import { streamAddress } from '../translate/name.js'
import { TranslateError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import type { Timers } from '../util/timers.js'
import type { Endless, HttpRoute, WebSocketRoute } from './http.js'
import { UploadAnswer, WebSocketAnswer, refuse, refuseWebSocket } from './http-flv-answers.js'
import { FLV_HEADERS, HttpOutlet, WebSocketOutlet } from './http-flv-outlets.js'
import { FlvPlayer } from './http-flv-player.js'
import type { FlvOutlet } from './http-flv-player.js'
import { FlvPublisher } from './http-flv-publisher.js'
import type { PublisherAnswer } from './http-flv-publisher.js'
import { guardedUntilDone } from './guard.js'
import { connectRequestOf, parseMediaUrl, splitsOf } from './media-url.js'
import type { MediaUrl } from './media-url.js'
import { corsHeaders, isAllowedOrigin } from './origin.js'
import type { ReadRests } from './read-rests.js'
import type { Unfinished } from './unfinished.js'
import type { OpenWebSocket } from './web-sockets.js'

export interface HttpFlvOptions {
  readonly hub: Hub
  /** Uniform of this node, as in the keys of streams. */
  readonly root: string
  readonly access: Access
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log
  readonly unfinished: Unfinished
  readonly rests: ReadRests
  readonly origins: readonly string[]
  /** Undefined for an app that is refused. */
  app(name: string): unknown
}

type Answer = (exchange: Exchange) => void | Promise<void>

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: MediaUrl
  readonly endless: Endless
}

/** A status of HTTP and a sentence. */
class Refusal {
  constructor(
    readonly status: number,
    readonly sentence: string,
  ) {}
}

const METHODS = 'GET, HEAD, POST, PUT, OPTIONS'
const PREFLIGHT_S = 86_400 // ours: how long a browser may remember it

/** One who plays or publishes. */
interface Client {
  /** The node ends. */
  shutDown(): void
}

export class HttpFlv {
  private readonly clients = new Set<Client>()
  private isClosed = false

  constructor(private readonly options: HttpFlvOptions) {}

  /** Players and publishers end in order; who comes later is refused. */
  close(): void {
    this.isClosed = true
    for (const client of [...this.clients]) client.shutDown()
  }

  readonly route: HttpRoute = async (request, response, _path, endless) => {
    const url = parseMediaUrl(request.url ?? '')
    if (url === undefined) return false
    const cors = corsHeaders(request.headers, this.options.origins)
    for (const [name, value] of Object.entries(cors)) response.setHeader(name, value)
    const answer = this.answers.get(request.method ?? '')
    if (answer === undefined) response.writeHead(405, { Allow: METHODS }).end()
    else await answer({ request, response, url, endless })
    return true
  }

  readonly webSocketRoute: WebSocketRoute = (_path, request) => {
    const url = parseMediaUrl(request.url ?? '')
    if (url === undefined) return undefined
    const isPublisher = url.query.has('publish')
    const wanted = isPublisher ? url : this.split(url)
    if (this.addressOf(wanted) instanceof Refusal) return undefined
    return (webSocket) => {
      const work = isPublisher
        ? this.receiveMessages(request, wanted, webSocket)
        : this.playMessages(request, wanted, webSocket)
      guardedUntilDone(this.options.log, work, () => webSocket.destroy())
    }
  }

  private readonly answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
    ['OPTIONS', (exchange) => this.preflight(exchange)],
    ['HEAD', (exchange) => this.head(exchange)],
    ['GET', (exchange) => this.play(exchange)],
    ['POST', (exchange) => this.receive(exchange)],
    ['PUT', (exchange) => this.receive(exchange)],
  ])

  private preflight({ request: { headers }, response }: Exchange): void {
    response.writeHead(204, {
      'Access-Control-Allow-Methods': METHODS,
      'Access-Control-Allow-Headers': headers['access-control-request-headers'] ?? '*',
      'Access-Control-Max-Age': PREFLIGHT_S,
    })
    response.end()
  }

  private async head({ request, response, url }: Exchange): Promise<void> {
    const address = await this.allowed('play', request, this.split(url))
    if (address instanceof Refusal) refuse(response, address.status, address.sentence)
    else if (this.options.hub.find(address.key)?.isPublished === true)
      response.writeHead(200, FLV_HEADERS).end()
    else refuse(response, 404, `Nobody publishes ${url.name}.`)
  }

  private async play({ request, response, url, endless }: Exchange): Promise<void> {
    const address = await this.allowed('play', request, this.split(url))
    if (response.destroyed) return
    if (address instanceof Refusal) {
      refuse(response, address.status, address.sentence)
      return
    }
    const socket = await endless()
    if (socket.destroyed) return // it went while it waited for its turn
    // Silence is no fault of the player; to leave bytes unread is.
    response.on('timeout', () => socket.writableLength > 0 && socket.destroy())
    const outlet = new HttpOutlet(response, socket, request.httpVersionMinor > 0, url.query.has('rebase'))
    const player = this.player(address, outlet)
    response.once('close', () => this.left(player))
    socket.on('drain', () => player.drained())
    player.start()
  }

  private async receive({ request, response, url, endless }: Exchange): Promise<void> {
    const answer = new UploadAnswer(request, response)
    const address = isAllowedOrigin(request.headers, this.options.origins)
      ? await this.allowed('publish', request, url)
      : new Refusal(403, 'Pages of this origin may not publish: list it in http.origins.')
    if (response.destroyed) return
    if (address instanceof Refusal) {
      answer.refuse(address.status, address.sentence)
      return
    }
    await endless()
    this.publish(address, request, answer, request.socket)
  }

  private async playMessages(
    request: IncomingMessage,
    url: MediaUrl,
    webSocket: OpenWebSocket,
  ): Promise<void> {
    const { limits } = this.options
    const address = await this.allowed('play', request, url)
    if (address instanceof Refusal) {
      refuseWebSocket(webSocket, address.status, address.sentence)
      return
    }
    const { socket } = webSocket
    const player = this.player(address, new WebSocketOutlet(webSocket))
    socket.setTimeout(limits.httpIdleMs)
    socket.on('timeout', () => socket.writableLength > 0 && webSocket.destroy())
    socket.on('drain', () => player.drained())
    webSocket.whenClosed(() => this.left(player))
    player.start()
  }

  private async receiveMessages(
    request: IncomingMessage,
    url: MediaUrl,
    webSocket: OpenWebSocket,
  ): Promise<void> {
    const bytes = webSocket.bytes() // at once: the client may be sending already
    const address = await this.allowed('publish', request, url)
    if (address instanceof Refusal) refuseWebSocket(webSocket, address.status, address.sentence)
    else this.publish(address, bytes, new WebSocketAnswer(webSocket), webSocket.socket)
  }

  private player(address: StreamAddress, outlet: FlvOutlet): FlvPlayer {
    const { hub, timers, limits } = this.options
    const player = new FlvPlayer(hub.open(address), outlet, timers, limits)
    this.came(player)
    return player
  }

  private left(player: FlvPlayer): void {
    this.clients.delete(player)
    player.stop()
  }

  private came(client: Client): void {
    this.clients.add(client)
    if (this.isClosed) client.shutDown()
  }

  private publish(address: StreamAddress, source: Readable, answer: PublisherAnswer, socket: Socket): void {
    const { hub, limits, log, unfinished, rests } = this.options
    const rest = (ms: number): boolean => rests.rest(socket, ms)
    if (source.destroyed) return // it broke off before it was known whether it may publish
    const publisher = new FlvPublisher(source, answer, limits, log, unfinished, rest)
    publisher.start(hub.open(address))
    source.once('close', () => this.clients.delete(publisher))
    this.came(publisher)
  }

  /** The path split so that it names a stream that is published, with the longest instance; the usual split when none does. */
  private split(url: MediaUrl): MediaUrl {
    const { hub, limits } = this.options
    for (const split of splitsOf(url)) {
      if (split.name.length > limits.nameBytes) break
      const address = this.addressOf(split)
      if (!(address instanceof Refusal) && hub.find(address.key)?.isPublished === true) return split
    }
    return url
  }

  /** The stream, if it may be played or published. */
  private async allowed(
    action: 'play' | 'publish',
    request: IncomingMessage,
    url: MediaUrl,
  ): Promise<StreamAddress | Refusal> {
    const { access, log } = this.options
    const { app, instance, name } = url
    const { remoteAddress } = request.socket
    const address = this.addressOf(url)
    if (address instanceof Refusal) return address
    const wish = { action, app, instance, person: '', name }
    const decision = await new Promise<Decision>((decided) =>
      access.decide({ ...wish, request: connectRequestOf(request, url, action === 'publish') }, decided),
    )
    log.info({ remoteAddress, action, app, instance, name, allowed: decision.allowed }, 'HTTP-FLV')
    return decision.allowed ? address : new Refusal(403, decision.message)
  }

  private addressOf(url: MediaUrl): StreamAddress | Refusal {
    const { root, limits } = this.options
    if (this.options.app(url.app) === undefined) return new Refusal(404, `There is no app ${url.app}.`)
    try {
      return streamAddress(root, url, limits)
    } catch (error) {
      if (error instanceof TranslateError) return new Refusal(404, `${error.message}.`)
      throw error
    }
  }
}
