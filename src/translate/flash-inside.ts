/**
 * A client that the place has let in: what it does goes to the parts, what its person hears goes to the client
 * [design 2]. Until its first act it is a silent member.
 */
import type { AmfValue } from '../amf/value.js'
import type { CompiledProfile } from '../profile/profile.js'
import type { LinkDescription } from '../psyc/entity/person-description.js'
import type { Person } from '../psyc/entity/person.js'
import type { Packet } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { CommonCall } from '../rtmp/session/common-call.js'
import type { ConnectRequest, IncomingCall, NetConnection } from '../rtmp/session/events.js'
import type { SharedObjectMessage } from '../rtmp/wire/shared-object.js'
import type { Decision } from './access.js'
import { askerOf } from './asker.js'
import type { Asker } from './asker.js'
import { BridgedRoom } from './bridged-room.js'
import type { Room } from './built-ins.js'
import { FlashCallbacks } from './flash-callbacks.js'
import type { Listener } from './flash-callbacks.js'
import { FlashCalls } from './flash-calls.js'
import type { Caller } from './flash-calls.js'
import { enterRequest } from './flash-entrance.js'
import type { Entered } from './flash-entrance.js'
import { FlashHearing } from './flash-hearing.js'
import type { Hearer } from './flash-hearing.js'
import type { NameHolder } from './flash-names.js'
import type { FlashServices } from './flash-services.js'
import { FlashStreams } from './flash-streams.js'
import type { Nick } from './nick.js'
import { PlaceRoom } from './place-room.js'
import { PsycTunnel } from './psyc-tunnel.js'
import type { RoomNames } from './room-names.js'
import type { SharedObjectSubscriber } from './shared-object-fanout.js'
import type { SharedObjects } from './shared-object.js'
import { streamNews } from './stream-news.js'
import type { StreamOwner } from './stream-owner.js'
import { idOf, memberCalled, shownAs } from './shown.js'
import type { Shown } from './shown.js'

export class Inside implements Caller, Listener, Hearer {
  isSilent: boolean
  readonly place: Uniform
  readonly home: Uniform
  readonly profiles: CompiledProfile[]
  readonly streams: FlashStreams
  readonly names: RoomNames
  linked: Person
  nick: Nick
  private readonly calls = new FlashCalls(this)
  private readonly callbacks = new FlashCallbacks(this)
  private readonly hearing: FlashHearing
  private readonly objects: SharedObjects
  private readonly subscriber: SharedObjectSubscriber
  private psycTunnel: PsycTunnel | undefined

  constructor(
    readonly connection: NetConnection,
    readonly services: FlashServices,
    private readonly entered: Entered,
    private readonly holder: NameHolder,
    private readonly remoteAddress: string,
  ) {
    this.linked = entered.person
    this.nick = entered.nick
    this.place = entered.place
    this.home = entered.home
    this.isSilent = entered.isSilent
    this.profiles = [entered.settings.profile]
    this.objects = services.objects.open(entered.home)
    this.names = services.roomNames.open(entered.place, (key) => entered.view.has(key))
    this.hearing = new FlashHearing(this, entered, this.callbacks)
    this.subscriber = subscriberOf(this)
    this.streams = new FlashStreams(streamOwnerOf(this, entered.request))
  }

  /** Tell the client that it is in, then what its profile has for a newcomer; what it pipelined follows. */
  begin(): void {
    const { request, settings } = this.entered
    const { profile } = settings
    const extra = request.isEncoder ? {} : { nick: this.nick.display, uniform: this.linked.uniform.text }
    const relay = this.services.relayMarks.answer(request.commandObject)
    this.connection.accept({ ...extra, ...relay }, { onBWDone: profile.onBWDone && !request.isEncoder })
    if (!this.connection.isOpen) return // it broke within
    this.entered.view.listen(this.hearing)
    if (!request.isEncoder) this.callbacks.begin(profile)
  }

  /** The connection is over. */
  end(how: 'finished' | 'lost'): void {
    this.psycTunnel?.end()
    this.services.relayMarks.forget(this.entered.request.commandObject)
    this.calls.end()
    this.objects.leave(this.subscriber)
    this.services.objects.close(this.home)
    this.services.roomNames.close(this.place)
    this.entered.view.close()
    this.services.names.release(this.linked, this.holder)
    this.linked.removeLink(this.holder, how)
  }

  // --- what the client does

  call(call: IncomingCall): void {
    this.act()
    this.mayDo('call', call.name, '', (decision) => {
      if (decision.allowed) this.calls.call(call)
      else {
        const { message } = decision
        this.connection.error(call, {
          level: 'error',
          code: 'NetConnection.Call.Failed',
          description: message,
        })
      }
    })
  }

  sharedObject(message: SharedObjectMessage): void {
    this.act()
    this.mayDo('object', message.name, '', (decision) => {
      if (decision.allowed) this.objects.handle(this.subscriber, message)
      else this.objects.refuse(this.subscriber, message)
    })
  }

  /** The first act of an application: from now on the others know of this member. Encoders have nobody to show. */
  act(): void {
    this.linked.acted()
    const { settings, request } = this.entered
    if (!this.isSilent || request.isEncoder || settings.profile.presence === 'never') return
    this.isSilent = false
    const place = this.services.localPlace(this.place)
    const member = place?.members.get(this.linked.uniform.key)
    if (place !== undefined && member !== undefined) place.announce(member)
    else this.linked.speak(enterRequest({ ...this.entered, nick: this.nick, isSilent: false }))
  }

  mayDo(
    action: 'call' | 'object' | 'publish' | 'play',
    name: string,
    query: string,
    decided: (decision: Decision) => void,
  ): void {
    const { request } = this.entered
    const { app, instance } = request
    this.services.access.decide(
      { action, app, instance, person: this.linked.uniform.text, name, query, request },
      decided,
    )
  }

  /** Somebody else claims the name of this silent member: it takes another and enters again. */
  rename(): void {
    const person = this.services.names.claimNumbered(this.nick, this.holder)
    if (typeof person === 'string') {
      this.connection.close()
      return
    }
    this.services.names.release(this.linked, this.holder)
    this.linked.removeLink(this.holder, 'finished')
    this.linked = person
    this.nick = { ...this.nick, display: person.displayName, mapped: person.nick }
    // Who is silent is in the home; where that is not the place of the talk, nowhere else.
    person.speak(enterRequest({ place: this.home, nick: this.nick, isSilent: true }))
  }

  // --- what the person hears

  shows(packet: Packet): boolean {
    return this.hearing.shows(packet)
  }

  deliver(packet: Packet): void {
    this.hearing.deliver(packet)
  }

  /** It is seen in its place by who is seen there too. */
  describe(asker: Uniform): LinkDescription {
    const isSeen = [asker, this.person].every(({ key }) => this.entered.view.has(key))
    const motto = this.entered.request.isEncoder ? 'RTMP encoder' : 'Flash client'
    return { protocol: 'rtmp', motto, places: isSeen ? [this.place] : [] }
  }

  // --- Caller

  get person(): Uniform {
    return this.linked.uniform
  }

  get isBridged(): boolean {
    return this.place.key !== this.home.key
  }

  get asker(): Asker {
    return this.entered.view.asker ?? askerOf(this.services.node)
  }

  get displayName(): string {
    return this.nick.display
  }

  get query(): ReadonlyMap<string, string> {
    return this.entered.request.query
  }

  get handler(): string | undefined {
    return this.entered.settings.handler
  }

  get where(): string {
    const { app, instance } = this.entered.request
    return instance === '' ? app : `${app}/${instance}`
  }

  adopt(profile: CompiledProfile): void {
    if (!this.profiles.includes(profile)) this.profiles.push(profile)
  }

  room(): Room | undefined {
    const { services } = this
    const place = services.localPlace(this.home)
    const room =
      place === undefined
        ? undefined
        : new PlaceRoom(place, this.linked.uniform, services.persons, this.names)
    return this.isBridged ? new BridgedRoom(services.node, this, room) : room
  }

  find(nick: string): string | undefined {
    return memberCalled(nick, this.entered.view.members(), (person, name) => this.show(person, name))
  }

  tunnel(bytes: Uint8Array | string): void {
    const { connection, linked, services, remoteAddress } = this
    if (this.psycTunnel?.isClosed !== false)
      this.psycTunnel = new PsycTunnel(connection, linked, services.persons, remoteAddress)
    this.psycTunnel.receive(bytes)
  }

  // --- Listener

  get self(): Shown {
    const { uniform } = this.linked
    return { nick: this.nick.display, uniform: uniform.text, id: idOf(uniform, this.home.rootKey) }
  }

  members(): readonly Shown[] {
    const others = this.entered.view
      .members()
      .filter(({ person }) => person.key !== this.linked.uniform.key)
      .map(({ person, name }) => this.show(person, name))
    return [...others, this.self]
  }

  show(person: Uniform, nick: string): Shown {
    return shownAs(person, nick, this.services.persons, this.home.rootKey, this.names)
  }

  wallTime(): number {
    return this.services.timers.clock.wallTime()
  }

  callClient(call: CommonCall): void {
    this.connection.callCommon(call)
  }

  usedObjects(): Iterable<string> {
    return this.objects.namesUsedBy(this.subscriber)
  }

  sendThrough(object: string, handler: string, args: readonly AmfValue[]): void {
    this.objects.sendTo(this.subscriber, object, handler, args)
  }
}

function streamOwnerOf(inside: Inside, { app, instance }: ConnectRequest): StreamOwner {
  const { connection, services } = inside
  const { hub, forms, recordings, limits, timers, turn, log, node } = services
  const { transport, objectEncoding } = connection
  return {
    ...{ hub, forms, recordings, limits, timers, turn, log, transport, objectEncoding, app, instance },
    names: services.streams,
    tell: streamNews(log, { connection: connection.id, app, instance }),
    root: node.root.text,
    mayDo: (action, name, query, decided) => inside.mayDo(action, name, query, decided),
    act: () => inside.act(),
    ping: (timeoutMs, answered) => connection.ping(timeoutMs, answered),
  }
}

/** The client as its shared objects see it; silent members may be renamed, so the person is looked up each time. */
function subscriberOf(inside: Inside): SharedObjectSubscriber {
  const { connection } = inside
  return {
    get objectEncoding() {
      return connection.objectEncoding
    },
    get person() {
      return inside.person.text
    },
    get queuedBytes() {
      return connection.transport.queuedBytes
    },
    sendCut: (bytes) => connection.transport.sendCut(bytes),
  }
}
