/** What a worker process runs: from the first words of the primary to the end of the link. */
import { Socket } from 'node:net'
import type { Log } from '../../util/log.js'
import { LoopTurn, TimerDriver } from '../clock.js'
import { guarded, guardedFromRejections } from '../guard.js'
import { Unfinished } from '../unfinished.js'
import { FrameStream } from './frames.js'
import type { SocketMessage, TakenMessage } from './departures.js'
import { LINK_FD } from './worker-pool.js'
import type { WorkerSettings } from './worker-pool.js'
import { Worker } from './worker.js'

const FLUSH_MS = 5_000 // ours: how long clients may take to read the rest

/** Resolves when the primary is gone and the clients are served. @param logOf the log at a level */
export async function runWorker(logOf: (level: string) => Log): Promise<void> {
  const link = new Socket({ fd: LINK_FD })
  let worker: Worker | undefined
  process.on('message', (message: WorkerSettings | SocketMessage, socket?: Socket) => {
    if (message.kind === 'settings') worker = buildWorker(link, message, logOf(message.logLevel))
    else {
      const taken: TakenMessage = { kind: 'taken' }
      process.send?.(taken)
      worker?.take(message, socket)
    }
  })
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => undefined) // the primary ends us
  if (process.connected) await new Promise((resolve) => process.once('disconnect', resolve))
  const end = Date.now() + FLUSH_MS
  while (worker !== undefined && worker.size > 0 && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 20))
  link.destroy()
}

function buildWorker(link: Socket, { limits }: WorkerSettings, log: Log): Worker {
  guardedFromRejections(log)
  link.on('error', (error) => log.warn({ err: error }, 'the link to the primary failed'))
  const frames: FrameStream = new FrameStream(link, (kind, id, body) => {
    guarded(log, () => worker.receive(kind, id, body))
  })
  const { timers } = new TimerDriver(log)
  const unfinished = new Unfinished(timers, limits)
  const worker = new Worker({ timers, turn: new LoopTurn(log), limits, log, frames, unfinished })
  return worker
}
