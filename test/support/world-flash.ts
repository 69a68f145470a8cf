/** A Flash client of a TestWorld: our client session against the server session, joined by bytes. */
import { AmfObject } from '../../src/amf/value.js'
import type { AmfValue } from '../../src/amf/value.js'
import { RtmpClientSession } from '../../src/rtmp/session/client-session.js'
import { RtmpServerSession } from '../../src/rtmp/session/server-session.js'
import type { CallAnswer, NetConnection } from '../../src/rtmp/session/events.js'
import type { Message } from '../../src/rtmp/wire/message.js'
import type { SharedObjectEvent, SharedObjectMessage } from '../../src/rtmp/wire/shared-object.js'
import type { Log } from '../../src/util/log.js'
import { silentLog } from '../../src/util/log.js'
import { limitsWith } from '../../src/util/limits.js'
import { TimerQueue } from '../../src/util/timers.js'
import { FakeSink } from './fake-pipe.js'
import { line, show } from './fake-rtmp-text.js'
import { testCrypto } from './rtmp-crypto.js'
import type { TestWorld } from './world.js'

export interface FlashOptions {
  /** With instance and query: "chat/lobby?user=ann". */
  readonly app?: string
  readonly args?: readonly AmfValue[]
  readonly objectEncoding?: 0 | 3
  readonly flashVersion?: string
  /** What it returns when it is called; it has no method that is not here. */
  readonly methods?: Readonly<Record<string, (...args: readonly AmfValue[]) => AmfValue>>
  readonly address?: string
  /** Done before the answer to connect is there. */
  readonly pipelined?: (client: WorldFlash) => void
  /** Of its connection; silent by default. */
  readonly log?: Log
}

let made = 0

export class WorldFlash {
  readonly session: RtmpClientSession
  readonly server: RtmpServerSession
  readonly lines: string[] = []
  readonly objects: SharedObjectMessage[] = []
  /** Answer to connect. */
  connected: CallAnswer | undefined
  /** How it ended, for the client. */
  closed: 'finished' | 'lost' | undefined
  /** A client that hears and says nothing any more, as one whose cable is out. */
  isDead = false
  private readonly toServer = new FakeSink()
  /** What the server writes to; tests make it fail. */
  readonly toClient = new FakeSink()
  private isServerTold = false
  private isClientTold = false

  constructor(
    readonly world: TestWorld,
    options: FlashOptions,
  ) {
    const timers = new TimerQueue(world.time.clock) // its own, which never run out
    const limits = limitsWith()
    const common = {
      timers: world.timers,
      limits: world.world.node.limits,
      log: options.log ?? silentLog,
    }
    this.server = new RtmpServerSession(
      { ...common, id: `c${++made}`, sink: this.toClient, crypto: testCrypto(1) },
      (connection: NetConnection) => world.world.flashClient(connection, options.address ?? '127.0.0.1'),
    )
    this.session = new RtmpClientSession(
      { sink: this.toServer, timers, limits, crypto: testCrypto(2) },
      {
        call: (name, args, answer) => {
          this.lines.push(['call', name, ...args.map(show)].join(' '))
          const method = options.methods?.[name]
          if (method !== undefined) answer({ ok: true, value: method(...args) })
          else answer({ ok: false, info: AmfObject.of({ code: 'NetConnection.Call.Failed' }) })
        },
        status: (info, id) => this.lines.push(`status ${id} ${codeOf(info)}`),
        sharedObject: (message) => {
          this.objects.push(message)
          this.lines.push(...message.events.map((event) => `so ${message.name} ${showEvent(event)}`))
        },
        media: (message) => this.lines.push(`media ${line(message)}`),
        userControl: ({ event, ...fields }) =>
          this.lines.push([event, ...Object.values(fields).map(String)].join(' ')),
        closed: (how) => (this.closed = how),
      },
    )
    const { app = 'chat/lobby', args = [], objectEncoding = 0, flashVersion } = options
    this.session.connect(
      {
        app,
        tcUrl: `rtmp://gw.example/${app}`,
        args,
        objectEncoding,
        ...(flashVersion && { flashVersion }),
      },
      (answer) => (this.connected = answer),
    )
    options.pipelined?.(this)
  }

  /** Carry what there is, both ways. @returns whether anything moved */
  exchange(): boolean {
    if (this.isDead) return false
    const toServer = this.toServer.take()
    const toClient = this.toClient.take()
    if (toServer.length > 0) this.server.receive(toServer)
    if (toClient.length > 0) this.session.receive(toClient)
    return toServer.length + toClient.length > 0 || this.tellEnd()
  }

  private tellEnd(): boolean {
    let isNews = false
    if (this.toServer.isOver && !this.isServerTold) {
      this.isServerTold = isNews = true
      this.server.ended(this.toServer.events[0] === 'end' ? 'finished' : 'lost')
    }
    if (this.toClient.isOver && !this.isClientTold) {
      this.isClientTold = isNews = true
      this.session.ended(this.toClient.events[0] === 'end' ? 'finished' : 'lost')
    }
    return isNews
  }

  /** The answer to connect in one line. */
  get outcome(): string {
    return answerText(this.connected)
  }

  /** A member of the information that connect was answered with. */
  info(name: string): AmfValue {
    const answer = this.connected
    const info = answer?.ok === true ? answer.value : answer?.info
    return info instanceof AmfObject ? info.get(name) : undefined
  }

  /** Call and settle. @returns the answer in one line, "nothing" when there is none yet */
  call(name: string, ...args: AmfValue[]): string {
    return this.ask(name, ...args)()
  }

  /** Call and settle. @returns what the answer is by then */
  ask(name: string, ...args: AmfValue[]): () => string {
    let answer: CallAnswer | undefined
    this.session.call(name, args, (given) => (answer = given))
    this.world.settle()
    return () => answerText(answer)
  }

  /** Call without wanting an answer. */
  tell(name: string, ...args: AmfValue[]): void {
    this.session.call(name, args)
    this.world.settle()
  }

  object(name: string, ...events: SharedObjectEvent[]): void {
    this.session.sendSharedObject({ name, version: 0, flags: 0, reserved: 0, events })
    this.world.settle()
  }

  use(name: string): this {
    this.object(name, { kind: 'use' })
    return this
  }

  set(name: string, slot: string, value: AmfValue): void {
    this.object(name, { kind: 'requestChange', slots: [{ name: slot, value }] })
  }

  stream(): number {
    let id = 0
    this.session.createStream((made) => (id = made ?? 0))
    this.world.settle()
    return id
  }

  publish(name: string, type: 'live' | 'record' | 'append' = 'live', id = this.stream()): number {
    this.session.publish(id, name, type)
    this.world.settle()
    return id
  }

  play(name: string, startMs?: number, id = this.stream()): number {
    this.session.play(id, name, startMs)
    this.world.settle()
    return id
  }

  command(id: number, name: string, ...args: AmfValue[]): void {
    this.session.streamCommand(id, name, args)
    this.world.settle()
  }

  send(message: Message): void {
    this.session.send(message)
    this.world.settle()
  }

  /** In order, as `nc.close()`. */
  close(): void {
    this.session.end()
    this.world.settle()
  }

  /** The connection breaks. */
  breaks(): void {
    this.isDead = true
    this.world.whenAwake(() => this.server.ended('lost'))
    this.world.settle()
  }

  /** What came since last asked. @param only lines that begin so */
  take(only = ''): string[] {
    return this.lines.splice(0).filter((text) => text.startsWith(only))
  }
}

export function codeOf(info: AmfValue): string {
  return info instanceof AmfObject ? text(info.get('code')) : show(info)
}

function text(value: AmfValue): string {
  return typeof value === 'string' ? value : show(value)
}

function answerText(answer: CallAnswer | undefined): string {
  if (answer === undefined) return 'nothing'
  if (answer.ok)
    return `result ${answer.value instanceof AmfObject ? codeOrShow(answer.value) : show(answer.value)}`
  const { info } = answer
  if (!(info instanceof AmfObject)) return `error ${show(info)}`
  return `error ${text(info.get('code'))}: ${text(info.get('description'))}`
}

function codeOrShow(value: AmfObject): string {
  const code = value.get('code')
  return typeof code === 'string' ? code : show(value)
}

function showEvent(event: SharedObjectEvent): string {
  switch (event.kind) {
    case 'change':
      return `change ${event.slots.map(({ name, value }) => `${name}=${show(value)}`).join(' ')}`
    case 'sendMessage':
      return ['send', event.handler, ...event.args.map(show)].join(' ')
    default: {
      const { kind, ...fields } = event
      return [kind, ...Object.values(fields).map((field) => JSON.stringify(field))].join(' ')
    }
  }
}
