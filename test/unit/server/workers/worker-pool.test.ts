/** Workers that cannot be had. */
import childProcess from 'node:child_process'
import { Socket } from 'node:net'
import { WorkerPool } from '../../../../src/server/workers/worker-pool.js'
import type { WorkerPoolOptions } from '../../../../src/server/workers/worker-pool.js'
import { defaultLimits } from '../../../../src/util/limits.js'
import { silentLog } from '../../../../src/util/log.js'

test('where no process can be started, clients are served by the primary, and the log says so', async () => {
  const { fork } = childProcess
  const failing = jest
    .spyOn(childProcess, 'fork')
    .mockImplementation((file) => fork(file, [], { execPath: '/nonexistent/node' }))
  const failed = new Promise<string>((resolve) => {
    const log = { ...silentLog, error: (_: unknown, message: string) => resolve(message) }
    const program = { file: 'worker.js', args: [] }
    const options = { count: 1, program, limits: defaultLimits, logLevel: 'info', log }
    const pool = new WorkerPool(options as unknown as WorkerPoolOptions)
    expect(pool.take(new Socket())).toBeUndefined()
    pool.stop()
  })
  expect(await failed).toBe('a worker failed')
  failing.mockRestore()
})
