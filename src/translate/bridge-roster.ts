/**
 * Who is in a place of psyced, as it was told: by notices, which may be lost, come twice or in the wrong order, and by
 * lists, which are complete. What changes is told once, however it became known.
 */
import type { PresentMember } from '../psyc/entity/remote-place.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { GatewayError } from '../util/errors.js'

export interface RosterEvents {
  came(member: PresentMember): void
  went(member: PresentMember): void
}

export class BridgeRoster {
  private readonly present = new Map<string, PresentMember>()

  constructor(private readonly events: RosterEvents) {}

  values(): PresentMember[] {
    return [...this.present.values()]
  }

  has(personKey: string): boolean {
    return this.present.has(personKey)
  }

  came(person: Uniform, name: string): void {
    const member = { person, name }
    const known = this.present.get(person.key)
    this.present.set(person.key, member)
    if (known === undefined) this.events.came(member)
  }

  went(person: Uniform): void {
    const member = this.present.get(person.key)
    this.present.delete(person.key)
    if (member !== undefined) this.events.went(member)
  }

  /** Everybody who is there, and nobody else. Names that are known stand: lists hold nicks alone. */
  replace(members: readonly PresentMember[]): void {
    const keys = new Set(members.map(({ person }) => person.key))
    for (const { person } of this.values()) if (!keys.has(person.key)) this.went(person)
    for (const { person, name } of members) if (!this.has(person.key)) this.came(person, name)
  }
}

/** @returns undefined when the packet holds no list, or one that is none */
export function listedMembers(packet: Packet): PresentMember[] | undefined {
  try {
    const persons = packet.list('_list_members')?.texts()
    const nicks = packet.list('_list_members_nicks')?.texts() ?? []
    return persons?.flatMap((text, at) => {
      const person = uniformOf(text)
      return person === undefined ? [] : [{ person, name: nicks[at] ?? person.name }]
    })
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return undefined
  }
}
