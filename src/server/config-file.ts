/**
 * The configuration file, YAML or JSON. Loaded only by who has one: the parser takes a tenth of the time to start and of
 * the memory of an idle node.
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { ConfigError } from '../util/errors.js'
import { configOf } from './config.js'
import type { Config, ConfigSource, Flags } from './config.js'

/** @throws ConfigError CONFIG_FILE when it cannot be read, else as configFrom */
export function loadConfig(path: string, flags: Flags = {}): Config {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError('CONFIG_FILE', `${path} cannot be read: ${messageOf(error)}`)
  }
  return configOf(parsed(text, path), flags)
}

/**
 * @param text YAML or JSON; empty: all defaults
 * @throws ConfigError CONFIG_FILE when it is neither, else as configOf
 */
export function configFrom(text: string, flags: Flags = {}): Config {
  return configOf(parsed(text), flags)
}

/** @param name of the file, for who has made a mistake in it */
function parsed(text: string, name = 'the configuration'): ConfigSource {
  let value: unknown
  try {
    value = parse(text, { logLevel: 'error' })
    checkNesting(value, new Set())
  } catch (error) {
    throw new ConfigError('CONFIG_FILE', `${name} is no YAML and no JSON: ${messageOf(error)}`)
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ConfigError('CONFIG_INVALID', `${name}: expected an object, such as "host: gw.example.org"`)
  // `limits:` with nothing after it says nothing
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null))
}

/** Nesting of a configuration; ours: profiles nest 8 deep. Aliases of YAML may even make circles. */
const MAX_DEPTH = 64

function checkNesting(value: unknown, around: Set<object>): void {
  if (typeof value !== 'object' || value === null) return
  if (around.has(value) || around.size === MAX_DEPTH) throw new RangeError('it is nested too deeply')
  around.add(value)
  for (const member of Object.values(value)) checkNesting(member, around)
  around.delete(value)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
