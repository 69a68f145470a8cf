/** A place of this node as its built-in functions see it, on behalf of one caller, who may be of another node. */
import type { AmfValue } from '../amf/value.js'
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { Place } from '../psyc/entity/place.js'
import type { PresentMember } from '../psyc/entity/remote-place.js'
import type { Routing } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Room } from './built-ins.js'
import { noticeInvoke } from './invoke-packet.js'
import { remoteNick } from './nick.js'
import type { RoomNames } from './room-names.js'
import { memberCalled, shownAs } from './shown.js'
import type { Shown } from './shown.js'

export class PlaceRoom implements Room {
  /** @param caller what it casts comes from him, and members are shown as his node would show them */
  constructor(
    private readonly place: Place,
    private readonly caller: Uniform,
    private readonly persons: PersonRegistry,
    /** As clients of this node know the members. */
    private readonly names?: RoomNames,
  ) {}

  get memberCount(): number {
    return this.place.members.size
  }

  members(): { nick: string; uniform: string }[] {
    const show = this.show()
    return this.present.map(({ person, name }) => show(person, name))
  }

  find(nick: string): string | undefined {
    return memberCalled(nick, this.present, this.show())
  }

  broadcast(name: string, args: readonly AmfValue[]): void {
    this.send({ _source: this.caller.text, _target: this.place.uniform.text }, name, args)
  }

  /** Nobody takes a packet of another node's person from us: then it is the place that passes it on. */
  sendTo(nick: string, name: string, args: readonly AmfValue[]): boolean {
    const target = this.find(nick)
    const { place, caller } = this
    const source = place.node.isLocal(caller)
      ? { _source: caller.text }
      : { _source: place.uniform.text, _source_relay: caller.text }
    if (target !== undefined) this.send({ ...source, _target: target }, name, args)
    return target !== undefined
  }

  private get present(): PresentMember[] {
    return this.place.members.listed.map(({ person, nick, displayName }) => ({
      person,
      name: displayName ?? nick,
    }))
  }

  private show(): (person: Uniform, name: string) => Shown {
    const { caller, persons, names } = this
    if (persons.node.isLocal(caller))
      return (person, name) => shownAs(person, name, persons, undefined, names)
    return shownAt(caller, this.present)
  }

  private send(routing: Routing, name: string, args: readonly AmfValue[]): void {
    const { node } = this.place
    node.send(noticeInvoke(routing, { name, args }, node.limits))
  }
}

/**
 * As the caller's node shows them, as far as it can be known here: its own people by their nicks, others with their
 * host when one of its people, or another who came before, has the nick.
 */
function shownAt(
  caller: Uniform,
  present: readonly PresentMember[],
): (person: Uniform, name: string) => Shown {
  const held = new Set<string>([caller.name.toLowerCase()])
  const first = new Map<string, string>()
  for (const { person, name } of present) {
    const nick = name.toLowerCase()
    if (!first.has(nick)) first.set(nick, person.key)
    if (person.rootKey === caller.rootKey) held.add(person.name.toLowerCase()).add(nick)
  }
  return (person, name) => {
    const nicks = [name.toLowerCase(), person.name.toLowerCase()]
    const isOthers = (first.get(name.toLowerCase()) ?? person.key) !== person.key
    const isHeld = person.rootKey !== caller.rootKey && (isOthers || nicks.some((nick) => held.has(nick)))
    const nick = isHeld ? remoteNick(name, person.host) : name
    return { nick, uniform: person.text, id: nick }
  }
}
