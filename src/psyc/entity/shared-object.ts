/**
 * The home of one shared object: the master of its context, and the only one that changes it [design 4].
 *
 * Everything that concerns the object goes through one line, in the order of arrival: enters, changes, sends, leaves.
 * A persistent object's changes are made durable before anybody hears of them. While a commit is under way what
 * arrives waits; then all changes that wait in a row become the next commit, so a slow disk makes larger groups and
 * not a longer line. A change is applied when it is staged, so that those after it are judged by what it leaves; if
 * the commit fails the whole group is taken back and refused, and nobody has heard of it.
 *
 *        receive ─▶ waiting ─▶ staged (applied) ─▶ commit ─▶ cast to all ─▶ answer to the writer
 */
import { inherits } from '../wire/keyword.js'
import { Packet, type Variables } from '../wire/packet.js'
import { uniformOf, type Uniform } from '../wire/uniform.js'
import { ContextMaster } from '../state/context-master.js'
import type { Relaying } from '../state/context-relays.js'
import { PsycError } from '../../util/errors.js'
import type { LimitName } from '../../util/limits.js'
import type { Timer } from '../../util/timers.js'
import type { Origin, PsycNode } from './node.js'
import type { ObjectChange, ObjectStore } from './object-store.js'
import { askedChange, changeCast, changeToken, objectState } from './shared-object-packets.js'
import { SharedObjectSlots, isRefusal, isUnchanged, type Refusal } from './shared-object-slots.js'

/** What an object asks of its surroundings. Keys are uniform keys. */
export interface SharedObjectOptions {
  /** Persons of the place may change its objects without entering them. */
  isMember(personKey: string): boolean
  /** @param key of a person, or of the root of a node that stands for its persons */
  mayRead(key: string): boolean
  mayWrite(personKey: string): boolean
  readonly isStrict: boolean
  /** Of a persistent object; without it nothing outlives the object. */
  readonly store?: ObjectStore | undefined
  /** A circuit that holds more than it should: its node gets full states in place of changes. */
  isSlow(memberKey: string): boolean
  /** For nodes that are fed by others. */
  readonly relaying?: Relaying | undefined
  /** Nobody used it for `objectIdleMs`. */
  ended(): void
}

interface Waiting {
  readonly packet: Packet
  readonly origin: Origin
}

interface Staged {
  readonly packet: Packet
  readonly change: ObjectChange
  readonly token: string | undefined
  readonly takeBack: () => void
}

type Handler = (object: SharedObject, packet: Packet, origin: Origin, source: Uniform) => void

/** The first family that the method inherits from decides; what none names is not for objects. */
const handlers: readonly (readonly [string, Handler])[] = [
  ['_request_change_shared', (object, packet, origin, source) => object.stage(packet, origin, source)],
  ['_request_clear_shared', (object, packet, origin, source) => object.stage(packet, origin, source)],
  ['_notice_invoke', (object, packet, origin, source) => object.invoke(packet, origin, source)],
  ['_request_context_enter', (object, packet, origin, source) => object.enter(packet, origin, source)],
  ['_request_enter', (object, packet, origin, source) => object.enter(packet, origin, source)],
  ['_request_context_leave', (object, packet, origin, source) => object.leave(packet, origin, source)],
  ['_request_leave', (object, packet, origin, source) => object.leave(packet, origin, source)],
  ['_notice_context_child', (object, packet, origin, source) => object.routed(packet, origin, source)],
  ['_notice_context_leave', (object, packet, origin, source) => object.leave(packet, origin, source)],
  ['_notice_place_leave', (object, packet, origin, source) => object.leave(packet, origin, source)],
  [
    '_failure_unsuccessful_delivery',
    (object, packet, origin, source) => object.unreachable(packet, origin, source),
  ],
  ['_request', (object, packet) => object.answer(packet, '_failure_unsupported_function')],
]

/** Names of limits in `_failure_exceeded_limit…`. */
const limitSuffix: Partial<Record<LimitName, string>> = {
  objectSlots: '_slots',
  objectKeyBytes: '_name',
  objectValueBytes: '_value',
  objectBytes: '_bytes',
  messageEvents: '_waiting',
}

export class SharedObject {
  readonly context: ContextMaster
  readonly slots: SharedObjectSlots
  private waiting: Waiting[] = []
  private staged: Staged[] = []
  /** A load or a commit is under way. */
  private isBusy = false
  private isLoaded: boolean
  private isClosed = false
  private idle: Timer | undefined

  constructor(
    readonly node: PsycNode,
    readonly uniform: Uniform,
    private readonly options: SharedObjectOptions,
  ) {
    this.slots = new SharedObjectSlots(node.limits, options.isStrict)
    // What is applied and not yet durable must not be shown: whoever is to catch up waits for the commit.
    const isSlow = (memberKey: string): boolean => this.isBusy || options.isSlow(memberKey)
    this.context = new ContextMaster(node, uniform, objectState(this.slots), isSlow, options.relaying)
    this.isLoaded = options.store === undefined
    this.watchIdle()
  }

  /** A packet with the object as its `_target`. */
  receive(packet: Packet, origin: Origin): void {
    if (this.isClosed) return
    if (this.waiting.length >= this.node.limits.messageEvents) return this.refuse(packet, 'messageEvents')
    this.waiting.push({ packet, origin })
    if (!this.isLoaded && !this.isBusy) this.load()
    this.work()
  }

  /** That node, or that local member, is gone. */
  dropMember(memberKey: string): void {
    if (this.context.removeMember(memberKey)) this.watchIdle()
  }

  /** That node was lost; it is out when it has not entered again by `dropDoubted`. */
  doubt(memberKey: string): void {
    this.context.doubt(memberKey)
  }

  dropDoubted(memberKey: string): void {
    if (this.context.isDoubted(memberKey)) this.dropMember(memberKey)
  }

  /** No timer is left and nothing is answered any more; a commit that is under way goes on. */
  close(): void {
    this.isClosed = true
    this.idle?.cancel()
    this.context.close()
    this.waiting = []
  }

  private load(): void {
    const { store } = this.options
    if (store === undefined) return
    this.isBusy = true
    store.load(this.uniform.key, (error, record) => {
      this.isBusy = false
      if (this.isClosed) return
      if (error !== undefined) return this.unloadable(error)
      this.isLoaded = true
      if (record !== undefined) this.slots.load(record)
      this.work()
    })
  }

  /** Never start empty what may not be empty [design 8]: everybody who asked is refused, and the next one tries again. */
  private unloadable(error: Error): void {
    this.node.log.error(
      { object: this.uniform.text, error: error.message },
      'a shared object cannot be loaded',
    )
    for (const { packet } of this.waiting) this.answer(packet, '_failure_unavailable_storage')
    this.close()
    this.options.ended()
  }

  private work(): void {
    while (!this.isBusy && !this.isClosed) {
      const [next] = this.waiting
      if (this.staged.length > 0 && !(next !== undefined && isChange(next.packet))) this.commit()
      else if (next === undefined) return
      else {
        this.waiting.shift()
        this.handle(next)
      }
    }
  }

  private handle({ packet, origin }: Waiting): void {
    const source = uniformOf(packet.source)
    if (source === undefined) return
    if (packet.stateOperation === 'resync') {
      if (!this.context.resync(packet, origin, source)) this.answer(packet, '_error_necessary_membership')
      return
    }
    const handler = handlers.find(([family]) => inherits(packet.method, family))
    handler?.[1](this, packet, origin, source)
  }

  /** For the table above, like the methods that follow. */
  enter(packet: Packet, origin: Origin, source: Uniform): void {
    if (!this.options.mayRead(source.key)) return this.answer(packet, '_error_necessary_privilege')
    this.idle?.cancel()
    this.context.enter(packet, origin, source)
  }

  leave(packet: Packet, origin: Origin, source: Uniform): void {
    this.context.leave(packet, origin, source)
    this.watchIdle()
  }

  /** What a node says of one that it feeds. */
  routed(packet: Packet, origin: Origin, source: Uniform): void {
    this.context.routed(packet, origin, source)
  }

  /** The router could not deliver a cast: whoever it was for is out, unless only that one packet has no form there. */
  unreachable(packet: Packet, origin: Origin, source: Uniform): void {
    if (inherits(packet.method, '_failure_unsuccessful_delivery_unrenderable')) return
    this.dropMember(origin.isLocal ? source.rootKey : origin.rootKey)
    this.dropMember(source.entityKey)
  }

  /** `send`: to all, the sender included, in order with the changes. Nothing is stored. */
  invoke(packet: Packet, origin: Origin, source: Uniform): void {
    const refusal = this.writeRefusal(origin, source)
    if (refusal !== undefined) return this.answer(packet, refusal)
    const { method, entity, body } = packet
    const variables = entity.filter(({ operator }) => operator === ':')
    this.context.cast({ method, sourceRelay: source.text, entity: variables, body })
  }

  /** Judge a change and apply it; it is published when it is durable. */
  stage(packet: Packet, origin: Origin, source: Uniform): void {
    const refusal = this.writeRefusal(origin, source)
    if (refusal !== undefined) return this.answer(packet, refusal)
    try {
      const token = changeToken(packet)
      const outcome = this.slots.check(askedChange(packet), packet.integer('_amount_version'), source.key)
      if (isRefusal(outcome)) return this.refuse(packet, outcome)
      const takeBack = isUnchanged(outcome) ? () => undefined : this.slots.apply(outcome, source.key)
      this.staged.push({ packet, change: outcome, token, takeBack })
    } catch (error) {
      if (!(error instanceof PsycError)) throw error
      this.answer(packet, '_error_illegal_change_shared', { _code: error.code })
    }
  }

  private writeRefusal(origin: Origin, source: Uniform): string | undefined {
    const { context } = this
    const isIn =
      this.options.isMember(source.key) || context.has(source.entityKey) || context.has(origin.rootKey)
    if (!isIn) {
      this.node.log.info({ from: source.text, object: this.uniform.text }, 'a stranger may not write')
      return '_error_necessary_membership'
    }
    return this.options.mayWrite(source.key) ? undefined : '_error_necessary_privilege'
  }

  private refuse(packet: Packet, refusal: Refusal): void {
    const variables = { _amount_version: this.slots.version, _token_change: packet.text('_token_change') }
    if (refusal === 'conflict') return this.answer(packet, '_error_change_shared_conflict', variables)
    const limit = { ...variables, _amount_limit: this.node.limits[refusal] }
    this.answer(packet, `_failure_exceeded_limit${limitSuffix[refusal] ?? ''}`, limit)
  }

  private commit(): void {
    const group = this.staged
    this.staged = []
    const changes = group.map(({ change }) => change).filter((change) => !isUnchanged(change))
    const { store } = this.options
    if (store === undefined || changes.length === 0) return this.publish(group)
    this.isBusy = true
    store.append(this.uniform.key, changes, (error) => {
      this.isBusy = false
      if (this.isClosed) return
      if (error === undefined) this.publish(group)
      else this.takeBack(group, error)
      this.work()
    })
  }

  private publish(group: readonly Staged[]): void {
    for (const { packet, change, token } of group) {
      const isNothing = isUnchanged(change)
      if (!isNothing) this.context.cast(changeCast(change, packet.source, token))
      this.answer(packet, packet.method.replace('_request', '_echo'), {
        _amount_version: isNothing ? change.version - 1 : change.version,
        _token_change: token,
      })
    }
    if (this.context.size === 0) this.watchIdle()
  }

  private takeBack(group: readonly Staged[], error: Error): void {
    this.node.log.error(
      { object: this.uniform.text, error: error.message },
      'a shared object cannot be stored',
    )
    for (const { takeBack } of [...group].reverse()) takeBack()
    for (const { packet, token } of group)
      this.answer(packet, '_failure_unavailable_storage', { _token_change: token })
  }

  answer(packet: Packet, method: string, variables: Variables = {}): void {
    if (packet.source === undefined) return
    const routing = { _source: this.uniform.text, _target: packet.source, _tag_relay: packet.tag }
    this.node.send(Packet.of(routing, method, variables))
  }

  private watchIdle(): void {
    this.idle?.cancel()
    if (this.context.size > 0 || this.isClosed) return
    this.idle = this.node.timers.after(this.node.limits.objectIdleMs, () => {
      if (this.isBusy) return this.watchIdle()
      this.close()
      this.options.ended()
    })
  }
}

function isChange({ method }: Packet): boolean {
  return inherits(method, '_request_change_shared') || inherits(method, '_request_clear_shared')
}
