/** In a worker: a client's socket. Messages go to the primary, which answers with messages; media is written here. */
import type { Duplex } from 'node:stream'
import { BeforeConnect } from '../../rtmp/session/before-connect.js'
import { RtmpByteStream } from '../../rtmp/session/byte-stream.js'
import { decodeCommand } from '../../rtmp/wire/message/command.js'
import { MessageType } from '../../rtmp/wire/message.js'
import type { ChunkedMessage } from '../../rtmp/wire/message.js'
import { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import type { Log } from '../../util/log.js'
import type { Timers } from '../../util/timers.js'
import type { Turn } from '../../util/turn.js'
import { nodeCrypto } from '../crypto.js'
import { guarded } from '../guard.js'
import { SocketOutlet, SocketSink } from '../socket-outlet.js'
import type { Unfinished } from '../unfinished.js'
import { type FrameStream, ToPrimary, messageBody } from './frames.js'

export interface WorkerServices {
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly frames: FrameStream
  readonly unfinished: Unfinished
}

const HEARD_MS = 1_000
const QUEUED_STEP_BYTES = 32_768

export class WorkerConnection {
  readonly stream: RtmpByteStream
  private readonly outlet: SocketOutlet
  private readonly beforeConnect: BeforeConnect
  /** A connect command has come. */
  private isRequested = false
  private lastHeard = -Infinity
  private toldQueued = 0

  /** @param over told once, last */
  constructor(
    private readonly id: number,
    socket: Duplex,
    remoteAddress: string,
    private readonly services: WorkerServices,
    over: () => void,
  ) {
    const { timers, turn, limits, log, frames } = services
    const outlet = new SocketOutlet(socket, turn)
    this.outlet = outlet
    const sink = new SocketSink(outlet, ({ message: reason }) =>
      log.warn({ connection: id, remoteAddress, reason }, 'RTMP connection closed'),
    )
    this.stream = new RtmpByteStream(
      { role: 'server', sink, timers, limits, crypto: nodeCrypto },
      {
        ready: () => this.beforeConnect.begin(),
        heard: () => this.heard(),
        receive: (message) => this.forward(message),
        over: (how) => {
          this.beforeConnect.end()
          frames.send(ToPrimary.Closed, id, Uint8Array.of(how === 'finished' ? 1 : 0))
          over()
        },
      },
    )
    this.beforeConnect = new BeforeConnect(this.stream, timers, limits, () => this.isRequested)
    socket.once('close', services.unfinished.watch(this.stream))
    this.listen(socket)
  }

  receive(bytes: Uint8Array): void {
    if (!guarded(this.services.log, () => this.stream.receive(bytes))) this.outlet.abort()
    this.beforeConnect.received()
  }

  /** After anything was written, or the socket took something: the primary's picture is to be about right. */
  tellQueued(): void {
    const queued = this.stream.queuedBytes
    const difference = Math.abs(queued - this.toldQueued)
    if (difference < QUEUED_STEP_BYTES && !(queued === 0 && difference > 0)) return
    this.toldQueued = queued
    const body = Buffer.allocUnsafe(4)
    body.writeUInt32BE(queued)
    this.services.frames.send(ToPrimary.Queued, this.id, body)
  }

  private listen(socket: Duplex): void {
    let failed = false
    const ended = (how: 'finished' | 'lost'): boolean =>
      guarded(this.services.log, () => this.stream.ended(how))
    socket.on('data', (bytes: Buffer) => this.receive(bytes))
    socket.on('drain', () => this.tellQueued())
    socket.on('error', () => (failed = true))
    socket.on('end', () => ended('finished'))
    socket.on('close', () => ended(failed ? 'lost' : 'finished'))
  }

  private heard(): void {
    const now = this.services.timers.clock.now()
    if (now - this.lastHeard < HEARD_MS) return
    this.lastHeard = now
    this.services.frames.send(ToPrimary.Heard, this.id)
  }

  private forward(message: ChunkedMessage): void {
    const { frames, limits } = this.services
    this.isRequested ||= isConnect(message, limits)
    frames.send(ToPrimary.Message, this.id, ...messageBody(message))
  }
}

function isConnect(message: ChunkedMessage, limits: Limits): boolean {
  if (message.type !== MessageType.Command && message.type !== MessageType.CommandAmf3) return false
  try {
    return decodeCommand(message, limits).commandName === 'connect'
  } catch (error) {
    if (error instanceof GatewayError) return false // the primary closes the connection for it
    throw error
  }
}
