/**
 * The way in: may it connect, under which nick, and does the place take it [design 2]. Nothing but a person and a
 * request to the place exists before the place has answered; whoever is refused never was a person to anybody.
 */
import { Packet } from '../psyc/wire/packet.js'
import { inherits } from '../psyc/wire/keyword.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Person } from '../psyc/entity/person.js'
import type { ConnectRequest } from '../rtmp/session/events.js'
import { TranslateError } from '../util/errors.js'
import type { Timer } from '../util/timers.js'
import type { NameHolder } from './flash-names.js'
import type { AppSettings, FlashServices } from './flash-services.js'
import { placeResource } from './name.js'
import { chooseNick, choosePassword } from './nick.js'
import type { Nick } from './nick.js'
import { displayText } from './text.js'

/** Who a client has become and where it is. */
export interface Entered {
  readonly request: ConnectRequest
  readonly settings: AppSettings
  readonly nick: Nick
  readonly person: Person
  readonly place: Uniform
  readonly isSilent: boolean
}

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
    const { person } = this
    this.person = undefined
    if (person === undefined) return
    this.services.names.release(person, this.holder)
    person.removeLink(this.holder, 'finished')
  }

  /** @returns whether it was the answer of the place */
  deliver(packet: Packet): boolean {
    if (this.tag === undefined || packet.tagRelay !== this.tag || this.entering === undefined) return false
    this.timer?.cancel()
    if (this.isOver) return true
    const isEcho =
      inherits(packet.method, '_echo_context_enter') || inherits(packet.method, '_echo_place_enter')
    if (isEcho) {
      this.isOver = true
      this.outcome.entered(this.entering)
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
    const place = this.placeUniform()
    if (place === undefined) {
      this.refuse('_error_illegal_name_place', `Invalid application name(/${request.app}).`)
      return
    }
    const isSilent = settings.profile.presence !== 'connect' || request.isEncoder
    this.entering = { request, settings, nick, person, place, isSilent }
    this.tag = services.node.token()
    this.timer = services.timers.after(services.limits.homeMs, () => {
      this.refuse('_failure_timeout_place', 'The home of the place does not answer.')
    })
    const isShownHistory = settings.profile.onHistory.length > 0
    person.speak(enterRequest(this.entering, this.tag, isShownHistory ? HISTORY_ASKED : undefined))
  }

  private placeUniform(): Uniform | undefined {
    const { app, instance } = this.request
    try {
      return uniformOf(this.services.node.uniformText(placeResource(app, instance, this.services.limits)))
    } catch (error) {
      if (error instanceof TranslateError) return undefined
      throw error
    }
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
  return Packet.of({ _target: place.text, _tag: tag }, '_request_context_enter', {
    _nick: nick.mapped,
    _name_display: nick.display === nick.mapped ? undefined : nick.display,
    _flag_silent: isSilent ? '1' : undefined,
    _amount_history: history,
  })
}
