/** A Flash client as a player of a live stream: gets the shared cuts, and the statuses of its stream. */
import type { Form } from '../media/form.js'
import type { Player, Seat } from '../media/player.js'
import type { Stream } from '../media/stream.js'
import type { MessageTransport, NetStream } from '../rtmp/session/events.js'
import type { RtmpForms } from './rtmp-form.js'

/** What the player needs of the stream that the client plays on. */
export type PlayedStream = Pick<NetStream, 'id' | 'name' | 'status'>

/** What the player needs of its client. */
export interface HubPlayerOwner {
  readonly objectEncoding: 0 | 3
  readonly transport: MessageTransport
  readonly forms: RtmpForms
}

/** Told of the publisher's coming and going. */
export type StreamListener = Pick<Player, 'published' | 'unpublished'>

/** A transport whose socket another process has, which writes the media too. */
export interface SeatingTransport extends MessageTransport {
  seat(stream: Stream, messageStreamId: number, objectEncoding: 0 | 3, listener: StreamListener): Seat
}

/** Play the stream, wherever the client's socket is. @param player who writes the media where nobody else does */
export function seatClient(
  stream: Stream,
  netStream: PlayedStream,
  owner: HubPlayerOwner,
  player: Player = new HubPlayer(netStream, owner),
): Seat {
  const { transport, objectEncoding } = owner
  return isSeating(transport)
    ? transport.seat(stream, netStream.id, objectEncoding, player)
    : stream.play(player)
}

function isSeating(transport: MessageTransport): transport is SeatingTransport {
  return 'seat' in transport
}

export class HubPlayer implements Player {
  readonly form: Form
  private readonly transport: MessageTransport
  private unhook: (() => void) | undefined

  constructor(
    private readonly netStream: PlayedStream,
    { transport, forms, objectEncoding }: HubPlayerOwner,
  ) {
    this.transport = transport
    this.form = forms.get(netStream.id, objectEncoding)
  }

  get outstandingBytes(): number {
    return this.transport.outstandingBytes
  }

  get allowanceBytes(): number | undefined {
    return this.transport.allowanceBytes
  }

  write(bytes: Uint8Array): void {
    this.transport.sendMedia(bytes)
  }

  held(isLate: boolean): void {
    this.transport.held?.(isLate)
  }

  seated(seat: Seat): void {
    this.unhook = this.transport.onDrain(() => seat.drained())
  }

  left(): void {
    this.unhook?.()
  }

  overrun(): void {
    this.transport.end()
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
