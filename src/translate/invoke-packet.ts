/**
 * Calls as packets [design 2]: `_request_invoke` asks, `_notice_invoke` is cast, `_echo_invoke` answers.
 *
 *   :_name_invoke    the name as sent: any text, so never part of the method
 *   :_list_arguments typed text of all arguments (value.ts); on 0.9 circuits `:_data_arguments`, the same in base64
 *   :_list_result    typed text of one value;                on 0.9 circuits `:_data_result`
 *
 * The circuit's syntax writes the 0.9 form (psyc/wire/legacy-values.ts) and its parser undoes it; who sends that form
 * on a 1.0 circuit is understood here.
 */
import type { AmfValue } from '../amf/value.js'
import { ownedPacket } from '../psyc/wire/owned-packet.js'
import { Packet, type Routing, type Variables } from '../psyc/wire/packet.js'
import { decodeBase64 } from '../util/base64.js'
import { LimitError, TranslateError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { parseArguments, renderArguments, type ValueLimits } from './value.js'

/** Refusals of a call: psyctext bodies, so that a telnet user reads a sentence. */
export const invokeErrors = {
  _error_unknown_invoke: 'Method not found ([_name_invoke]).',
  _error_illegal_invoke: 'Method [_name_invoke] may not be called.',
  _failure_timeout_invoke: 'Method [_name_invoke] was not answered in time.',
} as const

const callVariables: readonly string[] = ['_name_invoke', '_list_arguments', '_data_arguments']

export type InvokeError = keyof typeof invokeErrors

export interface Invoke {
  /** As sent. */
  readonly name: string
  readonly args: readonly AmfValue[]
}

/**
 * @param routing `_source`, `_target`, `_tag`
 * @throws LimitError when the arguments exceed what typed text may hold
 */
export function requestInvoke(routing: Routing, invoke: Invoke, limits: ValueLimits = defaultLimits): Packet {
  return Packet.of(routing, '_request_invoke', invokeVariables(invoke, limits))
}

/** A call of everybody: `broadcast` in a place, `send` in an object or stream. No answer is expected. */
export function noticeInvoke(routing: Routing, invoke: Invoke, limits: ValueLimits = defaultLimits): Packet {
  return Packet.of(routing, '_notice_invoke', invokeVariables(invoke, limits))
}

/** @param routing `_source`, `_target`, `_tag_relay` */
export function echoInvoke(routing: Routing, result: AmfValue, limits: ValueLimits = defaultLimits): Packet {
  return Packet.of(routing, '_echo_invoke', { _list_result: renderArguments([result], limits) })
}

/** @param routing `_source`, `_target`, `_tag_relay` */
export function invokeError(routing: Routing, method: InvokeError, name: string): Packet {
  return Packet.of(routing, method, { _name_invoke: name }, invokeErrors[method])
}

/**
 * The call of a `_request_invoke` or `_notice_invoke`; without arguments when it has none.
 * @throws TranslateError TRANSLATE_VALUE, also when it names no method
 * @throws LimitError
 */
export function parseInvoke(packet: Packet, limits: ValueLimits = defaultLimits): Invoke {
  const name = packet.text('_name_invoke')
  if (name === undefined || name === '')
    throw new TranslateError('TRANSLATE_VALUE', '_name_invoke is missing')
  return { name, args: values(packet, '_list_arguments', '_data_arguments', limits) }
}

/** The call alone, to be kept: without the buffer it came in, and without whatever the sender has put around it. */
export function bareInvoke({ entity, method }: Packet): Packet {
  const call = entity.filter(({ name }) => callVariables.includes(name))
  return ownedPacket(new Packet([], call, method, ''))
}

/**
 * The value of an `_echo_invoke`; undefined when it has none.
 * @throws TranslateError TRANSLATE_VALUE, LimitError
 */
export function parseResult(packet: Packet, limits: ValueLimits = defaultLimits): AmfValue {
  return values(packet, '_list_result', '_data_result', limits)[0]
}

/**
 * The variables of a call, for those who send by `PsycNode.request`.
 * @throws LimitError
 */
export function invokeVariables({ name, args }: Invoke, limits: ValueLimits = defaultLimits): Variables {
  return {
    _name_invoke: name,
    _list_arguments: args.length === 0 ? undefined : renderArguments(args, limits),
  }
}

function values(packet: Packet, name: string, legacy: string, limits: ValueLimits): AmfValue[] {
  const text = packet.bytes(name)
  if (text !== undefined) return parseArguments(text, limits)
  const base64 = packet.text(legacy)
  if (base64 === undefined) return []
  // four characters for three bytes, and a line break now and then
  if (base64.length > 2 * limits.typedTextBytes)
    throw new LimitError('typedTextBytes', limits.typedTextBytes, base64.length)
  const decoded = decodeBase64(base64)
  if (decoded === undefined) throw new TranslateError('TRANSLATE_VALUE', `${legacy} is no base64`)
  return parseArguments(decoded, limits)
}
