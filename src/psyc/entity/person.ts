/**
 * A person `psyc://gw/~nick`: acts for a human as long as one of its clients is linked [psyc.md 6]. Its links may be
 * native PSYC clients (native-link.ts) or connections of this program; several at once are one person and one member.
 *
 * What comes for the person: its own requests are a table, everything else goes to all links. What a client sends in the
 * person's name goes out by `speak`, which notes the places it enters; those are left when the last link ends.
 */
import { Packet, valueText } from '../wire/packet.js'
import type { Modifier, Variables } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { deservesError } from './failure.js'
import type { Entity, Origin, PsycNode } from './node.js'
import { Memberships } from './memberships.js'
import type { LinkDescription } from './person-description.js'
import { passOn, personRequests } from './person-requests.js'
import { RelayedQuestions } from './relayed-questions.js'
import { Presence } from './presence.js'
import type { OnAnswer } from './pending-requests.js'
import type { Speaker } from './intake.js'

/** One client of a person. */
export interface PersonLink {
  /**
   * A packet for the person, or a cast of a context it is in (`_context` without `_target`), as it came. Called in
   * order, never from within a `send`.
   */
  deliver(packet: Packet, origin: Origin): void
  /** Bytes that the client has not taken yet, as far as is known; none by default. */
  readonly queuedBytes?: number
  /** Whether its user, or its program, is shown such a packet for the person alone; any by default. */
  shows?(packet: Packet): boolean
  /** What it is, for whoever asks; a PSYC client by default. */
  describe?(asker: Uniform): LinkDescription
}

export type LinkEnd = 'finished' | 'lost'

/** Who holds the persons. */
export interface PersonHost {
  readonly node: PsycNode
  /** A packet about linking or from a client. @returns whether it was one */
  handle(person: Person, packet: Packet, origin: Origin): boolean
  /** Whether a client at that location is linked to the person. */
  isLinked(person: Person, location: string | undefined): boolean
  /** The last link is gone and the places are left. */
  ended(person: Person): void
}

export interface PersonOptions {
  /** Spelling for display; the nick by default. */
  readonly displayName?: string | undefined
  /** Its password was given; others may link with it too. */
  readonly isRegistered?: boolean | undefined
}

export class Person implements Entity, Speaker {
  readonly node: PsycNode
  readonly displayName: string
  isRegistered: boolean
  readonly presence = new Presence()
  readonly memberships: Memberships
  private readonly links = new Set<PersonLink>()
  private activeAt: number
  private readonly questions = new RelayedQuestions()

  constructor(
    private readonly host: PersonHost,
    readonly uniform: Uniform,
    options: PersonOptions = {},
  ) {
    this.node = host.node
    this.displayName = options.displayName ?? uniform.name
    this.isRegistered = options.isRegistered ?? false
    this.memberships = new Memberships(this.node, this)
    this.activeAt = this.node.timers.clock.now()
  }

  /** The mapped nick: the resource without "~". */
  get nick(): string {
    return this.uniform.name
  }

  get linkCount(): number {
    return this.links.size
  }

  /** A client of the person has done something. */
  acted(): void {
    this.activeAt = this.node.timers.clock.now()
  }

  get idleSeconds(): number {
    return Math.floor((this.node.timers.clock.now() - this.activeAt) / 1000)
  }

  describe(asker: Uniform): LinkDescription[] {
    return [...this.links].map((link) => link.describe?.(asker) ?? { protocol: 'psyc', places: [] })
  }

  isShown(packet: Packet): boolean {
    return [...this.links].some((link) => link.shows?.(packet) ?? true)
  }

  addLink(link: PersonLink): void {
    this.links.add(link)
  }

  /** The last link takes the person out of its places: by logout, or as disconnected [psyc.md 5.7]. */
  removeLink(link: PersonLink, how: LinkEnd): void {
    if (!this.links.delete(link) || this.links.size > 0) return
    this.memberships.leaveAll(how === 'finished' ? '_logout' : '_disconnect')
    this.host.ended(this)
  }

  receive(packet: Packet, origin: Origin): void {
    if (packet.context !== undefined) {
      this.receiveCast(packet, origin)
      return
    }
    if (this.host.handle(this, packet, origin)) return
    const heard = origin.isLocal ? packet : this.believed(packet)
    const request = personRequests.find(([family]) => inherits(packet.method, family))
    if (request === undefined) this.memberships.observe(packet)
    const answer = request?.[1] ?? passOn
    answer(this, heard, origin)
  }

  /** Something for the person alone. @returns whether its clients get it */
  tell(packet: Packet, origin: Origin): boolean {
    const isRefused = !origin.isLocal && this.isTooMuch(packet)
    if (isRefused) this.refuse(packet)
    else this.toLinks(packet, origin)
    return !isRefused
  }

  /** Who writes more than a slow client takes would have it given up: whoever is no place of its own must wait. */
  private isTooMuch(packet: Packet): boolean {
    const source = uniformOf(packet.source)
    if (packet.tagRelay !== undefined || (source !== undefined && this.memberships.has(source.key)))
      return false
    const most = this.node.limits.strangerQueueBytes - packet.contentBytes
    return [...this.links].some(({ queuedBytes = 0 }) => queuedBytes > most)
  }

  private refuse(packet: Packet): void {
    this.node.log.info(
      { from: packet.source, person: this.uniform.text },
      'more words than the person can take',
    )
    if (deservesError(packet)) this.answer(packet, '_failure_exceeded_limit_queue')
  }

  /**
   * Whose words a packet passes on is believed of a place that the person is in, and of a node about its own: anybody
   * else could make anybody say anything.
   */
  private believed(packet: Packet): Packet {
    const { routing, entity, method, body, stateOperation } = packet
    if (packet.sourceRelay === undefined) return packet
    const source = uniformOf(packet.source)
    const isOwn = source !== undefined && uniformOf(packet.sourceRelay)?.rootKey === source.rootKey
    if (isOwn || (source !== undefined && this.memberships.has(source.key))) return packet
    this.node.log.info(
      { from: packet.source, relay: packet.sourceRelay },
      'nobody vouches for words passed on',
    )
    const kept = routing.filter(({ name }) => name !== '_source_relay')
    return new Packet(kept, entity, method, body, stateOperation)
  }

  /** Casts, history and state of contexts that the person entered; our own places know whom they send to. */
  private receiveCast(packet: Packet, origin: Origin): void {
    const context = uniformOf(packet.context)
    const isMember = context !== undefined && this.memberships.has(context.key)
    if (isMember || origin.isLocal) this.hear(packet, origin)
  }

  /** A cast of a context that the person is in. */
  hear(packet: Packet, origin: Origin): void {
    this.toLinks(packet, origin)
    this.memberships.observe(packet)
  }

  toLinks(packet: Packet, origin: Origin): void {
    this.questions.relayed(packet)
    for (const link of [...this.links]) link.deliver(packet, origin)
  }

  droppedOut(notice: Packet): void {
    this.toLinks(notice, this.localOrigin)
  }

  /**
   * Send a packet of a client in the person's name. Its `_source` is replaced and it may not pretend to pass on
   * someone else's words; without a target it is for our root. Enters get a tag, since their echo is believed by it.
   * An answer goes to whoever asked: the client saw the question in this person's name.
   */
  speak(packet: Packet): void {
    this.acted()
    const target = this.questions.asker(packet.tagRelay) ?? packet.target ?? this.node.root.text
    const isOwn = uniformOf(target)?.key === this.uniform.key
    const said = this.named(packet).withRouting({
      _source: this.uniform.text,
      _target: target,
      _tag: packet.tag ?? (isEnter(packet.method) ? this.node.token() : undefined),
      _tag_relay: packet.tagRelay,
    })
    this.memberships.asked(said)
    // To oneself: commands of a client, which are not to go round by the queue in the person's own name.
    if (isOwn) this.receive(said, this.localOrigin)
    else this.node.send(said)
  }

  /** A client that calls itself something else would speak as somebody else: it has the person's name. */
  private named(packet: Packet): Packet {
    const own = new Map([
      ['_nick', this.nick],
      ['_name_display', this.displayName],
    ])
    const isOwn = ({ name, value }: Modifier): boolean => {
      const known = own.get(name)
      return known === undefined || valueText(value).toLowerCase() === known.toLowerCase()
    }
    if (packet.entity.every(isOwn)) return packet
    const entity = packet.entity.map((modifier) =>
      isOwn(modifier) ? modifier : { ...modifier, value: own.get(modifier.name) ?? '' },
    )
    return new Packet(packet.routing, entity, packet.method, packet.body, packet.stateOperation)
  }

  /** `speak`, from parts. */
  say(target: string, method: string, variables: Variables = {}, body: string | Uint8Array = ''): void {
    this.speak(Packet.of({ _target: target }, method, variables, body))
  }

  /**
   * `request` of the node in the person's name: the answer goes to `onAnswer` and not to the links. A confirmed enter
   * makes the person a member.
   */
  request(
    target: string,
    method: string,
    variables: Variables,
    timeoutMs: number,
    onAnswer: OnAnswer,
    body: string | Uint8Array = '',
  ): void {
    const routing = { _source: this.uniform.text, _target: target }
    const answered: OnAnswer = (answer, origin) => {
      if (answer !== undefined)
        this.memberships.answered(Packet.of({ _target: target }, method, variables), answer)
      onAnswer(answer, origin)
    }
    this.node.request(routing, method, variables, timeoutMs, answered, body)
  }

  /** An answer of the person itself. */
  answer(packet: Packet, method: string, variables: Variables = {}, body: string | Uint8Array = ''): void {
    if (packet.source === undefined) return
    const routing = { _source: this.uniform.text, _target: packet.source, _tag_relay: packet.tag }
    this.node.send(Packet.of(routing, method, { _nick: this.nick, ...variables }, body))
  }

  /** Whether that uniform is where one of the person's clients is. */
  isLinkedAt(location: string | undefined): boolean {
    return this.host.isLinked(this, location)
  }

  private get localOrigin(): Origin {
    return { rootKey: this.node.root.rootKey, isLocal: true, understandsState: true, syntax: '1.0' }
  }
}

function isEnter(method: string): boolean {
  return inherits(method, '_request_enter') || inherits(method, '_request_context_enter')
}
