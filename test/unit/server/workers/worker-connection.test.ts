/** A client's socket in a worker: what holds for it before the primary has to do with it. */
import { PassThrough } from 'node:stream'
import { OUT_CHUNK_SIZE, cut } from '../../../../src/rtmp/wire/chunk/encoder.js'
import { callMessage, commandMessage, userControlMessage } from '../../../../src/rtmp/session/outgoing.js'
import { HANDSHAKE_LENGTH } from '../../../../src/rtmp/wire/handshake.js'
import { AmfObject } from '../../../../src/amf/value.js'
import type { FrameStream } from '../../../../src/server/workers/frames.js'
import { ToPrimary } from '../../../../src/server/workers/frames.js'
import { Unfinished } from '../../../../src/server/unfinished.js'
import { WorkerConnection } from '../../../../src/server/workers/worker-connection.js'
import { limitsWith } from '../../../../src/util/limits.js'
import { silentLog } from '../../../../src/util/log.js'
import { ManualTurn } from '../../../../src/util/turn.js'
import { FakeTime } from '../../../support/fake-clock.js'

const names = new Map<number, string>(Object.entries(ToPrimary).map(([name, kind]) => [kind, name]))

function rig(overrides = {}) {
  const time = new FakeTime()
  const said: string[] = []
  const reasons: unknown[] = []
  const frames = { send: (kind: number) => said.push(names.get(kind) ?? '') } as unknown as FrameStream
  const log = { ...silentLog, warn: ({ reason }: { reason?: unknown }) => reasons.push(reason) }
  const limits = limitsWith({ connectMs: 1_000, preConnectBytes: 300, ...overrides })
  const unfinished = new Unfinished(time.timers, limits)
  const services = { timers: time.timers, turn: new ManualTurn(), limits, log, frames, unfinished }
  const connection = new WorkerConnection(1, new PassThrough().resume(), '192.0.2.1', services, () =>
    said.push('over'),
  )
  const hello = new Uint8Array(HANDSHAKE_LENGTH)
  hello[0] = 3
  connection.receive(hello)
  return { time, said, reasons, connection }
}

const ping = cut(userControlMessage({ event: 'PingRequest', timestamp: 0 }), OUT_CHUNK_SIZE)
const connect = cut(commandMessage('connect', 1, AmfObject.of({ app: 'live' })), OUT_CHUNK_SIZE)
const other = cut(callMessage('hello', 0, [], 0), OUT_CHUNK_SIZE)

test('connectMs: one who sends everything but connect is closed', () => {
  const { time, said, reasons, connection } = rig()
  time.advance(999)
  connection.receive(ping)
  connection.receive(other)
  expect(said).toEqual(['Heard', 'Message', 'Message'])
  time.advance(1)
  expect(said.slice(-2)).toEqual(['Closed', 'over'])
  expect(reasons).toEqual(['no connect command came'])
})

test('preConnectBytes: a command other than connect does not end them', () => {
  const { said, reasons, connection } = rig()
  connection.receive(other)
  for (let count = 0; count < 20; count++) connection.receive(ping)
  expect(said.slice(-1)).toEqual(['over'])
  expect(reasons).toEqual([expect.stringContaining('preConnectBytes')])
})

test('one who has sent it may take his time', () => {
  const { time, said, reasons, connection } = rig()
  connection.receive(connect)
  for (let count = 0; count < 20; count++) connection.receive(ping)
  time.advance(5_000)
  expect(said).not.toContain('Closed')
  expect(reasons).toEqual([])
})
