/**
 * What comes in over circuits, in its turn: in whose name it is, and where it may go [psyc.md 3.2, 3.3]. The circuit has
 * proven the sender; here the target must be ours, for we relay for nobody.
 */
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Circuit } from '../session/circuit.js'
import type { Log } from '../../util/log.js'
import { deservesError } from './failure.js'
import type { Origin } from './node.js'

/** psyced shows its users what has a text, and nothing of the rest. */
export const NOT_HERE = '[_uniform] is not a legal address here.'
const NO_RELAY = '[_host] is not this node: it passes on nothing.'

/** Persons that let clients speak in their name. */
export interface Speakers {
  /** Who speaks when a packet comes from that location and names no source. */
  at(locationKey: string): Speaker | undefined
  /** That person, if a client somewhere at `rootKey` is linked to it. */
  linkedFrom(rootKey: string, personKey: string): Speaker | undefined
}

export interface Speaker {
  readonly uniform: Uniform
  /** A packet of one of its clients, to be sent in the person's name. */
  speak(packet: Packet): void
}

export interface Drops {
  casts: number
  targets: number
}

export interface IntakeHost {
  readonly root: Uniform
  readonly log: Log
  readonly deliver: (packet: Packet, target: Uniform, origin: Origin) => void
  readonly cast: (packet: Packet, context: Uniform, origin: Origin, circuit: Circuit) => void
  /** @returns whether the packet was the answer to a request of the root */
  readonly answer: (packet: Packet, origin: Origin) => boolean
}

export class Intake {
  readonly drops: Drops = { casts: 0, targets: 0 }
  speakers: Speakers | undefined

  constructor(private readonly host: IntakeHost) {}

  /** @param sender `_context`, `_source`, or what stands for none */
  take(circuit: Circuit, packet: Packet, sender: Uniform): void {
    if (circuit.isDistrusted) return
    const origin = fullOriginOf(circuit, sender)
    if (this.isOurs(sender)) this.takeFromClient(circuit, packet, sender)
    else if (packet.context !== undefined) this.takeCast(circuit, packet, sender, origin)
    else this.takeUnicast(circuit, packet, sender, origin)
  }

  /** The source is one of our persons: its client may say so, nobody else. */
  private takeFromClient(circuit: Circuit, packet: Packet, person: Uniform): void {
    const speaker = [circuit.location, circuit.root]
      .map((root) => root && this.speakers?.linkedFrom(root.rootKey, person.entityKey))
      .find((found) => found !== undefined)
    if (speaker === undefined) circuit.rejectSender(person)
    else speaker.speak(packet)
  }

  /** Whom the packet is for. Our name with TLS in it is another name of the same entity. */
  private targetOf(packet: Packet): Uniform | undefined {
    const { root } = this.host
    if (packet.target === undefined) return root
    const target = uniformOf(packet.target)
    if (target?.transport !== 's' || target.host.toLowerCase() !== root.host.toLowerCase()) return target
    const channel = target.channel === '' ? '' : `#${target.channel}`
    return uniformOf(`${root.rootKey}${target.resource}${channel}`)
  }

  private takeCast(circuit: Circuit, packet: Packet, context: Uniform, origin: Origin): void {
    const target = this.targetOf(packet)
    // A parent in a tree feeds the node; the master alone speaks to persons, and answers.
    const isOfParent = origin.parentKey !== undefined
    if (target === undefined || !this.isOurs(target) || (isOfParent && target.kind !== 'root'))
      this.drops.casts++
    else if (isOfParent) this.host.cast(packet, context, origin, circuit)
    // What the context sends to one person is for that person alone.
    else if (target.kind !== 'root') this.host.deliver(packet, target, origin)
    else if (!this.host.answer(packet, origin)) this.host.cast(packet, context, origin, circuit)
  }

  private takeUnicast(circuit: Circuit, packet: Packet, sender: Uniform, origin: Origin): void {
    const target = this.targetOf(packet)
    const speaker = this.speakerFor(packet, sender)
    if (speaker !== undefined && target?.entityKey !== speaker.uniform.entityKey) {
      speaker.speak(packet)
      return
    }
    const named = withSender(packet, sender, this.host.log)
    if (target === undefined)
      this.refuse(circuit, named, '_error_illegal_uniform', { _uniform: packet.target }, NOT_HERE)
    else if (!this.isOurs(target))
      this.refuse(circuit, named, '_failure_unsupported_relay', { _host: target.host }, NO_RELAY)
    else this.host.deliver(named, target, origin)
  }

  private isOurs(uniform: Uniform): boolean {
    return uniform.rootKey === this.host.root.rootKey
  }

  /** The person that the packet is meant to come from, though it names only the client's location, or nobody. */
  private speakerFor(packet: Packet, location: Uniform): Speaker | undefined {
    const identity = packet.route('_source_identification')
    if (packet.source !== undefined && identity === undefined) return undefined
    const speaker = this.speakers?.at(location.entityKey)
    const isNamed = identity === undefined || uniformOf(identity)?.entityKey === speaker?.uniform.entityKey
    return isNamed ? speaker : undefined
  }

  /** An answer about where a packet may go: over the circuit it came from, whoever the sender was. */
  private refuse(circuit: Circuit, packet: Packet, method: string, variables: Variables, text: string): void {
    this.drops.targets++
    if (!deservesError(packet)) return
    const routing = { _source: this.host.root.text, _target: packet.source, _tag_relay: packet.tag }
    circuit.send(Packet.of(routing, method, variables, text))
  }
}

export function originOf(circuit: Circuit, sender: Uniform): Origin {
  return {
    rootKey: sender.rootKey,
    isLocal: false,
    understandsState: circuit.understandsState,
    understandsRoute: circuit.understandsRoute,
    openedAt: circuit.openedAt,
    syntax: circuit.version ?? '1.0',
  }
}

/** With the parent, if the circuit is not the sender's own. */
function fullOriginOf(circuit: Circuit, sender: Uniform): Origin {
  const origin = originOf(circuit, sender)
  const via = circuit.root?.rootKey ?? sender.rootKey
  const isRelayed = via !== sender.rootKey && sender.rootKey !== circuit.location.rootKey
  return isRelayed ? { ...origin, parentKey: via } : origin
}

const identities = ['_source_identification', '_source_identity']

/**
 * Entities see a sender in every packet. A node may name which of its own entities a packet is of, as psyced does for
 * its users' clients; an identity elsewhere, which nobody has checked, is dropped [psyc.md 6.4; psyced.md 4.5].
 */
function withSender(packet: Packet, sender: Uniform, log: Log): Packet {
  const claimed = packet.route('_source_identification') ?? packet.route('_source_identity')
  if (packet.source !== undefined && claimed === undefined) return packet
  const identity = uniformOf(claimed)
  const isOfSender = identity?.rootKey === sender.rootKey
  if (claimed !== undefined && !isOfSender)
    log.info({ from: sender.text, identity: claimed.slice(0, 200) }, 'an identity that nobody has checked')
  const value = isOfSender ? identity.text : (packet.source ?? sender.text)
  const kept = packet.routing.filter(({ name }) => name !== '_source' && !identities.includes(name))
  const routing = [{ operator: ':' as const, name: '_source', value }, ...kept]
  return new Packet(routing, packet.entity, packet.method, packet.body, packet.stateOperation)
}
