/**
 * What a Flash client hears of its place: the profile says which packet calls which method, or is sent through which
 * shared object, and with what [design 2.3]. Without a profile that names it, nothing is called.
 */
import { AmfArray, AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import type { Scope } from '../profile/expression.js'
import type { Callback, CompiledProfile } from '../profile/profile.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { scopeOfCallback } from './expression-scope.js'
import type { Shown } from './shown.js'
import { displayText } from './text.js'

/** What callbacks need of their client. */
export interface Listener {
  readonly profiles: readonly CompiledProfile[]
  readonly self: Shown
  /** Who is in the place and known to be, oneself included. */
  members(): readonly Shown[]
  /** How that person is shown here. */
  show(person: Uniform, nick: string): Shown
  /** ms since 1970. */
  wallTime(): number
  callClient(name: string, args: readonly AmfValue[]): void
  /** Objects that this client uses, by name. */
  usedObjects(): Iterable<string>
  /** As if somebody had sent it through the object, to this client alone. */
  sendThrough(object: string, handler: string, args: readonly AmfValue[]): void
}

type Subject = Readonly<Record<string, AmfValue>>

/** What a packet says is worked out once for all clients of the node that it goes to: they are shown the same. */
const subjects = new WeakMap<Packet, Subject>()

export class FlashCallbacks {
  constructor(private readonly listener: Listener) {}

  /** Once, after the connection was accepted: who one is, and who is there. */
  begin(profile: CompiledProfile): void {
    const { self } = this.listener
    const subject = { ...self, time: this.listener.wallTime() }
    this.run(profile.onSelf, subject)
    this.run(profile.onMembers, subject)
  }

  /**
   * A packet that the person got.
   * @param method the name by which profiles know it
   * @returns whether a profile names it
   */
  hear(packet: Packet, method: string): boolean {
    const time = packet.integer('_time_place')
    let isNamed = false
    for (const profile of this.listener.profiles) {
      const callbacks = time === undefined ? profile.callbacks(method) : profile.onHistory
      if (callbacks.length === 0) continue
      isNamed = true
      this.run(callbacks, this.subjectOf(packet, method, time), packet)
    }
    return isNamed
  }

  private subjectOf(packet: Packet, method: string, seconds: number | undefined): Subject {
    let subject = subjects.get(packet)
    if (subject === undefined) subjects.set(packet, (subject = this.newSubject(packet, method, seconds)))
    return subject
  }

  private newSubject(packet: Packet, method: string, seconds: number | undefined): Subject {
    const person = uniformOf(packet.sourceRelay ?? packet.source)
    const nick = packet.text('_name_display') ?? packet.text('_nick') ?? person?.name ?? ''
    const shown = person === undefined ? { nick, uniform: '', id: '' } : this.listener.show(person, nick)
    const time = seconds === undefined ? this.listener.wallTime() : seconds * 1000
    return { ...shown, body: displayText(packet), method, time }
  }

  private run(callbacks: readonly Callback[], subject: Subject, packet?: Packet): void {
    for (const callback of callbacks) {
      if (callback.kind === 'call')
        this.listener.callClient(callback.name, this.args(callback, subject, packet, undefined))
      else this.throughObjects(callback, subject, packet)
    }
  }

  private throughObjects(
    callback: Extract<Callback, { kind: 'send' }>,
    subject: Subject,
    packet?: Packet,
  ): void {
    for (const name of this.listener.usedObjects()) {
      const captures = callback.object.match(name)
      if (captures === undefined) continue
      this.listener.sendThrough(name, callback.name, this.args(callback, subject, packet, captures[0]))
    }
  }

  private args(
    callback: Callback,
    subject: Subject,
    packet: Packet | undefined,
    component?: string,
  ): AmfValue[] {
    const scope = this.scope(subject, packet, component)
    return callback.args.map((template) => template.evaluate(scope))
  }

  private scope(
    subject: Subject,
    packet: Packet | undefined,
    component: string | undefined,
  ): Scope<AmfValue> {
    return scopeOfCallback((name) => {
      if (name.startsWith('_')) return packet?.text(name)
      if (name === 'component') return component
      if (name === 'members')
        return new AmfArray(this.listener.members().map((shown) => AmfObject.of({ ...shown })))
      if (name === 'nicks') return new AmfArray(this.listener.members().map(({ nick }) => nick))
      return Object.hasOwn(subject, name) ? subject[name] : undefined
    })
  }
}
