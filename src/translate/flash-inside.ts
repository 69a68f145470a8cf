/**
 * A client that the place has let in: what it does goes to the parts, what its person hears goes to the client
 * [design 2]. Until its first act it is a silent member.
 */
import { AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import type { CompiledProfile } from '../profile/profile.js'
import type { LinkDescription } from '../psyc/entity/person-description.js'
import type { Person } from '../psyc/entity/person.js'
import type { Packet } from '../psyc/wire/packet.js'
import { inherits } from '../psyc/wire/keyword.js'
import { uniformOf } from '../psyc/wire/uniform.js'
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
import { enterRequest, enterWords } from './flash-entrance.js'
import type { Entered } from './flash-entrance.js'
import { FlashInvocations } from './flash-invocations.js'
import type { NameHolder } from './flash-names.js'
import type { FlashServices } from './flash-services.js'
import { FlashStreams } from './flash-streams.js'
import type { Nick } from './nick.js'
import type { PlaceListener } from '../psyc/entity/remote-place.js'
import { PlaceRoom } from './place-room.js'
import { PsycTunnel } from './psyc-tunnel.js'
import { canonicalMethod, isAbout, isComingOrGoing, isExpulsion, isOfRoom, isPersonal } from './room-voice.js'
import type { RoomNames } from './room-names.js'
import type { SharedObjectSubscriber } from './shared-object-fanout.js'
import type { SharedObjects } from './shared-object.js'
import { streamNews } from './stream-news.js'
import type { StreamOwner } from './stream-owner.js'
import { idOf, memberCalled, shownAs } from './shown.js'
import type { Shown } from './shown.js'
import { displayText } from './text.js'

export class Inside implements Caller, Listener, PlaceListener {
  isSilent: boolean
  readonly place: Uniform
  readonly home: Uniform
  readonly profiles: CompiledProfile[]
  readonly streams: FlashStreams
  private linked: Person
  private nick: Nick
  private readonly calls = new FlashCalls(this)
  private readonly callbacks = new FlashCallbacks(this)
  private readonly invocations: FlashInvocations
  private readonly objects: SharedObjects
  private readonly names: RoomNames
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
    this.invocations = new FlashInvocations(connection, services)
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
    this.entered.view.listen(this)
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

  /** Of what comes for the person alone. */
  shows(packet: Packet): boolean {
    const method = canonicalMethod(packet.method)
    if (this.wantsPsyc) return true
    const isHeard = inherits(method, '_request_invoke') || this.callbacks.isNamed(method)
    return isHeard && (isPersonal(packet, method) || isOfRoom(packet, this.place))
  }

  /** It is seen in its place by who is seen there too. */
  describe(asker: Uniform): LinkDescription {
    const isSeen = [asker, this.person].every(({ key }) => this.entered.view.has(key))
    const motto = this.entered.request.isEncoder ? 'RTMP encoder' : 'Flash client'
    return { protocol: 'rtmp', motto, places: isSeen ? [this.place] : [] }
  }

  deliver(packet: Packet): void {
    const method = canonicalMethod(packet.method)
    const { view } = this.entered
    const isOfPlace = isOfRoom(packet, this.place)
    if (isOfPlace && packet.context !== undefined && !view.isNew(packet)) return
    if (isOfPlace || inherits(method, '_message_echo')) view.heard(packet)
    if (packet.tagRelay !== undefined) return // an answer that nobody waits for any more
    const isHeard = isOfPlace || isPersonal(packet, method) || this.isOfHome(packet, method)
    if (!isHeard) this.raw(packet, method)
    else if (inherits(method, '_request_invoke')) this.invocations.request(packet, this.person)
    else if (inherits(method, '_notice_invoke')) this.invocations.notice(packet)
    else if (isExpulsion(packet, method, this.person)) this.expelled(method)
    else if (isComingOrGoing(method) && view.isFollowed)
      return // by `moved`
    else this.hear(packet, method)
  }

  private hear(packet: Packet, method: string): void {
    // Oneself is met in the list of members and not as one who comes or goes.
    if (isComingOrGoing(method) && isAbout(packet, this.person)) return
    if (!this.callbacks.hear(packet, method)) this.raw(packet, method)
    const gone = inherits(method, '_notice_place_leave') ? uniformOf(packet.sourceRelay) : undefined
    if (gone !== undefined) this.names.left(gone)
  }

  // --- PlaceListener

  moved(packet: Packet): void {
    this.hear(packet, canonicalMethod(packet.method))
  }

  answered(): void {
    this.linked.memberships.enterAgain(this.place.key)
  }

  /** Calls of the whole room come from where its calls go [design 3, Bridge]. */
  private isOfHome(packet: Packet, method: string): boolean {
    return inherits(method, '_notice_invoke') && isOfRoom(packet, this.home)
  }

  /** psyced throws out whole nodes for the error of one, and after a broken circuit: that is no verdict on this client. */
  private expelled(method: string): void {
    const isMember = this.linked.memberships.has(this.place.key)
    if (this.isBridged && isMember && inherits(method, '_notice_place_leave_netburp')) this.evicted()
    else this.connection.close()
  }

  evicted(): void {
    if (this.isSilent) return
    const { place, linked, nick, services, entered } = this
    const { method, variables } = enterWords({ nick, isSilent: false })
    linked.request(place.text, method, variables, services.limits.homeMs, (answer) => {
      if (answer === undefined) return // it will be put out again, and try again
      if (inherits(answer.method, '_error')) this.connection.close()
      else entered.view.heard(answer)
    })
  }

  /** For apps that want everything [design 2]. */
  private raw(packet: Packet, method: string): void {
    if (!this.wantsPsyc) return
    const vars = new AmfObject()
    for (const { name } of packet.entity) if (!vars.has(name)) vars.push(name, packet.text(name))
    const { source, target, context } = packet
    const speaker = packet.sourceRelay ?? source
    this.connection.call('onPsyc', [
      AmfObject.of({ method, source: speaker, target, context, vars, body: displayText(packet) }),
    ])
  }

  private get wantsPsyc(): boolean {
    return this.profiles.some(({ psyc }) => psyc) || this.entered.request.args.some(asksForPsyc)
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

/** A connect argument `{psyc: true}` opts in. */
function asksForPsyc(arg: AmfValue): boolean {
  return arg instanceof AmfObject && arg.get('psyc') === true
}
