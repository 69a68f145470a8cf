/**
 * The contexts that a person is in. One gets in by the confirmation of an enter that the person sent, known by its tag:
 * nobody can be put into a place [psyc.md 5.2].
 */
import { Packet } from '../wire/packet.js'
import { inherits } from '../wire/keyword.js'
import { uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import type { ContextReceiver, Origin, PsycNode } from './node.js'

/** Of the person, as far as its memberships need it. */
export interface Member {
  readonly uniform: Uniform
  readonly nick: string
  receive(packet: Packet, origin: Origin): void
  /** The person is out of that context without having asked; `notice` says why. */
  droppedOut(notice: Packet): void
}

interface Membership {
  readonly context: Uniform
  /** Old names (`_request_leave`) or new (`_request_context_leave`), as it was entered. */
  readonly family: Family
  readonly receiver: ContextReceiver | undefined
  retry: Timer | undefined
}

type Family = '_request' | '_request_context'

const PENDING = 64 // enters of one person that wait for their echo; more are forgotten, oldest first
const RETRIES_MS = [1_000, 3_000, 9_000, 15_000] // a lost place is asked again for about 30 s [design 3]

export class Memberships {
  private readonly pending = new Map<string, { context: Uniform; family: Family }>()
  private readonly entered = new Map<string, Membership>()

  constructor(
    private readonly node: PsycNode,
    private readonly member: Member,
  ) {}

  /** In the order of entering. */
  get contexts(): readonly Uniform[] {
    return [...this.entered.values()].map(({ context }) => context)
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
    this.pending.set(tag, { context, family })
    const oldest = this.pending.size > PENDING ? this.pending.keys().next().value : undefined
    if (oldest !== undefined) this.pending.delete(oldest)
  }

  /** Something came for the person: is it in, or out, by that? */
  observe(packet: Packet): void {
    const from = uniformOf(packet.context ?? packet.source)
    if (from === undefined) return
    if (isEcho(packet, 'enter')) this.confirm(packet, from)
    else if (isEcho(packet, 'leave') || this.isOwnLeave(packet)) this.forget(from.key)
  }

  /** The node has matched this answer to a request of the person. */
  answered(method: string, target: string, answer: Packet): void {
    const context = uniformOf(target)
    const family = enterFamily(method)
    if (context === undefined) return
    if (family !== undefined && isEcho(answer, 'enter')) this.add(context, family)
    else if (isEcho(answer, 'leave')) this.forget(context.key)
  }

  private confirm(packet: Packet, from: Uniform): void {
    const tag = packet.tagRelay ?? ''
    const asked = this.pending.get(tag)
    if (asked?.context.key !== from.key) return
    this.pending.delete(tag)
    this.add(asked.context, asked.family)
  }

  /** One too many is not entered: its casts are not accepted, and it hears a leave. */
  private add(context: Uniform, family: Family): void {
    if (this.entered.has(context.key)) return
    if (this.entered.size >= this.node.limits.placesPerPerson) {
      this.sendLeave(context, family, '')
      return
    }
    const receiver = this.node.isLocal(context) ? undefined : this.receiverFor(context)
    this.entered.set(context.key, { context, family, receiver, retry: undefined })
    // Our own places send to the person itself; others send one copy to this node.
    if (receiver !== undefined) this.node.subscribe(context.key, receiver)
  }

  private receiverFor(context: Uniform): ContextReceiver {
    return {
      receive: (packet, origin) => {
        if (packet.target === undefined) this.member.receive(packet, origin)
      },
      lost: () => this.enterAgain(context.key, 0),
    }
  }

  forget(contextKey: string): void {
    const membership = this.entered.get(contextKey)
    if (membership === undefined) return
    this.entered.delete(contextKey)
    membership.retry?.cancel()
    if (membership.receiver !== undefined) this.node.unsubscribe(contextKey, membership.receiver)
  }

  /** The person ends. @param suffix `_logout`, `_disconnect` [psyc.md 5.7] */
  leaveAll(suffix: string): void {
    const asked = [...this.pending.values()] // its echo may be on its way
    this.pending.clear()
    for (const { context, family } of [...this.entered.values(), ...asked]) {
      this.forget(context.key)
      this.sendLeave(context, family, suffix)
    }
  }

  private sendLeave(context: Uniform, family: Family, suffix: string): void {
    const routing = { _source: this.member.uniform.text, _target: context.text, _tag: this.node.token() }
    this.node.send(Packet.of(routing, `${family}_leave${suffix}`, { _nick: this.member.nick }))
  }

  private isOwnLeave(packet: Packet): boolean {
    const isLeave =
      inherits(packet.method, '_notice_place_leave') || inherits(packet.method, '_notice_context_leave')
    if (!isLeave) return false
    const who = packet.sourceRelay ?? packet.target
    return uniformOf(who)?.entityKey === this.member.uniform.entityKey
  }

  /** The circuit to the context's master broke: nobody there may know us any more [psyc.md 5.7]. */
  private enterAgain(contextKey: string, attempt: number): void {
    const membership = this.entered.get(contextKey)
    if (membership === undefined) return
    const delayMs = RETRIES_MS[attempt]
    membership.retry?.cancel()
    if (delayMs === undefined) {
      this.dropOut(membership)
      return
    }
    membership.retry = this.node.timers.after(delayMs, () => this.request(membership, attempt))
  }

  private request(membership: Membership, attempt: number): void {
    const { context, family } = membership
    const routing = { _source: this.member.uniform.text, _target: context.text }
    const { homeMs } = this.node.limits
    this.node.request(routing, `${family}_enter_again`, { _nick: this.member.nick }, homeMs, (answer) => {
      if (this.entered.get(context.key) !== membership) return
      if (answer === undefined || inherits(answer.method, '_failure'))
        this.enterAgain(context.key, attempt + 1)
      else if (!isEcho(answer, 'enter')) this.dropOut(membership)
    })
  }

  private dropOut({ context }: Membership): void {
    this.forget(context.key)
    const routing = { _context: context.text, _source_relay: this.member.uniform.text }
    const variables = { _nick: this.member.nick, _nick_place: context.name }
    this.member.droppedOut(Packet.of(routing, '_notice_place_leave_netburp', variables))
  }
}

function enterFamily(method: string): Family | undefined {
  if (inherits(method, '_request_context_enter')) return '_request_context'
  return inherits(method, '_request_enter') ? '_request' : undefined
}

function isEcho({ method }: Packet, act: 'enter' | 'leave'): boolean {
  return inherits(method, `_echo_place_${act}`) || inherits(method, `_echo_context_${act}`)
}
