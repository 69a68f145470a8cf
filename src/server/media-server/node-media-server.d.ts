/** What we use of node-media-server 4.4.3, which has no types: internals, so its version is pinned exactly. */

declare module 'node-media-server/src/core/context.js' {
  import type { EventEmitter } from 'node:events'
  interface NmsSession {
    id: string
    ip: string
    protocol: string
    streamApp: string
    streamName: string
    streamPath: string
    inBytes: number
    sendBuffer(buffer: Buffer): void
    close(): void
  }
  interface NmsBroadcast {
    publisher: NmsSession | null
    subscribers: Map<string, NmsSession>
    publishGraceMs: number
    postPlay(session: NmsSession): string | null
    donePlay(session: NmsSession): void
    /** @returns why not */
    postPublish(session: NmsSession): string | null
    donePublish(session: NmsSession): void
    broadcastMessage(packet: unknown): void
  }
  const Context: {
    config: Record<string, unknown>
    sessions: Map<string, NmsSession>
    broadcasts: Map<string, NmsBroadcast>
    recordServer: unknown
    eventEmitter: EventEmitter
  }
  export type { NmsSession, NmsBroadcast }
  export default Context
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { log(message: string, level?: string): void }
  export default logger
}

declare module 'node-media-server/src/server/broadcast_server.js' {
  import type { NmsBroadcast } from 'node-media-server/src/core/context.js'
  const BroadcastServer: new (path: string) => NmsBroadcast
  export default BroadcastServer
}

declare module 'node-media-server/src/session/base_session.js' {
  import type { NmsSession } from 'node-media-server/src/core/context.js'
  const BaseSession: new () => NmsSession
  export default BaseSession
}

declare module 'node-media-server/src/session/rtsp_client_session.js' {
  import type { NmsSession } from 'node-media-server/src/core/context.js'
  import type { Socket } from 'node:net'
  interface ClientState {
    socket: Socket | null
    lastActivityTime: number
    recvBuffer: Buffer
    responseContentLength: number
  }
  interface RtspSession extends NmsSession {
    rtspClient: ClientState
    run(): Promise<void>
  }
  const RtspClientSession: new (config: { rtspUrl: string; streamPath: string }) => RtspSession
  export type { ClientState, RtspSession }
  export default RtspClientSession
}

declare module 'node-media-server/src/protocol/rtsp_client.js' {
  import type { ClientState } from 'node-media-server/src/session/rtsp_client_session.js'
  interface Client extends ClientState {
    handleData: (data: Buffer) => void
    connect: (this: Client, url: string) => Promise<void>
  }
  const RtspClient: { prototype: Client }
  export type { Client }
  export default RtspClient
}

declare module 'node-media-server/src/protocol/rtp_depayloader.js' {
  interface AvPacket {
    codec_type: number
    flags: number
    dts: number
    size: number
    data: Buffer
  }
  interface RtpPacket {
    marker: number | boolean
    payload: Buffer
  }
  interface Depayloader {
    feed: (this: Depayloader, packet: RtpPacket) => AvPacket[]
  }
  const RtpDepayloader: { prototype: Depayloader }
  export type { AvPacket, RtpPacket, Depayloader }
  export default RtpDepayloader
}

declare module 'node-media-server/src/protocol/flv.js' {
  const Flv: { parserTag(type: number, timestamp: number, size: number, data: Buffer): unknown }
  export default Flv
}

declare module 'node-media-server/src/api/handlers/password_hash.js' {
  const passwords: { hashPassword(password: string): string }
  export default passwords
}

declare module 'node-media-server' {
  import type { EventEmitter } from 'node:events'
  import type { Server } from 'node:http'
  import type { NmsSession } from 'node-media-server/src/core/context.js'
  class NodeMediaServer {
    constructor(config: Record<string, unknown>)
    httpServer: { httpServer: Server; wsServer: EventEmitter }
    recordServer: { run(): void; stop(): void }
    relayServer: { run(): void; stop(): void }
    historyServer: { run(): void; stop(): void }
    store: {
      options: { lock: boolean; signals: boolean }
      open(): Promise<void>
      close(): Promise<void>
    }
    on(event: string, listener: (session: NmsSession) => void): void
  }
  export default NodeMediaServer
}
