/** Workers that cannot be had, and those that do not live. */
import childProcess from 'node:child_process'
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { WorkerPool } from '../../../../src/server/workers/worker-pool.js'
import type { WorkerPoolOptions } from '../../../../src/server/workers/worker-pool.js'
import { defaultLimits } from '../../../../src/util/limits.js'
import { silentLog } from '../../../../src/util/log.js'
import { FakeTime } from '../../../support/fake-clock.js'

test('where no process can be started, clients are served by the primary, and the log says so', async () => {
  const { fork } = childProcess
  const failing = jest
    .spyOn(childProcess, 'fork')
    .mockImplementation((file) => fork(file, [], { execPath: '/nonexistent/node' }))
  const failed = new Promise<string>((resolve) => {
    const log = { ...silentLog, error: (_: unknown, message: string) => resolve(message) }
    const program = { file: 'worker.js', args: [] }
    const { timers } = new FakeTime()
    const options = { count: 1, program, limits: defaultLimits, logLevel: 'info', log, timers }
    const pool = new WorkerPool(options as unknown as WorkerPoolOptions)
    expect(pool.take(new Socket())).toBeUndefined()
    pool.stop()
  })
  expect(await failed).toBe('a worker failed')
  failing.mockRestore()
})

describe('a worker that dies', () => {
  class Child extends EventEmitter {
    readonly pid = 1
    readonly stdio = [null, null, null, null, new PassThrough()]
    readonly send = (): boolean => true
    readonly disconnect = (): void => undefined
  }

  function poolOfOne() {
    const time = new FakeTime()
    const children: Child[] = []
    jest.spyOn(Math, 'random').mockReturnValue(0.5)
    jest.spyOn(childProcess, 'fork').mockImplementation(() => {
      const child = new Child()
      children.push(child)
      return child as unknown as childProcess.ChildProcess
    })
    const program = { file: 'worker.js', args: [] }
    const options = { count: 1, program, limits: defaultLimits, logLevel: 'info', log: silentLog }
    const pool = new WorkerPool({ ...options, timers: time.timers } as unknown as WorkerPoolOptions)
    const die = (): void => void children.at(-1)?.emit('exit', 1, null)
    return { time, children, pool, die }
  }
  afterEach(() => jest.restoreAllMocks())

  test('at once each time is started less and less often, and soon again after one that lived', () => {
    const { time, children, die } = poolOfOne()
    const waited: number[] = []
    for (let round = 0; round < 10; round++) {
      const before = children.length
      die()
      const from = time.clock.now()
      while (children.length === before && time.clock.now() - from < 60_000) time.advance(50)
      waited.push(time.clock.now() - from)
    }
    expect(waited).toEqual([150, 300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 22_500, 22_500])
    time.advance(60_000)
    die()
    time.advance(200)
    expect(children).toHaveLength(12)
  })

  test('is not started again when the pool has stopped', () => {
    const { time, children, pool, die } = poolOfOne()
    die()
    pool.stop()
    time.advance(60_000)
    expect(children).toHaveLength(1)
  })
})
