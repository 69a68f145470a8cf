/** A worker as the primary sees it: the way there, and what its failing means. */
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import type { ChildProcess } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { Departures } from '../../../../src/server/workers/departures.js'
import { WorkerLink } from '../../../../src/server/workers/worker-link.js'
import type { RtmpServices } from '../../../../src/server/rtmp-connection.js'
import { limitsWith } from '../../../../src/util/limits.js'
import { silentLog } from '../../../../src/util/log.js'
import { FakeTime } from '../../../support/fake-clock.js'

type Sent = (error: Error | null) => void

class FakeChild extends EventEmitter {
  connected = true
  readonly sent: { readonly connection: number; readonly done: Sent }[] = []
  readonly signals: string[] = []

  send({ connection }: { connection: number }, _socket: Socket, done: Sent): void {
    this.sent.push({ connection, done })
  }

  kill(signal: string): void {
    this.signals.push(signal)
  }
}

const asProcess = (child: FakeChild): ChildProcess => child as unknown as ChildProcess

test('a worker whose link breaks is ended, and takes nothing else with it', () => {
  const child = new FakeChild()
  const link = new PassThrough()
  const services = { limits: limitsWith(), log: silentLog, timers: new FakeTime().timers }
  new WorkerLink(asProcess(child), link, services as unknown as RtmpServices)
  link.emit('error', new Error('read ECONNRESET'))
  expect(child.signals).toEqual(['SIGKILL'])
})

test('sockets leave one by one; one that cannot does not keep back those behind it', () => {
  const child = new FakeChild()
  const lost: number[] = []
  const departures = new Departures(asProcess(child), 1_000, (id) => lost.push(id))
  for (const id of [1, 2, 3]) departures.add(id, new Socket(), '127.0.0.1')
  const leaving = (): number[] => child.sent.map(({ connection }) => connection)
  expect(leaving()).toEqual([1])
  child.sent[0]?.done(null)
  child.emit('message', { kind: 'taken' })
  expect(leaving()).toEqual([1, 2])
  child.sent[1]?.done(new Error('write EMFILE'))
  expect([leaving(), lost]).toEqual([[1, 2, 3], [2]])
})
