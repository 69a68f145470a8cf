/** The options of `start` and `check`. */
import { parseArgs } from 'node:util'
import { hint } from '../profile/nearest-name.js'
import { configOf } from '../server/config.js'
import type { Config, Flags } from '../server/config.js'
import { ConfigError } from '../util/errors.js'

export interface Options {
  readonly config: Config
  readonly readyFile: string | undefined
}

/** @throws ConfigError for an option that there is not, or a configuration that is not valid */
export async function readOptions(args: readonly string[]): Promise<Options> {
  const values = parse(args)
  const flags: Flags = {
    host: values.host,
    bind: values.bind,
    rtmpPort: values['rtmp-port'],
    httpPort: values['http-port'],
    psycPort: values['psyc-port'],
    data: values.data,
    logLevel: values['log-level'],
  }
  const config = values.config === undefined ? configOf({}, flags) : await configInFile(values.config, flags)
  return { config, readyFile: values['ready-file'] }
}

async function configInFile(path: string, flags: Flags): Promise<Config> {
  const { loadConfig } = await import('../server/config-file.js')
  return loadConfig(path, flags)
}

function parse(args: readonly string[]): Partial<Record<OptionName, string>> {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    throw new ConfigError('CONFIG_INVALID', problemOf(error as Error & { code?: string }))
  }
}

/** What `parseArgs` says, with what to do; the argument stands between the first quotes. */
function problemOf({ code, message }: Error & { code?: string }): string {
  const argument = /'([^']*)'/.exec(message)?.[1] ?? ''
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const known = Object.keys(options).map((name) => `--${name}`)
    return `there is no option ${argument}${hint(argument, known)} (see rtmpsyc --help)`
  }
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL')
    return `expected options only, not "${argument}"; a configuration is given by --config FILE (see rtmpsyc --help)`
  return `${message} (see rtmpsyc --help)`
}

const options = {
  'rtmp-port': { type: 'string' },
  'http-port': { type: 'string' },
  'psyc-port': { type: 'string' },
  bind: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  config: { type: 'string' },
  'log-level': { type: 'string' },
  'ready-file': { type: 'string' },
} as const

type OptionName = keyof typeof options
