/**
 * A stream of another node, published here for those who play it: its casts become messages of the local stream, and go
 * on unchanged to the nodes that this one feeds [design 5]. Times are the master's; the local stream makes them its own.
 */
import type { Hub } from '../media/hub.js'
import type { Publication, Publisher } from '../media/publication.js'
import type { Stream } from '../media/stream.js'
import type { StreamAddress } from '../media/stream-address.js'
import { headerKey } from '../media/tags.js'
import { CastFlag, END_METHOD, MEDIA_METHOD } from '../psyc/state/stream-cast.js'
import type { Had } from '../psyc/state/route-packets.js'
import type { StreamFanOut } from '../psyc/state/stream-fan-out.js'
import { StreamIntake } from '../psyc/state/stream-intake.js'
import type { IntakeHandler, Taken } from '../psyc/state/stream-intake.js'
import type { StateVariables } from '../psyc/state/variables.js'
import type { Packet } from '../psyc/wire/packet.js'
import { MessageType } from '../rtmp/wire/message.js'
import type { Message } from '../rtmp/wire/message.js'
import { decodeData } from '../rtmp/wire/message/data.js'
import { equalBytes, noBytes } from '../util/bytes.js'
import { GatewayError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import { castFlagsOf, readTags } from './flv-packets.js'
import { HEADERS, METADATA } from './stream-packets.js'

/** Why a replica is over before it was ended. */
export type ReplicaEnd = 'taken' | GatewayError

export class StreamReplica implements Publisher {
  readonly intake: StreamIntake
  private stream: Stream | undefined
  private publication: Publication | undefined
  private isOver = false
  /** `intake.missed` when the last keyframe came, or the state. */
  private missedBefore = 0

  /**
   * @param before how far the stream was taken by an earlier replica
   * @param over told once when it cannot go on: somebody here has the name now, or what came is no stream
   */
  constructor(
    private readonly hub: Hub,
    private readonly address: StreamAddress,
    private readonly fanOut: StreamFanOut,
    private readonly limits: Limits,
    before: Taken | undefined,
    private readonly over: (why: ReplicaEnd) => void,
  ) {
    const handler: IntakeHandler = {
      state: (state, counter, isNewRun) => this.begin(state, counter, isNewRun),
      cast: (packet, counter) => this.pass(packet, counter),
    }
    this.intake = new StreamIntake(limits, handler, before)
  }

  /** Somebody publishes it, as far as is known here. */
  get isLive(): boolean {
    return this.publication !== undefined
  }

  /** How far it has come, if what follows is enough: nothing was missing since the last keyframe. */
  get had(): Had | undefined {
    const { intake, fanOut } = this
    const { run } = fanOut
    if (run === undefined || !intake.hasState || intake.missed !== this.missedBefore) return undefined
    return { run, counter: intake.counter }
  }

  /** A packet of the context from whom we are fed by. */
  take(packet: Packet): void {
    if (this.isOver) return
    try {
      this.intake.take(packet)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.fail(error)
    }
  }

  /** Those who play it are told that it is over; the nodes that it feeds are not ours to tell. */
  end(): void {
    this.isOver = true
    this.unpublish()
  }

  /** Publisher: somebody here has the name now. */
  replaced(): void {
    this.publication = undefined
    this.fail('taken')
  }

  private fail(why: ReplicaEnd): void {
    if (this.isOver) return
    this.end()
    this.over(why)
  }

  private begin(state: StateVariables, counter: number, isNewRun: boolean): void {
    this.fanOut.restart(state, counter)
    this.missedBefore = this.intake.missed
    if (isNewRun) this.unpublish()
    this.publish()
    for (const { message } of readTags(state.bytes(METADATA) ?? noBytes, this.limits)) this.metadata(message)
    for (const { value } of state.dict(HEADERS)?.values() ?? [])
      for (const { message } of readTags(value, this.limits)) this.header(message)
  }

  private publish(): void {
    if (this.publication !== undefined || this.isOver) return
    this.stream = this.hub.open(this.address)
    this.publication = this.stream.publish(this)
    if (this.publication === undefined) this.fail('taken')
    else this.checkEnd()
  }

  /** Who is told of a publisher may end it. */
  private checkEnd(): void {
    if (this.isOver) this.unpublish()
  }

  /** The publisher has stopped; whoever comes next begins a new run. */
  private finish(): void {
    this.fanOut.finish()
    this.unpublish()
  }

  private unpublish(): void {
    const { publication } = this
    this.publication = undefined
    publication?.end()
  }

  private pass(packet: Packet, counter: number): void {
    if (packet.method !== MEDIA_METHOD) {
      this.fanOut.cast(packet, counter, CastFlag.Kept)
      if (packet.method === END_METHOD) this.finish()
      return
    }
    const messages = readTags(packet.bodyBytes, this.limits).map(({ message }) => message)
    const flags = castFlagsOf(messages)
    if ((flags & CastFlag.Keyframe) !== 0) this.missedBefore = this.intake.missed
    this.fanOut.cast(packet, counter, flags)
    const isMetadata = packet.entity.some(({ name }) => name === METADATA)
    for (const message of messages) this.relay(message, isMetadata)
  }

  private relay(message: Message, isMetadata: boolean): void {
    const { publication } = this
    const isMedia = message.type === MessageType.Audio || message.type === MessageType.Video
    if (isMedia) publication?.media(message)
    else if (isMetadata) this.metadata(message)
    else publication?.data(message)
  }

  /** What is the same as before is not said again. */
  private header(message: Message): void {
    const known = this.stream?.headers.get(headerKey(message))
    if (known === undefined || !equalBytes(known.payload, message.payload)) this.publication?.media(message)
  }

  private metadata(message: Message): void {
    const { handler } = decodeData(message, this.limits)
    const known = this.stream?.metadata.get(handler)
    if (known === undefined || !equalBytes(known.payload, message.payload))
      this.publication?.metadata(handler, message)
  }
}
