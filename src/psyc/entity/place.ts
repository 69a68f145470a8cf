/**
 * A place: people enter it, talk, and leave [psyc.md 5; design 2, 3]. It is the master of its context and knows who is in.
 * What one asks of it is a table (place-requests.ts): to enter and leave is place-enter.ts. What no row names is talk
 * (place-talk.ts): it is distributed if it is no request, as PSYC places do.
 *
 * Silent members (`_flag_silent` in the enter) hear everything and are neither announced nor listed. Their first word,
 * or a second enter without the flag, announces them [design 2].
 *
 * The root of another node may enter too: no person, listed nowhere, but a replica that follows the place for its
 * clients, with the full state (place-state.ts) and a route that stays open whether its persons come or go.
 */
import { inherits } from '../wire/keyword.js'
import { Packet, modifiers } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { StateChange } from '../state/cast.js'
import { ContextMaster } from '../state/context-master.js'
import type { Relaying } from '../state/context-relays.js'
import type { Timer } from '../../util/timers.js'
import type { Entity, Origin, PsycNode } from './node.js'
import { ownedPacket } from '../wire/owned-packet.js'
import { PlaceHistory } from './place-history.js'
import { PlaceMembers } from './place-members.js'
import type { Member } from './place-members.js'
import { placeRequest } from './place-requests.js'
import { PlaceRoutes } from './place-routes.js'
import { memberCame, memberWent, placeState } from './place-state.js'
import { distribute } from './place-talk.js'
import type { RouteQuota } from './route-quota.js'
import { StreamRegistry } from './stream-registry.js'
import { TalkLog, TalkMemory } from './talk-log.js'

/** What a place asks of its surroundings. */
export interface PlaceOptions {
  /** Persons (uniform keys) who may kick. */
  readonly owners: readonly string[]
  /** A call that a member sent to the place (`_request_invoke`); it is answered by `place.answer`. */
  invoke?(place: Place, packet: Packet, origin: Origin): void
  /** A packet for one of the place's channels: `#_so_…`, `#_stream_…`. */
  channel?(place: Place, channel: string, packet: Packet, origin: Origin): void
  /** The others have been told of a member. */
  announced?(place: Place, member: Member): void
  /** A node is about to be let in as a replica. @param token of its run, if it says one */
  followed?(place: Place, root: Uniform, token: string | undefined): void
  /** A member is out, after the others were told. */
  left?(place: Place, member: Member): void
  /** Of all places of this node. */
  readonly quota?: RouteQuota
  /** Of all places of this node. */
  readonly talk?: TalkMemory
  /** For nodes that are fed by others. */
  readonly relaying?: Relaying | undefined
  /** Whether something besides members keeps the place alive. */
  isNeeded?(place: Place): boolean
  /** The place is empty for `placeIdleMs` and ends. */
  ended?(place: Place): void
}

export class Place implements Entity {
  readonly context: ContextMaster
  readonly members: PlaceMembers
  readonly history: PlaceHistory
  /** What other nodes may have missed. */
  readonly talk: TalkLog
  readonly banned = new Set<string>()
  readonly streams: StreamRegistry
  readonly routes: PlaceRoutes
  topic: { text: string; nick: string } | undefined
  private idle: Timer | undefined

  constructor(
    readonly node: PsycNode,
    readonly uniform: Uniform,
    readonly options: PlaceOptions,
  ) {
    this.members = new PlaceMembers(options.quota)
    this.routes = new PlaceRoutes(this)
    this.context = new ContextMaster(node, uniform, placeState(this), undefined, options.relaying)
    this.streams = new StreamRegistry({
      limits: node.limits,
      holderOf: (packet, origin) => this.holderOf(packet, origin),
      cast: (cast) => this.context.cast(cast),
      answer: (packet, method, variables) => this.answer(packet, method, variables),
    })
    const { placeHistory, placeHistoryBytes } = node.limits
    this.history = new PlaceHistory(placeHistory, placeHistoryBytes)
    this.talk = new TalkLog(options.talk ?? new TalkMemory(node.limits))
    this.watchIdle()
  }

  /** Name for display: the resource without "@". */
  get name(): string {
    return this.uniform.name
  }

  receive(packet: Packet, origin: Origin): void {
    const channel = uniformOf(packet.target)?.channel ?? ''
    if (channel !== '') {
      this.options.channel?.(this, channel, packet, origin)
      return
    }
    if (packet.stateOperation === 'resync') {
      this.resync(packet, origin)
      return
    }
    const request = placeRequest(packet.method)
    if (request !== undefined) request(this, packet, origin)
    else distribute(this, packet)
  }

  /** A member lost count of our casts and wants the whole state [psyc.md 4.3]. */
  private resync(packet: Packet, origin: Origin): void {
    const source = uniformOf(packet.source)
    if (source === undefined || !this.context.resync(packet, origin, source))
      this.answer(packet, '_error_necessary_membership', { _nick_place: this.name })
  }

  /** What a node says of one that it feeds. */
  routed(packet: Packet, origin: Origin): void {
    const source = uniformOf(packet.source)
    if (source !== undefined) this.context.routed(packet, origin, source)
  }

  /** Somebody is here. */
  awake(): void {
    this.idle?.cancel()
  }

  /** One node must leave room for the others, here and in other places. */
  isFullFor(routeKey: string): boolean {
    const { members } = this
    const { placeMembers, placeMembersPerNode } = this.node.limits
    const isOpen = members.countOf(routeKey) > 0 || members.hasReplica(routeKey)
    if (!isOpen && this.options.quota?.isFull(routeKey) === true) return true
    return members.size >= placeMembers || members.countOf(routeKey) >= placeMembersPerNode
  }

  /** A silent member becomes one that all others see. */
  announce(member: Member, suffix = ''): void {
    if (!member.isSilent) return
    this.members.unsilence(member)
    this.tellOthers(
      member,
      `_notice_context_enter${suffix}`,
      '[_nick] enters [_nick_place].',
      memberCame(member),
    )
    this.options.announced?.(this, member)
  }

  /** Take a member out and tell the others, unless nobody knew of it. */
  remove(member: Member, suffix: string): void {
    if (this.members.get(member.person.key) !== member) return
    if (this.members.remove(member)) this.context.removeMember(member.routeKey)
    this.streams.dropHolder(member.person.key)
    if (!member.isSilent)
      this.tellOthers(
        member,
        `_notice_context_leave${suffix}`,
        '[_nick] leaves [_nick_place].',
        memberWent(member),
      )
    this.options.left?.(this, member)
    this.watchIdle()
  }

  /** Everybody who came by this route is gone [psyc.md 5.7]. */
  removeRoute(routeKey: string, suffix: string): void {
    this.routes.drop(routeKey, suffix)
  }

  /** Out, told so, and not let in again. */
  kick(member: Member): void {
    this.banned.add(member.person.key)
    const text = '[_nick] is banned from [_nick_place].'
    this.send(member.person.text, '_notice_context_leave_banned', this.namesOf(member), text)
    this.remove(member, '_banned')
  }

  /** Cast what became of a member to all but itself. */
  private tellOthers(member: Member, method: string, body: string, state: StateChange): void {
    const isThere = this.members.get(member.person.key) === member
    this.context.cast({
      method,
      sourceRelay: member.person.text,
      entity: modifiers(this.namesOf(member)),
      body,
      state,
      ...(isThere && this.members.isAlone(member) ? { exceptMember: member.routeKey } : {}),
    })
  }

  /** How a cast about a member names it, whatever it says itself. */
  namesOf(member: Member): Variables {
    return { _nick: member.nick, _name_display: member.displayName, _nick_place: this.name }
  }

  /** Something was cast that does not follow from the state: who comes may ask for it, who has missed it is told. */
  remember(cast: Packet): void {
    const seconds = Math.floor(this.node.timers.clock.wallTime() / 1000)
    const kept = ownedPacket(cast.withVariables({ _time_place: seconds }))
    if (inherits(kept.method, '_message')) this.history.add(kept)
    this.talk.append(kept)
  }

  /** A call for the place itself. */
  invoke(packet: Packet, origin: Origin): void {
    if (this.options.invoke === undefined) {
      this.answer(packet, '_error_unknown_invoke', { _name_invoke: packet.text('_name_invoke') })
    } else this.options.invoke(this, packet, origin)
  }

  /** The answer to a request of anybody: from the place, with the request's tag. */
  answer(packet: Packet, method: string, variables: Variables, body = ''): void {
    if (packet.source !== undefined) this.send(packet.source, method, variables, body, packet.tag)
  }

  /** In the words of a cast about that member: psyced shows them to its IRC users as something that he did. */
  answerAbout({ person }: Member, packet: Packet, method: string): void {
    const routing = {
      _context: this.uniform.text,
      _source_relay: person.text,
      _target: packet.source,
      _tag_relay: packet.tag,
    }
    this.node.send(Packet.of(routing, method, { _nick: packet.text('_nick'), _nick_place: this.name }))
  }

  private send(target: string, method: string, variables: Variables, body = '', tag?: string): void {
    const routing = { _source: this.uniform.text, _target: target, _tag_relay: tag }
    this.node.send(Packet.of(routing, method, variables, body))
  }

  memberOf(packet: Packet): Member | undefined {
    const person = uniformOf(packet.source)
    return person === undefined ? undefined : this.members.get(person.key)
  }

  /** Members may ask for themselves and their node, and nodes that follow the place for clients of theirs. */
  holderOf(packet: Packet, origin: Origin): string | undefined {
    const member = this.memberOf(packet)
    if (member !== undefined) return member.person.key
    return this.members.hasReplica(origin.rootKey) ? origin.rootKey : undefined
  }

  isOwner(person: string | undefined): boolean {
    const key = uniformOf(person)?.key
    return key !== undefined && this.options.owners.includes(key)
  }

  /** No timer is left and nothing is cast any more. */
  close(): void {
    this.idle?.cancel()
    this.routes.close()
    this.talk.clear()
    this.context.close()
  }

  /** An empty place is remembered for a while, and as long as something else needs it. */
  watchIdle(): void {
    this.idle?.cancel()
    if (!this.members.isEmpty) return
    this.idle = this.node.timers.after(this.node.limits.placeIdleMs, () => {
      if (this.options.isNeeded?.(this) === true) this.watchIdle()
      else this.options.ended?.(this)
    })
  }
}
