/**
 * RTMP over an ordered stream of bytes (TCP, TLS, WebSocket, HTTP tunnel), either side: handshake, chunks, chunk
 * size, acknowledgements and peer bandwidth [RTMP §5; rtmp.md 2]. Sans-io: bytes in by `receive`, out by the sink.
 *
 *   handshake ── last byte ──▶ running ── end, ended, fail ──▶ over
 *
 * It never throws for what the peer did: the error goes to the sink once, after that it is silent. What happened is
 * told by the listener; each of its methods is called with the state complete.
 */
import { LimitError, TransportError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Timer, Timers } from '../../util/timers.js'
import { ChunkDecoder } from '../wire/chunk/decoder.js'
import { DEFAULT_CHUNK_SIZE, OUT_CHUNK_SIZE, cut } from '../wire/chunk/encoder.js'
import { ClientHandshake, ServerHandshake } from '../wire/handshake.js'
import type { Ciphers, Crypto, HandshakeForm } from '../wire/handshake.js'
import { UserControlType, decodeControl, encodeControl } from '../wire/message/index.js'
import type { ControlMessage } from '../wire/message/index.js'
import type { ChunkedMessage } from '../wire/message.js'
import { MessageType } from '../wire/message.js'
import { ReceiveWindow, SendWindow } from './ack-window.js'
import { PEER_BANDWIDTH, WINDOW_TO_CLIENT } from './constants.js'
import type { MessageTransport } from './events.js'
import { readUserControl } from './incoming.js'
import { LineWatch } from './line-watch.js'
import { userControlMessage } from './outgoing.js'
import { RestGauge } from './rest-gauge.js'

/** Where the bytes go. */
export interface ByteSink {
  /** Shared: never changed after this call. */
  send(bytes: Uint8Array): void
  /** As `send`, and without waiting for more: media, which has been gathered before. As `send` where it makes no difference. */
  sendNow?(bytes: Uint8Array): void
  /** Flush, then close; sees to it that it is over in bounded time even if the peer never reads. */
  end(): void
  /** Close at once because of the error. `end` or `fail` is called once, and nothing after it. */
  fail(error: Error): void
  /** Bytes sent and not yet taken by the peer, as far as the socket knows. */
  queuedBytes(): number
  /** Leave what comes where it is for so long, or less. @returns false: it goes on coming */
  rest?(ms: number): boolean
}

export interface ByteStreamListener {
  /** The handshake is over. */
  ready(): void
  /** Bytes came after the handshake; called before their messages. */
  heard(): void
  /** The next message that is not about chunks. Payload shared. */
  receive(message: ChunkedMessage): void
  /** We give up because of the error, before the sink is told. */
  failed?(error: Error): void
  /** Nothing comes any more: the peer closed in order, or the connection failed. Our own `end` counts as in order. */
  over(how: 'finished' | 'lost'): void
}

export interface ByteStreamOptions {
  readonly role: 'server' | 'client'
  readonly sink: ByteSink
  readonly timers: Timers
  readonly limits: Limits
  readonly crypto: Crypto
  /** Of a client; `simple` by default. A server answers in kind. */
  readonly handshake?: HandshakeForm
}

/** The chunk stream's own messages; all others go to the listener. */
const chunkControl: ReadonlySet<number> = new Set([
  MessageType.SetChunkSize,
  MessageType.Abort,
  MessageType.Acknowledgement,
  MessageType.WindowAcknowledgementSize,
  MessageType.SetPeerBandwidth,
])

export class RtmpByteStream implements MessageTransport {
  private readonly sink: ByteSink
  private readonly limits: Limits
  private readonly decoder: ChunkDecoder
  private readonly handshakeTimer: Timer
  private readonly incoming = new ReceiveWindow()
  private readonly outgoing = new SendWindow()
  private readonly watch: LineWatch
  private readonly restGauge: RestGauge
  private readonly drainListeners = new Set<() => void>()
  private handshake: ServerHandshake | ClientHandshake | undefined
  /** RTMPE, once the handshake is over. */
  private ciphers: Ciphers | undefined
  private isOver = false
  private chunkSize = DEFAULT_CHUNK_SIZE
  /** What the socket held after the last write, or when it was last asked. */
  private socketBytes = 0
  /** Our Window Acknowledgement Size; 0 until announced. */
  private ownWindow = 0

  constructor(
    options: ByteStreamOptions,
    private readonly listener: ByteStreamListener,
  ) {
    const { role, sink, timers, limits, crypto } = options
    this.sink = sink
    this.limits = limits
    this.watch = new LineWatch(timers.clock, (timestamp) =>
      this.send(userControlMessage({ event: 'PingRequest', timestamp })),
    )
    this.restGauge = new RestGauge(timers.clock)
    this.decoder = new ChunkDecoder((message) => this.receiveMessage(message), limits)
    this.handshakeTimer = timers.after(limits.handshakeMs, () => {
      this.fail(new TransportError('TRANSPORT_TIMEOUT', 'the handshake took too long'))
    })
    const timestamp = timers.clock.now() >>> 0
    if (role === 'server') this.handshake = new ServerHandshake(crypto, timestamp)
    else {
      const handshake = new ClientHandshake(crypto, timestamp, options.handshake)
      this.handshake = handshake
      this.write(handshake.start())
    }
  }

  /** All bytes received, handshake included. */
  get receivedBytes(): number {
    return this.incoming.receivedBytes
  }

  /** Bytes that have come of messages whose end has not. */
  get unfinishedBytes(): number {
    return this.decoder.unfinishedBytes
  }

  /** All bytes given to the sink. */
  get writtenBytes(): number {
    return this.outgoing.writtenBytes
  }

  /** How many of them the peer acknowledged; 0 for the many that never do. */
  get acknowledgedBytes(): number {
    return this.outgoing.acknowledgedBytes
  }

  /** The larger of what the socket has not sent and what the peer should have acknowledged by now. */
  get queuedBytes(): number {
    return Math.max(this.sink.queuedBytes(), this.outgoing.overdueBytes(this.ownWindow))
  }

  get outstandingBytes(): number {
    const { outgoing, watch } = this
    const { writtenBytes } = outgoing
    // asked for every player and flush: what was empty after the last write is empty still
    if (this.socketBytes > 0) this.socketBytes = this.sink.queuedBytes()
    const overdue = Math.min(outgoing.overdueBytes(this.ownWindow), writtenBytes - watch.takenBytes)
    return Math.max(this.socketBytes, overdue, watch.outstanding(writtenBytes))
  }

  get allowanceBytes(): number | undefined {
    return this.watch.allowanceBytes
  }

  held(isLate: boolean): void {
    if (!this.isOver && this.handshake === undefined) this.watch.held(this.writtenBytes, isLate)
  }

  rest(ms: number): boolean {
    const { restGauge, receivedBytes, decoder, sink } = this
    const isLittle = restGauge.allows(ms, receivedBytes)
    return isLittle && !this.isOver && !decoder.isUnfinished && sink.rest?.(ms) === true
  }

  onDrain(listener: () => void): () => void {
    this.drainListeners.add(listener)
    return () => this.drainListeners.delete(listener)
  }

  /** The socket has sent what it held. */
  drained(): void {
    for (const listener of this.drainListeners) listener()
  }

  /** The next bytes of the peer, in order. Shared: payloads may be views of them. */
  receive(bytes: Uint8Array): void {
    if (this.isOver) return
    try {
      this.take(bytes)
    } catch (error) {
      // a bug of ours too ends this connection and no other
      this.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The peer closed its side, or the socket broke. */
  ended(how: 'finished' | 'lost'): void {
    if (this.isOver) return
    this.stop()
    this.sink.end()
    this.listener.over(how)
  }

  send(message: ChunkedMessage): void {
    if (this.isOver || this.handshake !== undefined) return
    this.write(cut(message, this.chunkSize))
  }

  sendCut(bytes: Uint8Array): void {
    if (this.isOver || this.handshake !== undefined) return
    this.write(bytes)
  }

  sendMedia(bytes: Uint8Array): void {
    if (this.isOver || this.handshake !== undefined) return
    this.write(bytes, true)
    this.watch.wrote(this.writtenBytes)
  }

  /** Window, bandwidth and chunk size, as a server does before it answers connect; a client has no bandwidth to give. */
  announce(withBandwidth = true): void {
    this.ownWindow = WINDOW_TO_CLIENT
    this.sendControl({ kind: 'windowAcknowledgementSize', windowSize: WINDOW_TO_CLIENT })
    if (withBandwidth)
      this.sendControl({ kind: 'setPeerBandwidth', windowSize: PEER_BANDWIDTH, limitType: 'dynamic' })
    this.sendControl({ kind: 'setChunkSize', chunkSize: OUT_CHUNK_SIZE })
    this.chunkSize = OUT_CHUNK_SIZE
  }

  end(): void {
    if (this.isOver) return
    this.stop()
    this.sink.end()
    this.listener.over('finished')
  }

  fail(error: Error): void {
    if (this.isOver) return
    this.stop()
    this.listener.failed?.(error)
    this.sink.fail(error)
    this.listener.over('lost')
  }

  private stop(): void {
    this.isOver = true
    this.handshakeTimer.cancel()
  }

  private take(bytes: Uint8Array): void {
    const sequenceNumber = this.incoming.receive(bytes.length)
    const { handshake } = this
    if (handshake !== undefined) this.receiveHandshake(handshake, bytes)
    else this.receiveChunks(bytes)
    if (sequenceNumber !== undefined) this.acknowledge(sequenceNumber)
  }

  private receiveHandshake(handshake: ServerHandshake | ClientHandshake, bytes: Uint8Array): void {
    const { reply, rest, ciphers } = handshake.receive(bytes)
    if (reply !== undefined) this.write(reply)
    if (rest === undefined || this.isOver) return
    this.handshake = undefined
    this.ciphers = ciphers
    this.handshakeTimer.cancel()
    this.listener.ready()
    this.receiveChunks(rest)
  }

  private receiveChunks(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.listener.heard()
    this.decoder.receive(this.ciphers?.incoming.apply(bytes) ?? bytes)
  }

  private receiveMessage(message: ChunkedMessage): void {
    if (this.isOver) return
    if (!chunkControl.has(message.type)) {
      if (!this.isAnsweredMark(message)) this.listener.receive(message)
    } else {
      const control = decodeControl(message)
      if (control !== undefined) this.receiveControl(control)
    }
  }

  private receiveControl(control: ControlMessage): void {
    if (control.kind === 'acknowledgement') this.receiveAcknowledgement(control.sequenceNumber)
    else if (control.kind === 'windowAcknowledgementSize') this.incoming.setPeerWindow(control.windowSize)
    else if (control.kind === 'setPeerBandwidth') this.answerBandwidth(control.windowSize)
  }

  private receiveAcknowledgement(sequenceNumber: number): void {
    this.outgoing.acknowledge(sequenceNumber)
    this.watch.acknowledged(this.outgoing.acknowledgedBytes)
    this.drained()
  }

  /** A PingResponse to a mark of the watch is of no interest to anybody else. */
  private isAnsweredMark(message: ChunkedMessage): boolean {
    const { type, payload } = message
    if (type !== MessageType.UserControl || payload[1] !== UserControlType.PingResponse) return false
    const control = readUserControl(message)
    if (control?.event !== 'PingResponse' || !this.watch.answered(control.timestamp)) return false
    this.drained()
    return true
  }

  /** The peer wants our window to be another one: say so if it is news [RTMP §5.4.5]. */
  private answerBandwidth(windowSize: number): void {
    if (windowSize === this.ownWindow || windowSize === 0) return
    this.ownWindow = windowSize
    this.sendControl({ kind: 'windowAcknowledgementSize', windowSize })
  }

  private acknowledge(sequenceNumber: number): void {
    this.sendControl({ kind: 'acknowledgement', sequenceNumber })
  }

  private sendControl(control: ControlMessage): void {
    this.send(encodeControl(control))
  }

  private write(bytes: Uint8Array, isMedia = false): void {
    this.outgoing.written(bytes.length)
    const sent = this.ciphers?.outgoing.apply(bytes) ?? bytes
    if (isMedia && this.sink.sendNow !== undefined) this.sink.sendNow(sent)
    else this.sink.send(sent)
    const { queueBytes } = this.limits
    const queued = this.sink.queuedBytes()
    this.socketBytes = queued
    if (queued > queueBytes) this.fail(new LimitError('queueBytes', queueBytes, queued))
  }
}
