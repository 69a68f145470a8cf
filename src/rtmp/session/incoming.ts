/** Messages of the peer as values, with what clients do differently taken care of [rtmp.md 3.1, 3.2; flash-clients.md 3.3]. */
import type { AmfValue } from '../../amf/value.js'
import type { GatewayError } from '../../util/errors.js'
import type { Limits } from '../../util/limits.js'
import { decodeCommand, decodeControl } from '../wire/message/index.js'
import type { UserControl } from '../wire/message/index.js'
import type { Message } from '../wire/message.js'
import type { CallAnswer, IncomingCall } from './events.js'

export interface Command extends IncomingCall {
  readonly commandObject: AmfValue
  /** What stood behind the command object. */
  readonly rest: readonly AmfValue[]
  /** Why the values behind the last one of `args` could not be read. */
  readonly unreadable: GatewayError | undefined
}

/**
 * A transaction ID that is no positive integer counts as 0. Gnash sends no command object in calls: the first
 * argument stands there, so what is not null belongs to `args`.
 *
 * @throws RtmpError RTMP_BAD_COMMAND, RTMP_BAD_FORMAT_SELECTOR
 */
export function readCommand(message: Message, limits: Limits): Command {
  const { commandName, transactionId, args, unreadable } = decodeCommand(message, limits)
  const [commandObject, ...rest] = args
  return {
    name: commandName,
    transactionId: Number.isSafeInteger(transactionId) && transactionId > 0 ? transactionId : 0,
    args: commandObject === null || commandObject === undefined ? rest : args,
    messageStreamId: message.messageStreamId,
    commandObject,
    rest,
    unreadable,
  }
}

/** The command as the answer to a call, or undefined. Gnash answers without a command object too. */
export function answerOf({ name, commandObject, rest }: Command): CallAnswer | undefined {
  const value = rest.length > 0 ? rest[0] : commandObject
  if (name === '_result') return { ok: true, value }
  return name === '_error' ? { ok: false, info: value } : undefined
}

/** @returns undefined when it is too short to be anything: ignored */
export function readUserControl(message: Message): UserControl | undefined {
  if (message.payload.length < 2) return undefined
  const control = decodeControl(message)
  return control?.kind === 'userControl' ? control.control : undefined
}
