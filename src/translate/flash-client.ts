/**
 * One Flash client as a PSYC person: what its connection reports becomes packets of the person, what the person hears
 * becomes calls, shared object events and media of the connection [design 2].
 *
 *   connect ─▶ nick ─▶ person ─▶ enter the place ─▶ `_echo_…_enter` ─▶ accept ─▶ calls, objects, streams ─▶ leave
 *
 * Each part has a file of its own: the way in (flash-entrance), calls (flash-calls), what the client hears
 * (flash-hearing, flash-callbacks), streams (flash-streams), shared objects (shared-object).
 */
import type { LinkDescription } from '../psyc/entity/person-description.js'
import type { Packet } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type {
  ConnectRequest,
  IncomingCall,
  NetConnection,
  NetConnectionHandler,
  NetStream,
  PlayRequest,
  PublishType,
} from '../rtmp/session/events.js'
import type { Message } from '../rtmp/wire/message.js'
import type { SharedObjectMessage } from '../rtmp/wire/shared-object.js'
import { Entrance } from './flash-entrance.js'
import { Inside } from './flash-inside.js'
import type { NameHolder } from './flash-names.js'
import type { AppSettings, FlashServices } from './flash-services.js'
import { statusInfo } from './status.js'

export class FlashClient implements NetConnectionHandler, NameHolder {
  private entrance: Entrance | undefined
  private inside: Inside | undefined
  private isClosed = false

  constructor(
    private readonly connection: NetConnection,
    private readonly services: FlashServices,
    private readonly remoteAddress: string,
  ) {}

  /** For its person: bytes that the client has not taken yet. */
  get queuedBytes(): number {
    return this.connection.transport.queuedBytes
  }

  // --- NetConnectionHandler

  connect(request: ConnectRequest): void {
    const { services, connection, remoteAddress } = this
    const { app, instance, flashVersion, pageUrl, swfUrl } = request
    services.log.info(
      { connection: connection.id, remoteAddress, app, instance, flashVersion, pageUrl, swfUrl },
      'connect',
    )
    const settings = app === '' ? undefined : services.app(app)
    if (settings === undefined) this.refuseConnect('_error_unknown_application', app, '')
    else this.enter(request, settings)
  }

  private enter(request: ConnectRequest, settings: AppSettings): void {
    const { services, connection, remoteAddress } = this
    this.entrance = new Entrance(services, this, request, settings, {
      refused: (method, text) => this.refuseConnect(method, request.app, text),
      entered: (entered) => {
        this.entrance = undefined
        this.inside = new Inside(connection, services, entered, this, remoteAddress)
        this.inside.begin()
      },
    })
    this.entrance.start()
  }

  private refuseConnect(method: string, app: string, text: string): void {
    this.entrance?.abandon()
    this.entrance = undefined
    if (this.isClosed) return
    this.services.log.info({ connection: this.connection.id, app, method, text }, 'connection refused')
    this.connection.reject(statusInfo('connect', method, app, text))
  }

  call(call: IncomingCall): void {
    this.inside?.call(call)
  }

  sharedObject(message: SharedObjectMessage): void {
    this.inside?.sharedObject(message)
  }

  publish(stream: NetStream, name: string, query: string, type: PublishType): void {
    this.inside?.streams.publish(stream, { name, query, type })
  }

  unpublish(stream: NetStream, finished: () => void): void {
    this.inside?.streams.unpublish(stream, finished)
  }

  play(stream: NetStream, request: PlayRequest): void {
    this.inside?.streams.play(stream, request)
  }

  stop(stream: NetStream): void {
    this.inside?.streams.stop(stream)
  }

  pause(stream: NetStream, isPaused: boolean, atMs: number | undefined): void {
    this.inside?.streams.pause(stream, isPaused, atMs)
  }

  seek(stream: NetStream, toMs: number): void {
    this.inside?.streams.seek(stream, toMs)
  }

  receive(stream: NetStream, kind: 'audio' | 'video', wanted: boolean): void {
    this.inside?.streams.receive(stream, kind, wanted)
  }

  setBufferLength(stream: NetStream): void {
    this.inside?.streams.bufferChanged(stream)
  }

  media(stream: NetStream, message: Message): void {
    this.inside?.streams.media(stream, message)
  }

  streamLength(name: string, query: string, answered: (seconds: number) => void): void {
    if (this.inside === undefined) answered(0)
    else this.inside.streams.lengthOf(name, query, answered)
  }

  closed(how: 'finished' | 'lost'): void {
    if (this.isClosed) return
    this.isClosed = true
    this.entrance?.abandon()
    this.inside?.end(how)
    this.entrance = undefined
    this.inside = undefined
    this.services.log.info({ connection: this.connection.id, how }, 'disconnect')
  }

  // --- NameHolder

  deliver(packet: Packet): void {
    if (this.entrance?.deliver(packet) !== true) this.inside?.deliver(packet)
  }

  shows(packet: Packet): boolean {
    return this.inside?.shows(packet) ?? false
  }

  describe(asker: Uniform): LinkDescription {
    return this.inside?.describe(asker) ?? { protocol: 'rtmp', places: [] }
  }

  /** One who has not entered yet is nobody to others either. */
  get isSilent(): boolean {
    return this.inside?.isSilent ?? false
  }

  ping(timeoutMs: number, answered: (isAlive: boolean) => void): void {
    this.connection.ping(timeoutMs, answered)
  }

  evict(): void {
    this.connection.close()
  }

  rename(): void {
    this.inside?.rename()
  }
}
