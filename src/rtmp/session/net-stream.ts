/**
 * One message stream of a client [rtmp.md 3.4-3.8].
 *
 *              publish                publishStarted
 *     idle ───────────────▶ publishing (pending) ──────▶ publishing
 *      │ ▲◀── publishRefused ──┘                             │
 *      │ ├◀── publishEnded: somebody else has the name ──────┤
 *      │ └◀── closeStream, deleteStream, publish(false), close of the connection ──┐
 *      └── play ─▶ playing, whatever is queued ────────────────────────────────────┘
 *
 * Each `publish` told to the handler is followed by one `unpublish` unless it was refused or ended, a series of `play`
 * by one `stop` unless it was refused: also when the client gives up before it was answered.
 */
import type { AmfValue } from '../../amf/value.js'
import { AmfObject } from '../../amf/value.js'
import type { Limits } from '../../util/limits.js'
import { chunkStreamIdFor } from '../wire/chunk/chunk-stream-id.js'
import type { ChunkedMessage, Message } from '../wire/message.js'
import { DEFAULT_BUFFER_MS } from './constants.js'
import type { NetConnectionHandler, NetStream, Played, PlayRequest, StatusInfo } from './events.js'
import { HeldMessages } from './held-messages.js'
import { dataMessage, statusMessage, userControlMessage } from './outgoing.js'
import { parsePlay, parsePlay2, parsePublish, parseTime } from './play-request.js'
import type { Parsed } from './play-request.js'
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
  /** Media or data came on a stream that does not publish. */
  mediaDropped(messageStreamId: number): void
}

export class ServerNetStream implements NetStream {
  name = ''
  state: NetStream['state'] = 'idle'
  isPaused = false
  bufferLengthMs = DEFAULT_BUFFER_MS
  readonly wants = { audio: true, video: true }
  /** Messages that came while it did not publish. */
  droppedMessages = 0
  /** Publishing and not yet answered: media waits here. */
  private held: HeldMessages | undefined
  private isDeleted = false

  constructor(
    readonly id: number,
    private readonly owner: StreamOwner,
  ) {}

  // The client's commands

  publish(args: readonly AmfValue[]): void {
    const request = parsePublish(args)
    if (request === 'invalid') this.invalid('publish')
    else if (request === 'stop' || (request.name === '' && this.state === 'publishing')) {
      if (this.state === 'publishing') this.release()
    } else if (this.state === 'playing') {
      this.status(statusOf('NetStream.Failed', `A stream that plays ${this.name} cannot publish.`))
    } else {
      this.release()
      this.state = 'publishing'
      this.name = request.name
      this.held = new HeldMessages(this.owner.limits)
      this.owner.handler.publish(this, request.name, request.query, request.type)
    }
  }

  play(args: readonly AmfValue[]): void {
    this.startPlay('play', parsePlay(args))
  }

  play2(args: readonly AmfValue[]): void {
    this.startPlay('play2', parsePlay2(args[0]))
  }

  /** Without its first argument it changes from one to the other. */
  pause(args: readonly AmfValue[]): void {
    const [wanted, atMs] = args
    const isPaused = wanted ?? !this.isPaused
    if (this.state !== 'playing') return
    if (typeof isPaused !== 'boolean') {
      this.invalid('pause')
      return
    }
    this.isPaused = isPaused
    this.report(isPaused ? 'NetStream.Pause.Notify' : 'NetStream.Unpause.Notify')
    this.owner.handler.pause(this, isPaused, parseTime(atMs))
  }

  seek(args: readonly AmfValue[]): void {
    const toMs = parseTime(args[0])
    if (this.state !== 'playing') return
    if (toMs === undefined) this.invalid('seek')
    else this.owner.handler.seek(this, toMs)
  }

  /** Also before play: then it is for what is played. AVM1 gives `receiveVideo` a number of frames per second. */
  receive(kind: 'audio' | 'video', args: readonly AmfValue[]): void {
    const [wanted] = args
    if (typeof wanted !== 'boolean' && typeof wanted !== 'number') {
      this.invalid(kind === 'audio' ? 'receiveAudio' : 'receiveVideo')
      return
    }
    this.wants[kind] = Number(wanted) > 0
    if (this.state === 'playing') this.owner.handler.receive(this, kind, this.wants[kind])
  }

  setBufferLength(ms: number): void {
    this.bufferLengthMs = ms
    this.owner.handler.setBufferLength(this, ms)
  }

  /** Audio, video or data of the client; on a stream that does not publish it is dropped in silence. */
  media(message: Message): void {
    if (this.held !== undefined) this.held.push(message)
    else if (this.state === 'publishing') this.owner.handler.media(this, message)
    else this.drop()
  }

  /** closeStream: idle, and the id stays. */
  close(): void {
    this.release()
  }

  /** deleteStream: nothing is sent on it any more. */
  delete(): void {
    this.isDeleted = true
    this.release()
  }

  // NetStream: publishing

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

  publishEnded(): void {
    const { state, name } = this
    if (state !== 'publishing') return
    this.idle()
    this.report('NetStream.Unpublish.Success', name)
  }

  // NetStream: playing

  playStarted({ name, how }: PlayRequest, isRecorded = false): void {
    if (this.state !== 'playing') return
    this.name = name
    if (how === 'switch') {
      this.playStatus('NetStream.Play.TransitionComplete')
      return
    }
    if (isRecorded) this.control('StreamIsRecorded')
    this.begin()
    if (how === 'reset') this.report('NetStream.Play.Reset')
    this.report('NetStream.Play.Start')
    this.data('|RtmpSampleAccess', [true, true])
    this.data('onStatus', [AmfObject.of({ code: 'NetStream.Data.Start' })])
  }

  playRefused(info: StatusInfo, name = this.name): void {
    if (this.state !== 'playing') return
    this.status(info, name)
    this.idle()
  }

  playSwitched(atMs: number): void {
    this.playStatus('NetStream.Play.Switch', atMs)
  }

  playCompleted({ durationMs, bytes, atMs }: Played): void {
    this.playStatus('NetStream.Play.Complete', atMs, { duration: durationMs / 1000, bytes })
    this.control('StreamEof')
    this.status(statusOf('NetStream.Play.Stop', this.name, { reason: '' }))
  }

  seekStarted(toMs: number): void {
    this.control('StreamEof') // what the client has buffered is void
    this.control('StreamIsRecorded')
    this.begin()
    this.report('NetStream.Seek.Notify', `${toMs} (stream ID: ${this.id})`, this.name)
    this.report('NetStream.Play.Start')
  }

  status(info: StatusInfo, details = this.name): void {
    const object = statusObject(info, { details, clientid: this.owner.id })
    if (!this.isDeleted) this.owner.post(() => statusMessage(object, this.id))
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

  // Inside

  private startPlay(command: string, request: Parsed<PlayRequest>): void {
    if (request === 'invalid') this.invalid(command)
    else if (request === 'stop') {
      if (this.state === 'playing') this.release()
    } else if (this.state === 'publishing') {
      this.status(statusOf('NetStream.Failed', `A stream that publishes ${this.name} cannot play.`))
    } else this.queue(request)
  }

  private queue(request: PlayRequest): void {
    const { name } = request
    const isNew = this.state === 'idle'
    this.state = 'playing'
    if (isNew || request.how === 'reset') {
      this.isPaused = false
      this.name = name
    }
    if (isNew && request.how === 'switch') this.owner.handler.play(this, { ...request, how: 'append' })
    else {
      if (request.how === 'switch') this.report('NetStream.Play.Transition', name, name)
      this.owner.handler.play(this, request)
    }
  }

  /** Stop whatever it does and tell the handler. */
  private release(): void {
    const { state, name, held } = this
    const { handler } = this.owner
    if (state === 'idle') return
    this.idle()
    if (state === 'playing') handler.stop(this)
    else
      handler.unpublish(this, () => {
        if (held === undefined) this.report('NetStream.Unpublish.Success', name)
      })
  }

  private idle(): void {
    this.state = 'idle'
    this.name = ''
    this.held = undefined
    this.isPaused = false
  }

  private drop(): void {
    this.droppedMessages++
    this.owner.mediaDropped(this.id)
  }

  private begin(): void {
    this.control('StreamBegin')
  }

  private control(event: 'StreamBegin' | 'StreamEof' | 'StreamIsRecorded'): void {
    if (!this.isDeleted) this.owner.send(userControlMessage({ event, messageStreamId: this.id }))
  }

  /** @param atMs stream time, so that a player comes to it when it comes to the media around it */
  private data(handler: string, args: readonly AmfValue[], atMs = 0): void {
    if (!this.isDeleted) this.owner.send({ ...dataMessage(handler, args, this.id), timestamp: atMs })
  }

  private playStatus(code: StatusCode, atMs = 0, extra: Readonly<Record<string, AmfValue>> = {}): void {
    this.data('onPlayStatus', [statusObject(statusOf(code, this.name), extra)], atMs)
  }

  private invalid(command: string): void {
    this.report('NetStream.InvalidArg', command, this.name)
  }

  private report(code: StatusCode, about = this.name, details = about): void {
    this.status(statusOf(code, about), details)
  }
}
