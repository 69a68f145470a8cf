/**
 * The commands that are the protocol's own, as tables; every other name is the application's [rtmp.md 3.5-3.10].
 * Transaction 0 is never answered: `reply` and `refuse` see to it.
 */
import { AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import type { IncomingCall, NetConnectionHandler, StatusInfo } from './events.js'
import type { ServerNetStream } from './net-stream.js'
import { callFailure } from './pending-calls.js'
import { splitName } from './play-request.js'
import { statusObject } from './status.js'
import type { StatusCode } from './status.js'
import type { StreamTable } from './stream-table.js'

/** What a command can do with its connection. */
export interface CommandTarget {
  readonly handler: NetConnectionHandler
  readonly streams: StreamTable
  reply(call: IncomingCall, value: AmfValue): void
  refuse(call: IncomingCall, info: StatusInfo): void
  /** Call the client with transaction 0. */
  notify(name: string, args: readonly AmfValue[]): void
  /** The client closes in order. */
  finish(): void
}

type ConnectionCommand = (target: CommandTarget, call: IncomingCall) => void
type StreamCommand = (stream: ServerNetStream, args: readonly AmfValue[]) => void

const ignore = (): void => undefined

/** Answered `undefined` and otherwise without effect. */
const acknowledge: ConnectionCommand = (target, call) => target.reply(call, undefined)

/** FMLE's convention: an answer, and a call back with a code and the stream's name. */
function acknowledgeBy(method: string, code: StatusCode, withLevel = false): ConnectionCommand {
  return (target, call) => {
    const description = nameArgument(call)
    target.reply(call, undefined)
    const info = withLevel
      ? statusObject({ level: 'status', code, description })
      : AmfObject.of({ code, description })
    target.notify(method, [info])
  }
}

const createStream: ConnectionCommand = (target, call) => {
  const stream = target.streams.create()
  if (stream !== undefined) target.reply(call, stream.id)
  else target.refuse(call, callFailure(call.name, 'the connection has as many streams as it may'))
}

const deleteStream: ConnectionCommand = (target, call) => {
  const [idOrName] = call.args
  target.streams.delete(typeof idOrName === 'string' ? splitName(idOrName).name : idOrName)
  target.reply(call, undefined)
}

const streamLength: ConnectionCommand = (target, call) => {
  const { name, query } = splitName(nameArgument(call))
  target.handler.streamLength(name, query, (seconds) => target.reply(call, seconds))
}

/** Commands of the connection, whatever message stream they name. */
export const connectionCommands: ReadonlyMap<string, ConnectionCommand> = new Map([
  ['createStream', createStream],
  ['deleteStream', deleteStream],
  ['initStream', acknowledge],
  ['releaseStream', acknowledge],
  ['FCPublish', acknowledgeBy('onFCPublish', 'NetStream.Publish.Start')],
  ['FCUnpublish', acknowledgeBy('onFCUnpublish', 'NetStream.Unpublish.Success')],
  ['FCSubscribe', acknowledgeBy('onFCSubscribe', 'NetStream.Play.Start', true)],
  ['FCUnsubscribe', acknowledgeBy('onFCUnsubscribe', 'NetStream.Play.Stop')],
  ['getStreamLength', streamLength],
  ['getMovLen', streamLength],
  ['_checkbw', acknowledge],
  ['setPeerInfo', ignore],
  ['onStatus', ignore],
  ['close', (target) => target.finish()],
] satisfies [string, ConnectionCommand][])

/** Commands of a message stream; their results come as onStatus, never as `_result`. */
export const streamCommands: ReadonlyMap<string, StreamCommand> = new Map([
  ['publish', (stream, args) => stream.publish(args)],
  ['play', (stream, args) => stream.play(args)],
  ['play2', (stream, args) => stream.play2(args)],
  ['closeStream', (stream) => stream.close()],
  ['pause', (stream, args) => stream.pause(args)],
  ['pauseRaw', (stream, args) => stream.pause(args)],
  ['seek', (stream, args) => stream.seek(args)],
  ['receiveAudio', (stream, args) => stream.receive('audio', args)],
  ['receiveVideo', (stream, args) => stream.receive('video', args)],
] satisfies [string, StreamCommand][])

function nameArgument({ args }: IncomingCall): string {
  const [name] = args
  return typeof name === 'string' ? name : ''
}
