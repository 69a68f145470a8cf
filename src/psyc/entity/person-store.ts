/** Registered persons. */

export interface RegisteredPerson {
  /** Spelling for display. */
  readonly displayName: string
  /** As typed: the hashes that clients send are of the password itself [psyc.md 6.2]. Never logged. */
  readonly password: string
}

/** By the mapped nick, lower case: "alice". */
export interface PersonStore {
  find(nick: string): RegisteredPerson | undefined
  /** @returns false when nobody can register */
  save(nick: string, person: RegisteredPerson): boolean
}

/** Forgets all when the program ends. */
export class MemoryPersonStore implements PersonStore {
  private readonly persons = new Map<string, RegisteredPerson>()

  /** @param most how many may register */
  constructor(private readonly most = 0) {}

  find(nick: string): RegisteredPerson | undefined {
    return this.persons.get(nick)
  }

  save(nick: string, person: RegisteredPerson): boolean {
    if (!this.persons.has(nick) && this.persons.size >= this.most) return false
    this.persons.set(nick, person)
    return true
  }
}
