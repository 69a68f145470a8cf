/** `rtmpsyc worker`: what `start` runs when the configuration asks for workers; nothing for a person to call. */
import { pino } from 'pino'
import { runWorker } from '../server/workers/main.js'

export async function worker(): Promise<number> {
  if (process.send === undefined) {
    process.stderr.write(
      'rtmpsyc: workers are started by `rtmpsyc start` (workers: N in the configuration)\n',
    )
    return 64
  }
  await runWorker((level) =>
    pino({ level, base: { worker: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }),
  )
  return 0
}
