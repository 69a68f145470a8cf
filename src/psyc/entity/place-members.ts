/**
 * Who is in a place, by person and by the route that a cast takes to them (one copy per route) [psyc.md 5.6; design 4].
 *
 * A route is open while a person of it is in, or the root of its node: that is a replica, no person, and nobody is told
 * of it. Whoever came by a route that was lost is in doubt until it enters again.
 */
import type { Uniform } from '../wire/uniform.js'
import type { RouteQuota } from './route-quota.js'

export interface Member {
  readonly person: Uniform
  /** As entered: the mapped nick. */
  readonly nick: string
  /** Spelling for display, when it differs. */
  readonly displayName?: string | undefined
  /** Hears everything; nobody was told of it. */
  isSilent: boolean
  /** The member key of its route: a local or native person itself, or the root of another node. */
  readonly routeKey: string
  /** When it last entered, ms of the clock. */
  enteredAt?: number
  /** Its node keeps no state: it does not know when its circuit is lost, and will not enter again. */
  isUnaware?: boolean
  /** Its node was lost, and it has not entered again. */
  isDoubted?: boolean
}

export class PlaceMembers {
  private readonly byPerson = new Map<string, Member>()
  private readonly routes = new Map<string, Set<Member>>()
  private readonly replicas = new Map<string, { isDoubted: boolean }>()
  private listedNow: readonly Member[] | undefined

  /** @param quota of all places of the node */
  constructor(private readonly quota?: RouteQuota) {}

  /** All members, silent ones too. */
  get size(): number {
    return this.byPerson.size
  }

  /** Neither persons nor replicas are left. */
  get isEmpty(): boolean {
    return this.byPerson.size === 0 && this.replicas.size === 0
  }

  /** Number of nodes that follow the place as their root. */
  get replicaCount(): number {
    return this.replicas.size
  }

  /** The members that others know of, in the order they came. */
  get listed(): readonly Member[] {
    this.listedNow ??= [...this.byPerson.values()].filter(({ isSilent }) => !isSilent)
    return this.listedNow
  }

  get(personKey: string): Member | undefined {
    return this.byPerson.get(personKey)
  }

  byNick(nick: string): Member | undefined {
    const folded = nick.toLowerCase()
    return this.listed.find((member) => member.nick.toLowerCase() === folded)
  }

  byRoute(routeKey: string): Member[] {
    return [...(this.routes.get(routeKey) ?? [])]
  }

  /** @returns whether the route is new */
  add(member: Member): boolean {
    this.byPerson.set(member.person.key, member)
    this.listedNow = undefined
    const route = this.routes.get(member.routeKey)
    if (route !== undefined) {
      route.add(member)
      return false
    }
    this.routes.set(member.routeKey, new Set([member]))
    return this.opened(member.routeKey, !this.replicas.has(member.routeKey))
  }

  /** @returns whether nobody is left on its route */
  remove(member: Member): boolean {
    this.byPerson.delete(member.person.key)
    this.listedNow = undefined
    const route = this.routes.get(member.routeKey)
    route?.delete(member)
    if (route === undefined || route.size > 0) return false
    this.routes.delete(member.routeKey)
    return this.closed(member.routeKey, !this.replicas.has(member.routeKey))
  }

  /** Number of persons that came by a route. */
  countOf(routeKey: string): number {
    return this.routes.get(routeKey)?.size ?? 0
  }

  /** Nobody else is reached by the member's route. */
  isAlone({ routeKey }: Member): boolean {
    return !this.hasReplica(routeKey) && this.countOf(routeKey) === 1
  }

  private opened(routeKey: string, isNew: boolean): boolean {
    if (isNew) this.quota?.opened(routeKey)
    return isNew
  }

  private closed(routeKey: string, isGone: boolean): boolean {
    if (isGone) this.quota?.closed(routeKey)
    return isGone
  }

  hasReplica(rootKey: string): boolean {
    return this.replicas.has(rootKey)
  }

  /** @returns whether the route is new */
  addReplica(rootKey: string): boolean {
    const isNew = !this.replicas.has(rootKey) && !this.routes.has(rootKey)
    this.replicas.set(rootKey, { isDoubted: false })
    return this.opened(rootKey, isNew)
  }

  /** @returns whether nobody is left on its route */
  removeReplica(rootKey: string): boolean {
    return this.closed(rootKey, this.replicas.delete(rootKey) && !this.routes.has(rootKey))
  }

  /** The route was lost: all who came by it must enter again. */
  doubt(routeKey: string): void {
    this.mark(routeKey, true)
  }

  /** They are believed to be in after all. */
  trust(routeKey: string): void {
    this.mark(routeKey, false)
  }

  private mark(routeKey: string, isDoubted: boolean): void {
    for (const member of this.byRoute(routeKey)) member.isDoubted = isDoubted
    const replica = this.replicas.get(routeKey)
    if (replica !== undefined) replica.isDoubted = isDoubted
  }

  /** Persons of the route who have not entered again. @param before of them, those who last entered before that */
  doubted(routeKey: string, before = Infinity): Member[] {
    const isDoubted = (member: Member): boolean =>
      member.isDoubted === true && (member.enteredAt ?? 0) < before
    return this.byRoute(routeKey).filter(isDoubted)
  }

  /** The node follows the place, was lost, and has not entered again. */
  isReplicaDoubted(rootKey: string): boolean {
    return this.replicas.get(rootKey)?.isDoubted === true
  }

  unsilence(member: Member): void {
    member.isSilent = false
    this.listedNow = undefined
  }
}
