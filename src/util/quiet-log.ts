/**
 * A log that strangers cannot flood: what is said about one of them is written once, then counted for a minute, and the
 * next time it is written with how often it happened in between. What names no stranger is written as it comes.
 */
import type { Log, LogFields } from './log.js'
import type { Clock } from './timers.js'

const QUIET_MS = 60_000 // ours
const MOST = 1_000 // ours: strangers remembered; the one that was heard of first is forgotten

/** Fields that name a stranger: the far end of a circuit, a node, a context, an entity. */
const inPackets = ['circuit', 'root', 'from', 'context', 'object'] as const
/** The same for who stands at the door. */
export const atDoor = ['remoteAddress'] as const

interface Heard {
  readonly at: number
  /** Not written since. */
  again: number
}

type Level = keyof Log

export class QuietLog implements Log {
  private readonly heard = new Map<string, Heard>()

  /** @param strangers fields that name one, the first that is there counts */
  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
    private readonly strangers: readonly string[] = inPackets,
  ) {}

  debug(fields: LogFields, message: string): void {
    this.log.debug(fields, message)
  }

  info(fields: LogFields, message: string): void {
    this.note('info', fields, message)
  }

  warn(fields: LogFields, message: string): void {
    this.note('warn', fields, message)
  }

  /** Errors are ours, not a stranger's. */
  error(fields: LogFields, message: string): void {
    this.log.error(fields, message)
  }

  private note(level: Level, fields: LogFields, message: string): void {
    const stranger = strangerIn(fields, this.strangers)
    if (stranger === undefined) {
      this.log[level](fields, message)
      return
    }
    const key = `${message} ${stranger}`
    const before = this.heard.get(key)
    const now = this.clock.now()
    if (before !== undefined && now - before.at < QUIET_MS) {
      before.again++
      return
    }
    this.remember(key, { at: now, again: 0 })
    const again = before?.again ?? 0
    this.log[level](again > 0 ? { ...fields, again } : fields, message)
  }

  private remember(key: string, heard: Heard): void {
    this.heard.delete(key)
    this.heard.set(key, heard)
    const oldest = this.heard.size > MOST ? this.heard.keys().next().value : undefined
    if (oldest !== undefined) this.heard.delete(oldest)
  }
}

/** Whoever tries things out on this machine is to see what becomes of each. */
const HERE = '127.0.0.1'

/** Who it is, however many ports, entities and names he has: the host of the first field that names one. */
function strangerIn(fields: LogFields, strangers: readonly string[]): string | undefined {
  for (const name of strangers) {
    const value = fields[name]
    if (typeof value !== 'string') continue
    const host = /^psyc:\/\/([^:/]*)/i.exec(value)?.[1]?.toLowerCase() ?? value.slice(0, 100)
    return host === HERE ? undefined : host
  }
  return undefined
}
