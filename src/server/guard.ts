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
