/** A socket, or a WebSocket as a stream, with an RTMP client at the other end. */
import type { Duplex } from 'node:stream'
import { RtmpServerSession } from '../rtmp/session/server-session.js'
import type { NetConnection, NetConnectionHandler } from '../rtmp/session/events.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import type { Timers } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import { nodeCrypto } from './crypto.js'
import { guarded } from './guard.js'
import type { ReadRests } from './read-rests.js'
import { SocketOutlet, SocketSink } from './socket-outlet.js'
import type { Unfinished } from './unfinished.js'

export interface RtmpServices {
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly rests: ReadRests
  readonly unfinished: Unfinished
  /** Opaque short text, unique on this node. */
  newId(): string
  handlerFor(connection: NetConnection, remoteAddress: string): NetConnectionHandler
}

/** Serve the client until either side closes. The returned connection is for an orderly shutdown. */
export function serveRtmp(socket: Duplex, remoteAddress: string, services: RtmpServices): NetConnection {
  const { timers, turn, limits, log } = services
  const id = services.newId()
  const outlet = new SocketOutlet(socket, turn, services.rests)
  const failed = ({ message: reason }: Error): void =>
    log.warn({ connection: id, remoteAddress, reason }, 'RTMP connection closed')
  const sink = new SocketSink(outlet, failed)
  const session = new RtmpServerSession({ id, sink, timers, limits, log, crypto: nodeCrypto }, (connection) =>
    services.handlerFor(connection, remoteAddress),
  )
  socket.on('data', (bytes: Buffer) => {
    if (!guarded(log, () => session.receive(bytes))) outlet.abort()
  })
  socket.on('drain', () => guarded(log, () => session.drained()))
  socket.once('close', services.unfinished.watch(session))
  let isLost = false
  socket.on('error', () => (isLost = true))
  socket.on('end', () => guarded(log, () => session.ended('finished')))
  socket.on('close', () => guarded(log, () => session.ended(isLost ? 'lost' : 'finished')))
  return session.connection
}
