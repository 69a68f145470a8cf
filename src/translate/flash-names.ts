/**
 * Who holds which nick on this node. A clash is settled here [design 2.1]: a silent holder gives way, one whose
 * connection does not answer a ping is closed, otherwise the profile decides: suffix, reject or replace.
 */
import type { DuplicateNick } from '../profile/profile.js'
import { isProven } from '../psyc/entity/password.js'
import type { Person, PersonLink } from '../psyc/entity/person.js'
import type { ClaimRefusal, PersonRegistry } from '../psyc/entity/person-registry.js'
import { foldNick } from './name.js'
import { numberedNick } from './nick.js'
import type { Nick } from './nick.js'

/** A connection that holds a name, or wants one. */
export interface NameHolder extends PersonLink {
  /** Nobody was told of it. */
  readonly isSilent: boolean
  ping(timeoutMs: number, answered: (isAlive: boolean) => void): void
  /** Close the connection at once: its name is needed. */
  evict(): void
  /** Take another name at once; silent holders only. */
  rename(): void
}

export interface NameWish {
  readonly nick: Nick
  readonly password: string | undefined
  readonly rule: DuplicateNick
}

/** `_error_…` or `_failure_…` when there is no person for it. */
export type Claimed = Person | string

const refusals: Readonly<Record<ClaimRefusal, string>> = {
  taken: '_error_status_person_connected',
  registered: '_error_invalid_password',
  full: '_failure_exceeded_limit_persons',
  illegal: '_error_illegal_name_person',
}

const MOST_NUMBER = 1_000 // nick_2 … nick_1000

export class FlashNames {
  /** By mapped nick; links of registered persons, who may be many, are the person's business. */
  private readonly holders = new Map<string, NameHolder>()

  constructor(private readonly persons: PersonRegistry) {}

  /** @param claimed called once, perhaps later: a holder may have to be asked for a sign of life */
  claim(wish: NameWish, holder: NameHolder, claimed: (claimed: Claimed) => void): void {
    const { nick, rule } = wish
    const first = this.take(wish, nick, holder)
    const present = this.holders.get(nick.mapped)
    if (first !== 'taken' || present === undefined) claimed(this.outcome(first, wish, holder))
    else if (present.isSilent) {
      present.rename()
      claimed(this.again(wish, holder))
    } else if (rule === 'replace') {
      present.evict()
      claimed(this.again(wish, holder))
    } else {
      present.ping(this.persons.node.limits.nickPingMs, (isAlive) => {
        if (!isAlive) present.evict()
        claimed(this.again(wish, holder))
      })
    }
  }

  /** A name like it that nobody holds. */
  claimNumbered(nick: Nick, holder: NameHolder): Claimed {
    const { limits } = this.persons.node
    for (let number = 2; number <= MOST_NUMBER; number++) {
      const display = numberedNick(nick.display, number, limits)
      const numbered = { display, mapped: foldNick(display, limits), isGuest: nick.isGuest }
      const taken = this.takeAs(numbered, holder, false)
      if (typeof taken !== 'string') return taken
      if (taken === 'full' || taken === 'illegal') return refusals[taken]
    }
    return refusals.taken
  }

  release(person: Person, holder: NameHolder): void {
    if (this.holders.get(person.nick) === holder) this.holders.delete(person.nick)
  }

  private again(wish: NameWish, holder: NameHolder): Claimed {
    return this.outcome(this.take(wish, wish.nick, holder), wish, holder)
  }

  private outcome(
    taken: Person | ClaimRefusal,
    { nick, rule, password }: NameWish,
    holder: NameHolder,
  ): Claimed {
    if (typeof taken !== 'string') return taken
    const isOthers = taken === 'taken' || (taken === 'registered' && password === undefined)
    return isOthers && rule !== 'reject' ? this.claimNumbered(nick, holder) : refusals[taken]
  }

  private take({ password }: NameWish, nick: Nick, holder: NameHolder): Person | ClaimRefusal {
    const registered = this.persons.options.store.find(nick.mapped)
    const isAuthenticated =
      registered !== undefined &&
      password !== undefined &&
      isProven(
        registered.password,
        { method: undefined, password, nonce: undefined },
        this.persons.options.hasher,
      )
    return this.takeAs(nick, holder, isAuthenticated)
  }

  private takeAs(
    { mapped, display }: Nick,
    holder: NameHolder,
    isAuthenticated: boolean,
  ): Person | ClaimRefusal {
    const person = this.persons.claim(mapped, holder, { displayName: display, isAuthenticated })
    if (typeof person !== 'string') this.holders.set(mapped, holder)
    return person
  }
}
