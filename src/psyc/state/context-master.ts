/**
 * The master's side of a context: who is in it, and what they are sent [design 4; psyc.md 4.3, 5.6].
 *
 * A place, a shared object and a stream have each one master. It casts one copy to each *member*: a local person, our
 * own root, or the root of another node, whichever key the node can send to. Each start of a context has its own
 * `_token_run` and counts its casts from 1, so that a replica knows what it missed and what it has twice. A packet
 * with `_target` is never counted: the full state *names* the counter it stands at, and the next cast is one more.
 *
 * Members that keep no state are told the same in other words (cast.ts).
 *
 * A member whose circuit is far behind gets no more changes of state but, when its circuit has room again or something
 * follows that is no change of state, one full state: the newest is all it needs of the older ones.
 *
 * Where other nodes are trusted with it, those that are too many get their casts from others (context-relays.ts).
 */
import { Packet, type Modifier } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import { CastForms } from './cast.js'
import type { Cast, Syntax } from './cast.js'
import { memberKeyOf } from './context-node.js'
import type { ContextNode, ContextPeer } from './context-node.js'
import { ContextRelays } from './context-relays.js'
import type { RelayedContext, Relaying } from './context-relays.js'
import { fullStatePackets } from './full-state.js'

/** The state that a context's owner keeps, for those who come. */
export interface ContextState {
  /**
   * `=` modifiers (and `+` to go on with a container that is too big for one packet), in order. Without `_token_run`.
   */
  modifiers(): Iterable<Modifier>
  /** `:` modifiers for members that do not understand state; undefined: they are sent none. */
  plain(syntax: Syntax): readonly Modifier[] | undefined
}

const noState: ContextState = { modifiers: () => [], plain: () => undefined }
/** Of this node, only the root keeps state; its persons hand on what they are told. */
const localPerson: ContextPeer = { rootKey: '', isLocal: true, understandsState: false, syntax: '1.0' }

const BEHIND_CHECK_MS = 100 // ours: how often a member that is behind is looked at

interface Member {
  readonly origin: ContextPeer
  /** Changes of state were left out: a full state is due. */
  isBehind: boolean
  /** Entity keys of those who entered by this route. It ends with the last, so that nobody takes the others out. */
  readonly entered: Set<string>
  /** Its node was lost, and it has not entered again. */
  isDoubted: boolean
}

export class ContextMaster implements RelayedContext {
  /** 16 hex digits. */
  readonly run: string
  private readonly members = new Map<string, Member>()
  private count = 0
  private behindCheck: Timer | undefined
  private readonly relays: ContextRelays | undefined

  /**
   * @param isSlow whether the circuit to that member holds more than it should; nobody is slow by default
   * @param relaying without it, or when it names nobody, all casts go to all members from here
   */
  constructor(
    private readonly node: ContextNode,
    readonly uniform: Uniform,
    private readonly state: ContextState = noState,
    private readonly isSlow: (memberKey: string) => boolean = () => false,
    relaying?: Relaying,
  ) {
    this.run = node.token()
    if (relaying?.mayRelay !== undefined) this.relays = new ContextRelays(relaying, this)
  }

  /** `_counter` of the last cast; 0 before the first. */
  get counter(): number {
    return this.count
  }

  /** Number of members. */
  get size(): number {
    return this.members.size
  }

  has(memberKey: string): boolean {
    return this.members.has(memberKey)
  }

  /** Changes were left out, and a full state is due. */
  isBehind(memberKey: string): boolean {
    return this.members.get(memberKey)?.isBehind === true
  }

  /** @param memberKey what `sendTo` of the node takes; adding twice is one member */
  addMember(memberKey: string, origin: ContextPeer): void {
    const entered = this.members.get(memberKey)?.entered ?? new Set()
    this.members.set(memberKey, { origin, isBehind: false, entered, isDoubted: false })
  }

  /** @returns whether it was one */
  removeMember(memberKey: string): boolean {
    this.relays?.left(memberKey)
    return this.members.delete(memberKey)
  }

  /** It is no member for now; its place in the tree stays. */
  suspendMember(memberKey: string): void {
    this.members.delete(memberKey)
  }

  /** A node has entered with its replica, perhaps again, and was sent the state: casts go to it from here. */
  followed(rootKey: string, origin: ContextPeer): void {
    this.relays?.entered(rootKey, origin)
  }

  /** The node's replica is gone; persons of it may be members still. */
  unfollowed(rootKey: string): void {
    this.relays?.left(rootKey)
  }

  /** @returns whether the packet was about who feeds whom; then it is answered */
  routed(packet: Packet, origin: ContextPeer, source: Uniform): boolean {
    return this.relays?.receive(packet, origin, source) === true
  }

  /**
   * Let the sender of an enter request in: `_echo_…_enter` in the family of the request, then the full state.
   * Entering again is answered the same way. Whether he may is the caller's to check.
   */
  enter(packet: Packet, origin: ContextPeer, source: Uniform): void {
    if (this.routed(packet, origin, source)) return
    const memberKey = memberKeyOf(source, origin)
    const entered = this.members.get(memberKey)?.entered
    if ((entered?.size ?? 0) >= this.node.limits.placeMembers && entered?.has(source.entityKey) === false)
      return this.answer(packet, '_failure_exceeded_limit_members')
    this.addMember(memberKey, origin)
    this.members.get(memberKey)?.entered.add(source.entityKey)
    this.answer(packet, packet.method.replace(/^_request(_context)?/, echoFamily))
    this.sendState(memberKey, source.text)
    if (source.kind === 'root') this.followed(memberKey, origin)
  }

  /**
   * Answer a leave request of whatever family, or the notice that psyced sends instead. A root is told within the
   * context, so that its replica hears of it: a leave may come late, out of a circuit that broke, after a new enter.
   */
  leave(packet: Packet, origin: ContextPeer, source: Uniform): void {
    if (this.routed(packet, origin, source)) return
    const memberKey = memberKeyOf(source, origin)
    const wasMember = this.takeOut(memberKey, source)
    const family = packet.method.includes('_context_') ? '_echo_context_leave' : '_echo_place_leave'
    const method = wasMember ? family : `${family}_invalid`
    if (source.kind !== 'root') return this.answer(packet, method)
    const routing = { _context: this.uniform.text, _target: source.text, _tag_relay: packet.tag }
    this.node.sendTo(memberKey, Packet.of(routing, method))
  }

  /** Its node was lost: whether it is still in shows when it enters again, or does not. */
  doubt(memberKey: string): void {
    const member = this.members.get(memberKey)
    if (member !== undefined) member.isDoubted = true
  }

  isDoubted(memberKey: string): boolean {
    return this.members.get(memberKey)?.isDoubted === true
  }

  /** @returns whether he was in */
  private takeOut(memberKey: string, { entityKey }: Uniform): boolean {
    const entered = this.members.get(memberKey)?.entered
    if (entered === undefined || (entered.size > 0 && !entered.delete(entityKey))) return false
    if (entered.size === 0) this.removeMember(memberKey)
    return true
  }

  /** Cast to all members. @returns the cast without what it does to the state, for those who remember casts */
  cast(cast: Cast): Packet {
    // Before the cast is counted: the state names the counter that it stands at, and the cast is one more.
    if (cast.state === undefined) this.catchUpAll()
    this.count++
    const routing = this.castRouting(cast)
    const bare = new Packet(routing, cast.entity ?? [], cast.method, cast.body ?? '')
    const forms = new CastForms(bare, cast.state, this.runModifier())
    for (const [memberKey, member] of this.members) {
      if (memberKey === cast.exceptMember || this.relays?.isElsewhere(memberKey) === true) continue
      const { understandsState, syntax } = this.peer(memberKey, member)
      if (cast.state !== undefined && understandsState) {
        if (!this.leaveOut(memberKey, member)) this.node.sendTo(memberKey, forms.withState)
        continue
      }
      if (member.isBehind) this.catchUp(memberKey)
      this.node.sendTo(memberKey, forms.plain(syntax))
    }
    this.relays?.cast(() => forms.withState)
    return bare
  }

  /**
   * Send the full state, for one target among those that the member stands for.
   * @param tag of the question that it answers
   */
  sendState(memberKey: string, target: string, tag?: string): void {
    const member = this.members.get(memberKey)
    if (member === undefined) return
    member.isBehind = false
    const { understandsState, syntax } = this.peer(memberKey, member)
    const packets = understandsState ? this.fullState(target, tag) : this.plainState(target, syntax)
    for (const packet of packets) this.node.sendTo(memberKey, packet)
  }

  /** The full state for a node, now or when it is not behind any more. */
  refresh(rootKey: string): void {
    const member = this.members.get(rootKey)
    if (member !== undefined && !this.leaveOut(rootKey, member)) this.sendState(rootKey, rootKey)
  }

  /** Answer a state resync (`?`). @returns false when the sender is no member and gets nothing */
  resync({ tag }: Packet, origin: ContextPeer, source: Uniform): boolean {
    const memberKey = memberKeyOf(source, origin)
    if (!this.members.has(memberKey)) return false
    this.sendState(memberKey, source.text, tag)
    return true
  }

  /** The context is over: no timer is left. */
  close(): void {
    this.members.clear()
    this.behindCheck?.cancel()
    this.relays?.close()
  }

  private answer(packet: Packet, method: string): void {
    const routing = { _source: this.uniform.text, _target: packet.source, _tag_relay: packet.tag }
    this.node.send(Packet.of(routing, method))
  }

  private castRouting({ sourceRelay }: Cast): Modifier[] {
    const routing: Modifier[] = [{ operator: ':', name: '_context', value: this.uniform.text }]
    if (sourceRelay !== undefined) routing.push({ operator: ':', name: '_source_relay', value: sourceRelay })
    routing.push({ operator: ':', name: '_counter', value: String(this.count) })
    return routing
  }

  /** What its circuit offers now, or did when it entered. */
  private peer(memberKey: string, { origin }: Member): ContextPeer {
    const peer = this.node.memberOrigin(memberKey) ?? origin
    if (peer.isLocal && memberKey !== this.node.root.rootKey) return localPerson
    // A circuit that has just opened has not told yet what it offers: who kept state keeps it.
    const isNew = origin.understandsState && !peer.understandsState && peer.syntax === '1.0'
    return isNew ? { ...peer, understandsState: true } : peer
  }

  /** Whether a change of state is not sent because the member is too far behind. */
  private leaveOut(memberKey: string, member: Member): boolean {
    if (!member.isBehind && !this.isSlow(memberKey)) return false
    member.isBehind = true
    this.behindCheck ??= this.node.timers.after(BEHIND_CHECK_MS, () => this.checkBehind())
    return true
  }

  private checkBehind(): void {
    this.behindCheck = undefined
    let isAnyLeft = false
    for (const [memberKey, member] of this.members) {
      if (!member.isBehind) continue
      if (this.isSlow(memberKey)) isAnyLeft = true
      else this.catchUp(memberKey)
    }
    if (isAnyLeft) this.behindCheck = this.node.timers.after(BEHIND_CHECK_MS, () => this.checkBehind())
  }

  private catchUpAll(): void {
    for (const [memberKey, { isBehind }] of this.members) if (isBehind) this.catchUp(memberKey)
  }

  /** Only replicas are ever behind, and those entered as the member they are. */
  private catchUp(memberKey: string): void {
    this.sendState(memberKey, memberKey)
  }

  private fullState(target: string, tag: string | undefined): Packet[] {
    return fullStatePackets({
      context: this.uniform.text,
      target,
      counter: this.count,
      tag,
      modifiers: [this.runModifier(), ...this.state.modifiers()],
      packetBytes: this.node.limits.statePacketBytes,
    })
  }

  private plainState(target: string, syntax: Syntax): Packet[] {
    const entity = this.state.plain(syntax)
    return entity === undefined ? [] : [new Packet(this.stateRouting(target), entity, '_status_state', '')]
  }

  private stateRouting(target: string): Modifier[] {
    return [
      { operator: ':', name: '_context', value: this.uniform.text },
      { operator: ':', name: '_target', value: target },
      { operator: ':', name: '_counter', value: String(this.count) },
    ]
  }

  private runModifier(): Modifier {
    return { operator: '=', name: '_token_run', value: this.run }
  }
}

/** `_request_context_enter_again` → `_echo_context_enter_again`, `_request_enter` → `_echo_place_enter` [psyc.md 5.1]. */
function echoFamily(_match: string, context: string | undefined): string {
  return context === undefined ? '_echo_place' : '_echo_context'
}
