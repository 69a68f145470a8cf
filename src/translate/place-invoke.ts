/** Calls that come to a place as packets (`_request_invoke`): its built-in functions for PSYC clients and other nodes. */
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { Place } from '../psyc/entity/place.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import { GatewayError } from '../util/errors.js'
import { builtIns } from './built-ins.js'
import { echoInvoke, invokeError, parseInvoke } from './invoke-packet.js'
import { PlaceRoom } from './place-room.js'

export function answerInvoke(place: Place, packet: Packet, persons: PersonRegistry): void {
  const routing = { _source: place.uniform.text, _target: packet.source, _tag_relay: packet.tag }
  const { limits } = place.node
  try {
    const { name, args } = parseInvoke(packet, limits)
    const caller = uniformOf(packet.source) ?? place.uniform
    const answer = builtIns.get(name)?.(new PlaceRoom(place, caller, persons), args)
    if (answer === undefined) place.node.send(invokeError(routing, '_error_unknown_invoke', name))
    else if ('value' in answer) place.node.send(echoInvoke(routing, answer.value, limits))
    else place.answer(packet, '_error_illegal_arguments_invoke', { _name_invoke: name }, answer.failure)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    place.answer(packet, '_error_illegal_arguments_invoke', {}, error.message)
  }
}
