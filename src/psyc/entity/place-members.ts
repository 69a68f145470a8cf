/** Who is in a place, by person and by the route that a cast takes to them (one copy per route) [psyc.md 5.6]. */
import type { Uniform } from '../wire/uniform.js'

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
}

export class PlaceMembers {
  private readonly byPerson = new Map<string, Member>()
  private readonly routes = new Map<string, Set<Member>>()
  private listedNow: readonly Member[] | undefined

  /** All members, silent ones too. */
  get size(): number {
    return this.byPerson.size
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
    return true
  }

  /** @returns whether nobody is left on its route */
  remove(member: Member): boolean {
    this.byPerson.delete(member.person.key)
    this.listedNow = undefined
    const route = this.routes.get(member.routeKey)
    route?.delete(member)
    if (route === undefined || route.size > 0) return false
    this.routes.delete(member.routeKey)
    return true
  }

  unsilence(member: Member): void {
    member.isSilent = false
    this.listedNow = undefined
  }
}
