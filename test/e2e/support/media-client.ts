/** A client of RTMP in this process, on a socket of its own: publishes, plays, calls, and can be rude about it. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { AmfObject } from '../../../src/amf/value.js'
import type { AmfValue } from '../../../src/amf/value.js'
import { RtmpClientSession } from '../../../src/rtmp/session/client-session.js'
import { MessageType } from '../../../src/rtmp/wire/message.js'
import type { Message } from '../../../src/rtmp/wire/message.js'
import { encodeData } from '../../../src/rtmp/wire/message/data.js'
import { TimerDriver } from '../../../src/server/clock.js'
import { nodeCrypto } from '../../../src/server/crypto.js'
import { limitsWith } from '../../../src/util/limits.js'
import { silentLog } from '../../../src/util/log.js'
import { Lines } from './lines.js'

/** What a stream of a client heard, as it came. */
export interface Heard {
  /** Code of an onStatus. */
  readonly status?: string
  /** Audio, video or data. */
  readonly message?: Message
}

/** One NetStream. */
export class MediaStream {
  readonly heard = new Lines<Heard>('stream', ({ status, message }) =>
    message === undefined ? (status ?? '') : `type ${message.type} at ${message.timestamp}`,
  )

  constructor(
    private readonly session: RtmpClientSession,
    readonly id: number,
  ) {}

  get messages(): Message[] {
    return this.heard.all.flatMap(({ message }) => message ?? [])
  }

  status(code: string | RegExp, timeoutMs?: number): Promise<Heard> {
    const wanted = ({ status = '' }: Heard): boolean =>
      typeof code === 'string' ? status === code : code.test(status)
    return this.heard.wait(wanted, 0, timeoutMs)
  }

  send(message: Omit<Message, 'messageStreamId'>): void {
    this.session.send({ ...message, messageStreamId: this.id })
  }

  /** NetStream.send, or `@setDataFrame`. */
  sendData(handler: string, ...args: readonly AmfValue[]): void {
    const type = MessageType.Data
    this.send({ type, timestamp: 0, payload: encodeData({ handler, args }, type) })
  }

  command(name: string, ...args: readonly AmfValue[]): void {
    this.session.streamCommand(this.id, name, args)
  }
}

export interface MediaClientOptions {
  /** What it never sends: types of messages. */
  readonly mute?: readonly number[]
  /** Of the server; 127.0.0.1 if nothing is said. */
  readonly host?: string
}

export class MediaClient {
  /** Calls of the server, with their arguments. */
  readonly calls = new Lines<string>('RTMP client')
  /** Why the connection ended: "closed", or what was wrong with what the server sent. */
  closedAs: string | undefined
  private readonly streams = new Map<number, MediaStream>()

  private constructor(
    readonly socket: Socket,
    private readonly session: RtmpClientSession,
    private readonly driver: TimerDriver,
  ) {}

  /** @param path "live" or "live/instance" */
  static connect(port: number, path: string, ...args: readonly AmfValue[]): Promise<MediaClient> {
    return MediaClient.connectAs({}, port, path, ...args)
  }

  static async connectAs(
    { mute = [], host = '127.0.0.1' }: MediaClientOptions,
    port: number,
    path: string,
    ...args: readonly AmfValue[]
  ): Promise<MediaClient> {
    const socket = connect({ port, host, noDelay: true })
    await once(socket, 'connect')
    const driver = new TimerDriver(silentLog)
    const made: { client?: MediaClient } = {} // the session may speak before there is one
    const session = new RtmpClientSession(
      {
        sink: {
          send: (bytes) => {
            if (made.client === undefined || !mute.includes(typeOf(bytes))) socket.write(bytes)
          },
          end: () => void socket.end(),
          fail: (error) => {
            if (made.client !== undefined) made.client.closedAs = String(error)
            socket.destroy()
          },
          queuedBytes: () => socket.writableLength,
        },
        timers: driver.timers,
        limits: limitsWith(),
        crypto: nodeCrypto,
      },
      {
        call: (name, values, answer) => {
          made.client?.calls.push([name, ...values.map(String)].join(' '))
          answer({ ok: true, value: null })
        },
        status: (info, id) => {
          const status =
            (info instanceof AmfObject ? (info.get('code') as string | undefined) : undefined) ?? ''
          made.client?.stream(id)?.heard.push({ status })
        },
        sharedObject: () => undefined,
        media: (message) => made.client?.stream(message.messageStreamId)?.heard.push({ message }),
        userControl: () => undefined,
        closed: () => made.client?.over(),
      },
    )
    const client = new MediaClient(socket, session, driver)
    made.client = client
    socket.on('data', (bytes) => session.receive(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => session.ended('lost'))
    await new Promise<void>((resolve, reject) => {
      const tcUrl = `rtmp://${host}:${port}/${path}`
      session.connect({ app: path, tcUrl, args }, ({ ok }) =>
        ok ? resolve() : reject(new Error(`the connection to ${path} was refused`)),
      )
    })
    return client
  }

  async createStream(): Promise<MediaStream> {
    const id = await new Promise<number | undefined>((resolve) => this.session.createStream(resolve))
    if (id === undefined) throw new Error('createStream was refused')
    const stream = new MediaStream(this.session, id)
    this.streams.set(id, stream)
    return stream
  }

  /** Resolves when it has started. @throws Error when it is refused, or after 10 s */
  async publish(name: string, type: 'live' | 'record' | 'append' = 'live'): Promise<MediaStream> {
    const stream = await this.createStream()
    this.session.publish(stream.id, name, type)
    const { status } = await stream.status(/^NetStream\.Publish\./)
    if (status !== 'NetStream.Publish.Start') throw new Error(`publish ${name}: ${status ?? ''}`)
    return stream
  }

  /** Resolves when it has started, media or not. @param startMs as for `RtmpClientSession.play` */
  async play(name: string, startMs = -2000): Promise<MediaStream> {
    const stream = await this.createStream()
    this.session.play(stream.id, name, startMs)
    const { status } = await stream.status(/^NetStream\.Play\.(Start|Failed|StreamNotFound)$/)
    if (status !== 'NetStream.Play.Start') throw new Error(`play ${name}: ${status ?? ''}`)
    return stream
  }

  call(name: string, ...args: readonly AmfValue[]): Promise<AmfValue> {
    return new Promise((resolve, reject) => {
      this.session.call(name, args, (answer) =>
        answer.ok ? resolve(answer.value) : reject(new Error(`${name} failed`)),
      )
    })
  }

  /** All that was sent has left this process. */
  async flushed(): Promise<void> {
    while (this.socket.writableLength > 0 && !this.socket.destroyed)
      await Promise.race([once(this.socket, 'drain'), once(this.socket, 'close')])
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return
    const isOver = once(this.socket, 'close')
    this.session.end()
    this.socket.destroy()
    await isOver
  }

  /** RST: what a crashed program or a cut line look like. */
  async reset(): Promise<void> {
    if (this.socket.destroyed) return
    const isOver = once(this.socket, 'close')
    this.socket.resetAndDestroy()
    await isOver
  }

  /** node-media-server sends media on message stream 0. */
  private stream(id: number): MediaStream | undefined {
    return this.streams.get(id) ?? (this.streams.size === 1 ? [...this.streams.values()][0] : undefined)
  }

  private over(): void {
    this.closedAs ??= 'closed'
    this.calls.end()
    for (const { heard } of this.streams.values()) heard.end()
    this.driver.stop()
  }
}

/** The type of the message that begins there: behind one byte of chunk header, time and length [RTMP §5.3.1.2.1]. */
function typeOf(chunk: Uint8Array): number {
  return chunk[7] ?? 0
}
