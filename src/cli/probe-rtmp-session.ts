/**
 * A client session of `probe` on a socket, with promises in front. It listens in on the bytes too, for what the session
 * settles by itself: the form of the handshake, windows, chunk size. (Not in RTMPE, where it hears noise.)
 */
import type { Duplex } from 'node:stream'
import type { AmfValue } from '../amf/value.js'
import { RtmpClientSession } from '../rtmp/session/client-session.js'
import type { ConnectOptions } from '../rtmp/session/client-session.js'
import type { CallAnswer } from '../rtmp/session/events.js'
import { ChunkDecoder } from '../rtmp/wire/chunk/decoder.js'
import { decodeControl } from '../rtmp/wire/message/index.js'
import type { ControlMessage } from '../rtmp/wire/message/index.js'
import type { HandshakeForm } from '../rtmp/wire/handshake.js'
import type { Message } from '../rtmp/wire/message.js'
import { TimerDriver } from '../server/clock.js'
import { nodeCrypto } from '../server/crypto.js'
import { noBytes } from '../util/bytes.js'
import { GatewayError, TransportError } from '../util/errors.js'
import { limitsWith } from '../util/limits.js'
import { silentLog } from '../util/log.js'
import { adviceByFirstBytes, showBytes, socketFailure, tooLate } from './probe-advice.js'
import { within } from './probe-connection.js'
import { BLOCK_LENGTH, HANDSHAKE_LENGTH } from './probe-handshake.js'
import { ProbeFailure } from './probe-report.js'
import { textProperty } from './probe-values.js'

type Announced = { [Kind in ControlMessage['kind']]?: Extract<ControlMessage, { kind: Kind }> }

const MAX_HEARD = 20
const SLACK_MS = 5_000 // the session's own limits come after ours, which say more

export class ProbeSession {
  /** What the server said about the chunk stream, the last of each kind. */
  readonly announced: Announced = {}
  /** Methods that the server called, and the codes of onStatus. */
  readonly heard: string[] = []

  private readonly session: RtmpClientSession
  private readonly driver = new TimerDriver(silentLog)
  private readonly decoder: ChunkDecoder
  /** C0 and C1: what was sent first. */
  private greeting: Uint8Array | undefined
  private readonly received = new Uint8Array(HANDSHAKE_LENGTH)
  private receivedLength = 0
  private onHandshake: (() => void) | undefined
  /** Rejects when the connection is over. */
  private readonly over: Promise<never>
  /** Nothing more to be overheard. */
  private isDeaf = false

  constructor(
    private readonly socket: Duplex,
    private readonly timeoutMs: number,
    private readonly form: HandshakeForm = 'simple',
  ) {
    let end: (reason: ProbeFailure) => void = () => undefined
    this.over = new Promise<never>((_resolve, reject) => (end = reject))
    this.over.catch(() => undefined) // who waits for something hears of it
    this.decoder = new ChunkDecoder((message) => this.overhear(message), limitsWith())
    this.session = this.newSession(end)
    socket.on('data', (bytes: Buffer) => this.receive(new Uint8Array(bytes)))
    socket.on('error', (error) => end(socketFailure('connection', error)))
    socket.on('close', () => {
      end(new ProbeFailure('the server closed the connection'))
      this.session.ended('finished')
    })
  }

  /** S0, S1 and S2, and the C1 that they answer. Shared. */
  async handshake(): Promise<{ readonly clientBlock: Uint8Array; readonly reply: Uint8Array }> {
    const advice =
      'the port may speak another protocol (RTMPS: try rtmps://), or a proxy holds the bytes back'
    await this.wait<undefined>('handshake', advice, (done) => {
      this.onHandshake = () => done(undefined)
    })
    const clientBlock = this.greeting?.subarray(1, 1 + BLOCK_LENGTH) ?? noBytes
    return { clientBlock, reply: this.received }
  }

  connect(options: ConnectOptions): Promise<CallAnswer> {
    const advice = 'the application may be starting, or waits for something behind it'
    return this.wait('connect', advice, (done) => this.session.connect(options, answered(done)))
  }

  call(name: string, args: readonly AmfValue[]): Promise<CallAnswer> {
    return this.wait(name, 'the server does not answer calls', (done) =>
      this.session.call(name, args, answered(done)),
    )
  }

  /** Close in order. @returns whether the server closed its side in time too */
  async close(graceMs: number): Promise<boolean> {
    const closed = new Promise<boolean>((resolve) => this.socket.once('close', () => resolve(true)))
    this.session.end()
    const isClosed = this.socket.closed
    return isClosed || within(graceMs, () => new ProbeFailure(''), closed).catch(() => false)
  }

  dispose(): void {
    this.session.ended('finished')
    this.driver.stop()
    this.socket.destroy()
  }

  private wait<T>(what: string, advice: string, start: (done: (result: T) => void) => void): Promise<T> {
    const result = new Promise<T>((resolve) => start(resolve))
    const late = (): ProbeFailure => tooLate(what, this.timeoutMs, advice)
    return within(this.timeoutMs, late, Promise.race([result, this.over]))
  }

  private newSession(end: (reason: ProbeFailure) => void): RtmpClientSession {
    const { socket, timeoutMs } = this
    const sink = {
      send: (bytes: Uint8Array) => {
        this.greeting ??= bytes
        socket.write(bytes)
      },
      end: () => {
        end(new ProbeFailure('the server asked to close the connection'))
        socket.end()
      },
      fail: (error: Error) => {
        end(this.failureOf(error))
        socket.destroy()
      },
      queuedBytes: () => socket.writableLength,
    }
    const limits = limitsWith({ handshakeMs: timeoutMs + SLACK_MS, callMs: timeoutMs + SLACK_MS })
    return new RtmpClientSession(
      { sink, timers: this.driver.timers, limits, crypto: nodeCrypto, handshake: this.form },
      {
        call: (name) => this.hear(name),
        status: (info) => this.hear(`onStatus ${textProperty(info, 'code')}`),
        sharedObject: () => undefined,
        media: () => undefined,
        userControl: () => undefined,
        closed: () => (this.isDeaf = true),
      },
    )
  }

  private hear(what: string): void {
    if (this.heard.length < MAX_HEARD) this.heard.push(what)
  }

  /** Bytes that are no RTMP: what else are they? */
  private failureOf(error: Error): ProbeFailure {
    if (!(error instanceof GatewayError) || error instanceof TransportError)
      return new ProbeFailure(error.message, '', [], { cause: error })
    const first = this.received.subarray(0, Math.min(64, this.receivedLength))
    const otherwise = 'the server breaks the protocol there; rtmpsyc decode chunks shows what a capture holds'
    const advice = adviceByFirstBytes(first[0] === 3 ? first.subarray(0, 0) : first, otherwise)
    const details = this.receivedLength < HANDSHAKE_LENGTH ? [`its first bytes: ${showBytes(first)}`] : []
    return new ProbeFailure(`no RTMP: ${error.message}`, advice, details, { cause: error })
  }

  /** The session may end while it reads: what it read is noted before. */
  private receive(bytes: Uint8Array): void {
    const { received, receivedLength } = this
    const missing = received.length - receivedLength
    received.set(bytes.subarray(0, missing), receivedLength)
    this.receivedLength += Math.min(missing, bytes.length)
    if (missing > 0 && bytes.length >= missing) this.onHandshake?.()
    if (bytes.length > missing) this.listenIn(bytes.subarray(missing))
    this.session.receive(bytes)
  }

  private listenIn(bytes: Uint8Array): void {
    if (this.isDeaf || this.form === 'rtmpe') return
    try {
      this.decoder.receive(bytes)
    } catch {
      this.isDeaf = true // the session says what is wrong
    }
  }

  private overhear(message: Message): void {
    try {
      const control = decodeControl(message)
      if (control !== undefined) Object.assign(this.announced, { [control.kind]: control })
    } catch {
      // as above
    }
  }
}

/** Only what the server answered: that nothing came is told by the time and by the end of the connection. */
function answered(done: (answer: CallAnswer) => void): (answer: CallAnswer) => void {
  return (answer) => {
    if (answer.ok || answer.isUnanswered !== true) done(answer)
  }
}
