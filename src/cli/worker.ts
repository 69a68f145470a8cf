/** `rtmpsyc worker`: what `start` runs when the configuration asks for workers; nothing for a person to call. */
import { runWorker } from '../server/workers/main.js'
import { letHeapGrow } from './heap.js'
import { openLog } from './log.js'

export async function worker(): Promise<number> {
  if (process.send === undefined) {
    process.stderr.write(
      'rtmpsyc: workers are started by `rtmpsyc start` (workers: N in the configuration)\n',
    )
    return 64
  }
  letHeapGrow()
  await runWorker((level) => openLog(level, { worker: process.pid }))
  return 0
}
