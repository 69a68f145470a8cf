/**
 * The contexts that a person is in. One gets in by the confirmation of an enter that the person sent, known by its tag:
 * nobody can be put into a place [psyc.md 5.2].
 */
import { Packet } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Variables } from '../wire/packet.js'
import { pulseDepth } from '../state/route-packets.js'
import type { Timer } from '../../util/timers.js'
import type { ContextReceiver, Origin, PsycNode } from './node.js'

/** Of the person, as far as its memberships need it. */
export interface Member {
  readonly uniform: Uniform
  readonly nick: string
  /** A cast of a context that the person is in. */
  hear(packet: Packet, origin: Origin): void
  /** The person is out of that context without having asked; `notice` says why. */
  droppedOut(notice: Packet): void
}

/** How a context was entered, and so is entered again. */
interface Entering {
  readonly context: Uniform
  /** Old names (`_request_leave`) or new (`_request_context_leave`). */
  readonly family: Family
  /** What it said of itself. */
  readonly variables: Variables
}

interface Membership {
  entering: Entering
  /** Casts of the context before it was entered, if that was told: they may come late, over other nodes. */
  casts: number
  /** Of the context's master when it let us in, if that was told. */
  run: string | undefined
  readonly receiver: ContextReceiver | undefined
  /** Its master was lost, and has not answered since. */
  search: Search | undefined
}

/** The way back into a context. */
interface Search {
  attempt: number
  /** The next attempt, or the answer to the last. */
  next: Timer
  /** An enter was sent of which nothing was heard: it may arrive yet, and then a leave must follow it. */
  isOnItsWay: boolean
  /** By then it is back in, or out. */
  readonly end: Timer
}

type Family = '_request' | '_request_context'

/** What a member says of itself when it enters, and would say again. */
const remembered = ['_nick', '_name_display', '_flag_silent']

const PENDING = 64 // enters of one person that wait for their echo; more are forgotten, oldest first
const RETRIES_MS = [1_000, 3_000, 9_000] // ours: from one attempt to the next, the last again and again

export class Memberships {
  private readonly pending = new Map<string, Entering>()
  private readonly entered = new Map<string, Membership>()
  /** The person has ended. */
  private isOver = false

  constructor(
    private readonly node: PsycNode,
    private readonly member: Member,
  ) {}

  /** In the order of entering. */
  get contexts(): readonly Uniform[] {
    return [...this.entered.values()].map(({ entering }) => entering.context)
  }

  has(contextKey: string): boolean {
    return this.entered.has(contextKey)
  }

  /** The person sends this request. Enters are remembered. */
  asked(request: Packet): void {
    const context = uniformOf(request.target)
    const { tag } = request
    const family = enterFamily(request.method)
    if (context === undefined || tag === undefined || family === undefined) return
    const entering = { context, family, variables: ofItself(request) }
    this.pending.set(tag, entering)
    // Who is in says something else of itself now: that holds for entering again, should this one get lost.
    const known = this.entered.get(context.key)
    if (known !== undefined) known.entering = entering
    const oldest = this.pending.size > PENDING ? this.pending.keys().next().value : undefined
    if (oldest !== undefined) this.pending.delete(oldest)
  }

  /** Something came for the person: is it in, or out, by that? */
  observe(packet: Packet): void {
    if (inherits(packet.method, '_message')) return // most by far
    const from = uniformOf(packet.context ?? packet.source)
    if (from === undefined) return
    if (isEcho(packet, 'enter')) this.confirm(packet, from)
    // An echo in a cast is somebody else's word: psyced passes on what its members call so.
    else if (this.isOwnLeave(packet, from) || (packet.context === undefined && isEcho(packet, 'leave')))
      this.forget(from.key)
  }

  /** The node has matched this answer to a request of the person. @param request what was asked */
  answered(request: Packet, answer: Packet): void {
    const context = uniformOf(request.target)
    const family = enterFamily(request.method)
    if (context === undefined) return
    if (family !== undefined && isEcho(answer, 'enter'))
      this.add({ context, family, variables: ofItself(request) }, answer)
    else if (isEcho(answer, 'leave')) this.forget(context.key)
  }

  private confirm(packet: Packet, from: Uniform): void {
    const tag = packet.tagRelay ?? ''
    const asked = this.pending.get(tag)
    if (asked?.context.key !== from.key) return
    this.pending.delete(tag)
    this.add(asked, packet)
  }

  /** One too many is not entered: its casts are not accepted, and it hears a leave. */
  private add(entering: Entering, echo: Packet): void {
    const { context } = entering
    if (this.isOver) return this.confirmedLate(entering)
    const known = this.entered.get(context.key)
    if (known !== undefined) {
      known.entering = entering
      this.found(known, echo)
      return
    }
    if (this.entered.size >= this.node.limits.placesPerPerson) {
      this.sendLeave(entering, '')
      return
    }
    const receiver = this.node.isLocal(context) ? undefined : this.receiverFor(context)
    const since = { casts: castsBefore(echo), run: echo.text('_token_run') }
    this.entered.set(context.key, { entering, ...since, receiver, search: undefined })
    // Our own places send to the person itself; others send one copy to this node.
    if (receiver !== undefined) this.node.subscribe(context.key, receiver)
  }

  /** Nobody is there any more. Who has the name by now is another: it is not to be taken out. */
  private confirmedLate(entering: Entering): void {
    if (this.node.entity(this.member.uniform.entityKey) === undefined) this.sendLeave(entering, '')
  }

  private receiverFor(context: Uniform): ContextReceiver {
    return {
      receive: (packet, origin) => {
        const isCast = packet.target === undefined && pulseDepth(packet) === undefined
        if (isCast && this.has(context.key)) this.member.hear(packet, origin)
      },
      lost: () => this.lost(context.key),
    }
  }

  forget(contextKey: string): void {
    const membership = this.entered.get(contextKey)
    if (membership === undefined) return
    this.entered.delete(contextKey)
    Memberships.endSearch(membership)
    if (membership.receiver !== undefined) this.node.unsubscribe(contextKey, membership.receiver)
  }

  /** The person ends. @param suffix `_logout`, `_disconnect` [psyc.md 5.7] */
  leaveAll(suffix: string): void {
    this.isOver = true
    const asked = [...this.pending.values()] // its echo may be on its way
    this.pending.clear()
    for (const entering of [
      ...[...this.entered.values()].map((membership) => membership.entering),
      ...asked,
    ]) {
      this.forget(entering.context.key)
      this.sendLeave(entering, suffix)
    }
  }

  private sendLeave({ context, family }: Entering, suffix: string): void {
    const routing = { _source: this.member.uniform.text, _target: context.text, _tag: this.node.token() }
    this.node.send(Packet.of(routing, `${family}_leave${suffix}`, { _nick: this.member.nick }))
  }

  /** The leave of an earlier self may come late, when one has entered again. */
  private isOwnLeave(packet: Packet, from: Uniform): boolean {
    const isLeave =
      inherits(packet.method, '_notice_place_leave') || inherits(packet.method, '_notice_context_leave')
    if (!isLeave) return false
    if ((packet.counter ?? Infinity) <= (this.entered.get(from.key)?.casts ?? 0)) return false
    const who = packet.sourceRelay ?? packet.target
    return uniformOf(who)?.entityKey === this.member.uniform.entityKey
  }

  /** The circuit to the context's master broke: nobody there may know us any more [psyc.md 5.7]. */
  private lost(contextKey: string): void {
    const membership = this.entered.get(contextKey)
    if (membership === undefined) return
    const { timers, limits } = this.node
    membership.search?.next.cancel()
    const end = membership.search?.end ?? timers.after(limits.lostNodeMs, () => this.dropOut(membership))
    const isOnItsWay = membership.search?.isOnItsWay ?? false
    membership.search = { attempt: 0, next: this.later(membership, 0), isOnItsWay, end }
  }

  /**
   * The master was heard of: this is the moment to try. Nothing happens to who is in, unless the master began anew: then
   * it has forgotten him, even though a circuit to it has been there all the time.
   * @param run of the master, if it is known
   */
  enterAgain(contextKey: string, run: string | undefined): void {
    const membership = this.entered.get(contextKey)
    if (membership === undefined) return
    const isForgotten = run !== undefined && membership.run !== undefined && membership.run !== run
    if (membership.search === undefined && isForgotten) this.lost(contextKey)
    if (membership.search === undefined) return
    membership.search.next.cancel()
    membership.search.next = this.request(membership, membership.search)
  }

  private later(membership: Membership, attempt: number): Timer {
    const delayMs = RETRIES_MS[Math.min(attempt, RETRIES_MS.length - 1)] ?? 0
    return this.node.timers.after(delayMs, () => {
      const { search } = membership
      if (search !== undefined) search.next = this.request(membership, search)
    })
  }

  private request(membership: Membership, search: Search): Timer {
    const { context, family, variables } = membership.entering
    const routing = { _source: this.member.uniform.text, _target: context.text }
    const { homeMs } = this.node.limits
    search.isOnItsWay = true
    return this.node.request(routing, `${family}_enter_again`, variables, homeMs, (answer) => {
      if (membership.search !== search) return
      if (answer !== undefined) search.isOnItsWay = false
      if (answer === undefined || inherits(answer.method, '_failure'))
        search.next = this.later(membership, ++search.attempt)
      else if (isEcho(answer, 'enter')) this.found(membership, answer)
      else this.dropOut(membership)
    })
  }

  private found(membership: Membership, echo: Packet): void {
    membership.casts = castsBefore(echo)
    membership.run = echo.text('_token_run')
    Memberships.endSearch(membership)
  }

  private static endSearch(membership: Membership): void {
    membership.search?.next.cancel()
    membership.search?.end.cancel()
    membership.search = undefined
  }

  private dropOut({ entering, search }: Membership): void {
    const { context } = entering
    this.forget(context.key)
    if (search?.isOnItsWay === true) this.sendLeave(entering, '_netburp')
    const routing = { _context: context.text, _source_relay: this.member.uniform.text }
    const variables = { _nick: this.member.nick, _nick_place: context.name }
    this.member.droppedOut(Packet.of(routing, '_notice_place_leave_netburp', variables))
  }
}

function castsBefore(echo: Packet): number {
  return echo.integer('_amount_casts') ?? 0
}

function ofItself(request: Packet): Variables {
  return Object.fromEntries(remembered.map((name) => [name, request.text(name)]))
}

function enterFamily(method: string): Family | undefined {
  if (inherits(method, '_request_context_enter')) return '_request_context'
  return inherits(method, '_request_enter') ? '_request' : undefined
}

function isEcho({ method }: Packet, act: 'enter' | 'leave'): boolean {
  return inherits(method, `_echo_place_${act}`) || inherits(method, `_echo_context_${act}`)
}
