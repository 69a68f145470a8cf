/**
 * PSYC errors as RTMP status: which code a Flash application gets for which method, by what it was doing.
 * Looked up by inheritance: the longest keyword that the method is [psyc.md 1.3; rtmp.md 3.3, 3.4; design 2].
 */
import { AmfObject } from '../amf/value.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import type { StatusInfo, StatusLevel } from '../rtmp/session/events.js'
import { cleanText, displayText } from './text.js'

/** What the client asked for when it was refused. */
export type Situation = 'connect' | 'call' | 'publish' | 'play' | 'record' | 'object'

export interface StatusRow {
  /** Keyword; "" for any method. */
  readonly method: string
  readonly code: string
  readonly level: StatusLevel
  /** `{name}` of what was asked for, `{text}` of the refusal. */
  readonly description: string
}

const error = (method: string, code: string, description: string): StatusRow => ({
  method,
  code,
  level: 'error',
  description,
})

const REJECT = '[ Server.Reject ] : {text}'

export const statusTable: Readonly<Record<Situation, readonly StatusRow[]>> = {
  connect: [
    error('', 'NetConnection.Connect.Rejected', REJECT),
    error(
      '_error_unknown_application',
      'NetConnection.Connect.InvalidApp',
      '[ Server.Reject ] : (_defaultRoot_, _defaultVHost_) : Application ({name}) is not defined.',
    ),
    error('_failure_server_shutdown', 'NetConnection.Connect.AppShutdown', '{text}'),
    error('_warning_server_shutdown', 'NetConnection.Connect.AppShutdown', '{text}'),
  ],
  call: [
    error('', 'NetConnection.Call.Failed', '{text}'),
    error('_error_unknown_invoke', 'NetConnection.Call.Failed', 'Method not found ({name}).'),
    error('_error_illegal_invoke', 'NetConnection.Call.Failed', 'Method {name} may not be called.'),
    error('_failure_timeout_invoke', 'NetConnection.Call.Failed', 'call to function {name} failed'),
  ],
  publish: [
    error('', 'NetStream.Publish.BadName', '{name} is not available'),
    error('_error_stream_taken', 'NetStream.Publish.BadName', '{name} is already publishing'),
    error('_error_illegal_name_stream', 'NetStream.Publish.BadName', '"{name}" is no name for a stream'),
  ],
  play: [
    error('', 'NetStream.Play.Failed', 'Failed to play {name}; {text}'),
    error(
      '_error_unknown_stream',
      'NetStream.Play.StreamNotFound',
      'Failed to play {name}; stream not found.',
    ),
  ],
  record: [
    error('', 'NetStream.Record.Failed', 'Failed to record {name}; {text}'),
    error('_error_necessary_privilege', 'NetStream.Record.NoAccess', 'No access to record {name}.'),
  ],
  object: [
    error('', 'SharedObject.ObjectCreationFailed', '{text}'),
    error('_error_necessary_privilege_read', 'SharedObject.NoReadAccess', 'No read access to {name}.'),
    error('_error_necessary_privilege', 'SharedObject.NoWriteAccess', 'No write access to {name}.'),
    error('_error_necessary_membership', 'SharedObject.NoWriteAccess', 'No write access to {name}.'),
    error('_error_persistence', 'SharedObject.BadPersistence', '{name} exists with the other persistence.'),
  ],
}

/** The row of the longest keyword that `method` is. */
export function statusRow(situation: Situation, method: string): StatusRow {
  let longest: StatusRow | undefined
  for (const row of statusTable[situation]) {
    const applies = row.method === '' || inherits(method, row.method)
    if (applies && row.method.length >= (longest?.method.length ?? 0)) longest = row
  }
  if (longest === undefined) throw new RangeError(`no row for any method on ${situation}`)
  return longest
}

/**
 * @param name  what was asked for: app, call, stream or object
 * @param text  why not, for a reader; the method when empty
 */
export function statusInfo(situation: Situation, method: string, name: string, text: string): StatusInfo {
  const { code, level, description } = statusRow(situation, method)
  const message = cleanText(text === '' ? method : text)
  const filled = description.replace(/\{(name|text)\}/g, (_, field) => (field === 'name' ? name : message))
  if (situation !== 'connect') return { level, code, description: filled }
  // what `application.rejectConnection(client, error)` of FMS hands over; scripts read either spelling
  return {
    level,
    code,
    description: filled,
    extra: { application: AmfObject.of({ method, message, msg: message }) },
  }
}

/** The status for a refusing packet: `_error…` or `_failure…`. */
export function statusOfPacket(situation: Situation, packet: Packet, name: string): StatusInfo {
  return statusInfo(situation, packet.method, name, displayText(packet))
}
