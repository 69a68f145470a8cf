/**
 * The tool of those who bring an old app back to life: every call, callback or object that nobody here knows is logged
 * once, with its arguments [design 7].
 */
import type { AmfValue } from '../amf/value.js'
import { describeValues } from '../amf/describe.js'
import { GatewayError } from '../util/errors.js'
import type { Log } from '../util/log.js'

const MOST = 1_000 // ours: names that strangers make up
const MOST_CHARACTERS = 2_000 // of arguments
const MOST_NAME = 200 // characters of a name: what is remembered must not grow with what is sent

export class OddityLog {
  private readonly seen = new Set<string>()

  constructor(private readonly log: Log) {}

  /** @param kind what it is, e.g. "call"  @param where app and instance */
  note(kind: string, name: string, where: string, args: readonly AmfValue[]): void {
    const known = name.slice(0, MOST_NAME)
    const key = `${kind} ${where.slice(0, MOST_NAME)} ${known}`
    if (this.seen.has(key) || this.seen.size >= MOST) return
    this.seen.add(key)
    this.log.warn(
      { kind, name: known, app: where.slice(0, MOST_NAME), args: shown(args) },
      `unknown ${kind}: nothing here answers it`,
    )
  }
}

/** The arguments as tagged JSON, cut off; a stranger's may be more than a description can hold. */
function shown(args: readonly AmfValue[]): string {
  try {
    return JSON.stringify(describeValues(args, 'amf3')).slice(0, MOST_CHARACTERS)
  } catch (error) {
    if (error instanceof GatewayError) return error.message
    throw error
  }
}
