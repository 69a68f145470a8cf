/**
 * A place: people enter it, talk, and leave [psyc.md 5; design 2, 3]. It is the master of its context and decides who
 * is in. Its requests are a table; what no row names is distributed if it is no request, as PSYC places do.
 *
 * Silent members (`_flag_silent` in the enter) hear everything and are neither announced nor listed. Their first word,
 * or a second enter without the flag, announces them [design 2].
 *
 * The root of another node may enter too: no person, listed nowhere, but a replica that follows the place for its
 * clients, with the full state (place-state.ts) and a route that stays open whether its persons come or go.
 */
import { Packet, modifiers } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { PsycList } from '../wire/list.js'
import { firstWord } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { ContextMaster } from '../state/context-master.js'
import { memberKeyOf } from '../state/context-node.js'
import type { StateChange } from '../state/context-master.js'
import type { Relaying } from '../state/context-relays.js'
import type { Timer } from '../../util/timers.js'
import type { Entity, Origin, PsycNode } from './node.js'
import { PlaceHistory } from './place-history.js'
import { PlaceMembers } from './place-members.js'
import type { Member } from './place-members.js'
import { enterReplica, isNodeRoot, leaveReplica } from './place-replicas.js'
import { NO_MEMBER, enterRefusals } from './place-refusals.js'
import { placeRequest } from './place-requests.js'
import { PlaceRoutes } from './place-routes.js'
import { assignTopic, memberCame, memberWent, placeState } from './place-state.js'
import type { RouteQuota } from './route-quota.js'
import { StreamRegistry } from './stream-registry.js'

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
  /** For nodes that are fed by others. */
  readonly relaying?: Relaying | undefined
  /** Whether something besides members keeps the place alive. */
  isNeeded?(place: Place): boolean
  /** The place is empty for `placeIdleMs` and ends. */
  ended?(place: Place): void
}

const MAPPED_MOST = 3 // a mapped nick has at most three characters for a byte [design 2.1]
const MEMBERS_LISTED = 44 // psyced's own bound: above it an enter is answered with the number alone

export class Place implements Entity {
  readonly context: ContextMaster
  readonly members: PlaceMembers
  readonly history: PlaceHistory
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
    else this.distribute(packet)
  }

  /** Enter, be announced, or be greeted again [psyc.md 5.2]. */
  enter(packet: Packet, origin: Origin): void {
    const person = uniformOf(packet.source)
    if (isNodeRoot(person) && !origin.isLocal) {
      enterReplica(this, packet, origin, person)
      return
    }
    const nick = packet.text('_nick') ?? ''
    const refusal = this.enterRefusal(person, nick, packet.text('_name_display') ?? '', origin)
    if (person === undefined || refusal !== undefined) {
      const method = refusal ?? '_error_illegal_uniform'
      this.answer(packet, method, { _nick: nick, _nick_place: this.name }, enterRefusals[method])
      return
    }
    const known = this.members.get(person.key)
    const member = known ?? this.seat(person, packet, origin)
    member.isDoubted = false
    member.enteredAt = this.node.timers.clock.now()
    member.isUnaware = !origin.understandsState
    this.routes.open(member.routeKey, origin)
    // Announced before the echo goes out, to those who were in before: the newcomer knows by the echo.
    if (packet.text('_flag_silent') !== '1') this.announce(member, suffixOf(packet.method, ENTER))
    this.echoEnter(packet, member)
    if (known === undefined && origin.understandsState && !origin.isLocal && this.isAlone(member)) {
      this.context.sendState(member.routeKey, person.text)
    }
    const asked = packet.integer('_amount_history')
    if (asked !== undefined && known === undefined) this.sendHistory(packet, asked)
  }

  /** A member lost count of our casts and wants the whole state [psyc.md 4.3]. */
  private resync(packet: Packet, origin: Origin): void {
    const source = uniformOf(packet.source)
    if (source === undefined || !this.context.resync(origin, source))
      this.answer(packet, '_error_necessary_membership', { _nick_place: this.name })
  }

  /** What a node says of one that it feeds. */
  routed(packet: Packet, origin: Origin): void {
    const source = uniformOf(packet.source)
    if (source !== undefined) this.context.routed(packet, origin, source)
  }

  /** Nobody else is reached by the member's route. */
  private isAlone(member: Member): boolean {
    return !this.members.hasReplica(member.routeKey) && this.members.byRoute(member.routeKey).length === 1
  }

  /** Somebody is here. */
  awake(): void {
    this.idle?.cancel()
  }

  private seat(person: Uniform, packet: Packet, origin: Origin): Member {
    this.awake()
    const member: Member = {
      person,
      nick: packet.text('_nick') ?? '',
      displayName: packet.text('_name_display'),
      isSilent: true,
      routeKey: memberKeyOf(person, origin),
    }
    if (this.members.add(member)) this.context.addMember(member.routeKey, origin)
    return member
  }

  private enterRefusal(
    person: Uniform | undefined,
    nick: string,
    display: string,
    origin: Origin,
  ): string | undefined {
    const { nickBytes } = this.node.limits
    if (person === undefined) return '_error_illegal_uniform'
    if (nick === '') return '_error_place_enter_necessary_nick'
    if (nick.length > 1 + MAPPED_MOST * nickBytes || display.length > nickBytes)
      return '_error_illegal_name_person_place'
    if (this.banned.has(person.key)) return '_error_place_enter_necessary_invitation'
    const isNew = this.members.get(person.key) === undefined
    if (!isNew || !this.isFullFor(memberKeyOf(person, origin))) return undefined
    this.node.log.info({ from: person.text, place: this.uniform.text }, 'no room for one more')
    return '_failure_exceeded_limit_place'
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

  private echoEnter(packet: Packet, member: Member): void {
    const family = packet.method.startsWith('_request_context') ? '_echo_context_enter' : '_echo_place_enter'
    const suffix = suffixOf(packet.method, ENTER)
    const variables = {
      _nick: member.nick,
      _nick_place: this.name,
      _duty: this.isOwner(packet.source) ? 'owner' : 'member',
      _topic: this.topic?.text,
      ...this.memberLists(MEMBERS_LISTED),
    }
    this.answer(packet, family + suffix, variables, '[_nick] enters [_nick_place].')
  }

  /** `_list_members` and nicks, or only their number when there are more than `most`. */
  memberLists(most: number): Variables {
    const { listed } = this.members
    if (listed.length > most) return { _amount_members: listed.length }
    return {
      _list_members: PsycList.ofTexts(listed.map(({ person }) => person.text)),
      _list_members_nicks: PsycList.ofTexts(listed.map(({ nick }) => nick)),
    }
  }

  /** A leave cannot be refused; the one who leaves is told first, the rest hear it from the cast [psyc.md 5.3]. */
  leave(packet: Packet, origin: Origin): void {
    const root = uniformOf(packet.source)
    if (isNodeRoot(root) && !origin.isLocal) {
      leaveReplica(this, packet, origin, root)
      return
    }
    const member = this.memberOf(packet)
    const suffix = suffixOf(packet.method, LEAVE)
    const family = packet.method.includes('_context_') ? '_echo_context_leave' : '_echo_place_leave'
    if (member === undefined) {
      this.answer(packet, `${family}_invalid`, { _nick_place: this.name })
      return
    }
    this.answer(packet, family + suffix, { _nick: member.nick, _nick_place: this.name })
    this.remove(member, suffix)
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
    this.send(member.person.text, '_notice_context_leave_banned', this.names(member), text)
    this.remove(member, '_banned')
  }

  bannedList(): PsycList {
    return PsycList.ofTexts([...this.banned])
  }

  /** Pass a packet of a member on to all, the speaker included: that copy is his echo [psyc.md 5.4]. */
  distribute(packet: Packet): void {
    const family = firstWord(packet.method)
    if (family === '_status' || family === '_warning' || family === '_echo' || family === '_info') return
    const member = this.memberOf(packet)
    if (member === undefined) return this.refuseStranger(packet, family)
    if (family === '_error' || family === '_failure') {
      // With a tag it is the answer to something that the place has asked.
      if (packet.tagRelay === undefined) this.fail(member)
      return
    }
    if (family === '_request' || family === '_query' || packet.method === '') {
      const variables = { _method_relay: packet.method, _nick_place: this.name }
      const text = '[_nick_place] does not provide [_method_relay].'
      this.answer(packet, '_failure_unsupported_function', variables, text)
      return
    }
    this.announce(member)
    const said = this.context.cast({
      method: packet.method,
      sourceRelay: member.person.text,
      entity: [...packet.entity.filter(isSpeakers), ...modifiers(this.names(member))],
      body: packet.body,
    })
    if (family === '_message') this.history.add(said, Math.floor(this.node.timers.clock.wallTime() / 1000))
    if (packet.tag !== undefined) this.answer(packet, `_echo${packet.method}`, { _nick_place: this.name })
  }

  /** It does not take our casts. Of a node that follows the place we know that it is this one alone. */
  private fail(member: Member): void {
    if (this.members.hasReplica(member.routeKey)) this.remove(member, '_netburp')
    else this.removeRoute(member.routeKey, '_netburp')
  }

  private refuseStranger(packet: Packet, family: string): void {
    if (family === '_error' || family === '_failure') return
    this.answer(packet, '_error_necessary_membership', { _nick_place: this.name }, NO_MEMBER)
  }

  /** Cast what became of a member to all but itself. */
  private tellOthers(member: Member, method: string, body: string, state: StateChange): void {
    const isThere = this.members.get(member.person.key) === member
    this.context.cast({
      method,
      sourceRelay: member.person.text,
      entity: modifiers(this.names(member)),
      body,
      state,
      ...(isThere && this.isAlone(member) ? { exceptMember: member.routeKey } : {}),
    })
  }

  private names(member: Member): Variables {
    return { _nick: member.nick, _name_display: member.displayName, _nick_place: this.name }
  }

  setTopic(member: Member, text: string): void {
    this.topic = text === '' ? undefined : { text, nick: member.nick }
    this.announce(member)
    const method = text === '' ? '_notice_place_topic_removed' : '_notice_place_topic'
    const entity = modifiers({ ...this.names(member), _topic: text })
    this.context.cast({
      method,
      sourceRelay: member.person.text,
      entity,
      body: '[_nick] sets the topic: [_topic]',
      state: { modifiers: [assignTopic(text)], plain: () => [] },
    })
  }

  /** Old packets for one who asks: with `_context` and `_target`, so nobody takes them for new [psyc.md 5.5]. */
  sendHistory(packet: Packet, amount: number, word?: string): void {
    const most = Math.min(amount, this.node.limits.historyAnswer)
    const found = word === undefined ? this.history.last(most) : this.history.matching(word, most)
    for (const old of found) {
      this.node.send(
        old.withRouting({
          _context: this.uniform.text,
          _target: packet.source,
          _source_relay: old.sourceRelay,
        }),
      )
    }
  }

  features(): PsycList {
    return PsycList.ofTexts([
      'list_feature',
      'history',
      'topic',
      'members',
      'invoke',
      'shared_object',
      'stream',
    ])
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

export const ENTER = /^_request_(context_)?enter/
export const LEAVE = /^_(request|notice)_(context_|place_)?leave/

/** What follows the family: `_automatic`, `_logout`, `_netburp`…: it is kept in the answer and the notice [psyc.md 5.1]. */
export function suffixOf(method: string, family: RegExp): string {
  return method.replace(family, '')
}

/** What only the place says about a cast. */
const placesOwn: ReadonlySet<string> = new Set(['_nick', '_name_display', '_nick_place', '_time_place'])

function isSpeakers({ name }: { name: string }): boolean {
  return !placesOwn.has(name)
}
