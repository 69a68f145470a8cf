/**
 * What one client does with streams, for the log: who publishes and plays what is the first thing an operator wants to
 * know. A client that publishes and plays without end is told of as often as anybody in earnest would need.
 */
import type { Log, LogFields } from '../util/log.js'

const MOST = 200 // ours: lines of one connection

export type TellStream = (what: string, name: string, more?: LogFields) => void

/** @param about fields of the connection */
export function streamNews(log: Log, about: LogFields): TellStream {
  let told = 0
  return (what, name, more = {}) => {
    if (told === MOST) return
    told++
    log.info({ ...about, name, ...more }, what)
    if (told === MOST) log.info(about, 'what else this client does with streams is not logged')
  }
}
