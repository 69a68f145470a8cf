/**
 * What the person of a client hears, and what of it the client is told: calls, callbacks of its profile, everything if it
 * opted in, or nothing [design 2].
 */
import { AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import type { CompiledProfile } from '../profile/profile.js'
import type { Person } from '../psyc/entity/person.js'
import type { PlaceListener } from '../psyc/entity/remote-place.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { NetConnection } from '../rtmp/session/events.js'
import type { FlashCallbacks } from './flash-callbacks.js'
import { enterWords } from './flash-entrance.js'
import type { Entered } from './flash-entrance.js'
import { FlashInvocations } from './flash-invocations.js'
import type { FlashServices } from './flash-services.js'
import type { Nick } from './nick.js'
import type { RoomNames } from './room-names.js'
import { voiceOf } from './room-voice.js'
import type { Voice } from './room-voice.js'
import { displayText } from './text.js'

/** The client, who may take another name. */
export interface Hearer {
  readonly connection: NetConnection
  readonly services: FlashServices
  readonly linked: Person
  readonly person: Uniform
  readonly nick: Nick
  /** Where its talk is, and where its calls go: the same, unless the place is bridged. */
  readonly place: Uniform
  readonly home: Uniform
  readonly isBridged: boolean
  readonly isSilent: boolean
  readonly profiles: readonly CompiledProfile[]
  readonly names: RoomNames
}

export class FlashHearing implements PlaceListener {
  private readonly invocations: FlashInvocations

  constructor(
    private readonly client: Hearer,
    private readonly entered: Entered,
    private readonly callbacks: FlashCallbacks,
  ) {
    this.invocations = new FlashInvocations(client.connection, client.services)
  }

  /** Of what comes for the person alone. */
  shows(packet: Packet): boolean {
    const voice = voiceOf(packet)
    if (this.wantsPsyc) return true
    const isHeard = voice.kind === 'question' || this.callbacks.isNamed(voice.method)
    return isHeard && (voice.isPersonal || voice.isOf(this.client.place))
  }

  deliver(packet: Packet): void {
    const voice = voiceOf(packet)
    const { view } = this.entered
    const isOfPlace = voice.isOf(this.client.place)
    if (isOfPlace && voice.isCast && !view.isNew(packet)) return
    if (isOfPlace || inherits(voice.method, '_message_echo')) view.heard(packet)
    if (voice.isAnswer) return // that nobody waits for any more
    const isHeard = isOfPlace || voice.isPersonal || this.isOfHome(voice)
    if (!isHeard) this.raw(voice)
    else if (voice.kind === 'question') this.invocations.request(packet, this.client.person)
    else if (voice.kind === 'call') this.invocations.notice(packet)
    else if (voice.isExpulsionOf(this.client.person)) this.expelled(voice.method)
    else if (voice.kind === 'movement' && view.isFollowed)
      return // by `moved`
    else this.hear(voice)
  }

  private hear(voice: Voice): void {
    const { method, packet } = voice
    // Oneself is met in the list of members and not as one who comes or goes.
    if (voice.kind === 'movement' && voice.isAbout(this.client.person)) return
    if (!this.callbacks.hear(packet, method)) this.raw(voice)
    const gone = inherits(method, '_notice_place_leave') ? uniformOf(packet.sourceRelay) : undefined
    if (gone !== undefined) this.client.names.left(gone)
  }

  // --- PlaceListener: the room, where it is followed

  moved(packet: Packet): void {
    this.hear(voiceOf(packet))
  }

  answered(run: string | undefined): void {
    this.client.linked.memberships.enterAgain(this.client.place.key, run)
  }

  /** Calls of the whole room come from where its calls go [design 3, Bridge]. */
  private isOfHome(voice: Voice): boolean {
    return voice.kind === 'call' && voice.isOf(this.client.home)
  }

  /** psyced throws out whole nodes for the error of one, and after a broken circuit: that is no verdict on this client. */
  private expelled(method: string): void {
    const isMember = this.client.linked.memberships.has(this.client.place.key)
    if (this.client.isBridged && isMember && inherits(method, '_notice_place_leave_netburp')) this.evicted()
    else this.client.connection.close()
  }

  evicted(): void {
    if (this.client.isSilent) return
    const { place, linked, nick, services } = this.client
    const { method, variables } = enterWords({ nick, isSilent: false })
    linked.request(place.text, method, variables, services.limits.homeMs, (answer) => {
      if (answer === undefined) return // it will be put out again, and try again
      if (inherits(answer.method, '_error')) this.client.connection.close()
      else this.entered.view.heard(answer)
    })
  }

  /** For apps that want everything [design 2]. */
  private raw({ packet, method }: Voice): void {
    if (!this.wantsPsyc) return
    const vars = new AmfObject()
    for (const { name } of packet.entity) if (!vars.has(name)) vars.push(name, packet.text(name))
    const { source, target, context } = packet
    const speaker = packet.sourceRelay ?? source
    this.client.connection.call('onPsyc', [
      AmfObject.of({ method, source: speaker, target, context, vars, body: displayText(packet) }),
    ])
  }

  private get wantsPsyc(): boolean {
    return this.client.profiles.some(({ psyc }) => psyc) || this.entered.request.args.some(asksForPsyc)
  }
}

/** A connect argument `{psyc: true}` opts in. */
function asksForPsyc(arg: AmfValue): boolean {
  return arg instanceof AmfObject && arg.get('psyc') === true
}
