/** `rtmpsyc probe URL`: connect as a client does and tell step by step what happens. Exit 0: all steps passed. */
import { performance } from 'node:perf_hooks'
import type { Writable } from 'node:stream'
import { invalid, msOf, parseArguments, requestOf } from './arguments.js'
import { probePsyc } from './probe-psyc.js'
import { ProbeFailure, Report } from './probe-report.js'
import { probeRtmp } from './probe-rtmp.js'
import { parseTarget } from './probe-url.js'
import type { Target } from './probe-url.js'

const EXIT_FAILED = 1

const DEFAULT_TIMEOUT_S = 10
const MAX_TIMEOUT_S = 3_600

const usage = `Usage: rtmpsyc probe URL [options]
  URL: rtmp://host[:port]/app[/instance]  rtmps://…  rtmpt://…  rtmpts://…  rtmpe://…  rtmpte://…
       psyc://host[:port][/@place]
  --timeout SECONDS  for each step (${DEFAULT_TIMEOUT_S})
  --user NAME        rtmp: the first argument of connect
  --amf3             rtmp: object encoding 3, as Flash Player 9 and later
  exit code: 0 all steps passed, 1 one failed
`

interface Request {
  readonly target: Target
  readonly timeoutMs: number
  readonly user: string | undefined
  readonly isAmf3: boolean
}

export async function probe(
  args: readonly string[],
  output: Writable = process.stdout,
  errors: Writable = process.stderr,
): Promise<number> {
  output.on('error', () => undefined) // a reader that goes away, as head does, ends nothing
  const request = requestOf({ name: 'probe', usage, read: readRequest }, args, output, errors)
  if (typeof request === 'number') return request
  const report = new Report(output, () => performance.now())
  try {
    await run(report, request)
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error // the report has it already
  }
  return report.hasFailed ? EXIT_FAILED : 0
}

function run(report: Report, { target, timeoutMs, user, isAmf3 }: Request): Promise<void> {
  if (target.scheme === 'psyc') return probePsyc(report, target, timeoutMs)
  return probeRtmp(report, target, { timeoutMs, user, objectEncoding: isAmf3 ? 3 : 0 })
}

/** @throws ConfigError */
function readRequest(args: readonly string[]): Request {
  const { positionals, values } = parseArguments(args, options)
  const [url, ...more] = positionals
  if (url === undefined) throw invalid('which URL?')
  if (more.length > 0) throw invalid(`one URL at a time; got "${more.join(' ')}" too`)
  const target = parseTarget(url)
  const { user, amf3: isAmf3 = false, timeout } = values
  if (target.scheme === 'psyc' && (user !== undefined || isAmf3))
    throw invalid('--user and --amf3 are for rtmp and its kin')
  return {
    target,
    timeoutMs: msOf('--timeout', timeout ?? String(DEFAULT_TIMEOUT_S), MAX_TIMEOUT_S),
    user,
    isAmf3,
  }
}

const options = {
  timeout: { type: 'string' },
  user: { type: 'string' },
  amf3: { type: 'boolean' },
} as const
