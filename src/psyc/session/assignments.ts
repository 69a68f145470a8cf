/**
 * State of the routing header: `=` keeps a variable for all packets that follow on this circuit in this direction, until
 * it is assigned again; `:` overrides it for one packet [psyc.md 4.1]. 0.9 may also `+` and `-`.
 */
import { isRoutingVariable } from '../wire/keyword.js'
import { Packet, valueText } from '../wire/packet.js'
import type { Modifier } from '../wire/packet.js'

export class Assignments {
  private readonly kept = new Map<string, Modifier>()

  /** The packet as it is meant: kept variables that it does not name itself are added. */
  apply(packet: Packet): Packet {
    const isPlain = packet.routing.every(({ operator }) => operator === ':')
    if (isPlain && this.kept.size === 0) return packet
    const own = packet.routing.filter(({ operator }) => operator === ':' || operator === '=')
    for (const modifier of packet.routing) this.keep(modifier)
    const named = new Set(own.map(({ name }) => name))
    const inherited = [...this.kept.values()].filter(({ name }) => !named.has(name))
    const routing = [...inherited, ...own].map(({ name, value }): Modifier => ({
      operator: ':',
      name,
      value,
    }))
    return new Packet(routing, packet.entity, packet.method, packet.body, packet.stateOperation)
  }

  private keep({ operator, name, value }: Modifier): void {
    if (!isRoutingVariable(name)) return
    const isEmpty = valueText(value) === ''
    if (operator === '-' || (operator === '=' && isEmpty)) this.kept.delete(name)
    else if (operator === '=' || operator === '+') this.kept.set(name, { operator: ':', name, value })
  }
}
