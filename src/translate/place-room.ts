/** A place of this node as its built-in functions see it, on behalf of one caller. */
import type { AmfValue } from '../amf/value.js'
import type { Place } from '../psyc/entity/place.js'
import type { Routing } from '../psyc/wire/packet.js'
import type { Room } from './built-ins.js'
import { noticeInvoke } from './invoke-packet.js'

export class PlaceRoom implements Room {
  /** @param caller uniform of the person that calls: what it casts comes from it */
  constructor(
    private readonly place: Place,
    private readonly caller: string,
  ) {}

  get memberCount(): number {
    return this.place.members.size
  }

  members(): { nick: string; uniform: string }[] {
    return this.place.members.listed.map(({ nick, displayName, person }) => ({
      nick: displayName ?? nick,
      uniform: person.text,
    }))
  }

  broadcast(name: string, args: readonly AmfValue[]): void {
    this.send({ _target: this.place.uniform.text }, name, args)
  }

  sendTo(nick: string, name: string, args: readonly AmfValue[]): boolean {
    const member = this.place.members.byNick(nick)
    if (member === undefined) return false
    this.send({ _target: member.person.text }, name, args)
    return true
  }

  private send(routing: Routing, name: string, args: readonly AmfValue[]): void {
    const { node } = this.place
    node.send(noticeInvoke({ ...routing, _source: this.caller }, { name, args }, node.limits))
  }
}
