/**
 * The ways by which casts of a place reach its members, and what becomes of those who came by one that is lost
 * [design 3, 4; psyc.md 5.7]. Circuits come back: so who came by a lost route is in doubt for a while, and out only
 * if it does not enter again.
 */
import type { ContextMaster } from '../state/context-master.js'
import type { Origin, PsycNode } from './node.js'
import type { Member, PlaceMembers } from './place-members.js'
import type { StreamRegistry } from './stream-registry.js'
import type { Timer } from '../../util/timers.js'

/** The place, as its routes need it. */
export interface RoutedPlace {
  readonly node: PsycNode
  readonly members: PlaceMembers
  readonly streams: StreamRegistry
  readonly context: ContextMaster
  remove(member: Member, suffix: string): void
  /** Somebody is gone: perhaps nobody is left. */
  watchIdle(): void
}

export class PlaceRoutes {
  /** Until those are out who have not entered again. */
  private readonly forgetting = new Map<string, Timer>()

  constructor(private readonly place: RoutedPlace) {}

  /**
   * Somebody came in by it: casts go that way, perhaps again. Where a replica is still to enter again they wait for it,
   * because it is given first what it missed.
   */
  open(routeKey: string, origin: Origin): void {
    const { context, members } = this.place
    if (!context.has(routeKey) && !members.isReplicaDoubted(routeKey)) context.addMember(routeKey, origin)
  }

  /** It was lost: who does not enter again until `dropDoubted` is out then. */
  doubt(routeKey: string): void {
    const { members, streams, context } = this.place
    members.doubt(routeKey)
    streams.doubt(routeKey)
    // A replica is given what it missed when it enters again; what was sent to nowhere now would overtake that.
    if (members.hasReplica(routeKey)) context.suspendMember(routeKey)
  }

  /**
   * Its node has lost a circuit, which may look alive from here, and is back by this one: whoever came before and does not
   * enter again has left by the other, and what it does not claim again it has given up.
   */
  doubtOlder(routeKey: string, { openedAt = 0 }: Origin): void {
    const { members, streams, node } = this.place
    const older = members.byRoute(routeKey).filter(({ enteredAt = 0 }) => enteredAt < openedAt)
    for (const member of older) member.isDoubted = true
    const dropUnclaimed = streams.question(routeKey)
    if (older.length === 0 && dropUnclaimed === undefined) return
    this.forgetting.get(routeKey)?.cancel()
    const forget = (): void => {
      this.forgetting.delete(routeKey)
      this.dropForgotten(routeKey, '_netburp', openedAt)
      dropUnclaimed?.()
    }
    this.forgetting.set(routeKey, node.timers.after(node.limits.lostNodeMs, forget))
  }

  /** The place is over. */
  close(): void {
    for (const timer of this.forgetting.values()) timer.cancel()
  }

  /** It is back, and its node is of the kind that believes to have been in all the time. */
  trust(routeKey: string): void {
    const { members, streams, node } = this.place
    members.trust(routeKey)
    streams.trust(routeKey)
    const origin = node.memberOrigin(routeKey)
    if (origin !== undefined && members.hasReplica(routeKey)) this.open(routeKey, origin)
  }

  /** Its node forgot at that time who was in, and has not been told since: it was started anew. */
  dropForgotten(routeKey: string, suffix: string, at: number): void {
    for (const member of this.place.members.doubted(routeKey, at)) this.place.remove(member, suffix)
  }

  dropDoubted(routeKey: string, suffix: string): void {
    const { place } = this
    const doubted = place.members.doubted(routeKey)
    if (place.members.isReplicaDoubted(routeKey)) this.removeReplica(routeKey)
    for (const member of doubted) place.remove(member, suffix)
    place.streams.dropDoubted(routeKey)
    const origin = place.node.memberOrigin(routeKey)
    if (origin !== undefined && place.members.byRoute(routeKey).length > 0) this.open(routeKey, origin)
  }

  /** Everybody who came by it is gone, now. */
  drop(routeKey: string, suffix: string): void {
    this.doubt(routeKey)
    this.dropDoubted(routeKey, suffix)
  }

  /** The node follows the place no longer; its persons stay. @returns whether it did */
  removeReplica(rootKey: string): boolean {
    const { members, streams, context } = this.place
    if (!members.hasReplica(rootKey)) return false
    context.unfollowed(rootKey)
    if (members.removeReplica(rootKey)) context.removeMember(rootKey)
    streams.dropHolder(rootKey)
    this.place.watchIdle()
    return true
  }
}
