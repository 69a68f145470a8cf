import { AmfObject } from '../../../src/amf/value.js'
import { Packet } from '../../../src/psyc/wire/packet.js'
import { statusInfo, statusOfPacket, statusTable, type Situation } from '../../../src/translate/status.js'

// situation, method, code, description
const table: readonly (readonly [Situation, string, string, string])[] = [
  ['connect', '_error_necessary_password', 'NetConnection.Connect.Rejected', '[ Server.Reject ] : why'],
  ['connect', '_failure_timeout', 'NetConnection.Connect.Rejected', '[ Server.Reject ] : why'],
  [
    'connect',
    '_error_unknown_application',
    'NetConnection.Connect.InvalidApp',
    '[ Server.Reject ] : (_defaultRoot_, _defaultVHost_) : Application (x) is not defined.',
  ],
  ['connect', '_warning_server_shutdown_temporary', 'NetConnection.Connect.AppShutdown', 'why'],
  ['call', '_error_unknown_invoke', 'NetConnection.Call.Failed', 'Method not found (x).'],
  ['call', '_error_unknown_invoked', 'NetConnection.Call.Failed', 'why'],
  ['call', '_failure_timeout_invoke', 'NetConnection.Call.Failed', 'call to function x failed'],
  ['publish', '_error_stream_taken', 'NetStream.Publish.BadName', 'x is already publishing'],
  ['publish', '_error_illegal_name_stream', 'NetStream.Publish.BadName', '"x" is no name for a stream'],
  ['publish', '_error_x', 'NetStream.Publish.BadName', 'x is not available'],
  ['play', '_error_unknown_stream', 'NetStream.Play.StreamNotFound', 'Failed to play x; stream not found.'],
  ['play', '_failure_x', 'NetStream.Play.Failed', 'Failed to play x; why'],
  ['record', '_failure_disk', 'NetStream.Record.Failed', 'Failed to record x; why'],
  ['object', '_error_necessary_privilege_read_x', 'SharedObject.NoReadAccess', 'No read access to x.'],
  ['object', '_error_necessary_membership', 'SharedObject.NoWriteAccess', 'No write access to x.'],
  ['object', '_failure_x', 'SharedObject.ObjectCreationFailed', 'why'],
]

test.each(table)('%s refused by %s is %s "%s"', (situation, method, code, description) => {
  expect(statusInfo(situation, method, 'x', 'why')).toMatchObject({ level: 'error', code, description })
})

test('a rejected connection tells the application why [rtmp.md 3.3]', () => {
  const packet = Packet.of({}, '_error_illegal_password', { _nick: 'eve' }, 'No, [_nick].\r\n')
  expect(statusOfPacket('connect', packet, 'chat')).toEqual({
    level: 'error',
    code: 'NetConnection.Connect.Rejected',
    description: '[ Server.Reject ] : No, eve.\n',
    extra: {
      application: AmfObject.of({
        method: '_error_illegal_password',
        message: 'No, eve.\n',
        msg: 'No, eve.\n',
      }),
    },
  })
})

test('a refusal without words says its method; names are not filled in again', () => {
  expect(statusInfo('call', '_error_x', '{text}', '')).toMatchObject({ description: '_error_x' })
  expect(statusInfo('play', '_error_x', '{text}', 'why')).toMatchObject({
    description: 'Failed to play {text}; why',
  })
})

test('every situation has a row for any method, and no method two', () => {
  for (const rows of Object.values(statusTable)) {
    const methods = rows.map(({ method }) => method)
    expect(methods).toContain('')
    expect(new Set(methods).size).toBe(methods.length)
  }
})
