/**
 * The client's side of RTMP on a byte stream: connect, calls both ways, streams, shared object messages. No timers,
 * sockets or randomness of its own, so it runs in a browser. It is what `probe`, the tests and the pages use.
 */
import { AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import { StateError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Timers } from '../../util/timers.js'
import { chunkStreamIdFor } from '../wire/chunk/chunk-stream-id.js'
import type { Crypto, HandshakeForm } from '../wire/handshake.js'
import { unpackAggregate } from '../wire/message/index.js'
import type { UserControl } from '../wire/message/index.js'
import { MessageType } from '../wire/message.js'
import type { Message } from '../wire/message.js'
import { decodeSharedObject } from '../wire/shared-object.js'
import type { SharedObjectMessage } from '../wire/shared-object.js'
import { RtmpByteStream } from './byte-stream.js'
import type { ByteSink } from './byte-stream.js'
import { CLIENT_FLASH_VERSION } from './constants.js'
import type { CallAnswer, PublishType } from './events.js'
import { answerOf, readCommand, readUserControl } from './incoming.js'
import type { Command } from './incoming.js'
import { callMessage, commandMessage, sharedObjectMessage, userControlMessage } from './outgoing.js'
import { PendingCalls, callFailed } from './pending-calls.js'

export interface ClientSessionOptions {
  readonly sink: ByteSink
  readonly timers: Timers
  readonly limits: Limits
  readonly crypto: Crypto
  /** `simple` by default. */
  readonly handshake?: HandshakeForm
}

export interface ConnectOptions {
  /** App and instance, with the query if there is one. */
  readonly app: string
  readonly tcUrl: string
  readonly objectEncoding?: 0 | 3
  readonly flashVersion?: string
  /** Further properties of the command object, in order. */
  readonly properties?: Readonly<Record<string, AmfValue>>
  /** What the application gets after the URL. */
  readonly args?: readonly AmfValue[]
}

export interface ClientSessionHandler {
  /** The server calls a method. @param answer to be called at most once; without effect if no answer is wanted */
  call(name: string, args: readonly AmfValue[], answer: (answer: CallAnswer) => void): void
  /** onStatus of the connection (0) or of a stream. */
  status(info: AmfValue, messageStreamId: number): void
  sharedObject(message: SharedObjectMessage): void
  /** Audio, video or data; aggregates unpacked. Payload shared. */
  media(message: Message): void
  /** StreamBegin, StreamEof and their like; pings are answered before. */
  userControl(control: UserControl): void
  /** Once, last. `error` when it failed by one. */
  closed(how: 'finished' | 'lost', error?: Error): void
}

const CONNECT_TRANSACTION_ID = 1

export class RtmpClientSession {
  private readonly stream: RtmpByteStream
  private readonly calls: PendingCalls
  private readonly limits: Limits
  private objectEncoding: 0 | 3 = 0
  private isReady = false
  private isClosed = false
  private error: Error | undefined
  /** connect, until the handshake is over. */
  private sendConnect: (() => void) | undefined

  constructor(
    options: ClientSessionOptions,
    private readonly handler: ClientSessionHandler,
  ) {
    const { limits, timers, sink } = options
    this.limits = limits
    this.calls = new PendingCalls(timers, limits)
    const noting: ByteSink = {
      send: (bytes) => sink.send(bytes),
      end: () => sink.end(),
      queuedBytes: () => sink.queuedBytes(),
      rest: (ms) => sink.rest?.(ms) ?? false,
      fail: (error) => {
        this.error = error
        sink.fail(error)
      },
    }
    this.stream = new RtmpByteStream(
      { ...options, sink: noting, role: 'client' },
      {
        ready: () => {
          this.isReady = true
          this.sendConnect?.()
        },
        heard: () => undefined,
        receive: (message) => this.receiveMessage(message),
        over: (how) => this.close(how),
      },
    )
  }

  get receivedBytes(): number {
    return this.stream.receivedBytes
  }

  get queuedBytes(): number {
    return this.stream.queuedBytes
  }

  /** The next bytes of the server, in order. Shared. Never throws. */
  receive(bytes: Uint8Array): void {
    this.stream.receive(bytes)
  }

  ended(how: 'finished' | 'lost'): void {
    this.stream.ended(how)
  }

  /** As `MessageTransport.rest`. */
  rest(ms: number): boolean {
    return this.stream.rest(ms)
  }

  /**
   * Once; may be called before the handshake is over. @param onAnswer the information object of the answer
   * @throws StateError when called again
   */
  connect(options: ConnectOptions, onAnswer: (answer: CallAnswer) => void): void {
    if (this.sendConnect !== undefined) throw new StateError('STATE_ORDER', 'connect was called before')
    if (this.isClosed) {
      onAnswer(callFailed('connect', 'the connection is closed'))
      return
    }
    this.objectEncoding = options.objectEncoding ?? 0
    this.calls.add('connect', onAnswer)
    this.sendConnect = () => {
      const args = [connectObject(options), ...(options.args ?? [])] as const
      this.stream.send(commandMessage('connect', CONNECT_TRANSACTION_ID, ...args))
      this.stream.announce(false)
    }
    if (this.isReady) this.sendConnect()
  }

  /** Call a method of the server; without `onAnswer` with transaction 0. */
  call(name: string, args: readonly AmfValue[], onAnswer?: (answer: CallAnswer) => void): void {
    const transactionId = onAnswer === undefined ? 0 : this.calls.add(name, onAnswer)
    if (transactionId === undefined) return
    if (this.isClosed) this.calls.settle(transactionId, callFailed(name, 'the connection is closed'))
    else this.stream.send(callMessage(name, transactionId, args, this.objectEncoding))
  }

  /** @param onStream the new message stream ID, or undefined when the server refused */
  createStream(onStream: (messageStreamId: number | undefined) => void): void {
    this.call('createStream', [], (answer) => {
      onStream(answer.ok && typeof answer.value === 'number' ? answer.value : undefined)
    })
  }

  /** A command of a message stream, with transaction 0: publish, play, pause, closeStream, … */
  streamCommand(messageStreamId: number, name: string, args: readonly AmfValue[]): void {
    this.stream.send({ ...callMessage(name, 0, args, 0), messageStreamId })
  }

  publish(messageStreamId: number, name: string, type: PublishType = 'live'): void {
    this.streamCommand(messageStreamId, 'publish', [name, type])
  }

  /** @param startMs -2000 live or recorded, -1000 live, ≥ 0 an offset */
  play(messageStreamId: number, name: string, startMs = -2000): void {
    this.streamCommand(messageStreamId, 'play', [name, startMs])
    this.stream.send(userControlMessage({ event: 'SetBufferLength', messageStreamId, bufferLength: 3000 }))
  }

  deleteStream(messageStreamId: number): void {
    this.call('deleteStream', [messageStreamId])
  }

  /** Audio, video or data of a stream that publishes. */
  send(message: Message): void {
    const chunkStreamId = chunkStreamIdFor(message.type, message.messageStreamId)
    this.stream.send({ ...message, chunkStreamId })
  }

  /** Messages of a stream that publishes, cut with the out-chunk size that all connections share. Shared bytes. */
  sendCut(bytes: Uint8Array): void {
    this.stream.sendCut(bytes)
  }

  sendSharedObject(message: SharedObjectMessage): void {
    this.stream.send(sharedObjectMessage(message, this.objectEncoding))
  }

  /** Close in order, after what was sent. */
  end(): void {
    this.stream.end()
  }

  private close(how: 'finished' | 'lost'): void {
    this.isClosed = true
    this.calls.fail()
    this.handler.closed(how, this.error)
  }

  private receiveMessage(message: Message): void {
    switch (message.type) {
      case MessageType.Command:
      case MessageType.CommandAmf3:
        this.receiveCommand(readCommand(message, this.limits))
        break
      case MessageType.UserControl:
        this.receiveUserControl(message)
        break
      case MessageType.SharedObject:
      case MessageType.SharedObjectAmf3:
        this.handler.sharedObject(decodeSharedObject(message, this.limits))
        break
      case MessageType.Audio:
      case MessageType.Video:
      case MessageType.Data:
      case MessageType.DataAmf3:
        this.handler.media(message)
        break
      case MessageType.Aggregate:
        unpackAggregate(message, (part) => this.handler.media(part))
        break
      default: // nobody knows it: ignored
    }
  }

  private receiveCommand(command: Command): void {
    const { name, transactionId, args, messageStreamId } = command
    const answer = answerOf(command)
    if (answer !== undefined) this.calls.settle(transactionId, answer)
    else if (name === 'onStatus') this.handler.status(args[0], messageStreamId)
    else if (name === 'close') this.stream.end()
    else this.handler.call(name, args, this.answerer(transactionId))
  }

  private answerer(transactionId: number): (answer: CallAnswer) => void {
    let isAnswered = transactionId === 0
    return (answer) => {
      if (isAnswered || this.isClosed) return
      isAnswered = true
      const [name, value] = answer.ok ? ['_result', answer.value] : ['_error', answer.info]
      this.stream.send(callMessage(name, transactionId, [value], this.objectEncoding))
    }
  }

  private receiveUserControl(message: Message): void {
    const control = readUserControl(message)
    if (control === undefined) return
    if (control.event === 'PingRequest')
      this.stream.send(userControlMessage({ event: 'PingResponse', timestamp: control.timestamp }))
    else this.handler.userControl(control)
  }
}

function connectObject(options: ConnectOptions): AmfObject {
  const { app, tcUrl, flashVersion, objectEncoding, properties } = options
  return AmfObject.of({
    app,
    flashVer: flashVersion ?? CLIENT_FLASH_VERSION,
    tcUrl,
    fpad: false,
    capabilities: 15,
    objectEncoding: objectEncoding ?? 0,
    ...properties,
  })
}
