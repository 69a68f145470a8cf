/** Information objects as FMS words them [rtmp.md 3.4]. */
import { AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import type { StatusInfo, StatusLevel } from './events.js'

/** Code, level and description; "%" stands for the name it is about. */
const statusTable = {
  'NetConnection.Connect.Success': ['status', 'Connection succeeded.'],
  'NetConnection.Connect.Rejected': ['error', '[ Server.Reject ] : %'],
  'NetConnection.Connect.InvalidApp': [
    'error',
    '[ Server.Reject ] : (_defaultRoot_, _defaultVHost_) : Application (%) is not defined.',
  ],
  'NetConnection.Connect.AppShutdown': ['error', 'Application is shutting down.'],
  'NetConnection.Connect.IdleTimeout': ['status', 'Client was idle for too long.'],
  'NetConnection.Connect.ReconnectRequest': ['status', 'The server asks the client to reconnect.'],
  'NetConnection.Call.Failed': ['error', 'Method not found (%).'],

  'NetStream.Publish.Start': ['status', '% is now published.'],
  'NetStream.Publish.BadName': ['error', '% is not available'],
  'NetStream.Publish.Denied': ['error', 'Publishing % is not allowed.'],
  'NetStream.Publish.Idle': ['status', '% is idle.'],
  'NetStream.Unpublish.Success': ['status', '% is now unpublished.'],
  'NetStream.Record.Start': ['status', 'Recording %.'],
  'NetStream.Record.NoAccess': ['error', '% cannot be recorded.'],
  'NetStream.Record.Stop': ['status', 'Stopped recording %.'],
  'NetStream.Record.Failed': ['error', 'Recording % failed.'],

  'NetStream.Play.Reset': ['status', 'Playing and resetting %.'],
  'NetStream.Play.Start': ['status', 'Started playing %.'],
  'NetStream.Play.StreamNotFound': ['error', 'Failed to play %; stream not found.'],
  'NetStream.Play.Failed': ['error', 'Failed to play %.'],
  'NetStream.Play.PublishNotify': ['status', '% is now published.'],
  'NetStream.Play.UnpublishNotify': ['status', '% is now unpublished.'],
  'NetStream.Play.Stop': ['status', 'Stopped playing %.'],
  'NetStream.Play.Complete': ['status', 'Played all of %.'],
  'NetStream.Play.Switch': ['status', 'Played all of %, the next follows.'],
  'NetStream.Play.InsufficientBW': ['warning', 'Data is playing behind the normal speed'],
  'NetStream.Play.Transition': ['status', 'Transition to %.'],
  'NetStream.Play.TransitionComplete': ['status', 'Transition to % is complete.'],
  'NetStream.Pause.Notify': ['status', 'Pausing %.'],
  'NetStream.Unpause.Notify': ['status', 'Unpausing %.'],
  'NetStream.Seek.Notify': ['status', 'Seeking %.'],
  'NetStream.Seek.Failed': ['error', '% cannot be sought.'],
  'NetStream.Seek.InvalidTime': ['error', 'The time is not in %.'],
  'NetStream.Failed': ['error', '%'],
  'NetStream.InvalidArg': ['error', 'Invalid arguments of %.'],
} as const satisfies Record<string, readonly [StatusLevel, string]>

export type StatusCode = keyof typeof statusTable

/**
 * The information of `code` about `name`. For `Seek.Notify` FMS's name is "25000 (stream ID: 1)", for
 * `Connect.Rejected` and `NetStream.Failed` the name is the sentence itself.
 */
export function statusOf(code: StatusCode, name = '', extra?: StatusInfo['extra']): StatusInfo {
  const [level, template] = statusTable[code]
  const description = template.replace('%', () => name)
  return extra === undefined ? { level, code, description } : { level, code, description, extra }
}

/** As it travels: level, code, description, then `before` and the extras; FMLE needs this order kept [rtmp.md 3.5]. */
export function statusObject(info: StatusInfo, before: Readonly<Record<string, AmfValue>> = {}): AmfObject {
  const { level, code, description } = info
  const object = AmfObject.of({ level, code, description })
  for (const [name, value] of Object.entries(before)) object.push(name, value)
  for (const [name, value] of Object.entries(info.extra ?? {})) object.set(name, value)
  return object
}

/** What a client is told before the server goes: to come back by itself if it can [rtmp.md 6.5; design 11]. */
export function shutdownStatus(canReconnect: boolean): StatusInfo {
  return statusOf(
    canReconnect ? 'NetConnection.Connect.ReconnectRequest' : 'NetConnection.Connect.AppShutdown',
  )
}
