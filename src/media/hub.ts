/**
 * Live streams of this node: one publisher, any number of players, each message cut once per message stream id and
 * shared [design 5, 10]. What a late player needs (metadata, sequence headers) is remembered; a player gets media
 * from the next keyframe on.
 */
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { isKeyframe, isSequenceHeader } from './tags.js'

/** Cuts a message into chunks for a message stream id: RTMP's business, passed in. */
export type Cut = (message: Message, messageStreamId: number) => Uint8Array

export interface Player {
  readonly messageStreamId: number
  /** Bytes are shared among all players of the stream. */
  sendCut(bytes: Uint8Array): void
  /** The message in a form this player understands (AMF3 data for an AMF0 client), or undefined to leave it out. */
  adapt(message: Message): Message | undefined
  /** A publisher came or went; the player stays. */
  published(): void
  unpublished(): void
}

/** What the publisher's side of a stream is told. */
export interface Publisher {
  /** Somebody with a better right took the name. */
  replaced(): void
}

const METADATA_MOST = 16 // ours: names that a publisher makes up

interface Seat {
  readonly player: Player
  wantsAudio: boolean
  wantsVideo: boolean
  isPaused: boolean
  /** No video yet: waiting for a keyframe. */
  awaitsKeyframe: boolean
}

export class Stream {
  publisher: Publisher | undefined
  private readonly seats = new Map<Player, Seat>()
  private readonly metadata = new Map<string, Message>()
  private readonly headers = new Map<number, Message>()

  constructor(
    readonly name: string,
    private readonly cut: Cut,
  ) {}

  get isIdle(): boolean {
    return this.publisher === undefined && this.seats.size === 0
  }

  get playerCount(): number {
    return this.seats.size
  }

  /** @returns false when somebody else publishes this name */
  publish(publisher: Publisher): boolean {
    if (this.publisher !== undefined) return false
    this.publisher = publisher
    for (const { player } of this.seats.values()) player.published()
    return true
  }

  unpublish(publisher: Publisher): void {
    if (this.publisher !== publisher) return
    this.publisher = undefined
    this.metadata.clear()
    this.headers.clear()
    for (const seat of this.seats.values()) {
      seat.awaitsKeyframe = true
      seat.player.unpublished()
    }
  }

  /** Seat a player and send it what it needs to begin. */
  play(player: Player): void {
    const seat = { player, wantsAudio: true, wantsVideo: true, isPaused: false, awaitsKeyframe: true }
    this.seats.set(player, seat)
    this.sendHeaders(seat)
  }

  stop(player: Player): void {
    this.seats.delete(player)
  }

  pause(player: Player, isPaused: boolean): void {
    const seat = this.seats.get(player)
    if (seat === undefined || seat.isPaused === isPaused) return
    seat.isPaused = isPaused
    seat.awaitsKeyframe = true
    if (!isPaused) this.sendHeaders(seat)
  }

  want(player: Player, kind: 'audio' | 'video', wanted: boolean): void {
    const seat = this.seats.get(player)
    if (seat === undefined) return
    if (kind === 'audio') seat.wantsAudio = wanted
    else {
      if (wanted && !seat.wantsVideo) seat.awaitsKeyframe = true
      seat.wantsVideo = wanted
    }
  }

  /** One message of the publisher to everybody who wants it. */
  relay(message: Message): void {
    const header = isSequenceHeader(message)
    if (header) this.headers.set(message.type, message)
    const keyframe = isKeyframe(message)
    const cuts = new CutsOfOne(message, this.cut)
    for (const seat of this.seats.values()) {
      if (!header && !this.wants(seat, message, keyframe)) continue
      cuts.sendTo(seat.player)
    }
  }

  /** `onMetaData` and its like: to everybody now, and first to whoever comes. Undefined forgets. */
  setMetadata(handler: string, message: Message | undefined): void {
    this.metadata.delete(handler)
    if (message === undefined) return
    if (this.metadata.size < METADATA_MOST) this.metadata.set(handler, message)
    this.relayData(message)
  }

  /** A data message in order with the media; never dropped. */
  relayData(message: Message): void {
    const cuts = new CutsOfOne(message, this.cut)
    for (const { player } of this.seats.values()) cuts.sendTo(player)
  }

  private wants(seat: Seat, message: Message, keyframe: boolean): boolean {
    if (seat.isPaused) return false
    if (message.type === MessageType.Audio) return seat.wantsAudio
    if (!seat.wantsVideo) return false
    if (seat.awaitsKeyframe && !keyframe) return false
    seat.awaitsKeyframe = false
    return true
  }

  private sendHeaders(seat: Seat): void {
    for (const message of [...this.metadata.values(), ...this.headers.values()])
      new CutsOfOne(message, this.cut).sendTo(seat.player)
  }
}

/** The cuts of one message, each made when the first player needs it. */
class CutsOfOne {
  private readonly cuts = new Map<Message, Map<number, Uint8Array>>()

  constructor(
    private readonly message: Message,
    private readonly cut: Cut,
  ) {}

  sendTo(player: Player): void {
    const message = player.adapt(this.message)
    if (message === undefined) return
    let byStream = this.cuts.get(message)
    if (byStream === undefined) this.cuts.set(message, (byStream = new Map<number, Uint8Array>()))
    let bytes = byStream.get(player.messageStreamId)
    if (bytes === undefined)
      byStream.set(player.messageStreamId, (bytes = this.cut(message, player.messageStreamId)))
    player.sendCut(bytes)
  }
}

/** The streams of this node by place and name; a stream lives while somebody publishes or plays it. */
export class Hub {
  private readonly streams = new Map<string, Stream>()

  constructor(private readonly cut: Cut) {}

  get size(): number {
    return this.streams.size
  }

  find(key: string): Stream | undefined {
    return this.streams.get(key)
  }

  /** @param key the stream's uniform key  @param name as the client wrote it */
  open(key: string, name: string): Stream {
    let stream = this.streams.get(key)
    if (stream === undefined) this.streams.set(key, (stream = new Stream(name, this.cut)))
    return stream
  }

  /** Forget the stream if nobody is there any more. */
  release(key: string): void {
    if (this.streams.get(key)?.isIdle === true) this.streams.delete(key)
  }
}
