/**
 * The last line of defence: a bug of ours in one connection's work must not end the others'. It is logged with its
 * stack; whoever called closes what the work belonged to.
 */
import type { Log } from '../util/log.js'

/** @returns whether `work` ran to its end */
export function guarded(log: Log, work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    log.error({ err: error }, 'a bug: this should not have been thrown; please report it')
    return false
  }
}

/** For the life of this process: work that failed while nobody waited for it does not end everybody else's. */
export function guardedFromRejections(log: Log): void {
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'a bug: nobody waited for this to fail; please report it')
  })
}

/** The same for what takes its time: a rejection that nobody heard of would end the process. @param close what it was for */
export function guardedUntilDone(log: Log, work: Promise<void>, close: () => void): void {
  work.catch((error: unknown) => {
    log.error({ err: error }, 'this should not have failed: a connection is closed')
    close()
  })
}
