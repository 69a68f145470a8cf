/**
 * What others call in a Flash client: `_request_invoke` wants its result, `_notice_invoke` is a cast or a call without
 * one [design 2]. Names that the player or the protocol gives a meaning are nobody's to call.
 */
import type { AmfValue } from '../amf/value.js'
import { Packet } from '../psyc/wire/packet.js'
import type { Routing } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { CommonCall } from '../rtmp/session/common-call.js'
import type { CallAnswer, NetConnection } from '../rtmp/session/events.js'
import { GatewayError } from '../util/errors.js'
import type { FlashServices } from './flash-services.js'
import { echoInvoke, invokeError, parseInvoke } from './invoke-packet.js'
import { isReservedName } from './reserved.js'

/** A cast is read once, and encoded once, for all clients of the node that it goes to. */
const notices = new WeakMap<Packet, CommonCall>()

export class FlashInvocations {
  /** How often a reserved name was called; for metrics. */
  refused = 0

  constructor(
    private readonly connection: NetConnection,
    private readonly services: FlashServices,
  ) {}

  /** Call the client's method and send back what it returns. @param person who answers */
  request(packet: Packet, person: Uniform): void {
    const routing = { _source: person.text, _target: packet.source, _tag_relay: packet.tag }
    const isReadable = this.read(packet, (name, args) => {
      if (this.isReserved(packet, name))
        this.services.node.send(invokeError(routing, '_error_illegal_invoke', name))
      else this.connection.call(name, args, (answer) => this.answer(routing, name, answer))
    })
    if (!isReadable) this.services.node.send(Packet.of(routing, '_error_illegal_arguments_invoke'))
  }

  notice(packet: Packet): void {
    const known = notices.get(packet)
    if (known !== undefined) this.connection.callCommon(known)
    else
      this.read(packet, (name, args) => {
        if (this.isReserved(packet, name)) return
        const call = new CommonCall(name, args)
        notices.set(packet, call)
        this.connection.callCommon(call)
      })
  }

  private answer(routing: Routing, name: string, answer: CallAnswer): void {
    const { node, limits } = this.services
    try {
      node.send(
        answer.ok
          ? echoInvoke(routing, answer.value, limits)
          : invokeError(
              routing,
              answer.isUnanswered === true ? '_failure_timeout_invoke' : '_error_unknown_invoke',
              name,
            ),
      )
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      node.send(invokeError(routing, '_error_illegal_invoke', name))
    }
  }

  private isReserved(packet: Packet, name: string): boolean {
    if (!isReservedName(name)) return false
    this.refused++
    this.services.log.info(
      { name, from: packet.sourceRelay ?? packet.source },
      'call of a reserved name refused',
    )
    return true
  }

  /** @returns false when it is no call, or its arguments are none */
  private read(packet: Packet, use: (name: string, args: readonly AmfValue[]) => void): boolean {
    try {
      const { name, args } = parseInvoke(packet, this.services.limits)
      use(name, args)
      return true
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.services.log.info(
        { code: error.code, from: packet.source },
        'a call that could not be read was dropped',
      )
      return false
    }
  }
}
