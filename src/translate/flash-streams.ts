/**
 * The streams of one Flash client: what it publishes goes to the hub, what it plays comes from there [design 5].
 * Every status is sent when it has become true, before the media that it announces.
 */
import { Amf0Marker } from '../amf/markers.js'
import { dataToAmf0, decodeData, encodeData } from '../rtmp/wire/message/data.js'
import type { DataMessage } from '../rtmp/wire/message/data.js'
import { valuesStart } from '../rtmp/wire/message/format-selector.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import type {
  MessageTransport,
  NetStream,
  PlayRequest,
  PublishType,
  StatusInfo,
} from '../rtmp/session/events.js'
import type { Hub, Player, Publisher, Stream } from '../media/hub.js'
import type { Limits } from '../util/limits.js'
import { concat } from '../util/bytes.js'
import { TranslateError } from '../util/errors.js'
import { utf8Length } from '../util/utf8.js'
import { checkedUniform, streamChannel } from './name.js'

/** What the streams need of their client. */
export interface StreamOwner {
  readonly hub: Hub
  readonly limits: Limits
  readonly objectEncoding: 0 | 3
  readonly transport: MessageTransport
  /** Uniform key of the place, without channel. */
  readonly placeKey: string
}

interface Playing {
  readonly key: string
  readonly stream: Stream
  readonly player: Player
}

interface Publishing {
  readonly key: string
  readonly stream: Stream
  readonly publisher: Publisher
}

export class FlashStreams {
  private readonly playing = new Map<NetStream, Playing>()
  private readonly publishing = new Map<NetStream, Publishing>()

  constructor(private readonly owner: StreamOwner) {}

  publish(netStream: NetStream, name: string, type: PublishType): void {
    const key = this.keyOf(name)
    if (key === undefined) {
      netStream.publishRefused(refused('NetStream.Publish.BadName', `${shortened(name)} is no name.`))
      return
    }
    const stream = this.owner.hub.open(key, name)
    const publisher: Publisher = { replaced: () => this.unpublish(netStream) }
    if (!stream.publish(publisher)) {
      netStream.publishRefused(refused('NetStream.Publish.BadName', `${name} is already published.`))
      return
    }
    this.publishing.set(netStream, { key, stream, publisher })
    netStream.publishStarted()
    if (type !== 'live')
      netStream.status(refused('NetStream.Record.NoAccess', `This server does not record ${name}.`))
  }

  unpublish(netStream: NetStream): void {
    const entry = this.publishing.get(netStream)
    if (entry === undefined) return
    this.publishing.delete(netStream)
    entry.stream.unpublish(entry.publisher)
    this.owner.hub.release(entry.key)
  }

  play(netStream: NetStream, { name, startMs }: PlayRequest): void {
    const key = this.keyOf(name)
    const isRecordingWanted = startMs >= 0
    const isMissing = isRecordingWanted && this.owner.hub.find(key ?? '')?.publisher === undefined
    if (key === undefined || isMissing) {
      const text = `Failed to play ${shortened(name)}; stream not found.`
      netStream.playRefused(refused('NetStream.Play.StreamNotFound', text))
      return
    }
    const stream = this.owner.hub.open(key, name)
    const player = new HubPlayer(netStream, this.owner)
    this.playing.set(netStream, { key, stream, player })
    netStream.playStarted()
    stream.play(player)
  }

  stop(netStream: NetStream): void {
    const entry = this.playing.get(netStream)
    if (entry === undefined) return
    this.playing.delete(netStream)
    entry.stream.stop(entry.player)
    this.owner.hub.release(entry.key)
  }

  pause(netStream: NetStream, isPaused: boolean): void {
    const entry = this.playing.get(netStream)
    entry?.stream.pause(entry.player, isPaused)
  }

  seek(netStream: NetStream): void {
    netStream.status(refused('NetStream.Seek.Failed', `${netStream.name} is live.`))
  }

  receive(netStream: NetStream, kind: 'audio' | 'video', wanted: boolean): void {
    const entry = this.playing.get(netStream)
    entry?.stream.want(entry.player, kind, wanted)
  }

  /** A message of a stream that this client publishes. */
  media(netStream: NetStream, message: Message): void {
    const stream = this.publishing.get(netStream)?.stream
    if (stream === undefined) return
    if (message.type === MessageType.Audio || message.type === MessageType.Video) stream.relay(message)
    else relayData(stream, message, this.owner.limits)
  }

  /** Undefined for a name that makes no uniform: empty or too long. */
  private keyOf(name: string): string | undefined {
    const { limits, placeKey } = this.owner
    try {
      return checkedUniform(`${placeKey}#${streamChannel(name, limits)}`, limits)
    } catch (error) {
      if (error instanceof TranslateError) return undefined
      throw error
    }
  }
}

/** A player of this node: gets the shared cuts, and the statuses of its stream. */
class HubPlayer implements Player {
  constructor(
    private readonly netStream: NetStream,
    private readonly owner: StreamOwner,
  ) {}

  get messageStreamId(): number {
    return this.netStream.id
  }

  sendCut(bytes: Uint8Array): void {
    this.owner.transport.sendCut(bytes)
  }

  adapt(message: Message): Message | undefined {
    return this.owner.objectEncoding === 3 ? message : asAmf0(message, this.owner.limits)
  }

  published(): void {
    const { netStream } = this
    const description = `${netStream.name} is now published.`
    netStream.status({ level: 'status', code: 'NetStream.Play.PublishNotify', description })
  }

  unpublished(): void {
    const { netStream } = this
    const description = `${netStream.name} is now unpublished.`
    netStream.status({ level: 'status', code: 'NetStream.Play.UnpublishNotify', description })
  }
}

/** Converted once for all players of a stream, so that it is cut once too. */
const amf0Forms = new WeakMap<Message, { readonly message: Message | undefined }>()

function asAmf0(message: Message, limits: Limits): Message | undefined {
  if (message.type !== MessageType.DataAmf3) return message
  let form = amf0Forms.get(message)
  if (form === undefined) amf0Forms.set(message, (form = { message: dataToAmf0(message, limits) }))
  return form.message
}

/**
 * `@setDataFrame` stores and passes on without its first word, `@clearDataFrame` forgets, anything else is
 * `NetStream.send` and goes to the players as it is [rtmp.md 3.8].
 */
function relayData(stream: Stream, message: Message, limits: Limits): void {
  const data = decodeData(message, limits)
  const { handler, args } = data
  const [first] = args
  const name = typeof first === 'string' ? first : ''
  if (handler === SET_DATA_FRAME) {
    if (name !== '') stream.setMetadata(name, withoutFirstWord(message, data, name))
  } else if (handler === CLEAR_DATA_FRAME) stream.setMetadata(name, undefined)
  else if (handler === 'onMetaData') stream.setMetadata(handler, message)
  else stream.relayData(message)
}

const SET_DATA_FRAME = '@setDataFrame'
const CLEAR_DATA_FRAME = '@clearDataFrame'

/** The message with its first argument as handler. The bytes of the values stay as they came. */
function withoutFirstWord(message: Message, { handler, args }: DataMessage, name: string): Message {
  const { type, payload } = message
  const start = valuesStart(type, payload)
  if (payload[start] === Amf0Marker.String) {
    const rest = payload.subarray(start + STRING_HEAD + utf8Length(handler))
    return { ...message, payload: concat([payload.subarray(0, start), rest]) }
  }
  const isAmf3 = type === MessageType.DataAmf3
  const encoded = encodeData(
    { handler: name, args: args.slice(1) },
    isAmf3 ? MessageType.DataAmf3 : MessageType.Data,
  )
  return { ...message, payload: encoded }
}

const STRING_HEAD = 3 // marker and u16 length [AMF0 §2.4]

/** For a sentence. */
function shortened(name: string): string {
  return name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN)}…` : name
}

const MOST_SHOWN = 255

function refused(code: string, description: string): StatusInfo {
  return { level: 'error', code, description }
}
