/**
 * From one shared object on this node to all its clients: who is sent what, with which version, and when [design 4].
 *
 * What one event-loop turn brings is one message, built once for all who get the same. Whoever is answered differently
 * gets one of his own: the writer of a change, one who is corrected. A client who takes less than he is sent has a
 * queue that merges; he is looked at again by a timer, since nothing else tells when he has caught up.
 *
 * Invariant: a message is sent only when everything logged before it has been sent or queued, so the version of a
 * client's newest message tells all that he has seen.
 */
import type { AmfValue } from '../amf/value.js'
import type { SharedObjectEvent } from '../rtmp/wire/shared-object.js'
import type { Limits } from '../util/limits.js'
import type { Timer, Timers } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import { MESSAGE_EVENTS, messageOf, stateMessages } from './shared-object-message.js'
import type { MessageFrame, SharedMessage } from './shared-object-message.js'
import { MergingQueue, type OutgoingEvent } from './shared-object-queue.js'
import { ReplacedSlots, SeenSlots, type Mark } from './shared-object-versions.js'

/** A client's connection, as shared objects see it. */
export interface SharedObjectSubscriber {
  readonly objectEncoding: 0 | 3
  /** Uniform of the person: `_source` of what it asks. */
  readonly person: string
  /** Bytes that the client has not taken yet, as far as is known. */
  readonly queuedBytes: number
  /** A message as `EncodeSharedObject` made it. Shared: never changed. */
  sendCut(bytes: Uint8Array): void
}

export interface Subscription {
  readonly subscriber: SharedObjectSubscriber
  /** Asked for with flag 0x10: another server that stands for clients. */
  readonly isProxy: boolean
  /** `use` without `release`. */
  uses: number
  /** Writes that the home has not answered. */
  pending: number
  /** Undefined until the first full state is sent; before, nothing is. */
  seen: SeenSlots | undefined
  readonly queue: MergingQueue
}

/** A slot's value for clients. */
export interface SlotValue {
  readonly value: AmfValue
  /** Rough number of bytes it takes. */
  readonly size: number
}

export interface FanoutOptions {
  readonly frame: MessageFrame
  readonly turn: Turn
  readonly timers: Timers
  readonly limits: Limits
  /** Not below that of any message of the object that clients may still have on their way. */
  readonly firstVersion: number
  /** The living slots. */
  readonly slots: ReadonlyMap<string, SlotValue>
}

interface LogEntry extends OutgoingEvent {
  /** Nobody else gets it. */
  readonly only?: Subscription | undefined
  /** Gets `ownEvent` in its place. */
  readonly writer?: Subscription | undefined
  readonly ownEvent?: SharedObjectEvent | undefined
}

const SLOW_CHECK_MS = 50 // ours
const EVENT_SIZE = 16 // ours: a rough number for what is around a value

export class SharedObjectFanout {
  private readonly subscriptions = new Map<SharedObjectSubscriber, Subscription>()
  private readonly replaced = new ReplacedSlots()
  private log: LogEntry[] = []
  private isFlushDue = false
  private slowCheck: Timer | undefined
  private mark: Mark
  /**
   * Who ever used it: messages to him may still be on their way, so his full state needs versions of its own even if
   * he released it and uses it anew.
   */
  private readonly known = new WeakSet<SharedObjectSubscriber>()
  /** The full state as it was sent last to one who was new, while nothing happened since. */
  private sentState: { readonly mark: Mark; readonly messages: readonly SharedMessage[] } | undefined

  constructor(private readonly options: FanoutOptions) {
    this.mark = { version: options.firstVersion, homeVersion: 0 }
  }

  /** Number of clients. */
  get size(): number {
    return this.subscriptions.size
  }

  /** Of the newest message to clients. */
  get version(): number {
    return this.mark.version
  }

  /** The object's version that clients are shown. */
  get homeVersion(): number {
    return this.mark.homeVersion
  }

  get(subscriber: SharedObjectSubscriber): Subscription | undefined {
    return this.subscriptions.get(subscriber)
  }

  all(): IterableIterator<Subscription> {
    return this.subscriptions.values()
  }

  add(subscriber: SharedObjectSubscriber, isProxy: boolean): Subscription {
    const queue = new MergingQueue()
    const subscription = { subscriber, isProxy, uses: 0, pending: 0, seen: undefined, queue }
    this.subscriptions.set(subscriber, subscription)
    return subscription
  }

  delete(subscription: Subscription): void {
    this.subscriptions.delete(subscription.subscriber)
  }

  close(): void {
    this.slowCheck?.cancel()
    this.subscriptions.clear()
    this.log = []
  }

  /**
   * The version of what follows. All that a batch replaces shares one.
   * @param homeVersion of the object; a home that began anew may count lower than before
   */
  nextMark(homeVersion: number): Mark {
    if (this.log.length >= MESSAGE_EVENTS) this.flush()
    this.mark = { version: Math.max(this.mark.version + 1, homeVersion), homeVersion }
    return this.mark
  }

  // To all

  /** @param writer whose change it is, and the version of the message he wrote it in */
  change(name: string, mark: Mark, writer?: Subscription, writtenAt = 0): void {
    const seen = writer === undefined || !this.isHere(writer) ? undefined : writer.seen
    const entry = this.changeEvent(name)
    if (seen?.hasSeen(name, writtenAt) === true) {
      seen.succeeded(name, mark)
      this.record({ ...entry, writer, ownEvent: this.successEvent(name, writer?.isProxy === true) })
    } else this.record(entry)
    this.replaced.replaced(name, mark)
  }

  remove(name: string, mark: Mark): void {
    this.record({ event: { kind: 'remove', names: [name] }, slot: name, size: name.length + EVENT_SIZE })
    this.replaced.replaced(name, mark)
  }

  clear(mark: Mark): void {
    this.record({ event: { kind: 'clear' }, size: EVENT_SIZE })
    this.replaced.allReplaced(mark)
  }

  /** @param size rough number of bytes of the arguments */
  send(handler: string, args: readonly AmfValue[], size: number): void {
    this.record({ event: { kind: 'sendMessage', handler, args }, size: size + EVENT_SIZE })
  }

  // To one

  /** His write is done and changed nothing: success, if he can still believe what he wrote. */
  confirm(subscription: Subscription, names: readonly string[], writtenAt: number): void {
    const { seen } = subscription
    if (seen === undefined || !this.isHere(subscription)) return
    const isTrue = (name: string): boolean => this.options.slots.has(name) && seen.hasSeen(name, writtenAt)
    for (const name of names.filter(isTrue)) {
      const event = this.successEvent(name, subscription.isProxy)
      this.record({ event, slot: name, size: name.length + EVENT_SIZE, only: subscription })
    }
    this.correct(
      subscription,
      names.filter((name) => !isTrue(name)),
    )
  }

  /** What these slots hold, whatever he believes. */
  correct(subscription: Subscription, names: readonly string[]): void {
    const { seen } = subscription
    if (seen === undefined || names.length === 0 || !this.isHere(subscription)) return
    const mark = this.nextMark(this.homeVersion)
    for (const name of names) {
      this.record({ ...this.changeEvent(name), only: subscription })
      seen.corrected(name, mark)
    }
  }

  status(subscription: Subscription, event: SharedObjectEvent): void {
    if (this.isHere(subscription)) this.record({ event, size: EVENT_SIZE, only: subscription })
  }

  /** A message outside the object's life: it holds no slots. */
  refuse(subscription: Subscription, event: SharedObjectEvent): void {
    this.sendMessage(subscription, messageOf(this.options.frame, 0, [event]))
  }

  /** The full state. @param isAnswer to a `use` */
  sendState(subscription: Subscription, isAnswer: boolean): void {
    this.flush()
    if (!subscription.queue.isEmpty) this.drain(subscription)
    const { mark, messages } = this.fullState(isAnswer, this.known.has(subscription.subscriber))
    this.known.add(subscription.subscriber)
    for (const message of messages) this.sendMessage(subscription, message)
    if (subscription.seen === undefined) subscription.seen = new SeenSlots(this.replaced, mark)
    else subscription.seen.restarted(mark)
  }

  /** The full state to one who had it before. */
  resend(subscription: Subscription): void {
    if (subscription.seen !== undefined && this.isHere(subscription)) this.sendState(subscription, false)
  }

  /** The end of the turn. */
  flush(): void {
    this.isFlushDue = false
    const entries = this.log
    if (entries.length === 0) return
    this.log = []
    const { frame, limits } = this.options
    const special = new Set(entries.flatMap(({ only, writer }) => [only, writer]))
    const common = entries.filter(({ only }) => only === undefined).map(({ event }) => event)
    const message = messageOf(frame, this.mark.version, common)
    for (const subscription of this.subscriptions.values()) {
      if (subscription.seen === undefined) continue
      const isSlow = subscription.subscriber.queuedBytes > limits.objectSlowBytes
      if (isSlow || !subscription.queue.isEmpty) this.enqueue(subscription, entries, isSlow)
      else if (special.has(subscription)) {
        this.sendEvents(
          subscription,
          entries.map((entry) => eventFor(subscription, entry)).filter((event) => event !== undefined),
        )
      } else if (common.length > 0) this.sendMessage(subscription, message)
    }
  }

  private record(entry: LogEntry): void {
    this.sentState = undefined
    this.log.push(entry)
    if (this.isFlushDue) return
    this.isFlushDue = true
    this.options.turn.atEnd(() => this.flush())
  }

  private fullState(isAnswer: boolean, isKnown: boolean): NonNullable<SharedObjectFanout['sentState']> {
    if (isAnswer && !isKnown && this.sentState !== undefined) return this.sentState
    const { slots, frame } = this.options
    const start: SharedObjectEvent[] = isAnswer ? [{ kind: 'useSuccess' }] : []
    const events = [...slots.keys()].map((name) => this.changeEvent(name))
    const messages = stateMessages(frame, this.mark.version + 1, start, events)
    this.mark = { version: this.mark.version + messages.length, homeVersion: this.homeVersion }
    const sent = { mark: this.mark, messages }
    this.sentState = isAnswer && !isKnown ? sent : undefined
    return sent
  }

  private enqueue(subscription: Subscription, entries: readonly LogEntry[], isSlow: boolean): void {
    const { queue } = subscription
    for (const entry of entries) {
      const event = eventFor(subscription, entry)
      if (event !== undefined) queue.push({ event, slot: entry.slot, size: entry.size })
    }
    // What cannot be merged goes to the connection in the end, whose own limit ends a client that takes nothing.
    if (!isSlow || queue.size > this.options.limits.queueBytes) this.drain(subscription)
    else this.slowCheck ??= this.options.timers.after(SLOW_CHECK_MS, () => this.checkSlow())
  }

  private checkSlow(): void {
    this.slowCheck = undefined
    this.flush()
    const { limits, timers } = this.options
    let isAnyLeft = false
    for (const subscription of this.subscriptions.values()) {
      if (subscription.queue.isEmpty) continue
      if (subscription.subscriber.queuedBytes > limits.objectSlowBytes) isAnyLeft = true
      else this.drain(subscription)
    }
    if (isAnyLeft) this.slowCheck ??= timers.after(SLOW_CHECK_MS, () => this.checkSlow())
  }

  private drain(subscription: Subscription): void {
    const events = subscription.queue.take()
    const before = Math.max(0, this.mark.version - 1) // who has not had the rest has not seen this version
    while (events.length > MESSAGE_EVENTS)
      this.sendMessage(subscription, messageOf(this.options.frame, before, events.splice(0, MESSAGE_EVENTS)))
    this.sendEvents(subscription, events)
  }

  private sendEvents(subscription: Subscription, events: SharedObjectEvent[]): void {
    if (events.length > 0)
      this.sendMessage(subscription, messageOf(this.options.frame, this.mark.version, events))
  }

  private sendMessage({ subscriber }: Subscription, message: SharedMessage): void {
    const bytes = message.bytes(subscriber.objectEncoding)
    if (bytes !== undefined) subscriber.sendCut(bytes)
  }

  /** Event 4 with what the slot holds, or 9 when there is none. */
  private changeEvent(name: string): OutgoingEvent {
    const slot = this.options.slots.get(name)
    const size = (slot?.size ?? 0) + name.length + EVENT_SIZE
    if (slot === undefined) return { event: { kind: 'remove', names: [name] }, slot: name, size }
    return { event: { kind: 'change', slots: [{ name, value: slot.value }] }, slot: name, size }
  }

  /** A proxy is told the value with the success, since it keeps the object for others. */
  private successEvent(name: string, isProxy: boolean): SharedObjectEvent {
    const value = this.options.slots.get(name)?.value
    return isProxy ? { kind: 'proxySuccess', slots: [{ name, value }] } : { kind: 'success', names: [name] }
  }

  private isHere(subscription: Subscription): boolean {
    return this.subscriptions.get(subscription.subscriber) === subscription
  }
}

function eventFor(subscription: Subscription, entry: LogEntry): SharedObjectEvent | undefined {
  if (entry.only !== undefined && entry.only !== subscription) return undefined
  return entry.writer === subscription ? entry.ownEvent : entry.event
}
