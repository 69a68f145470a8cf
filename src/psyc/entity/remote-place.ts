/**
 * A place of another node that clients of this node are in [design 3, 4]. The node follows it once, as its root, besides
 * the enters of its persons; the home sends one copy of each cast for all of them. From the state comes who is there
 * and which streams there are, also after whatever was lost: clients are told of each coming and going once. Talk that
 * was lost with a circuit comes from the home's memory.
 *
 * A home that does not let our root in, or keeps no state, leaves us what our persons are told: the lists in the echo
 * of an enter, and notices.
 */
import { inherits } from '../wire/keyword.js'
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import { CastLedger } from '../state/cast-ledger.js'
import { ContextReplica } from '../state/context-replica.js'
import type { ContextHandler } from '../state/context-replica.js'
import type { Relaying } from '../state/context-relays.js'
import { DictView } from '../state/dict-view.js'
import type { StateVariables } from '../state/variables.js'
import { PsycError } from '../../util/errors.js'
import { decodeUtf8 } from '../../util/utf8.js'
import type { PsycNode } from './node.js'
import { MEMBERS, MISSED, STREAMS } from './place-state.js'
import { StreamClaims } from './stream-claims.js'
import { StreamWatchers } from './stream-watchers.js'

/** Somebody in a place whom others know of. */
export interface PresentMember {
  readonly person: Uniform
  /** Display name, or nick. */
  readonly name: string
}

/** A client that is in the place. */
export interface PlaceListener {
  /** Somebody came or went, this client's own person perhaps. */
  moved(packet: Packet): void
  /** The home has let us in, or in again. @param run `_token_run` of its place */
  answered(run: string | undefined): void
  /** The place has put this client's person out without a word, and would let it in again. */
  evicted?(): void
}

/** When somebody came in, in the place's own time. */
export interface Since {
  readonly run: string
  readonly casts: number
}

/** What an echo of an enter says of that. */
export function sinceOf(packet: Packet): Since | undefined {
  if (!isEchoOfEnter(packet.method)) return undefined
  const [run, casts] = [packet.text('_token_run'), packet.integer('_amount_casts')]
  return run === undefined || casts === undefined ? undefined : { run, casts }
}

interface FoundStream {
  readonly name: string
  readonly uniform: Uniform
}

const isComing = (method: string): boolean => /^_notice_(context|place)_enter(_|$)/.test(method)
const isGoing = (method: string): boolean => /^_notice_(context|place)_leave(_|$)/.test(method)

export interface RemotePlaceOptions {
  /** Of this run of the node. */
  readonly token: string
  /** A circuit to the home was lost a while ago, perhaps without its knowing. */
  readonly isLost: boolean
  /** Without it all casts come from the home. */
  readonly relaying?: Relaying | undefined
}

export class RemotePlace implements ContextHandler {
  /** What this node publishes here. */
  readonly claims: StreamClaims
  private context: ContextReplica
  private readonly present: DictView<PresentMember>
  private readonly streams: DictView<FoundStream>
  private readonly watchers = new StreamWatchers()
  private readonly listeners = new Set<PlaceListener>()
  private run: string | undefined
  private readonly ledger = new CastLedger()
  /** Casts that were missing, made of what the home remembers. */
  private readonly recovered = new WeakSet<Packet>()
  /** Each person of ours brings the same packet: what was said of it counts for all. */
  private taken: { readonly packet: Packet; readonly counter: number; readonly isNew: boolean } | undefined
  /** A circuit to the home was lost, and the home has not let us in since. Leaves may have been lost with it. */
  private isLost: boolean
  /** We are about to enter again to be told what we have missed. */
  private isBehind = false
  private isRefused = false
  private isFollowing = false
  /** The cast that is being looked at. */
  private current: Packet | undefined

  constructor(
    private readonly node: PsycNode,
    readonly uniform: Uniform,
    private readonly options: RemotePlaceOptions,
  ) {
    const { timers, limits } = node
    this.isLost = options.isLost
    this.claims = new StreamClaims(node, uniform)
    this.present = new DictView(timers, limits.lostNodeMs, {
      keyOf: (text) => uniformOf(text)?.key,
      valueOf: (text, { value }) => presentMember(text, decodeUtf8(value)),
      came: (member) => this.tell(member, '_notice_context_enter', isComing),
      changed: () => undefined,
      went: (member) => this.tell(member, '_notice_context_leave', isGoing),
    })
    this.streams = new DictView(timers, limits.lostNodeMs, {
      keyOf: (text) => text,
      valueOf: (name, { value }) => foundStream(name, decodeUtf8(value)),
      came: ({ name }) => this.watchers.tell(name),
      changed: ({ name, uniform: now }, before) => {
        if (now.key !== before.uniform.key) this.watchers.tell(name)
      },
      went: ({ name }) => this.watchers.tell(name),
    })
    this.context = this.newReplica()
  }

  private newReplica(): ContextReplica {
    const about = (): Variables => ({
      _token_node: this.options.token,
      _token_run: this.run,
      _amount_casts: this.ledger.known,
      _flag_lost: this.isLost ? '1' : undefined,
    })
    return new ContextReplica(this.node, this.uniform, this, { about, relaying: this.options.relaying })
  }

  /** Whether who is there is known from the state; clients are then told by `moved` alone. */
  get isFollowed(): boolean {
    return this.isFollowing
  }

  /** Members that are announced, in the order they came. */
  members(): readonly PresentMember[] {
    return [...this.present.values()]
  }

  /** Whether that person is among them. */
  has(personKey: string): boolean {
    return this.present.get(personKey) !== undefined
  }

  stream(name: string): Uniform | undefined {
    return this.streams.get(name)?.uniform
  }

  /** @returns ends it */
  watchStream(name: string, changed: () => void): () => void {
    return this.watchers.add(name, changed)
  }

  /** Follow the place. One that was refused tries again. */
  open(): void {
    if (this.isRefused) this.context = this.newReplica()
    this.isRefused = false
    this.context.open()
  }

  /** The home's node is there. */
  hurry(): void {
    this.context.hurry()
  }

  close(): void {
    this.present.close()
    this.streams.close()
    this.context.close()
  }

  listen(listener: PlaceListener): void {
    this.listeners.add(listener)
  }

  unlisten(listener: PlaceListener): void {
    this.listeners.delete(listener)
  }

  /** Whether that cast has not come before, by whatever way. */
  isNew(packet: Packet): boolean {
    if (this.taken?.packet === packet) return this.taken.isNew
    const { counter } = packet
    if (counter === undefined || packet.target !== undefined || this.recovered.has(packet)) return true
    if (this.isToldAgain(packet)) return false
    const isNew = this.ledger.take(counter)
    this.taken = { packet, counter, isNew }
    return isNew
  }

  /** What the home says before it has let us in again is among what we are then told, in its place behind what we missed. */
  private isToldAgain(packet: Packet): boolean {
    if (!this.isFollowing || this.context.isIn || packet.changesState) return false
    if (!this.isBehind && this.context.isOfParent(packet)) return false
    this.isBehind = true
    return true
  }

  /** Whether the cast was made after that, as far as is known. */
  isAfter(packet: Packet, { run, casts }: Since): boolean {
    if (run !== this.run) return true
    const counter = this.taken?.packet === packet ? this.taken.counter : packet.counter
    return counter === undefined || counter > casts
  }

  // ── what persons of this node are told ─────────────────────────────────────────────────────────────────

  /** Something came for a person of ours in the place: it counts when there is no state to go by. */
  heard(packet: Packet): void {
    if (this.isFollowing) return
    const person = uniformOf(packet.sourceRelay)
    if (isEchoOfEnter(packet.method) || inherits(packet.method, '_status_place_members'))
      this.noteList(packet)
    else if (person === undefined) return
    else if (isComing(packet.method)) {
      const name = packet.text('_name_display') ?? packet.text('_nick') ?? person.name
      this.present.note(person.key, { person, name })
    } else if (isGoing(packet.method)) this.present.note(person.key, undefined)
  }

  private noteList(packet: Packet): void {
    try {
      const persons = packet.list('_list_members')?.texts() ?? []
      const nicks = packet.list('_list_members_nicks')?.texts() ?? []
      persons.forEach((text, at) => {
        const member = presentMember(text, nicks[at] ?? '')
        if (member !== undefined) this.present.note(member.person.key, member)
      })
    } catch (error) {
      if (!(error instanceof PsycError)) throw error
      this.node.log.info({ place: this.uniform.text, code: error.code }, 'a list of members is malformed')
    }
  }

  // ── ContextHandler: what the home tells our root ───────────────────────────────────────────────────────

  state(state: StateVariables): void {
    const run = state.text('_token_run')
    const isNewRun = this.run !== undefined && run !== this.run
    this.run = run
    if (isNewRun) this.ledger.begin(0)
    this.reached(this.context.counter)
    const members = state.dict(MEMBERS)
    this.isFollowing = members !== undefined
    if (members !== undefined) this.present.replace(members, isNewRun)
    this.streams.replace(state.dict(STREAMS) ?? new Map(), isNewRun)
    // A parent may bring a state while the home does not know us: then it would ask for our claims once more.
    if (this.context.isIn) this.claims.renew()
    for (const listener of [...this.listeners]) listener.answered(run)
  }

  /** Whoever brought us so far at once, the home remembers what was said meanwhile, and tells when one enters. */
  private reached(counter: number): void {
    this.ledger.reached(counter)
    if (this.context.isOfEnter) this.isLost = this.isBehind = false
    else if (this.ledger.known !== counter) {
      this.isBehind = true
      this.context.reenter()
    }
  }

  cast(packet: Packet, state: StateVariables): void {
    this.isNew(packet)
    this.current = packet
    try {
      this.present.update(packet, MEMBERS, state.dict(MEMBERS))
      this.streams.update(packet, STREAMS, state.dict(STREAMS))
    } finally {
      this.current = undefined
    }
  }

  disproved(counter: number): void {
    this.ledger.retract(counter)
  }

  lost(): void {
    this.isLost = true
    this.claims.interrupt()
  }

  /**
   * What we have missed goes to all persons here, as if it had come in its time. A home that sends us no state may tell
   * it in words.
   */
  history(packet: Packet): void {
    const { counter, method } = packet
    if (method === '_status_state') {
      if (!this.isFollowing) this.noteList(packet)
    } else if (method === MISSED) this.caughtUp(packet)
    else if (counter !== undefined && this.ledger.isMissing(counter) && this.ledger.take(counter)) {
      const { context, sourceRelay } = packet
      const routing = { _context: context, _source_relay: sourceRelay, _counter: String(counter) }
      const cast = packet.withRouting(routing).withVariables({ _time_place: undefined })
      this.recovered.add(cast)
      this.node.sendTo(this.node.root.rootKey, cast)
    }
  }

  /** Whatever is missing still was no talk, or is forgotten. */
  private caughtUp(packet: Packet): void {
    const place = this.uniform.text
    const casts = packet.integer('_amount_casts')
    if (casts !== undefined) this.ledger.giveUp(casts)
    if (packet.text('_flag_forgotten') === '1')
      this.node.log.warn({ place }, 'some of what was said is lost: the home remembers no more')
  }

  refused(answer: Packet | undefined): void {
    const { uniform, node } = this
    node.log.info({ place: uniform.text, method: answer?.method }, 'a place cannot be followed')
    this.isRefused = true
    this.isFollowing = false
    this.claims.refuseAll(answer?.method ?? '_failure_exceeded_limit_state')
  }

  private tell(member: PresentMember, method: string, isSaid: (method: string) => boolean): void {
    const said = this.current
    const isSaidHere =
      said !== undefined && isSaid(said.method) && uniformOf(said.sourceRelay)?.key === member.person.key
    const packet = isSaidHere ? said : this.notice(member, method)
    for (const listener of [...this.listeners]) listener.moved(packet)
  }

  private notice({ person, name }: PresentMember, method: string): Packet {
    const routing = { _context: this.uniform.text, _source_relay: person.text }
    const variables = { _nick: person.name, _name_display: name, _nick_place: this.uniform.name }
    return Packet.of(routing, method, variables)
  }
}

function presentMember(text: string, name: string): PresentMember | undefined {
  const person = uniformOf(text)
  return person === undefined ? undefined : { person, name: name === '' ? person.name : name }
}

function foundStream(name: string, text: string): FoundStream | undefined {
  const uniform = uniformOf(text)
  return uniform === undefined ? undefined : { name, uniform }
}

function isEchoOfEnter(method: string): boolean {
  return inherits(method, '_echo_context_enter') || inherits(method, '_echo_place_enter')
}
