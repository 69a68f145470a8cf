/** A server connection with everything around it faked: what it reports and what it sends are lines. */
import { ServerNetConnection } from '../../src/rtmp/session/net-connection.js'
import type { ServerTransport } from '../../src/rtmp/session/net-connection.js'
import type {
  ConnectRequest,
  IncomingCall,
  NetConnection,
  NetConnectionHandler,
  NetStream,
  PlayRequest,
} from '../../src/rtmp/session/events.js'
import type { ChunkedMessage, Message } from '../../src/rtmp/wire/message.js'
import { limitsWith } from '../../src/util/limits.js'
import type { Limits } from '../../src/util/limits.js'
import { silentLog } from '../../src/util/log.js'
import { FakeTime } from './fake-clock.js'
import { line, show } from './fake-rtmp-text.js'

/** Notes every report; answers at once unless told to wait. */
export class FakeHandler implements NetConnectionHandler {
  readonly reports: string[] = []
  readonly requests: ConnectRequest[] = []
  readonly calls: IncomingCall[] = []
  readonly streams: NetStream[] = []
  answersConnect = true
  answersStreams = true

  constructor(readonly connection: NetConnection) {}

  connect(request: ConnectRequest): void {
    this.requests.push(request)
    this.reports.push(`connect ${request.app}/${request.instance}`)
    if (this.answersConnect) this.connection.accept({})
  }

  call(call: IncomingCall): void {
    this.calls.push(call)
    this.reports.push(['call', call.name, call.transactionId, ...call.args.map(show)].join(' '))
  }

  sharedObject(message: { name: string; events: readonly { kind: string }[] }): void {
    this.reports.push(`object ${message.name} ${message.events.map(({ kind }) => kind).join(' ')}`)
  }

  publish(stream: NetStream, name: string, query: string, type: string): void {
    this.note(stream, `publish ${name} ${query} ${type}`)
    if (this.answersStreams) stream.publishStarted()
  }

  unpublish(stream: NetStream, finished: () => void): void {
    this.note(stream, 'unpublish')
    finished()
  }

  play(stream: NetStream, request: PlayRequest): void {
    this.note(stream, `play ${Object.values(request).join(' ')}`)
    if (this.answersStreams) stream.playStarted(request)
  }

  stop(stream: NetStream): void {
    this.note(stream, 'stop')
  }

  pause(stream: NetStream, isPaused: boolean, atMs: number | undefined): void {
    this.note(stream, `pause ${isPaused} ${atMs}`)
  }

  seek(stream: NetStream, toMs: number): void {
    this.note(stream, `seek ${toMs}`)
  }

  receive(stream: NetStream, kind: string, wanted: boolean): void {
    this.note(stream, `receive ${kind} ${wanted}`)
  }

  setBufferLength(stream: NetStream, ms: number): void {
    this.note(stream, `buffer ${ms}`)
  }

  media(stream: NetStream, message: Message): void {
    this.note(stream, `media ${line(message)}`)
  }

  streamLength(name: string, _query: string, answered: (seconds: number) => void): void {
    this.reports.push(`length ${name}`)
    answered(0)
  }

  closed(how: string): void {
    this.reports.push(`closed ${how}`)
  }

  private note(stream: NetStream, report: string): void {
    this.streams.push(stream)
    this.reports.push(`${stream.id}: ${report}`)
  }
}

/** Keeps what is sent. */
export class FakeTransport implements ServerTransport {
  readonly sent: ChunkedMessage[] = []
  readonly events: string[] = []
  queuedBytes = 0
  /** Called as a real transport does. */
  onOver: (how: 'finished' | 'lost') => void = () => undefined

  send(message: ChunkedMessage): void {
    this.sent.push(message)
    this.events.push(line(message))
  }

  sendCut(bytes: Uint8Array): void {
    this.events.push(`cut ${bytes.length}`)
  }

  sendMedia(bytes: Uint8Array): void {
    this.events.push(`media ${bytes.length}`)
  }

  get outstandingBytes(): number {
    return this.queuedBytes
  }

  onDrain(): () => void {
    return () => undefined
  }

  announce(): void {
    this.events.push('announce')
  }

  end(): void {
    this.events.push('end')
    this.onOver('finished')
  }

  fail(error: Error): void {
    this.events.push(`fail ${error.message}`)
    this.onOver('lost')
  }
}

export interface ConnectionRig {
  readonly connection: ServerNetConnection
  readonly handler: FakeHandler
  readonly transport: FakeTransport
  readonly time: FakeTime
  /** Let the client send. */
  send(...messages: readonly Message[]): void
  /** What was sent to the client since last asked. */
  sent(): string[]
  /** What was reported to the handler since last asked. */
  reported(): string[]
}

export function connectionRig(overrides: Partial<Limits> = {}): ConnectionRig {
  const time = new FakeTime()
  const transport = new FakeTransport()
  const handlers: FakeHandler[] = []
  const connection = new ServerNetConnection(
    { id: 'c1', transport, timers: time.timers, limits: limitsWith(overrides), log: silentLog },
    (made) => {
      const handler = new FakeHandler(made)
      handlers.push(handler)
      return handler
    },
  )
  transport.onOver = (how) => connection.closed(how)
  const handler = handlers[0]!
  return {
    connection,
    handler,
    transport,
    time,
    send: (...messages) => {
      for (const message of messages) {
        connection.heard()
        connection.receive(message)
      }
    },
    sent: () => transport.events.splice(0),
    reported: () => handler.reports.splice(0),
  }
}
