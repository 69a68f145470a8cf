/**
 * What `start` and its workers log: JSON lines on the standard output.
 *
 * They leave in blocks, because a write of its own for each line costs a tenth of what a connection costs. What still
 * waits when the process ends is written then; where nobody reads, the newest lines are dropped and counted.
 */
import { pino } from 'pino'
import type { Log } from '../util/log.js'
import { escapeSteering } from './terminal-json.js'

/** How long a line waits for more of them. */
const FLUSH_MS = 250
/** A block is written when it has so many characters, and has at most so many: a pipe keeps it whole between writers. */
const BLOCK_LEAST = 2_048
const BLOCK_MOST = 4_096
/** Characters of a field: what strangers send, such as an origin or the page of a Flash client, may have thousands. */
const FIELD_MOST = 2_000
/** Characters that wait for somebody to read them. */
const WAITING_MOST = 4_194_304

/** @param base fields that every line has */
export function openLog(level: string, base: Readonly<Record<string, unknown>> | null): Log {
  const destination = pino.destination({
    minLength: BLOCK_LEAST,
    maxWrite: BLOCK_MOST,
    maxLength: WAITING_MOST,
  })
  let isFlushDue = false
  const flush = (): void => {
    isFlushDue = false
    destination.flush()
  }
  const write = (line: string): void => {
    destination.write(escapeSteering(line))
    if (!isFlushDue) setTimeout(flush, FLUSH_MS).unref()
    isFlushDue = true
  }
  const formatters = { log: shortened }
  const log = pino({ level, base, formatters, timestamp: pino.stdTimeFunctions.isoTime }, { write })
  let dropped = 0
  destination.on('drop', () => dropped++)
  destination.on('drain', () => {
    if (dropped === 0) return
    const lines = dropped
    dropped = 0
    log.warn({ lines }, 'lines of this log were lost: nobody read them in time')
  })
  return log
}

/** The same fields; long text among them is cut. */
function shortened(fields: Record<string, unknown>): Record<string, unknown> {
  const isShort = Object.values(fields).every(
    (value) => typeof value !== 'string' || value.length <= FIELD_MOST,
  )
  if (isShort) return fields
  const cut = (value: unknown): unknown =>
    typeof value === 'string' && value.length > FIELD_MOST ? `${value.slice(0, FIELD_MOST)}…` : value
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cut(value)]))
}
