/**
 * A stream that is published here on its way to other nodes: a player of the hub that writes casts [design 5]. There is
 * one as long as a node is fed, and nothing at all before the first comes. While nobody publishes, the nodes stay where
 * they are: who publishes next begins a new run, and they are told its state.
 */
import type { Player, Seat } from '../media/player.js'
import type { Stream } from '../media/stream.js'
import { CastFlag, END_METHOD, MEDIA_METHOD, streamState } from '../psyc/state/stream-cast.js'
import type { StreamFanOut, StreamNode } from '../psyc/state/stream-fan-out.js'
import { Packet } from '../psyc/wire/packet.js'
import type { Modifier } from '../psyc/wire/packet.js'
import type { Message } from '../rtmp/wire/message.js'
import { decodeData } from '../rtmp/wire/message/data.js'
import { equalBytes } from '../util/bytes.js'
import { GatewayError } from '../util/errors.js'
import { TagForm, readTags } from './flv-packets.js'
import { StreamPackets } from './stream-packets.js'

export interface SourceNode extends StreamNode {
  token(): string
}

export class StreamSource implements Player {
  readonly form = new TagForm()
  /** It takes everything: what is too much for a node waits in the fan-out. */
  readonly outstandingBytes = 0
  private stream: Stream | undefined
  private seat: Seat | undefined
  private readonly packets: StreamPackets

  constructor(
    private readonly node: SourceNode,
    private readonly fanOut: StreamFanOut,
    batchMs: number,
  ) {
    const { timers, limits } = node
    this.packets = new StreamPackets({
      ...{ timers, limits, batchMs },
      cast: (body, flags, state) => this.cast(MEDIA_METHOD, body, flags, state),
      rememberedAs: (message) => this.rememberedAs(message),
    })
  }

  /** Somebody publishes: a new run. */
  attach(stream: Stream): void {
    if (this.stream !== undefined) return
    this.stream = stream
    const state = streamState(this.node.limits)
    const run: Modifier = { operator: '=', name: '_token_run', value: this.node.token() }
    state.apply(new Packet([], [run], '', ''))
    this.packets.restart()
    this.fanOut.restart(state, 0)
    this.seat = stream.play(this)
  }

  /** Nobody needs it any more. */
  close(): void {
    this.packets.flush()
    this.stream = undefined
    this.seat?.leave()
    this.seat = undefined
  }

  // Player

  seated(seat: Seat): void {
    this.seat = seat
  }

  write(bytes: Uint8Array): void {
    const tags = readTags(bytes, this.node.limits)
    this.stream?.passedOn(tags.length, this.fanOut.size)
    this.packets.add(tags, this.stream?.windowMs)
  }

  published(): void {
    // attached when there is a publisher
  }

  unpublished(): void {
    if (this.stream === undefined) return
    this.close()
    this.cast(END_METHOD, '', CastFlag.Kept, [])
    this.fanOut.finish()
  }

  overrun(): void {
    // never: nothing is outstanding
  }

  // Inside

  private cast(method: string, body: Uint8Array | string, flags: number, state: readonly Modifier[]): void {
    const { fanOut } = this
    const counter = fanOut.counter + 1
    const routing: Modifier[] = [
      { operator: ':', name: '_context', value: fanOut.uniform.text },
      { operator: ':', name: '_counter', value: String(counter) },
    ]
    fanOut.cast(new Packet(routing, state, method, body), counter, flags)
  }

  private rememberedAs(message: Message): string | undefined {
    const handler = this.handlerOf(message)
    const known = handler === undefined ? undefined : this.stream?.metadata.get(handler)
    return known !== undefined && equalBytes(known.payload, message.payload) ? handler : undefined
  }

  private handlerOf(message: Message): string | undefined {
    try {
      return decodeData(message, this.node.limits).handler
    } catch (error) {
      if (error instanceof GatewayError) return undefined
      throw error
    }
  }
}
