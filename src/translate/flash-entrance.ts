/**
 * The way in: may it connect, under which nick, and does the place take it [design 2]. Nothing but a person and a
 * request to the place exists before the place has answered; whoever is refused never was a person to anybody.
 */
import { Packet } from '../psyc/wire/packet.js'
import type { Variables } from '../psyc/wire/packet.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Person } from '../psyc/entity/person.js'
import type { ConnectRequest } from '../rtmp/session/events.js'
import type { Timer } from '../util/timers.js'
import { bridgedPlace, mustHear } from './bridge-place.js'
import type { NameHolder } from './flash-names.js'
import type { AppSettings, FlashServices } from './flash-services.js'
import { homePlace } from './home.js'
import { chooseNick, choosePassword } from './nick.js'
import type { Nick } from './nick.js'
import type { PlaceView } from './place-view.js'
import { displayText } from './text.js'

/** Who a client has become and where it is. */
export interface Entered {
  readonly request: ConnectRequest
  readonly settings: AppSettings
  readonly nick: Nick
  readonly person: Person
  /** Where its talk and membership are. */
  readonly place: Uniform
  /** Where its objects, calls and streams are: the same, unless the place is bridged [design 3]. */
  readonly home: Uniform
  /** The place as it is seen from here; whoever gets it closes it. */
  readonly view: PlaceView
  readonly isSilent: boolean
}

type Talk = Pick<Entered, 'place' | 'view' | 'isSilent'>

export interface EntranceOutcome {
  /** @param method `_error_…` or `_failure_…` */
  refused(method: string, text: string): void
  entered(entered: Entered): void
}

export class Entrance {
  person: Person | undefined
  private isOver = false
  private tag: string | undefined
  private timer: Timer | undefined
  private entering: Entered | undefined
  private view: PlaceView | undefined
  /** Places that are still to be entered. */
  private readonly steps: Pick<Entered, 'place' | 'isSilent'>[] = []

  constructor(
    private readonly services: FlashServices,
    private readonly holder: NameHolder,
    private readonly request: ConnectRequest,
    private readonly settings: AppSettings,
    private readonly outcome: EntranceOutcome,
  ) {}

  start(): void {
    const { app, instance } = this.request
    const wish = { action: 'connect', app, instance, person: '', name: '', request: this.request } as const
    this.services.access.decide(wish, (decision) => {
      if (this.isOver) return
      if (decision.allowed) this.chooseName()
      else this.refuse(decision.method, decision.message)
    })
  }

  /** The client is gone, or refused: the person is given back. */
  abandon(): void {
    this.isOver = true
    this.timer?.cancel()
    this.view?.close()
    this.view = undefined
    const { person } = this
    this.person = undefined
    if (person === undefined) return
    this.services.names.release(person, this.holder)
    person.removeLink(this.holder, 'finished')
  }

  /** @returns whether it was the answer of the place */
  deliver(packet: Packet): boolean {
    if (this.tag === undefined || packet.tagRelay !== this.tag || this.entering === undefined) return false
    if (this.isOver) return true
    const isEcho =
      inherits(packet.method, '_echo_context_enter') || inherits(packet.method, '_echo_place_enter')
    if (isEcho) {
      if (this.steps.length === 0) this.timer?.cancel()
      this.entering.view.heard(packet)
      this.takeStep(this.entering)
    } else this.refuse(packet.method, displayText(packet))
    return true
  }

  private chooseName(): void {
    const { profile } = this.settings
    const { limits } = this.services
    const nick = chooseNick(this.request, profile, this.services.guestSuffix(), limits)
    const wish = { nick, password: choosePassword(this.request, profile), rule: profile.duplicateNick }
    this.services.names.claim(wish, this.holder, (claimed) => {
      if (typeof claimed === 'string') this.refuse(claimed, `The nick ${nick.display} cannot be had.`)
      else if (this.isOver) this.giveBack(claimed)
      else this.enter(claimed, { ...nick, display: claimed.displayName, mapped: claimed.nick })
    })
  }

  private giveBack(person: Person): void {
    this.services.names.release(person, this.holder)
    person.removeLink(this.holder, 'finished')
  }

  private enter(person: Person, nick: Nick): void {
    const { services, request, settings } = this
    this.person = person
    const root = settings.home ?? services.node.root.text
    const home = homePlace(root, request.app, request.instance, services.limits)
    if (home === undefined) {
      this.refuse('_error_illegal_name_place', `Invalid application name(/${request.app}).`)
      return
    }
    // Followed before the person enters: who is there is then known when it is let in.
    const talk =
      settings.place === undefined ? this.talkAtHome(home) : this.talkAtPsyced(settings.place, home)
    if (talk === undefined) {
      this.refuse('_error_illegal_name_place', `Invalid instance name(/${request.app}/${request.instance}).`)
      return
    }
    this.view = talk.view
    this.entering = { request, settings, nick, person, home, ...talk }
    this.timer = services.timers.after(services.limits.homeMs, () => {
      this.refuse('_failure_timeout_place', 'The home of the place does not answer.')
    })
    // Bridged, it is a member of the home as well, for the sake of its objects; nobody is told of that.
    const isBridged = talk.place.key !== home.key
    if (isBridged) this.steps.push({ place: home, isSilent: true })
    if (!isBridged || !talk.isSilent) this.steps.push(talk)
    this.takeStep(this.entering)
  }

  private talkAtHome(home: Uniform): Talk {
    const isSilent = this.settings.profile.presence !== 'connect' || this.request.isEncoder
    return { place: home, view: this.services.openPlace(home), isSilent }
  }

  private talkAtPsyced(template: string, home: Uniform): Talk | undefined {
    const { services, request, settings } = this
    const place = bridgedPlace(template, request.app, request.instance, services.limits)
    if (place === undefined) return undefined
    const isSilent = request.isEncoder || !mustHear(settings.profile)
    return { place, view: services.bridges.open(place, home), isSilent }
  }

  private takeStep(entering: Entered): void {
    const step = this.steps.shift()
    if (step === undefined) {
      this.isOver = true
      this.view = undefined
      this.outcome.entered(entering)
      return
    }
    this.tag = this.services.node.token()
    const isShownHistory = this.settings.profile.onHistory.length > 0 && this.steps.length === 0
    const request = enterRequest(
      { ...entering, ...step },
      this.tag,
      isShownHistory ? HISTORY_ASKED : undefined,
    )
    entering.person.speak(request)
  }

  private refuse(method: string, text: string): void {
    if (this.isOver) return
    this.outcome.refused(method, text)
  }
}

const HISTORY_ASKED = 20 // ours: lines of the past for an app that shows them

/** Enter silently, or for all to see; also used to end the silence. @param history lines of the past */
export function enterRequest(
  { place, nick, isSilent }: Pick<Entered, 'place' | 'nick' | 'isSilent'>,
  tag?: string,
  history?: number,
): Packet {
  const { method, variables } = enterWords({ nick, isSilent })
  return Packet.of({ _target: place.text, _tag: tag }, method, { ...variables, _amount_history: history })
}

/** The request by itself, for who sends it otherwise. */
export function enterWords({ nick, isSilent }: Pick<Entered, 'nick' | 'isSilent'>): {
  readonly method: string
  readonly variables: Variables
} {
  const variables = {
    _nick: nick.mapped,
    _name_display: nick.display === nick.mapped ? undefined : nick.display,
    _flag_silent: isSilent ? '1' : undefined,
  }
  return { method: '_request_context_enter', variables }
}
