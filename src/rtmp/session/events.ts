/**
 * The border of the RTMP session layer: what a server session reports and what it can be told.
 * Nothing here assumes a byte stream: an RTMFP session can yield the same events.
 */
import type { AmfObject, AmfValue } from '../../amf/value.js'
import type { ChunkedMessage, Message } from '../wire/message.js'
import type { SharedObjectMessage } from '../wire/shared-object.js'
import type { CommonCall } from './common-call.js'

/** Carries whole messages to one peer. */
export interface MessageTransport {
  send(message: ChunkedMessage): void
  /** Bytes that were cut before, with the out-chunk size that all connections share. Shared: never changed. */
  sendCut(bytes: Uint8Array): void
  /** Media that was cut before, shared: goes out now, behind all that was sent before. */
  sendMedia(bytes: Uint8Array): void
  /** Bytes queued and not yet taken by the peer, as far as is known. */
  readonly queuedBytes: number
  /**
   * Bytes that the peer is not known to have taken, from its acknowledgements and its answers to pings that travel with
   * the media; never less than it is known not to have taken.
   */
  readonly outstandingBytes: number
  /** The most that should be outstanding so that what follows arrives soon; undefined: the peer keeps up. */
  readonly allowanceBytes?: number | undefined
  /** Media is held back for want of room. @param isLate it has waited for long, or was dropped */
  held?(isLate: boolean): void
  /**
   * What the peer sends is wanted in so many ms only: it may wait on the way, to be read at once.
   * @returns whether it does, for that long or less; false where it cannot, where much comes, or half a message has come
   */
  rest?(ms: number): boolean
  /** Called whenever `outstandingBytes` may have become less. @returns stop */
  onDrain(listener: () => void): () => void
  /** Send what is queued, then close. May be called twice. */
  end(): void
}

export interface ConnectRequest {
  /** First segment of the path, without query; "" when the client named none. */
  readonly app: string
  /** The rest of the path; "" for none and for `_definst_`. May hold "/". */
  readonly instance: string
  /** Of `app` or `tcUrl`, decoded. Never logged: tokens live here. */
  readonly query: ReadonlyMap<string, string>
  readonly tcUrl: string
  readonly flashVersion: string
  readonly pageUrl: string
  readonly swfUrl: string
  readonly objectEncoding: 0 | 3
  /** FMLE and its like (ffmpeg, OBS, GStreamer): publishes, is no person to talk to. */
  readonly isEncoder: boolean
  /** The client announced E-RTMP reconnect (capsEx bit 0). */
  readonly canReconnect: boolean
  readonly commandObject: AmfObject
  /** What the application passed after the URL. */
  readonly args: readonly AmfValue[]
}

export interface IncomingCall {
  readonly name: string
  /** 0: the caller wants no answer, and gets none. */
  readonly transactionId: number
  readonly args: readonly AmfValue[]
  /** 0 for the connection, else the stream that the command named. */
  readonly messageStreamId: number
}

export type PublishType = 'live' | 'record' | 'append'

export interface PlayRequest {
  readonly name: string
  readonly query: string
  /** Seconds × 1000 as the player means it: -2000 live or recorded, -1000 live, ≥ 0 an offset in ms. */
  readonly startMs: number
  /** ms; negative for all, 0 for one picture. */
  readonly durationMs: number
  /** `reset` drops what plays and what is queued, `append` queues, `switch` takes the place of what plays (play2). */
  readonly how: 'reset' | 'append' | 'switch'
}

/** What was played, when it is over. */
export interface Played {
  readonly durationMs: number
  readonly bytes: number
  /** Stream time of its end, ms, u32. */
  readonly atMs: number
}

export type StatusLevel = 'status' | 'warning' | 'error'

export interface StatusInfo {
  readonly level: StatusLevel
  readonly code: string
  readonly description: string
  /** Further properties, in order, e.g. details, clientid, application. */
  readonly extra?: Readonly<Record<string, AmfValue>>
}

/**
 * What one connection reports. Calls come in the order of the wire. A handler may call back into the connection
 * from within any of them.
 */
export interface NetConnectionHandler {
  /** Once. Answer with `accept` or `reject`, now or later; what the client pipelines waits meanwhile. */
  connect(request: ConnectRequest): void
  /** Any command that is not the protocol's own. With transactionId > 0 answer by `result` or `error`. */
  call(call: IncomingCall): void
  sharedObject(message: SharedObjectMessage): void
  /** Answer with `stream.publishStarted` or `publishRefused`; media is held meanwhile. */
  publish(stream: NetStream, name: string, query: string, type: PublishType): void
  /**
   * The publisher stopped: by command, by deleting the stream or by closing. Once per publish that was not refused
   * and has not ended, also when the client gave up before it was answered. The name is free when it returns.
   * @param finished to be called when all of it is done (recorded): it tells the client, if there is something to tell
   */
  unpublish(stream: NetStream, finished: () => void): void
  /**
   * Answer with `playStarted` when it is its turn, or `playRefused`. Further plays come as `how` says, without a
   * `stop` before them.
   */
  play(stream: NetStream, request: PlayRequest): void
  /** The player stopped, and drops what is queued: closeStream, deleteStream, play(false), or closing. */
  stop(stream: NetStream): void
  /** pause/pauseRaw. Pause.Notify or Unpause.Notify has been sent. @param atMs the client's time; undefined: unknown */
  pause(stream: NetStream, isPaused: boolean, atMs: number | undefined): void
  /** Answer with `seekStarted`, or by status: NetStream.Seek.Failed, NetStream.Seek.InvalidTime. */
  seek(stream: NetStream, toMs: number): void
  receive(stream: NetStream, kind: 'audio' | 'video', wanted: boolean): void
  setBufferLength(stream: NetStream, ms: number): void
  /** Audio, video or data (types 8, 9, 18, 15; aggregates unpacked) of a stream whose publish was accepted. Shared bytes. */
  media(stream: NetStream, message: Message): void
  /** getStreamLength / getMovLen. @param answered with seconds, 0 for live; now or later, once */
  streamLength(name: string, query: string, answered: (seconds: number) => void): void
  /**
   * The connection is over; the last call. `finished`: the client closed in order; `lost`: reset, time-out or error.
   * `unpublish` and `stop` for open streams came before.
   */
  closed(how: 'finished' | 'lost'): void
}

/** One message stream of a connection, made by createStream. What is sent on it after it was deleted goes nowhere. */
export interface NetStream {
  readonly id: number
  /** Name it publishes or plays, "" when idle. In a playlist the one that began last. */
  readonly name: string
  /** Publishing and playing from the command on, answered or not. */
  readonly state: 'idle' | 'publishing' | 'playing'
  /** What the client has set: it holds for what is played next, too. */
  readonly wants: { readonly audio: boolean; readonly video: boolean }
  readonly isPaused: boolean
  readonly bufferLengthMs: number

  /** StreamBegin and NetStream.Publish.Start; held media follows to the handler. */
  publishStarted(): void
  /** onStatus of that code (BadName…); the stream is idle again and held media is dropped. */
  publishRefused(info: StatusInfo): void
  /** Its name was taken from it: Unpublish.Success, and the stream is idle. */
  publishEnded(): void

  /**
   * [StreamIsRecorded], StreamBegin, Play.Reset when asked, Play.Start, |RtmpSampleAccess, NetStream.Data.Start: in
   * FMS's order. For `switch` the end of the transition instead.
   */
  playStarted(request: PlayRequest, isRecorded?: boolean): void
  /** Nothing of it can be played: the status, and the stream is idle again. */
  playRefused(info: StatusInfo, name?: string): void
  /** onPlayStatus NetStream.Play.Switch: the next of the playlist follows. @param atMs stream time of what ended */
  playSwitched(atMs: number): void
  /**
   * onPlayStatus NetStream.Play.Complete, StreamEOF, NetStream.Play.Stop. In this order because librtmp and ffmpeg
   * close at the last. The client can seek, or play more.
   */
  playCompleted(played: Played): void
  /** What was sent is void, Seek.Notify, Play.Start; the media from there follows. */
  seekStarted(toMs: number): void

  /** onStatus on this stream; `details` and `clientid` are added. @param details the name by default */
  status(info: StatusInfo, details?: string): void
  /** A media or data message to the player, cut for it alone. */
  send(message: Message): void
}

export type CallAnswer =
  | { readonly ok: true; readonly value: AmfValue }
  /** `isUnanswered`: the peer has not refused it, it has not answered in time or could not be asked. */
  | { readonly ok: false; readonly info: AmfValue; readonly isUnanswered?: boolean }

/** What a server does with a connected client. After `closed` every method is a no-op. */
export interface NetConnection {
  /** Opaque short text, unique on this node. */
  readonly id: string
  readonly objectEncoding: 0 | 3
  readonly isOpen: boolean
  /** The client said that it understands `NetConnection.Connect.ReconnectRequest`. */
  readonly canReconnect: boolean
  readonly transport: MessageTransport

  /**
   * WindowAck, PeerBandwidth, SetChunkSize, StreamBegin(0), `_result`, and `onBWDone` unless told not to; then
   * everything that was held. @param extra properties added to the info object (nick, uniform)
   */
  accept(extra: Readonly<Record<string, AmfValue>>, options?: { readonly onBWDone?: boolean }): void
  /** `_error`, `close`, and the end of the connection after the flush. */
  reject(info: StatusInfo): void

  result(call: IncomingCall, value: AmfValue): void
  error(call: IncomingCall, info: StatusInfo): void
  /** Call a method of the client; without `onAnswer` with transaction 0. Time-out and close answer `ok: false`. */
  call(name: string, args: readonly AmfValue[], onAnswer?: (answer: CallAnswer) => void): void
  /** A call that many clients get; as `call` without an answer. */
  callCommon(call: CommonCall): void
  /** onStatus on stream 0. */
  status(info: StatusInfo): void
  sendSharedObject(message: SharedObjectMessage): void
  /** Is anybody there? Answered by a PingResponse or any byte. */
  ping(timeoutMs: number, answered: (isAlive: boolean) => void): void
  /** `close` command and the end of the connection. */
  close(): void
}
