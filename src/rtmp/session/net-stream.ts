/**
 * One message stream of a client [rtmp.md 3.4-3.8].
 *
 *              publish                publishStarted
 *     idle ───────────────▶ publishing (pending) ──────▶ publishing
 *      │ ▲◀── publishRefused ──┘                             │
 *      │ └◀── closeStream, deleteStream, publish(false), close of the connection ──┐
 *      └── play ─▶ playing ────────────────────────────────────────────────────────┘
 *
 * Each `publish` told to the handler is followed by one `unpublish` unless it was refused, each `play` by one `stop`
 * unless it was refused: also when the client gives up before it was answered.
 */
import { AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import type { Limits } from '../../util/limits.js'
import { chunkStreamIdFor } from '../wire/chunk/chunk-stream-id.js'
import type { ChunkedMessage, Message } from '../wire/message.js'
import type { NetConnectionHandler, NetStream, PlayRequest, StatusInfo } from './events.js'
import { HeldMessages } from './held-messages.js'
import { dataMessage, statusMessage, userControlMessage } from './outgoing.js'
import { parsePlay, parsePlay2, parsePublish } from './play-request.js'
import { statusObject, statusOf } from './status.js'
import type { StatusCode } from './status.js'

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly id: string
  readonly limits: Limits
  readonly handler: NetConnectionHandler
  send(message: ChunkedMessage): void
  /** Encode and send; what cannot be encoded is logged and left out. */
  post(encode: () => ChunkedMessage): boolean
}

export class ServerNetStream implements NetStream {
  name = ''
  state: NetStream['state'] = 'idle'
  /** Publishing and not yet answered: media waits here. */
  private held: HeldMessages | undefined
  private playRequest: PlayRequest | undefined
  private isTransition = false

  constructor(
    readonly id: number,
    private readonly owner: StreamOwner,
  ) {}

  publish(args: readonly AmfValue[]): void {
    const request = parsePublish(args)
    const { state, name } = this
    if (request === undefined) {
      if (state === 'publishing') this.close()
      return
    }
    if (state === 'playing') {
      this.status(statusOf('NetStream.Failed', `A stream that plays ${name} cannot publish.`))
      return
    }
    this.release()
    this.state = 'publishing'
    this.name = request.name
    this.held = new HeldMessages(this.owner.limits)
    this.owner.handler.publish(this, request.name, request.query, request.type)
  }

  publishStarted(): void {
    const { held } = this
    if (held === undefined) return
    this.begin()
    this.report('NetStream.Publish.Start')
    this.held = undefined
    for (const message of held.take()) this.media(message)
  }

  publishRefused(info: StatusInfo): void {
    if (this.held === undefined) return
    this.status(info)
    this.idle()
  }

  /** [CHOICE: a play without reset replaces too: there is no playlist, and a live stream would never end.] */
  play(args: readonly AmfValue[]): void {
    const request = parsePlay(args)
    if (request === undefined) {
      if (this.state === 'playing') this.close()
      return
    }
    this.startPlay(request, false)
  }

  /** Any transition but `stop` switches at once. */
  play2(args: readonly AmfValue[]): void {
    const parsed = parsePlay2(args[0])
    if (parsed === undefined) this.report('NetStream.InvalidArg', 'play2')
    else if (parsed.transition === 'stop') this.close()
    else {
      const wasPlaying = this.state === 'playing'
      this.startPlay(parsed.request, wasPlaying)
    }
  }

  playStarted(): void {
    const { playRequest: request } = this
    if (request === undefined) return
    this.playRequest = undefined
    if (this.isTransition) {
      const complete = statusObject(statusOf('NetStream.Play.TransitionComplete', this.name))
      this.owner.send(dataMessage('onPlayStatus', [complete], this.id))
      return
    }
    this.begin()
    if (request.reset) this.report('NetStream.Play.Reset')
    this.report('NetStream.Play.Start')
    this.owner.send(dataMessage('|RtmpSampleAccess', [true, true], this.id))
    this.owner.send(dataMessage('onStatus', [AmfObject.of({ code: 'NetStream.Data.Start' })], this.id))
  }

  playRefused(info: StatusInfo): void {
    if (this.playRequest === undefined) return
    this.status(info)
    this.idle()
  }

  pause(args: readonly AmfValue[]): void {
    const [isPaused, atMs] = args
    if (this.state !== 'playing') return
    this.report(isPaused === true ? 'NetStream.Pause.Notify' : 'NetStream.Unpause.Notify')
    this.owner.handler.pause(this, isPaused === true, milliseconds(atMs))
  }

  seek(args: readonly AmfValue[]): void {
    if (this.state === 'playing') this.owner.handler.seek(this, milliseconds(args[0]))
  }

  /** AVM1 gives `receiveVideo` a number of frames per second. */
  receive(kind: 'audio' | 'video', args: readonly AmfValue[]): void {
    const [wanted] = args
    if (this.state !== 'playing') return
    this.owner.handler.receive(this, kind, typeof wanted === 'number' ? wanted > 0 : wanted === true)
  }

  setBufferLength(ms: number): void {
    this.owner.handler.setBufferLength(this, ms)
  }

  /** Audio, video or data of the client; on a stream that does not publish it is dropped in silence. */
  media(message: Message): void {
    if (this.held !== undefined) this.held.push(message)
    else if (this.state === 'publishing') this.owner.handler.media(this, message)
  }

  /** closeStream, publish(false), play(false): idle, and the id stays. */
  close(): void {
    const { state, name, held } = this
    this.release()
    if (state === 'publishing' && held === undefined)
      this.status(statusOf('NetStream.Unpublish.Success', name), name)
  }

  /** Stop whatever it does and tell the handler. */
  release(): void {
    const { state } = this
    const { handler } = this.owner
    if (state === 'idle') return
    this.idle()
    if (state === 'publishing') handler.unpublish(this)
    else handler.stop(this)
  }

  status(info: StatusInfo, details = this.name): void {
    const object = statusObject(info, { details, clientid: this.owner.id })
    this.owner.post(() => statusMessage(object, this.id))
  }

  endOfStream(): void {
    this.owner.send(userControlMessage({ event: 'StreamEof', messageStreamId: this.id }))
  }

  send(message: Message): void {
    const { type, timestamp, payload } = message
    const { id } = this
    this.owner.send({
      type,
      timestamp,
      payload,
      messageStreamId: id,
      chunkStreamId: chunkStreamIdFor(type, id),
    })
  }

  private startPlay(request: PlayRequest, isTransition: boolean): void {
    if (this.state === 'publishing') {
      this.status(statusOf('NetStream.Failed', `A stream that publishes ${this.name} cannot play.`))
      return
    }
    this.release()
    this.state = 'playing'
    this.name = request.name
    this.playRequest = request
    this.isTransition = isTransition
    if (isTransition) this.report('NetStream.Play.Transition')
    this.owner.handler.play(this, request)
  }

  private idle(): void {
    this.state = 'idle'
    this.name = ''
    this.held = undefined
    this.playRequest = undefined
    this.isTransition = false
  }

  private begin(): void {
    this.owner.send(userControlMessage({ event: 'StreamBegin', messageStreamId: this.id }))
  }

  private report(code: StatusCode, name = this.name): void {
    this.status(statusOf(code, name))
  }
}

function milliseconds(value: AmfValue): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
