/**
 * The streams of this node among those of all others [design 5].
 *
 *   published here                     the home of its place is asked for the name; nodes that enter its context are fed
 *   played here, published elsewhere   the directory of the place says where, and it comes from there
 *
 * Nothing is sent, cut or copied for a stream that no other node wants, and nothing is asked for one that is here.
 */
import type { Hub, HubWatcher, Stream } from '../media/hub.js'
import type { StreamAddress } from '../media/stream-address.js'
import type { ContextReceiver, Origin } from '../psyc/entity/node.js'
import type { Routes } from '../psyc/state/routes.js'
import type { Taken } from '../psyc/state/stream-intake.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { ExpiringMap } from '../util/expiring-map.js'
import { parseStreamAddress } from './name.js'
import { PublishedStream } from './published-stream.js'
import type { StreamsNode } from './published-stream.js'
import type { ClaimEvents, DirectoryClaim, StreamDirectory } from './stream-directory.js'
import { StreamReplica } from './stream-replica.js'
import { StreamWatch } from './stream-watch.js'
import type { WatchNode } from './stream-watch.js'

export type FederationNode = StreamsNode &
  WatchNode & {
    /** Packets for channels whose names begin so go to the receiver, whatever entity they are of. */
    registerChannels(prefix: string, receiver: ContextReceiver): void
  }

export interface FederatedStreamsOptions {
  readonly node: FederationNode
  readonly routes: Routes
  readonly hub: Hub
  /** Undefined: that application instance has no place. */
  directoryOf(app: string, instance: string): StreamDirectory | undefined
  batchMsOf(app: string): number
  /** Nodes that this one feeds; others are fed by those. */
  degreeOf(app: string): number
  /** Whether that node may feed others streams of that app. */
  mayRelay(root: Uniform, app: string): boolean
  /** Whether the stream is fetched from elsewhere when somebody plays it here. */
  comesOnDemand(address: StreamAddress): boolean
}

const CHANNELS = '_stream_'
const TAKEN_MOST = 1_024 // ours: streams that were left and are remembered
const TAKEN_MS = 60_000 // ours: for so long

export class FederatedStreams implements HubWatcher, ContextReceiver {
  private readonly ours = new Map<string, PublishedStream>()
  private readonly watches = new Map<string, StreamWatch>()
  /** Of `ours`: those that came to be because other nodes want them. */
  private readonly fetched = new Set<string>()
  private readonly taken: ExpiringMap<Taken>

  constructor(private readonly options: FederatedStreamsOptions) {
    const { node, hub } = options
    this.taken = new ExpiringMap(node.timers.clock, TAKEN_MOST, TAKEN_MS)
    node.registerChannels(CHANNELS, this)
    hub.watch(this)
  }

  /** Streams of ours that others may enter. */
  get publishedCount(): number {
    return this.ours.size
  }

  /**
   * Ask for the name of a stream that is to be published here. Who has it already is not asked again, so whoever shares
   * a name on this node must settle that before.
   */
  claim(address: StreamAddress, events: ClaimEvents): DirectoryClaim {
    const stream = this.ours.get(address.key) ?? this.publishedStream(address)
    return stream.claim(events)
  }

  // HubWatcher

  published(stream: Stream): void {
    const { address, publisher } = stream
    if (publisher instanceof StreamReplica) return
    this.watches.get(address.key)?.end()
    this.watches.delete(address.key)
    const ours = this.ours.get(address.key) ?? this.publishedStream(address)
    ours.begin(stream)
  }

  unpublished(stream: Stream): void {
    this.ours.get(stream.address.key)?.ended()
  }

  wanted({ address }: Stream): void {
    const known = this.watches.get(address.key)
    if (known !== undefined) known.look()
    else this.watch(address)
  }

  unwanted({ address }: Stream): void {
    this.watches.get(address.key)?.look()
  }

  // ContextReceiver: what nodes ask of our streams

  receive(packet: Packet, origin: Origin): void {
    const target = uniformOf(packet.target)
    const stream = this.ours.get(target?.key ?? '') ?? this.onDemand(packet, target)
    if (stream !== undefined) stream.receive(packet, origin)
    else PublishedStream.refuse(this.options.node, packet, '_error_unknown_stream')
  }

  /** A node wants what nobody publishes here yet, and a relay can fetch. */
  private onDemand(packet: Packet, target: Uniform | undefined): PublishedStream | undefined {
    if (target === undefined || !inherits(packet.method, '_request_context_enter')) return undefined
    const { options, fetched } = this
    const address = parseStreamAddress(target)
    if (address === undefined || !options.comesOnDemand(address)) return undefined
    if (fetched.size >= options.node.limits.relayStreams) return undefined
    fetched.add(address.key)
    return this.publishedStream(address)
  }

  /** The end of the program. */
  close(): void {
    for (const watch of this.watches.values()) watch.end()
    this.watches.clear()
  }

  private publishedStream(address: StreamAddress): PublishedStream {
    const { options } = this
    const { node, routes } = options
    const { app, instance, key } = address
    const stream = new PublishedStream(address, {
      ...{ node, routes },
      batchMs: options.batchMsOf(app),
      keepsGroups: options.hub.options.settingsOf(app).gopCache,
      degree: options.degreeOf(app),
      mayRelay: (root) => options.mayRelay(root, app),
      directory: options.directoryOf(app, instance),
      onDemand: options.comesOnDemand(address) ? () => options.hub.open(address) : undefined,
      over: () => {
        if (this.ours.get(key) !== stream) return
        this.ours.delete(key)
        this.fetched.delete(key)
      },
    })
    this.ours.set(key, stream)
    return stream
  }

  private watch(address: StreamAddress): void {
    const { node, hub, routes } = this.options
    const names = this.options.directoryOf(address.app, address.instance)
    if (names === undefined) return
    const watch = new StreamWatch(
      { node, hub, routes, degree: this.options.degreeOf(address.app), taken: this.taken },
      address,
      names,
      () => this.watches.delete(address.key),
    )
    this.watches.set(address.key, watch)
  }
}
