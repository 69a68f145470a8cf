/** A worker: the sockets that the primary gives it, and the streams it is fed [design 10]. */
import type { Socket } from 'node:net'
import { Hub } from '../../media/hub.js'
import type { StreamSettings } from '../../media/hub.js'
import type { Seat } from '../../media/player.js'
import type { Publication } from '../../media/publication.js'
import type { Stream } from '../../media/stream.js'
import { decodeData } from '../../rtmp/wire/message/data.js'
import { MessageType } from '../../rtmp/wire/message.js'
import type { Message } from '../../rtmp/wire/message.js'
import type { PlayedStream } from '../../translate/hub-player.js'
import { HubPlayer } from '../../translate/hub-player.js'
import { RtmpForms } from '../../translate/rtmp-form.js'
import { readFeed } from './feed-form.js'
import { type FeedBody, type PlayBody, ToPrimary, ToWorker, dropsBody, readMessageBody } from './frames.js'
import type { Timer } from '../../util/timers.js'
import type { SocketMessage } from './departures.js'
import type { WorkerServices } from './worker-connection.js'
import { WorkerConnection } from './worker-connection.js'

/** A stream of the primary: here it has a publication for as long as it is published there. */
class WorkerFeed {
  readonly stream: Stream
  private publication: Publication | undefined

  constructor(id: number, hub: Hub, { app, instance, name }: FeedBody) {
    this.stream = hub.open({ key: String(id), app, instance, name })
  }

  publish(isPublished: boolean): void {
    this.publication?.end()
    this.publication = isPublished ? this.stream.publish({ replaced: () => undefined }) : undefined
  }

  media(bytes: Buffer, services: WorkerServices): void {
    for (const message of readFeed(bytes)) this.relay(message, services)
  }

  private relay(message: Message, { limits }: WorkerServices): void {
    const { publication } = this
    const { type } = message
    if (type === MessageType.Audio || type === MessageType.Video) publication?.media(message)
    else if (decodeData(message, limits).handler === 'onMetaData')
      publication?.metadata('onMetaData', message)
    else publication?.data(message)
  }
}

interface WorkerSeat {
  readonly connection: number
  readonly seat: Seat
  /** Drops that the primary knows. */
  toldDrops: number
}

const DROPS_MS = 1_000 // ours: how often the primary is told of drops

/** A client's stream as far as a player needs it: the primary sends the statuses. */
function silentStream(id: number): PlayedStream {
  return { id, name: '', status: () => undefined }
}

const kinds = ['audio', 'video'] as const
const NOT_SAID: StreamSettings = { gopCache: false, gatherMs: 0 } // a feed says it before it is opened

/** Does what the frames of the primary say. */
export class Worker {
  private readonly connections = new Map<number, WorkerConnection>()
  private readonly feeds = new Map<number, WorkerFeed>()
  private readonly seats = new Map<number, WorkerSeat>()
  private readonly forms: RtmpForms
  /** By app, as the primary last said. */
  private readonly settings = new Map<string, StreamSettings>()
  private readonly hub: Hub
  private dropsTimer: Timer | undefined

  constructor(private readonly services: WorkerServices) {
    const { timers, turn, limits, log } = services
    this.forms = new RtmpForms(limits)
    this.hub = new Hub({
      ...{ timers, turn, limits },
      settingsOf: (app) => this.settings.get(app) ?? NOT_SAID,
      failed: (error) => log.error({ err: error }, 'a player could not be served'),
    })
  }

  get size(): number {
    return this.connections.size
  }

  /** @param socket undefined: the client went before its socket arrived */
  take({ connection: id, remoteAddress, first }: SocketMessage, socket: Socket | undefined): void {
    if (socket === undefined) {
      this.services.frames.send(ToPrimary.Closed, id, Uint8Array.of(0))
      return
    }
    const connection = new WorkerConnection(id, socket, remoteAddress, this.services, () => this.forget(id))
    this.connections.set(id, connection)
    connection.receive(first)
    socket.resume()
  }

  receive(kind: number, id: number, body: Buffer): void {
    if (kind >= ToWorker.FeedOpen) this.receiveFeed(kind, id, body)
    else if (kind >= ToWorker.Play) this.receiveSeat(kind, id, body)
    else this.receiveConnection(kind, id, body)
  }

  private receiveConnection(kind: number, id: number, body: Buffer): void {
    const connection = this.connections.get(id)
    if (connection === undefined) return
    const { stream } = connection
    if (kind === ToWorker.Send) stream.send(readMessageBody(body))
    else if (kind === ToWorker.Cut) stream.sendCut(body)
    else if (kind === ToWorker.Announce) stream.announce()
    else if (kind === ToWorker.End) stream.end()
    else stream.fail(new Error('closed by the primary, which says why'))
    connection.tellQueued()
  }

  private receiveSeat(kind: number, id: number, body: Buffer): void {
    if (kind === ToWorker.Play) {
      this.play(id, JSON.parse(body.toString()) as PlayBody)
      return
    }
    const seat = this.seats.get(id)?.seat
    if (kind === ToWorker.Pause) seat?.pause(body[0] === 1)
    else if (kind === ToWorker.Want) seat?.want(kinds[body[0] === 0 ? 0 : 1], body[1] === 1)
    else {
      this.seats.delete(id)
      seat?.leave()
    }
  }

  private receiveFeed(kind: number, id: number, body: Buffer): void {
    if (kind === ToWorker.FeedOpen) {
      this.openFeed(id, JSON.parse(body.toString()) as FeedBody)
      return
    }
    const feed = this.feeds.get(id)
    if (kind === ToWorker.FeedMedia) feed?.media(body, this.services)
    else if (kind === ToWorker.FeedPublished) feed?.publish(body[0] === 1)
    else {
      feed?.publish(false)
      this.feeds.delete(id)
    }
  }

  private openFeed(id: number, feed: FeedBody): void {
    const { app, gopCache, gatherMs } = feed
    this.settings.set(app, { gopCache, gatherMs })
    this.feeds.set(id, new WorkerFeed(id, this.hub, feed))
  }

  private play(id: number, { connection: holder, feed, messageStreamId, objectEncoding }: PlayBody): void {
    const connection = this.connections.get(holder)
    const stream = this.feeds.get(feed)?.stream
    if (connection === undefined || stream === undefined) return
    const player = new HubPlayer(silentStream(messageStreamId), {
      objectEncoding,
      transport: connection.stream,
      forms: this.forms,
    })
    this.seats.set(id, { connection: holder, seat: stream.play(player), toldDrops: 0 })
    this.dropsTimer ??= this.services.timers.after(DROPS_MS, () => this.tellDrops())
  }

  private tellDrops(): void {
    for (const [id, held] of this.seats) {
      const { drops } = held.seat
      const count = drops.disposable + drops.video + drops.audio
      if (count === held.toldDrops) continue
      held.toldDrops = count
      this.services.frames.send(ToPrimary.Dropped, id, dropsBody(drops))
    }
    this.dropsTimer =
      this.seats.size > 0 ? this.services.timers.after(DROPS_MS, () => this.tellDrops()) : undefined
  }

  /** The client is gone. */
  private forget(id: number): void {
    this.connections.delete(id)
    for (const [key, { connection, seat }] of this.seats) {
      if (connection !== id) continue
      this.seats.delete(key)
      seat.leave()
    }
  }
}
