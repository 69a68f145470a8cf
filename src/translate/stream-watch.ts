/**
 * A name that somebody here plays and nobody here publishes: where it is published, says the directory of its place,
 * and it comes from there for as long as it is wanted, by those who play it here or by nodes that this one feeds.
 *
 *   wanted ── the directory names a node ──▶ fed ── it names another ──▶ wanted
 *     │                                       └── it names none, and nothing comes, for `streamLingerMs` ──▶ wanted
 *     └── nobody plays it, no node is fed ──▶ over
 *
 * A name that goes and comes back in time at the same node, as when an encoder starts again, keeps its tree. While the
 * directory names nobody the home is asked, from time to time: it may fetch the stream when it is wanted. Where in the
 * tree this node is, and who feeds it, is for its `RouteMember` to know.
 */
import type { Hub } from '../media/hub.js'
import type { StreamAddress } from '../media/stream-address.js'
import { isOfStream } from '../psyc/session/lane.js'
import { RouteMember } from '../psyc/state/route-member.js'
import type { RouteNode } from '../psyc/state/route-node.js'
import type { Routes } from '../psyc/state/routes.js'
import type { Taken } from '../psyc/state/stream-intake.js'
import { StreamFanOut } from '../psyc/state/stream-fan-out.js'
import type { StreamNode } from '../psyc/state/stream-fan-out.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { ExpiringMap } from '../util/expiring-map.js'
import type { Timer } from '../util/timers.js'
import type { StreamDirectory } from './stream-directory.js'
import { StreamReplica } from './stream-replica.js'
import type { ReplicaEnd } from './stream-replica.js'

export interface WatchNode extends RouteNode, StreamNode {
  /** There is word that this node is up. */
  expect(rootKey: string): void
}

export interface WatchServices {
  readonly node: WatchNode
  readonly routes: Routes
  readonly hub: Hub
  /** Nodes that this one offers to feed. */
  readonly degree: number
  /** How far streams were taken, by the keys of their contexts: a name may move to another node for a moment, and back. */
  readonly taken: ExpiringMap<Taken>
}

/** Fed by a node; what comes is published here and passed on. */
interface Replicated {
  readonly context: Uniform
  readonly fanOut: StreamFanOut
  readonly replica: StreamReplica
  readonly member: RouteMember
  /** By the directory; else the home was asked, and has it, or waits for it as we do. */
  wasNamed: boolean
}

const RETRY_FIRST_MS = 1_000 // ours: after a node that should have the stream did not give it, or gave something else
const RETRY_MOST_MS = 60_000

export class StreamWatch {
  private replicated: Replicated | undefined
  private linger: Timer | undefined
  private retry: Timer | undefined
  private retryMs = RETRY_FIRST_MS
  private readonly unwatch: () => void

  /** @param over nobody wants it any more */
  constructor(
    private readonly services: WatchServices,
    readonly address: StreamAddress,
    private readonly names: StreamDirectory,
    private readonly over: () => void,
  ) {
    this.unwatch = names.watch(address.name, () => this.changed())
    this.look()
  }

  /** The context that is replicated here. */
  get context(): Uniform | undefined {
    return this.replicated?.context
  }

  /** Nodes that are fed from here. */
  get childCount(): number {
    return this.replicated?.fanOut.size ?? 0
  }

  /** Somebody has come who plays it, or the last one has left; the directory may say something else now. */
  look(): void {
    const { replicated, named } = this
    if (replicated !== undefined && named !== undefined && named.key !== replicated.context.key) this.leave()
    const source = named ?? this.names.atHome(this.address.name)
    if (this.replicated === undefined && source !== undefined && this.isWanted && this.retry === undefined)
      this.enter(source)
    if (this.replicated !== undefined && named !== undefined) this.replicated.wasNamed = true
    if (this.replicated === undefined && !this.isWanted) this.finish()
    else if (this.replicated?.wasNamed !== true || named !== undefined) this.stay()
    else this.linger ??= this.lingerTimer()
  }

  /** Somebody here publishes it, or the node stops. */
  end(): void {
    this.linger?.cancel()
    this.retry?.cancel()
    this.unwatch()
    this.leave()
  }

  /** Where it is published, if not here. */
  private get named(): Uniform | undefined {
    const context = this.names.find(this.address.name)
    const isForeign = context?.rootKey !== this.services.node.root.rootKey
    return isForeign && isOfStream(context?.key) ? context : undefined
  }

  private get isWanted(): boolean {
    return (this.services.hub.find(this.address.key)?.playerCount ?? 0) > 0
  }

  private changed(): void {
    this.retry?.cancel()
    this.retry = undefined
    this.retryMs = RETRY_FIRST_MS
    const { named } = this
    if (named !== undefined) this.services.node.expect(named.rootKey)
    this.look()
  }

  private finish(): void {
    this.end()
    this.over()
  }

  private stay(): void {
    this.linger?.cancel()
    this.linger = undefined
  }

  private lingered(): void {
    this.linger = undefined
    // What still comes tells more than a directory that may be out of reach.
    if (this.named === undefined && this.replicated?.replica.isLive !== true) this.leave()
    this.look()
  }

  private lingerTimer(): Timer {
    const { timers, limits } = this.services.node
    return timers.after(limits.streamLingerMs, () => this.lingered())
  }

  private enter(context: Uniform): void {
    const { node, hub, routes, degree } = this.services
    const { gopCache } = hub.options.settingsOf(this.address.app)
    const fanOut = new StreamFanOut(node, context, gopCache, (rootKey) => this.overrun(rootKey))
    const before = this.services.taken.get(context.key)
    const over = (why: ReplicaEnd): void => this.failed(why)
    const replica = new StreamReplica(hub, this.address, fanOut, node.limits, before, over)
    const member: RouteMember = new RouteMember({
      ...{ node, context, degree, feed: fanOut },
      handler: {
        packet: (packet) => replica.take(packet),
        interrupted: () => replica.intake.interrupted(),
        ended: (method) => this.ended(member, method),
      },
      missed: () => replica.intake.missed,
      had: () => replica.had,
      isWanted: () => this.isWanted,
    })
    this.replicated = { context, fanOut, replica, member, wasNamed: false }
    routes.addMember(member)
    member.open()
  }

  private leave(): void {
    const { replicated } = this
    if (replicated === undefined) return
    this.replicated = undefined
    this.remember(replicated)
    this.services.routes.removeMember(replicated.member)
    replicated.member.close()
    replicated.fanOut.close()
    replicated.replica.end()
  }

  /** For those who have seen it. Who comes when they are gone is to have all that there is. */
  private remember({ context: { key }, replica: { intake } }: Replicated): void {
    const { taken } = this.services
    if (this.isWanted) taken.set(key, intake.taken)
    else taken.delete(key)
  }

  /** The member is over. @param method why; "" when nobody needed it any more */
  private ended(member: RouteMember, method: string): void {
    if (this.replicated?.member !== member) return
    if (method !== '') {
      const { log } = this.services.node
      const fields = { stream: this.context?.text, method }
      if (this.named === undefined) log.debug(fields, 'the home does not have the stream either')
      else log.info(fields, 'a stream of another node cannot be had')
      this.retryLater()
    }
    this.leave()
    this.look()
  }

  private failed(why: ReplicaEnd): void {
    if (why !== 'taken') {
      const stream = this.context?.text
      this.services.node.log.warn(
        { stream, code: why.code, error: why.message },
        'a node sends what is no stream',
      )
      this.retryLater()
    }
    this.leave()
  }

  /** A node that we feed is too slow even for what is never dropped. */
  private overrun(rootKey: string): void {
    this.replicated?.member.children.lost(rootKey)
  }

  private retryLater(): void {
    this.retry?.cancel()
    this.retry = this.services.node.timers.after(this.retryMs, () => {
      this.retry = undefined
      this.look()
    })
    this.retryMs = Math.min(2 * this.retryMs, RETRY_MOST_MS)
  }
}
