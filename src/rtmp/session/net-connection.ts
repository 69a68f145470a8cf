/**
 * The server's side of one client: connect, calls both ways, shared object messages, streams [rtmp.md 3; design 2, 6].
 * It sees whole messages only, so it does not know what carries them.
 *
 *   waiting ── connect ──▶ deciding ── accept ──▶ open ── close, lost, limits ──▶ closed
 *                             └────── reject ────────────────────────────────────────▲
 *
 * waiting: everything but connect is dropped. deciding: what comes is held, in order; what we send but control
 * messages follows the `_result`. closed: nothing is reported and nothing sent any more.
 * State is complete before a handler is called: handlers may call back into the connection.
 */
import type { AmfValue } from '../../amf/value.js'
import { GatewayError, LimitError, StateError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import { MessageType } from '../wire/message.js'
import type { ChunkedMessage, Message } from '../wire/message.js'
import type { SharedObjectMessage } from '../wire/shared-object.js'
import { UserControlType } from '../wire/message/index.js'
import type { CommonCall } from './common-call.js'
import { parseConnect } from './connect-request.js'
import { connectInformation, connectProperties } from './connect-result.js'
import { Dispatcher } from './dispatcher.js'
import type { DispatchTarget } from './dispatcher.js'
import type {
  CallAnswer,
  ConnectRequest,
  IncomingCall,
  MessageTransport,
  NetConnection,
  NetConnectionHandler,
  StatusInfo,
} from './events.js'
import { HeldMessages } from './held-messages.js'
import type { Command } from './incoming.js'
import { Liveness } from './liveness.js'
import type { StreamOwner } from './net-stream.js'
import {
  callMessage,
  commandMessage,
  sharedObjectMessage,
  statusMessage,
  userControlMessage,
} from './outgoing.js'
import { Outbox } from './outbox.js'
import { PendingCalls, callFailed, callFailure } from './pending-calls.js'
import { statusObject, statusOf } from './status.js'
import { StreamTable } from './stream-table.js'

/** What a connection needs of its transport besides carrying messages. */
export interface ServerTransport extends MessageTransport {
  /** Called once, before connect is answered: what this transport has to announce before anything large is sent. */
  announce(): void
  /** Give up on the peer: report the error, send nothing more. The connection is told by `closed('lost')`. */
  fail(error: Error): void
}

export interface ConnectionOptions {
  /** Opaque short text, unique on this node; players see it as `clientid`. */
  readonly id: string
  readonly transport: ServerTransport
  readonly timers: Timers
  readonly limits: Limits
  readonly log: Log
}

type Phase = 'waiting' | 'deciding' | 'open' | 'closed'

export class ServerNetConnection implements NetConnection, DispatchTarget, StreamOwner {
  readonly id: string
  readonly transport: ServerTransport
  readonly limits: Limits
  readonly handler: NetConnectionHandler
  readonly streams: StreamTable
  /** What the client asked for, from its connect command on. */
  objectEncoding: 0 | 3 = 0
  private phase: Phase = 'waiting'
  private request: ConnectRequest | undefined
  private connectTransactionId = 1
  private hasDroppedMedia = false
  private readonly held: HeldMessages
  private readonly outbox: Outbox
  private readonly calls: PendingCalls
  private readonly dispatcher: Dispatcher
  private readonly liveness: Liveness
  private readonly timers: Timers
  readonly log: Log

  /** @param handlerFor called once, here; the connection cannot be used before the handler's `connect` */
  constructor(options: ConnectionOptions, handlerFor: (connection: NetConnection) => NetConnectionHandler) {
    const { timers, limits, log, transport } = options
    this.id = options.id
    this.transport = transport
    this.timers = timers
    this.limits = limits
    this.log = log
    this.held = new HeldMessages(limits)
    this.outbox = new Outbox(
      limits,
      (message) => transport.send(message),
      (bytes) => transport.sendCut(bytes),
      (error) => log.warn({ connection: this.id, code: error.code }, 'a message could not be encoded'),
      (error) => transport.fail(error),
    )
    this.calls = new PendingCalls(timers, limits)
    this.streams = new StreamTable(this)
    this.dispatcher = new Dispatcher(this, timers.clock, log)
    this.liveness = new Liveness(
      timers,
      limits.pingMs,
      () => this.sendPing(),
      () => this.lose('no sign of life'),
    )
    this.handler = handlerFor(this)
  }

  get isOpen(): boolean {
    return this.phase === 'open'
  }

  private get isClosed(): boolean {
    return this.phase === 'closed'
  }

  get canReconnect(): boolean {
    return this.request?.canReconnect ?? false
  }

  get isRequested(): boolean {
    return this.request !== undefined
  }

  // From the transport

  /** Bytes came, whether or not they complete a message. */
  heard(): void {
    this.liveness.heard()
  }

  /** The next message of the client that is not about chunks. Never throws for what the client did. Payload shared. */
  receive(message: Message): void {
    if (this.phase === 'closed') return
    try {
      if (this.phase === 'deciding' && !isPing(message)) this.hold(message)
      else this.dispatcher.dispatch(message)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.transport.fail(error)
    }
  }

  /** The transport is gone: `unpublish` and `stop` for what was open, callers are told, then `closed`. */
  closed(how: 'finished' | 'lost'): void {
    if (this.phase === 'closed') return
    this.phase = 'closed'
    this.outbox.close()
    this.held.take()
    this.liveness.stop()
    this.streams.releaseAll()
    this.calls.fail()
    this.handler.closed(how)
  }

  // NetConnection

  accept(extra: Readonly<Record<string, AmfValue>>, options: { readonly onBWDone?: boolean } = {}): void {
    if (this.phase === 'closed') return
    const request = this.requestToAnswer('accept')
    const properties = connectProperties()
    const information = connectInformation(request, extra)
    this.transport.announce()
    this.transport.send(userControlMessage({ event: 'StreamBegin', messageStreamId: 0 }))
    this.transport.send(commandMessage('_result', this.connectTransactionId, properties, information))
    if (options.onBWDone ?? true) this.transport.send(callMessage('onBWDone', 0, [], this.objectEncoding))
    if (this.isClosed) return // the client takes nothing: that was too much
    this.phase = 'open'
    this.outbox.open()
    for (const message of this.held.take()) this.receive(message)
  }

  reject(info: StatusInfo): void {
    if (this.phase === 'closed') return
    this.requestToAnswer('reject')
    this.transport.announce()
    this.transport.send(commandMessage('_error', this.connectTransactionId, null, statusObject(info)))
    this.transport.send(commandMessage('close', 0, null))
    this.finish()
  }

  result(call: IncomingCall, value: AmfValue): void {
    if (this.dispatcher.answered(call)) this.reply(call, value)
  }

  error(call: IncomingCall, info: StatusInfo): void {
    if (this.dispatcher.answered(call)) this.refuse(call, info)
  }

  call(name: string, args: readonly AmfValue[], onAnswer?: (answer: CallAnswer) => void): void {
    if (onAnswer === undefined) {
      this.notify(name, args)
      return
    }
    if (this.phase === 'closed' || this.phase === 'waiting') {
      onAnswer(callFailed(name, 'the connection is closed'))
      return
    }
    const transactionId = this.calls.add(name, onAnswer)
    if (transactionId === undefined) return
    const isSent = this.post(() => callMessage(name, transactionId, args, this.objectEncoding))
    if (!isSent) this.calls.settle(transactionId, callFailed(name, 'an argument cannot be encoded'))
  }

  callCommon(call: CommonCall): void {
    this.outbox.postCommon(call, this.objectEncoding)
  }

  status(info: StatusInfo): void {
    this.post(() => statusMessage(statusObject(info), 0))
  }

  sendSharedObject(message: SharedObjectMessage): void {
    this.post(() => sharedObjectMessage(message, this.objectEncoding))
  }

  ping(timeoutMs: number, answered: (isAlive: boolean) => void): void {
    if (this.phase === 'closed') answered(false)
    else this.liveness.ping(timeoutMs, answered)
  }

  close(): void {
    if (this.phase === 'closed') return
    this.transport.send(callMessage('close', 0, [], this.objectEncoding))
    this.finish()
  }

  // For the streams

  send(message: ChunkedMessage): void {
    if (this.phase === 'open') this.transport.send(message)
  }

  /** @returns false when a value has no form in the client's encoding: nothing was sent */
  post(encode: () => ChunkedMessage): boolean {
    return this.outbox.post(encode)
  }

  /** Told once for all streams: a client makes as many as it likes, one after the other. */
  mediaDropped(messageStreamId: number): void {
    if (this.hasDroppedMedia) return
    this.hasDroppedMedia = true
    const about = { connection: this.id, stream: messageStreamId }
    this.log.info(about, 'media of a stream that does not publish is dropped')
  }

  // For the commands

  connect(command: Command): void {
    if (this.request !== undefined) {
      this.refuse(command, statusOf('NetConnection.Connect.Rejected', 'The client is connected already.'))
      return
    }
    const request = parseConnect(command.commandObject, command.rest)
    this.request = request
    this.objectEncoding = request.objectEncoding
    this.connectTransactionId = command.transactionId
    this.phase = 'deciding'
    this.outbox.hold()
    this.handler.connect(request)
  }

  reply(call: IncomingCall, value: AmfValue): void {
    const { name, transactionId } = call
    if (transactionId === 0) return
    const isSent = this.post(() => callMessage('_result', transactionId, [value], this.objectEncoding))
    if (!isSent) this.refuse(call, callFailure(name, 'its result cannot be encoded'))
  }

  refuse({ transactionId }: IncomingCall, info: StatusInfo): void {
    if (transactionId === 0) return
    this.post(() => callMessage('_error', transactionId, [statusObject(info)], this.objectEncoding))
  }

  notify(name: string, args: readonly AmfValue[]): void {
    this.post(() => callMessage(name, 0, args, this.objectEncoding))
  }

  settle(transactionId: number, answer: CallAnswer): boolean {
    return this.calls.settle(transactionId, answer)
  }

  answerPing(timestamp: number): void {
    this.transport.send(userControlMessage({ event: 'PingResponse', timestamp }))
  }

  finish(): void {
    this.transport.end()
    this.closed('finished')
  }

  lose(reason: string): void {
    this.log.info({ connection: this.id }, `closed: ${reason}`)
    this.closed('lost')
    this.transport.end()
  }

  // Inside

  private requestToAnswer(what: string): ConnectRequest {
    if (this.phase !== 'deciding' || this.request === undefined)
      throw new StateError('STATE_ORDER', `${what}: no connect waits for an answer`)
    return this.request
  }

  private hold(message: Message): void {
    try {
      this.held.push(message)
    } catch (error) {
      if (!(error instanceof LimitError)) throw error
      const reason = 'too much was sent before connect was answered'
      this.log.warn({ connection: this.id, limit: error.limitName }, reason)
      this.reject(statusOf('NetConnection.Connect.Rejected', `Connection failed: ${reason}.`))
    }
  }

  private sendPing(): void {
    const timestamp = this.timers.clock.now() >>> 0
    this.transport.send(userControlMessage({ event: 'PingRequest', timestamp }))
  }
}

function isPing({ type, payload }: Message): boolean {
  if (type !== MessageType.UserControl) return false
  return payload[1] === UserControlType.PingRequest || payload[1] === UserControlType.PingResponse
}
