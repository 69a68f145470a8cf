/** How the arguments of the commands that start no server are read, and what they answer when they cannot. */
import type { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { ConfigError } from '../util/errors.js'

const EXIT_USAGE = 64

export interface Command<Request> {
  readonly name: string
  readonly usage: string
  /** @throws ConfigError  the arguments say nothing that can be done */
  readonly read: (args: readonly string[]) => Request
}

export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h')
}

/** @returns what is asked for; a number: the exit code, after help or the reason why not was printed */
export function requestOf<Request extends object>(
  { name, usage, read }: Command<Request>,
  args: readonly string[],
  output: Writable,
  errors: Writable,
): Request | number {
  if (asksForHelp(args)) {
    output.write(usage)
    return 0
  }
  try {
    return read(args)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    errors.write(`rtmpsyc ${name}: ${error.message}\n\n${usage}`)
    return EXIT_USAGE
  }
}

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>

export interface Arguments<T extends Options> {
  readonly positionals: readonly string[]
  readonly values: { readonly [Name in keyof T]?: T[Name]['type'] extends 'boolean' ? boolean : string }
}

/** @throws ConfigError for an option that there is not */
export function parseArguments<T extends Options>(args: readonly string[], options: T): Arguments<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

/**
 * A number of seconds as ms, at least 1.
 * @param most seconds
 * @throws ConfigError
 */
export function msOf(option: string, text: string, most: number): number {
  const seconds = Number(text)
  if (!(seconds > 0 && seconds <= most))
    throw invalid(`${option}: expected seconds, at most ${most}, not "${text}"`)
  return Math.max(1, Math.round(seconds * 1000))
}

export function invalid(problem: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', problem)
}
