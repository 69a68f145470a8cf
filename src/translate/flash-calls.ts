/**
 * Where a call of a Flash client goes: the first of these that takes it [design 2]
 *
 *   1 the connection itself (`psyc`, `checkBandwidth`)    4 the home of the place, when it is another node
 *   2 the profile                                         5 a built-in
 *   3 the app's handler, a PSYC entity                    6 any other profile that maps it; else it is unknown
 */
import { AmfArray } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import type { Expression, Scope } from '../profile/expression.js'
import type { CallMapping, CompiledProfile } from '../profile/profile.js'
import type { Matched } from '../profile/name-pattern.js'
import type { Packet, Routing, Variables } from '../psyc/wire/packet.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { IncomingCall, NetConnection } from '../rtmp/session/events.js'
import { GatewayError } from '../util/errors.js'
import type { Timer } from '../util/timers.js'
import type { Asker } from './asker.js'
import { BandwidthCheck } from './bandwidth-check.js'
import { answeredHere } from './bridged-room.js'
import { builtIns } from './built-ins.js'
import type { Room } from './built-ins.js'
import type { FlashServices } from './flash-services.js'
import { queryObject, rootsOf, scopeOfCall, textOf } from './expression-scope.js'
import { invokeVariables, parseResult } from './invoke-packet.js'
import { statusInfo, statusOfPacket } from './status.js'
import { cleanText } from './text.js'

/** What calls need of their client. */
export interface Caller {
  readonly connection: NetConnection
  readonly services: FlashServices
  readonly person: Uniform
  /** Where talk and membership are. */
  readonly place: Uniform
  /** Where calls go. */
  readonly home: Uniform
  /** The talk is at a psyced. */
  readonly isBridged: boolean
  readonly asker: Asker
  readonly displayName: string
  readonly query: ReadonlyMap<string, string>
  readonly handler: string | undefined
  /** "app/instance", for the log. */
  readonly where: string
  /** Its profile, and those it got by calling what they map. */
  readonly profiles: readonly CompiledProfile[]
  adopt(profile: CompiledProfile): void
  /** Undefined when the home is another node. */
  room(): Room | undefined
  /** Uniform of the member that is shown under that nick, in any case. */
  find(nick: string): string | undefined
  /** Circuit bytes of the tunnel. */
  tunnel(bytes: Uint8Array | string): void
}

type Step = (call: IncomingCall) => boolean

export class FlashCalls {
  private readonly steps: readonly Step[] = [
    (call) => this.ofConnection(call),
    (call) => this.byProfile(call),
    (call) => this.toHandler(call),
    (call) => this.toHome(call),
    (call) => this.builtIn(call),
    (call) => this.byOtherProfile(call),
  ]

  /** Requests that wait for an answer. */
  private readonly waiting = new Set<Timer>()

  private bandwidthCheck: BandwidthCheck | undefined

  constructor(private readonly caller: Caller) {}

  /** The client is gone: nobody waits any more. */
  end(): void {
    for (const request of this.waiting) request.cancel()
    this.waiting.clear()
  }

  call(call: IncomingCall): void {
    if (this.steps.some((step) => step(call))) return
    const { services, where, connection } = this.caller
    services.oddities.note('call', call.name, where, call.args)
    connection.error(call, statusInfo('call', '_error_unknown_invoke', call.name, ''))
  }

  private ofConnection(call: IncomingCall): boolean {
    const { connection } = this.caller
    const [first] = call.args
    if (call.name === 'psyc' && (typeof first === 'string' || first instanceof Uint8Array)) {
      this.caller.tunnel(first)
      connection.result(call, undefined)
      return true
    }
    if (call.name !== 'checkBandwidth') return false
    connection.result(call, undefined)
    this.bandwidthCheck ??= new BandwidthCheck(connection, this.caller.services.timers.clock)
    this.bandwidthCheck.start()
    return true
  }

  private byProfile(call: IncomingCall): boolean {
    for (const profile of this.caller.profiles) {
      const matched = profile.matchCall(call.name)
      if (matched === undefined) continue
      this.mapped(call, matched)
      return true
    }
    return false
  }

  /** The names of well-known apps work in any app: who calls one is such an app. */
  private byOtherProfile(call: IncomingCall): boolean {
    const profile = this.caller.services.profiles.withCall(call.name)
    const matched = profile?.matchCall(call.name)
    if (profile === undefined || matched === undefined) return false
    this.caller.adopt(profile)
    this.mapped(call, matched)
    return true
  }

  private mapped(call: IncomingCall, { value: mapping, captures }: Matched<CallMapping>): void {
    const { connection, person } = this.caller
    const scope = this.scopeOf(call, captures[0])
    const answer = (): AmfValue => mapping.answer?.evaluate(scope)
    if (mapping.method === undefined) {
      connection.result(call, answer())
      return
    }
    const target = this.targetOf(mapping, scope)
    if (target === undefined) {
      const text = 'Nobody of that name is here.'
      connection.error(call, statusInfo('call', '_error_unknown_name_user', call.name, text))
      return
    }
    const { displayName, isBridged } = this.caller
    const variables: Record<string, string> = { _nick: person.name }
    // Our kind of place knows how the member is spelled; another person does not, nor does psyced.
    const isKnown = mapping.target === undefined && !isBridged
    if (!isKnown && displayName !== person.name) variables['_name_display'] = displayName
    for (const [name, expression] of mapping.variables) variables[name] = cleanText(text(expression, scope))
    const body = cleanText(text(mapping.body, scope))
    this.ask(call, { routing: { _target: target }, method: mapping.method, variables, body, result: answer })
  }

  private scopeOf(call: IncomingCall, component: string | undefined): Scope<AmfValue> {
    const { displayName, query } = this.caller
    const arg = new AmfArray([...call.args])
    return scopeOfCall(rootsOf({ arg, query: queryObject(query), nick: displayName, component }))
  }

  /** The place, or the person that the mapping's target names by nick or uniform. */
  private targetOf({ target }: CallMapping, scope: Scope<AmfValue>): string | undefined {
    if (target === undefined) return this.caller.place.text
    const named = text(target, scope)
    if (named.startsWith('psyc:')) return named
    return this.caller.find(named)
  }

  private toHandler(call: IncomingCall): boolean {
    const { handler, home, person, services } = this.caller
    if (handler === undefined) return false
    const isHome = services.node.isLocal(home)
    const routing = isHome ? { _source: home.text, _source_relay: person.text } : {}
    this.invoke(call, { ...routing, _target: handler })
    return true
  }

  private toHome(call: IncomingCall): boolean {
    const { home, services, isBridged } = this.caller
    if (services.node.isLocal(home) || (isBridged && answeredHere.has(call.name))) return false
    this.invoke(call, { _target: home.text })
    return true
  }

  private builtIn(call: IncomingCall): boolean {
    const run = builtIns.get(call.name)
    const room = run === undefined ? undefined : this.caller.room()
    if (run === undefined || room === undefined) return false
    const { connection } = this.caller
    try {
      const answer = run(room, call.args)
      if ('value' in answer) connection.result(call, answer.value)
      else
        connection.error(call, {
          level: 'error',
          code: 'NetConnection.Call.Failed',
          description: answer.failure,
        })
    } catch (error) {
      this.failed(call, error)
    }
    return true
  }

  private invoke(call: IncomingCall, routing: Routing): void {
    const { limits } = this.caller.services
    const { name, args } = call
    let variables: Variables
    try {
      variables = invokeVariables({ name, args }, limits)
    } catch (error) {
      this.failed(call, error)
      return
    }
    const result = (answer: Packet): AmfValue => parseResult(answer, limits)
    this.ask(call, { routing, method: '_request_invoke', variables, body: '', result })
  }

  /** Send a request in the person's name and answer the call by what comes back. */
  private ask(call: IncomingCall, { routing, method, variables, body, result }: Request): void {
    const { connection, services, person, asker } = this.caller
    const onAnswer = (answer: Packet | undefined): void => {
      this.waiting.delete(request)
      if (answer === undefined)
        connection.error(call, statusInfo('call', '_failure_timeout_invoke', call.name, ''))
      else if (isRefusal(answer)) connection.error(call, statusOfPacket('call', answer, call.name))
      else this.settle(call, () => result(answer))
    }
    const saying = { routing: { _source: person.text, ...routing }, method, variables, body }
    if (call.transactionId === 0) {
      asker.tell(saying)
      return
    }
    const request = asker.ask(saying, services.limits.callMs, onAnswer)
    this.waiting.add(request)
  }

  private settle(call: IncomingCall, result: () => AmfValue): void {
    try {
      this.caller.connection.result(call, result())
    } catch (error) {
      this.failed(call, error)
    }
  }

  /** Values that exceed what typed text may hold, or are none: the call fails, the connection goes on. */
  private failed(call: IncomingCall, error: unknown): void {
    if (!(error instanceof GatewayError)) throw error
    this.caller.connection.error(
      call,
      statusInfo('call', '_failure_exceeded_limit_invoke', call.name, error.message),
    )
  }
}

interface Request {
  readonly routing: Routing
  readonly method: string
  readonly variables: Variables
  readonly body: string
  readonly result: (answer: Packet) => AmfValue
}

function text(expression: Expression | undefined, scope: Scope<AmfValue>): string {
  return textOf(expression?.evaluate(scope)) ?? ''
}

/** A registered person without a client answers that nobody is there. */
const refusals = ['_error', '_failure', '_status_person_absent']

function isRefusal({ method }: Packet): boolean {
  return refusals.some((family) => inherits(method, family))
}
