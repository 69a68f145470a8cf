/**
 * What a Flash client hears of its place: the profile says which packet calls which method, or is sent through which
 * shared object, and with what [design 2.3]. Without a profile that names it, nothing is called.
 */
import { AmfArray, AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import type { Scope } from '../profile/expression.js'
import type { Callback, CompiledProfile } from '../profile/profile.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { CommonCall } from '../rtmp/session/common-call.js'
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
  callClient(call: CommonCall): void
  /** Objects that this client uses, by name. */
  usedObjects(): Iterable<string>
  /** As if somebody had sent it through the object, to this client alone. */
  sendThrough(object: string, handler: string, args: readonly AmfValue[]): void
}

type Subject = Readonly<Record<string, AmfValue>>

/** What a packet says, worked out and encoded once for all clients of the node that it goes to: they are shown the same. */
interface Said {
  readonly subject: Subject
  readonly calls: Map<Callback, CommonCall>
}

const saidBy = new WeakMap<Packet, Said>()

/** What a template can name that is another for each client, or for each of its objects. */
const ownNames: ReadonlySet<string> = new Set(['members', 'nicks', 'component'])

export class FlashCallbacks {
  constructor(private readonly listener: Listener) {}

  /** Once, after the connection was accepted: who one is, and who is there. */
  begin(profile: CompiledProfile): void {
    const { self } = this.listener
    const said = { subject: { ...self, time: this.listener.wallTime() }, calls: new Map() }
    this.run(profile.onSelf, said)
    this.run(profile.onMembers, said)
  }

  /**
   * A packet that the person got.
   * @param method the name by which profiles know it
   * @returns whether a profile names it
   */
  hear(packet: Packet, method: string): boolean {
    // A status tells how things are, whatever the time that it names: psyced's topic has that of its setting.
    const time = inherits(method, '_status') ? undefined : packet.integer('_time_place')
    let isNamed = false
    for (const profile of this.listener.profiles) {
      const callbacks = time === undefined ? profile.callbacks(method) : profile.onHistory
      if (callbacks.length === 0) continue
      isNamed = true
      this.run(callbacks, this.said(packet, method, time), packet)
    }
    return isNamed
  }

  /** Whether a profile calls something for it. */
  isNamed(method: string): boolean {
    return this.listener.profiles.some((profile) => profile.callbacks(method).length > 0)
  }

  private said(packet: Packet, method: string, seconds: number | undefined): Said {
    let said = saidBy.get(packet)
    if (said === undefined) {
      said = { subject: this.newSubject(packet, method, seconds), calls: new Map() }
      saidBy.set(packet, said)
    }
    return said
  }

  private newSubject(packet: Packet, method: string, seconds: number | undefined): Subject {
    const person = uniformOf(packet.sourceRelay ?? packet.source)
    const nick = packet.text('_name_display') ?? packet.text('_nick') ?? person?.name ?? ''
    const shown = person === undefined ? { nick, uniform: '', id: '' } : this.listener.show(person, nick)
    const time = seconds === undefined ? this.listener.wallTime() : seconds * 1000
    return { ...shown, body: displayText(packet), method, time }
  }

  private run(callbacks: readonly Callback[], said: Said, packet?: Packet): void {
    for (const callback of callbacks) {
      if (callback.kind === 'call') this.listener.callClient(this.callOf(callback, said, packet))
      else this.throughObjects(callback, said.subject, packet)
    }
  }

  private callOf(callback: Callback, { subject, calls }: Said, packet: Packet | undefined): CommonCall {
    const known = calls.get(callback)
    if (known !== undefined) return known
    const named = { isOwn: false }
    const scope = this.scope(subject, packet, undefined, () => (named.isOwn = true))
    const call = new CommonCall(
      callback.name,
      callback.args.map((template) => template.evaluate(scope)),
    )
    if (!named.isOwn) calls.set(callback, call)
    return call
  }

  private throughObjects(
    callback: Extract<Callback, { kind: 'send' }>,
    subject: Subject,
    packet?: Packet,
  ): void {
    for (const name of this.listener.usedObjects()) {
      const captures = callback.object.match(name)
      if (captures === undefined) continue
      const scope = this.scope(subject, packet, captures[0])
      const args = callback.args.map((template) => template.evaluate(scope))
      this.listener.sendThrough(name, callback.name, args)
    }
  }

  private scope(
    subject: Subject,
    packet: Packet | undefined,
    component: string | undefined,
    ownNamed?: () => void,
  ): Scope<AmfValue> {
    return scopeOfCallback((name) => {
      if (ownNames.has(name)) ownNamed?.()
      if (name.startsWith('_')) return packet?.text(name)
      if (name === 'component') return component
      if (name === 'members')
        return new AmfArray(this.listener.members().map((shown) => AmfObject.of({ ...shown })))
      if (name === 'nicks') return new AmfArray(this.listener.members().map(({ nick }) => nick))
      return Object.hasOwn(subject, name) ? subject[name] : undefined
    })
  }
}
