/** What the commands that look at other servers have in common: how their arguments are read. */
import { parseArgs } from 'node:util'
import { ConfigError } from '../util/errors.js'

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
