/**
 * A PSYC client linked to a person over its circuit [psyc.md 6.2]. It is sent what the person gets: a unicast in the
 * person's name with the sender in `_source_relay`, a cast as it is.
 */
import { Packet } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { PersonLink } from './person.js'
import type { Node } from './router.js'

export class NativeLink implements PersonLink {
  constructor(
    private readonly node: Node,
    private readonly person: Uniform,
    /** Where the client is: a name with a negative port, or one of a node's entities. */
    readonly location: Uniform,
  ) {}

  get queuedBytes(): number {
    return this.node.circuit(this.location.rootKey)?.queuedBytes ?? 0
  }

  deliver(packet: Packet): void {
    // A circuit that has just gone is about to take this link with it.
    if (this.node.circuit(this.location.rootKey) === undefined) return
    this.node.send(packet.context === undefined ? this.unicast(packet) : this.cast(packet))
  }

  private unicast(packet: Packet): Packet {
    const isOwn = uniformOf(packet.source)?.entityKey === this.person.entityKey
    return packet.withRouting({
      _source: this.person.text,
      // What was passed on to the person already keeps the one who said it.
      _source_relay: packet.sourceRelay ?? (isOwn ? undefined : packet.source),
      _target: this.location.text,
      _tag: packet.tag,
      _tag_relay: packet.tagRelay,
    })
  }

  /** The person's own words come back as an echo, and only that is shown [psyc.md 5.4]. */
  private cast(packet: Packet): Packet {
    const routed = packet.withRouting({
      _context: packet.context,
      _source_relay: packet.sourceRelay,
      _target: this.location.text,
      _tag_relay: packet.tagRelay,
      _counter: packet.route('_counter'),
    })
    const isOwn = uniformOf(packet.sourceRelay)?.entityKey === this.person.entityKey
    if (!isOwn || !inherits(packet.method, '_message_public')) return routed
    const method = packet.method.replace('_message_public', '_message_echo_public')
    return new Packet(routed.routing, routed.entity, method, routed.body, routed.stateOperation)
  }
}
