/** `rtmpsyc watch UNIFORM`: a place, object or stream of any node as it lives. Exit 0: the user has seen enough. */
import type { Writable } from 'node:stream'
import { parseUniform } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { exactName, placeResource } from '../translate/name.js'
import { GatewayError } from '../util/errors.js'
import { invalid, msOf, parseArguments, requestOf } from './arguments.js'
import { ProbeFailure, printable } from './probe-report.js'
import { parseTarget } from './probe-url.js'
import type { PsycTarget } from './probe-url.js'
import { kindOf } from './watch-advice.js'
import { JsonView } from './watch-json.js'
import { pauseFor } from './watch-retry.js'
import type { Pause } from './watch-retry.js'
import { watchContext } from './watch-session.js'
import { TextView } from './watch-text.js'

const EXIT_FAILED = 1

const DEFAULT_TIMEOUT_S = 10
const MAX_TIMEOUT_S = 3_600
const MAX_FOR_S = 31_536_000

const usage = `Usage: rtmpsyc watch UNIFORM [options]
  UNIFORM: psyc://host[:port]/@app[-instance]             a place: what is said, who comes and goes
           psyc://host[:port]/@app[-instance]#_so_NAME    a shared object (#_sop_NAME: a persistent one)
           psyc://host[:port]/@app[-instance]#_stream_NAME  a live stream, at its publisher's node
           For rtmp://host/app/instance the place is psyc://host/@app-instance. In NAME every byte but
           a-z 0-9 _ + - is written =xx, and _ comes before a first one of these: #_stream__=c3=bc for "ü";
           capitals may be written as they are.
  --json             one JSON object a line
  --for SECONDS      leave after that; Ctrl-C leaves at any time
  --timeout SECONDS  for each step until we are in (${DEFAULT_TIMEOUT_S})
  A line that is lost is tried again after 1 s, doubling to 30 s, until we are in again or you leave.
  exit code: 0 left in order, 1 no connection at first, not let in, or put out
`

interface Request {
  readonly target: PsycTarget
  readonly timeoutMs: number
  readonly forMs: number | undefined
  readonly isJson: boolean
}

/**
 * @param interrupt aborted to leave; without it SIGINT and SIGTERM do that
 * @param pause between attempts to come back
 */
export async function watch(
  args: readonly string[],
  output: Writable = process.stdout,
  errors: Writable = process.stderr,
  interrupt?: AbortSignal,
  pause: Pause = pauseFor,
): Promise<number> {
  const request = requestOf({ name: 'watch', usage, read: readRequest }, args, output, errors)
  if (typeof request === 'number') return request
  const { target, isJson, timeoutMs, forMs } = request
  const view = isJson ? new JsonView(output, Date.now) : new TextView(output, Date.now)
  const gone = new AbortController() // a reader that goes away, as head does, has seen enough
  output.on('error', () => gone.abort())
  const timeout = forMs === undefined ? [] : [AbortSignal.timeout(forMs)]
  const stop = AbortSignal.any([gone.signal, interrupt ?? signals(), ...timeout])
  const away = ({ message }: ProbeFailure): void => void errors.write(line(`${message}; trying again`))
  try {
    await watchContext(target, view, { timeoutMs, stop, pause, away })
    return 0
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error
    errors.write(told(error))
    return EXIT_FAILED
  }
}

/** The second one ends the program at once. */
function signals(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  process.once('SIGTERM', () => controller.abort())
  return controller.signal
}

function told({ message, advice, details }: ProbeFailure): string {
  const more = details.map((detail) => `  ${detail}`)
  if (advice !== '') more.push(`  → ${advice}`)
  return line(message) + more.map((each) => `${printable(each)}\n`).join('')
}

function line(message: string): string {
  return `${printable(`rtmpsyc watch: ${message}`)}\n`
}

/** @throws ConfigError */
function readRequest(args: readonly string[]): Request {
  const { positionals, values } = parseArguments(args, options)
  const [uniform, ...more] = positionals
  if (uniform === undefined) throw invalid('which UNIFORM?')
  if (more.length > 0) throw invalid(`one UNIFORM at a time; got "${more.join(' ')}" too`)
  return {
    target: watchTarget(uniform),
    timeoutMs: msOf('--timeout', values.timeout ?? String(DEFAULT_TIMEOUT_S), MAX_TIMEOUT_S),
    forMs: values.for === undefined ? undefined : msOf('--for', values.for, MAX_FOR_S),
    isJson: values.json ?? false,
  }
}

function watchTarget(text: string): PsycTarget {
  const target = parseTarget(text)
  if (target.scheme === 'rtmp') throw invalid(`expected a PSYC uniform${asUniform(target.host, target.app)}`)
  if (kindOf(target.uniform) !== undefined) return { ...target, uniform: exactly(target.uniform) }
  const root = target.uniform.rootKey
  throw invalid(
    `expected a place, an object or a stream, such as ${root}@chat-lobby; what is there tells: probe ${root}`,
  )
}

/** Names of channels compare with case, uniforms do not: capitals are written in hex [design 2.1]. */
function exactly(uniform: Uniform): Uniform {
  const [, kind = '', name = ''] = /^_(so|sop|stream)_([\w+-]*[A-Z][\w+-]*)$/.exec(uniform.channel) ?? []
  if (kind === '') return uniform
  return parseUniform(`${uniform.entityKey}#_${kind}_${exactName(name)}`)
}

/** What the user may have meant by the address of an application. */
function asUniform(host: string, path: string): string {
  try {
    const [app = '', instance = ''] = path.replace(/\?.*$/, '').split('/')
    return `, perhaps psyc://${host}/${placeResource(decodeURI(app), decodeURI(instance))}`
  } catch (error) {
    if (!(error instanceof GatewayError || error instanceof URIError)) throw error
    return ''
  }
}

const options = {
  timeout: { type: 'string' },
  for: { type: 'string' },
  json: { type: 'boolean' },
} as const
