/** In the primary: one worker, the clients whose sockets it holds, and the streams that it is fed. */
import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { Drops, Seat } from '../../media/player.js'
import type { Stream } from '../../media/stream.js'
import { ServerNetConnection } from '../../rtmp/session/net-connection.js'
import type { NetConnection } from '../../rtmp/session/events.js'
import type { RtmpServices } from '../rtmp-connection.js'
import { guarded } from '../guard.js'
import type { StreamListener } from '../../translate/hub-player.js'
import { Departures } from './departures.js'
import { Feed } from './feed.js'
import { FrameStream, ToPrimary, ToWorker, jsonBody, readDropsBody, readMessageBody } from './frames.js'
import { RemoteTransport } from './remote-transport.js'

interface RemoteClient {
  readonly connection: ServerNetConnection
  readonly transport: RemoteTransport
  /** Ours, whose handle the worker has: destroyed when the worker's is closed, so that whoever counts it knows. */
  readonly socket: Socket
}

const FINISHED = 1
const KINDS = { audio: 0, video: 1 } as const
const noDrops: Drops = { disposable: 0, video: 0, audio: 0 }

/** In the primary: a seat in the worker. Drops are counted there, where the media waits, and told from time to time. */
class RemoteSeat {
  drops = noDrops

  constructor(private readonly stream: Stream) {}

  dropped(drops: Drops): void {
    const { disposable, video, audio } = this.drops
    this.drops = drops
    this.stream.droppedElsewhere({
      disposable: drops.disposable - disposable,
      video: drops.video - video,
      audio: drops.audio - audio,
    })
  }
}

export class WorkerLink {
  private readonly clients = new Map<number, RemoteClient>()
  private readonly feeds = new Map<string, Feed>()
  private readonly seats = new Map<number, RemoteSeat>()
  private readonly frames: FrameStream
  private readonly departures: Departures
  private lastId = 0

  constructor(
    readonly child: ChildProcess,
    stream: Duplex,
    private readonly services: RtmpServices,
  ) {
    this.frames = new FrameStream(stream, (kind, id, body) => this.receive(kind, id, body))
    this.departures = new Departures(child, services.limits.preConnectBytes, (id) => this.closed(id, 'lost'))
    this.frames.onDrain(() => {
      for (const feed of this.feeds.values()) feed.drained()
    })
    stream.on('error', ({ message: reason }) => {
      services.log.debug({ reason }, 'the link to a worker failed')
      child.kill('SIGKILL') // it can do nothing without; what its end means comes with its exit
    })
  }

  get size(): number {
    return this.clients.size
  }

  /** Give the worker a socket with an RTMP client at the other end, whose first bytes have not been taken from it. */
  take(socket: Socket): NetConnection {
    const { services } = this
    const { timers, limits, log } = services
    const id = ++this.lastId
    const remoteAddress = socket.remoteAddress ?? ''
    const transport = new RemoteTransport(id, this.frames, log, (...request) => this.seat(...request))
    const connection = new ServerNetConnection(
      { id: services.newId(), transport, timers, limits, log },
      (made) => services.handlerFor(made, remoteAddress),
    )
    this.clients.set(id, { connection, transport, socket })
    this.departures.add(id, socket, remoteAddress)
    return connection
  }

  /** Play in the worker; statuses come from here. */
  private seat(
    connection: number,
    stream: Stream,
    messageStreamId: number,
    objectEncoding: 0 | 3,
    listener: StreamListener,
  ): Seat {
    const feed = this.feedOf(stream)
    const seat = ++this.lastId
    const remote = new RemoteSeat(stream)
    feed.join(seat, listener)
    this.seats.set(seat, remote)
    this.frames.send(
      ToWorker.Play,
      seat,
      jsonBody({ connection, feed: feed.id, messageStreamId, objectEncoding }),
    )
    return {
      get drops() {
        return remote.drops
      },
      pause: (isPaused) => this.frames.send(ToWorker.Pause, seat, Uint8Array.of(isPaused ? 1 : 0)),
      want: (kind, wanted) =>
        this.frames.send(ToWorker.Want, seat, Uint8Array.of(KINDS[kind], wanted ? 1 : 0)),
      drained: () => undefined,
      leave: () => {
        this.frames.send(ToWorker.Leave, seat)
        this.seats.delete(seat)
        feed.part(seat)
        if (!feed.isIdle || this.feeds.get(stream.address.key) !== feed) return
        this.feeds.delete(stream.address.key)
        feed.close()
      },
    }
  }

  /** The worker is gone, and all its clients with it. */
  lost(): void {
    for (const id of [...this.clients.keys()]) this.closed(id, 'lost')
    for (const feed of this.feeds.values()) feed.close()
    this.feeds.clear()
  }

  private feedOf(stream: Stream): Feed {
    const { key } = stream.address
    let feed = this.feeds.get(key)
    if (feed === undefined) {
      feed = new Feed(++this.lastId, stream, this.frames)
      this.feeds.set(key, feed)
    }
    return feed
  }

  private receive(kind: number, id: number, body: Buffer): void {
    if (kind === ToPrimary.Dropped) {
      this.seats.get(id)?.dropped(readDropsBody(body))
      return
    }
    const client = this.clients.get(id)
    if (client === undefined) return
    const { connection, transport } = client
    const run = (): void => {
      if (kind === ToPrimary.Message) connection.receive(readMessageBody(body))
      else if (kind === ToPrimary.Heard) connection.heard()
      else if (kind === ToPrimary.Queued) transport.tellQueued(body.readUInt32BE())
      else if (kind === ToPrimary.Closed) this.closed(id, body[0] === FINISHED ? 'finished' : 'lost')
    }
    if (!guarded(this.services.log, run)) transport.fail(new Error('a bug of ours'))
  }

  private closed(id: number, how: 'finished' | 'lost'): void {
    const client = this.clients.get(id)
    this.clients.delete(id)
    client?.connection.closed(how)
    client?.socket.destroy()
  }
}
