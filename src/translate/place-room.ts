/** A place of this node as its built-in functions see it, on behalf of one caller. */
import type { AmfValue } from '../amf/value.js'
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { Place } from '../psyc/entity/place.js'
import type { Routing } from '../psyc/wire/packet.js'
import type { Room } from './built-ins.js'
import { noticeInvoke } from './invoke-packet.js'
import { shownAs } from './shown.js'

export class PlaceRoom implements Room {
  /** @param caller uniform of the person that calls: what it casts comes from it */
  constructor(
    private readonly place: Place,
    private readonly caller: string,
    private readonly persons: PersonRegistry,
  ) {}

  get memberCount(): number {
    return this.place.members.size
  }

  members(): { nick: string; uniform: string }[] {
    return this.place.members.listed.map(({ nick, displayName, person }) =>
      shownAs(person, displayName ?? nick, this.persons),
    )
  }

  find(nick: string): string | undefined {
    const folded = nick.toLowerCase()
    const shown = this.members().find((member) => member.nick.toLowerCase() === folded)
    return shown?.uniform ?? this.place.members.byNick(nick)?.person.text
  }

  broadcast(name: string, args: readonly AmfValue[]): void {
    this.send({ _target: this.place.uniform.text }, name, args)
  }

  sendTo(nick: string, name: string, args: readonly AmfValue[]): boolean {
    const target = this.find(nick)
    if (target !== undefined) this.send({ _target: target }, name, args)
    return target !== undefined
  }

  private send(routing: Routing, name: string, args: readonly AmfValue[]): void {
    const { node } = this.place
    node.send(noticeInvoke({ ...routing, _source: this.caller }, { name, args }, node.limits))
  }
}
