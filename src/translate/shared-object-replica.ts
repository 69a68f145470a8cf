/**
 * One shared object on one node: the replica of its context for all Flash clients of this node that use it
 * [design 4; rtmp.md 4.4].
 *
 * Clients' writes go to the home as requests of their person; nothing changes here before the home's cast is back.
 * What is sent to whom then is the fan-out's business (shared-object-fanout.ts).
 *
 * When the circuit to the home breaks, the fate of the writes under way is unknown. They count as lost: the state that
 * comes next is compared with what we had, the differences go to all, and each slot of such a write goes to its writer,
 * whatever it holds then. If one of them was done after all, its cast is a change like anybody's.
 *
 * Where another node brings us the casts, the home's answer to a write may be here first. It is worth what it says when
 * the object has come so far here: then the writer is told as if it had come in order. It waits a while at most.
 */
import type { AmfValue } from '../amf/value.js'
import type { PsycNode } from '../psyc/entity/node.js'
import { ContextReplica, type ContextHandler } from '../psyc/state/context-replica.js'
import type { Relaying } from '../psyc/state/context-relays.js'
import type { TypedValue } from '../psyc/state/containers.js'
import type { StateVariables } from '../psyc/state/variables.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet, Variables } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { equalBytes } from '../util/bytes.js'
import { GatewayError } from '../util/errors.js'
import type { Turn } from '../util/turn.js'
import { fullVersion } from './shared-object-versions.js'
import { SharedObjectWrites } from './shared-object-writes.js'
import type { Write } from './shared-object-writes.js'
import { noticeInvoke, parseInvoke } from './invoke-packet.js'
import { changeStatus, enterStatus, statusEvent } from './shared-object-answer.js'
import { changedSlots, slotValue, type WrittenSlots } from './shared-object-changes.js'
import { SharedObjectSends } from './shared-object-sends.js'
import { SharedObjectFanout, type SharedObjectSubscriber, type SlotValue } from './shared-object-fanout.js'
import type { MessageFrame } from './shared-object-message.js'

export interface ReplicaOptions {
  readonly node: PsycNode
  readonly turn: Turn
  /** The object's context. */
  readonly uniform: Uniform
  readonly frame: MessageFrame
  /** Messages to clients get versions above it. */
  readonly firstVersion: number
  /** Without it all casts come from the home. */
  readonly relaying?: Relaying | undefined
  /** Nobody uses it any more, or its home refused it; the replica has ended. */
  ended(): void
}

const SLOTS = '_dict_slots'

export class SharedObjectReplica implements ContextHandler {
  private readonly context: ContextReplica
  private readonly fanout: SharedObjectFanout
  /** The slots as clients are shown them, decoded once. */
  private readonly slots = new Map<string, SlotValue>()
  private hasState = false
  private readonly writes: SharedObjectWrites
  /** Writes whose writers must be told what the slots hold, once we know. */
  private uncertain: Write[] = []
  private readonly sends: SharedObjectSends
  private isOpen = true

  constructor(private readonly options: ReplicaOptions) {
    const { node, turn, frame, firstVersion } = options
    const { timers, limits } = node
    this.writes = new SharedObjectWrites(timers, node.token(), (write) => this.doubt(write))
    this.fanout = new SharedObjectFanout({ frame, turn, timers, limits, firstVersion, slots: this.slots })
    this.sends = new SharedObjectSends(limits.objectHeldBytes, (packet) => this.invoked(packet))
    const { uniform, relaying } = options
    this.context = new ContextReplica(node, uniform, this, { relaying, mergesStates: true })
    this.context.open()
  }

  /** As clients call it. */
  get name(): string {
    return this.options.frame.name
  }

  uses(subscriber: SharedObjectSubscriber): boolean {
    return this.fanout.get(subscriber) !== undefined
  }

  /** Of the newest message to clients. */
  get version(): number {
    return this.fanout.version
  }

  /** Nodes that are fed from here. */
  get childCount(): number {
    return this.context.childCount
  }

  get isUnused(): boolean {
    return this.fanout.size === 0
  }

  /** Nothing is known to be missing in what clients are shown. */
  private get isWhole(): boolean {
    return this.context.whole !== undefined
  }

  // From the clients

  /** `use`: always answered by the full state, once it is there. A client may use an object twice. */
  use(subscriber: SharedObjectSubscriber, isProxy: boolean): void {
    const subscription = this.fanout.get(subscriber) ?? this.fanout.add(subscriber, isProxy)
    subscription.uses++
    if (this.hasState) this.fanout.sendState(subscription, true)
  }

  /** `release`: the last one ends the subscription. */
  release(subscriber: SharedObjectSubscriber): void {
    const subscription = this.fanout.get(subscriber)
    if (subscription !== undefined && --subscription.uses <= 0) this.leave(subscriber)
  }

  /** The client does not use it any more; the last client's end is the replica's. */
  leave(subscriber: SharedObjectSubscriber): void {
    const subscription = this.fanout.get(subscriber)
    if (subscription === undefined) return
    this.fanout.delete(subscription)
    if (this.fanout.size === 0) this.close()
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.fanout.close()
    this.context.close()
    this.writes.lose()
    this.options.ended()
  }

  /** Ask the home for a change. @param messageVersion of the client's message */
  write(subscriber: SharedObjectSubscriber, slots: WrittenSlots, messageVersion: number): void {
    const subscription = this.fanout.get(subscriber)
    const version = fullVersion(messageVersion, this.fanout.version)
    if (subscription === undefined || slots.isEmpty) return
    const { names } = slots
    const { limits, log } = this.options.node
    if (subscription.pending >= limits.objectPending) return this.fanout.correct(subscription, names)
    try {
      const seen = this.seenVersion({ subscription, version, names })
      const variables = { ...slots.variables(limits), _amount_version: seen }
      this.ask('_request_change_shared', variables, { subscription, version, names })
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      log.info({ object: this.options.uniform.text, code: error.code }, 'a slot cannot be written')
      this.fanout.correct(subscription, names)
    }
  }

  /** Event 14. Only proxies may, and the player never does. */
  clear(subscriber: SharedObjectSubscriber): void {
    const subscription = this.fanout.get(subscriber)
    if (subscription?.isProxy !== true) return
    if (subscription.pending >= this.options.node.limits.objectPending)
      return this.fanout.resend(subscription)
    this.ask('_request_clear_shared', {}, { subscription, version: 0, names: [] })
  }

  /** `so.send`: comes back to all, the sender too, in order with the changes. */
  send(subscriber: SharedObjectSubscriber, handler: string, args: readonly AmfValue[]): void {
    if (!this.uses(subscriber)) return
    const { node, uniform } = this.options
    const routing = { _source: subscriber.person, _target: uniform.text }
    try {
      node.send(noticeInvoke(routing, { name: handler, args }, node.limits))
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      node.log.info({ object: uniform.text, code: error.code }, 'a send through a shared object is lost')
    }
  }

  /** A send to one client alone, as if it had come through the object. */
  sendTo(subscriber: SharedObjectSubscriber, handler: string, args: readonly AmfValue[]): void {
    const subscription = this.fanout.get(subscriber)
    if (subscription !== undefined) this.fanout.status(subscription, { kind: 'sendMessage', handler, args })
  }

  private ask(method: string, variables: Variables, write: Write): void {
    const { node, uniform } = this.options
    const token = this.writes.begin(write)
    const routing = { _source: write.subscription.subscriber.person, _target: uniform.text }
    node.request(routing, method, { ...variables, _token_change: token }, node.limits.callMs, (answer) =>
      this.answered(token, answer),
    )
  }

  /** The newest version of the object of which the writer knew these slots: strict objects refuse by it. */
  private seenVersion({ subscription: { seen }, version, names }: Write): number {
    if (seen === undefined) return 0
    const known = names.map((name) => {
      const last = seen.last(name)
      return version < last.version ? last.homeVersion - 1 : this.fanout.homeVersion
    })
    return Math.max(0, Math.min(...known, this.fanout.homeVersion))
  }

  /** Nothing is left to do when the cast came before, as it should. */
  private answered(token: string, answer: Packet | undefined): void {
    if (!this.isOpen) return
    const { context, fanout, writes } = this
    const isDone = answer !== undefined && inherits(answer.method, '_echo')
    const version = (isDone ? answer.integer('_amount_version') : undefined) ?? 0
    const isEarly = isDone && version > fanout.homeVersion
    if (isEarly && context.isRelayed && context.isCurrent && writes.wait(token, version)) return
    const write = writes.take(token)
    if (write === undefined) return
    if (!isDone) this.refusedWrite(write, answer?.method)
    else if (isEarly || !context.isCurrent) this.doubt(write)
    else fanout.confirm(write.subscription, write.names, write.version)
  }

  /** The cast of his change is lost, or came before a state that is on its way, maybe of another run. */
  private doubt(write: Write): void {
    this.uncertain.push(write)
    this.context.resync()
  }

  /** @param method of the refusal; "": no answer came, and if it was done its cast will tell */
  private refusedWrite(write: Write, method = ''): void {
    const status = changeStatus(method)
    if (status !== undefined) this.fanout.status(write.subscription, statusEvent(status))
    this.showTruth(write)
    if (inherits(method, '_error_necessary_membership')) this.context.reenter()
  }

  /** The writer believes what he wrote; show him what is there instead. */
  private showTruth({ subscription, names }: Write): void {
    if (names.length > 0) this.fanout.correct(subscription, names)
    else this.fanout.resend(subscription) // he cleared it
  }

  // From the home: ContextHandler

  state(state: StateVariables, before: StateVariables | undefined): void {
    const homeVersion = state.integer('_amount_version') ?? 0
    if (before === undefined) this.beginAnew(state, homeVersion)
    else this.showDifference(state, before, homeVersion)
    this.hasState = true
    for (const subscription of this.fanout.all()) {
      if (subscription.seen === undefined) this.fanout.sendState(subscription, true)
    }
    const { uncertain } = this
    this.uncertain = []
    for (const write of [...uncertain, ...this.writes.comeTo(this.fanout.homeVersion)]) this.showTruth(write)
    this.sends.release()
  }

  cast(packet: Packet, state: StateVariables): void {
    if (inherits(packet.method, '_notice_change_shared')) this.changed(packet, state)
    else if (inherits(packet.method, '_notice_clear_shared')) this.cleared(packet)
    else if (inherits(packet.method, '_notice_invoke')) this.sends.take(packet, this.isWhole)
    for (const write of this.writes.comeTo(this.fanout.homeVersion)) {
      if (this.isWhole) this.fanout.confirm(write.subscription, write.names, write.version)
      else this.doubt(write) // what it did may be among what is missing
    }
  }

  lost(): void {
    this.uncertain.push(...this.writes.lose())
  }

  refused(answer: Packet | undefined): void {
    const event = statusEvent(enterStatus(answer?.method))
    for (const subscription of this.fanout.all()) this.fanout.refuse(subscription, event)
    this.close()
  }

  private beginAnew(state: StateVariables, homeVersion: number): void {
    this.slots.clear()
    for (const [name, value] of state.dict(SLOTS) ?? []) this.decode(name, value)
    this.fanout.nextMark(homeVersion)
    for (const subscription of this.fanout.all()) this.fanout.resend(subscription)
  }

  /** Whatever is different from what clients were shown goes to all of them. */
  private showDifference(state: StateVariables, before: StateVariables, homeVersion: number): void {
    const mark = this.fanout.nextMark(homeVersion)
    const slots = state.dict(SLOTS)
    const shown = before.dict(SLOTS)
    for (const name of shown?.keys() ?? []) {
      if (slots?.has(name) === true) continue
      this.slots.delete(name)
      this.fanout.remove(name, mark)
    }
    for (const [name, value] of slots ?? []) {
      if (isSame(shown?.get(name), value)) continue
      this.decode(name, value)
      this.fanout.change(name, mark)
    }
  }

  private changed(packet: Packet, state: StateVariables): void {
    const mark = this.fanout.nextMark(packet.integer('_amount_version') ?? this.fanout.homeVersion)
    const own = this.writes.takeOwn(packet)
    const isOwn = new Set(own?.names)
    const slots = state.dict(SLOTS)
    const names = changedSlots(packet)
    for (const name of names) {
      const value = slots?.get(name)
      if (value === undefined) {
        this.slots.delete(name)
        this.fanout.remove(name, mark)
      } else {
        this.decode(name, value)
        this.fanout.change(name, mark, isOwn.has(name) ? own?.subscription : undefined, own?.version)
      }
      isOwn.delete(name)
    }
    // His slots that the cast does not name hold what he wrote already.
    if (own !== undefined) this.fanout.confirm(own.subscription, [...isOwn], own.version)
  }

  private cleared(packet: Packet): void {
    this.writes.takeOwn(packet)
    this.slots.clear()
    this.fanout.clear(this.fanout.nextMark(packet.integer('_amount_version') ?? this.fanout.homeVersion))
  }

  private invoked(packet: Packet): void {
    const { node, uniform } = this.options
    try {
      const { name, args } = parseInvoke(packet, node.limits)
      this.fanout.send(name, args, packet.bytes('_list_arguments')?.length ?? 0)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      node.log.warn({ object: uniform.text, code: error.code }, 'a send through a shared object is malformed')
    }
  }

  private decode(name: string, typed: TypedValue): void {
    const { limits, log } = this.options.node
    this.slots.set(name, {
      value: slotValue(typed, limits, log, this.options.uniform.text),
      size: typed.value.length,
    })
  }
}

function isSame(a: TypedValue | undefined, b: TypedValue): boolean {
  return a?.type === b.type && equalBytes(a.value, b.value)
}
