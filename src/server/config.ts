/** From the configuration file and the command line to a checked `Config`. The only reader of that file. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { hint } from '../profile/nearest-name.js'
import { PatternMap } from '../profile/name-pattern.js'
import { ProfileSet } from '../profile/profile.js'
import { validate } from '../profile/schema-error.js'
import { parseUniform } from '../psyc/wire/uniform.js'
import { placeFromTemplate } from '../translate/name.js'
import { ConfigError } from '../util/errors.js'
import { limitsWith, type Limits } from '../util/limits.js'
import { configSchema, type AppConfig, type Config } from './config-schema.js'

export type { AppConfig, Config } from './config-schema.js'

/** What the command line says; it stands before the file. Numbers may be text. */
export interface Flags {
  readonly host?: string | undefined
  readonly bind?: string | undefined
  readonly rtmpPort?: string | number | undefined
  readonly httpPort?: string | number | undefined
  readonly psycPort?: string | number | undefined
  readonly data?: string | undefined
  readonly logLevel?: string | undefined
}

/**
 * @param path undefined: no file, all defaults
 * @throws ConfigError CONFIG_FILE when it cannot be read or parsed, else as configFrom
 */
export function loadConfig(path: string | undefined, flags: Flags = {}): Config {
  if (path === undefined) return configFrom(undefined, flags)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError('CONFIG_FILE', `${path} cannot be read: ${messageOf(error)}`)
  }
  return configFrom(text, flags)
}

/**
 * @param text YAML or JSON; undefined or empty: all defaults
 * @throws ConfigError CONFIG_FILE when it is neither; CONFIG_INVALID with the path, what was expected there and the
 *   nearest valid name
 */
export function configFrom(text: string | undefined, flags: Flags = {}): Config {
  const source = validate(configSchema, withFlags(parsed(text), flags))
  const { bind, data, logLevel, federation, ports, sharedObjects, http } = source
  const profiles = new ProfileSet(source.profiles)
  const { strict: isStrict, ...named } = source.apps
  const apps = appsOf(named, profiles, isStrict)
  const host = hostOf(source.host, bind, apps)
  const unnamed: AppConfig = { profile: profiles.get(DEFAULT_PROFILE) }
  return {
    ...{ host, bind, data, logLevel, federation, apps, profiles, sharedObjects, http },
    rtmpPort: ports.rtmp,
    httpPort: ports.http,
    psycPort: ports.psyc,
    objectRules: new PatternMap(Object.entries(source.objects)),
    limits: limitsWith(source.limits as Partial<Limits>), // what zod calls optional is not there at all
    app: (name) => apps.get(name.toLowerCase()) ?? (isStrict ? undefined : unnamed),
  }
}

const DEFAULT_PROFILE = 'plain'

/** Apps that have a profile without being named. */
const shippedApps: ReadonlyMap<string, string> = new Map([['chat', 'chat']])

interface AppSource {
  readonly profile?: string | undefined
  readonly place?: string | undefined
  readonly home?: string | undefined
  readonly handler?: string | undefined
}

function appsOf(
  sources: Readonly<Record<string, AppSource>>,
  profiles: ProfileSet,
  isStrict: boolean,
): Map<string, AppConfig> {
  const apps = new Map<string, AppConfig>()
  for (const [name, { profile, place, home, handler }] of Object.entries(sources)) {
    const key = name.toLowerCase()
    if (key === '') throw new ConfigError('CONFIG_INVALID', 'an app without a name', 'apps')
    if (apps.has(key))
      throw new ConfigError('CONFIG_INVALID', 'given twice: apps compare without case', `apps.${name}`)
    const profileName = profile ?? shippedApps.get(key) ?? DEFAULT_PROFILE
    if (!profiles.names.includes(profileName))
      throw new ConfigError('CONFIG_INVALID', unknownProfile(profileName, profiles), `apps.${name}.profile`)
    apps.set(key, { profile: profiles.get(profileName), place, home, handler })
  }
  if (isStrict) return apps
  for (const [name, profile] of shippedApps) {
    if (!apps.has(name)) apps.set(name, { profile: profiles.get(profile) })
  }
  return apps
}

function unknownProfile(name: string, profiles: ProfileSet): string {
  return `expected the name of a profile, not "${name}"${hint(name, profiles.names)}`
}

/** Our name: others reach us by it, and it must not be that of a server that we bridge to [psyced.md 9]. */
function hostOf(given: string | undefined, bind: string, apps: ReadonlyMap<string, AppConfig>): string {
  if (given === undefined && !isLoopback(bind))
    throw new ConfigError(
      'CONFIG_INVALID',
      `expected the name that others reach us by, since bind is ${bind}`,
      'host',
    )
  const host = (given ?? 'localhost').toLowerCase()
  for (const [name, { place }] of apps) {
    if (
      place === undefined ||
      parseUniform(placeFromTemplate(place, 'app', 'instance')).host.toLowerCase() !== host
    )
      continue
    throw new ConfigError(
      'CONFIG_INVALID',
      `expected another name than that of the server which apps.${name}.place bridges to`,
      'host',
    )
  }
  return host
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(?:\.\d{1,3}){3}$/.test(address)
}

type Source = Record<string, unknown>

function parsed(text: string | undefined): Source {
  let value: unknown
  try {
    value = parse(text ?? '', { logLevel: 'error' })
    checkNesting(value, new Set())
  } catch (error) {
    throw new ConfigError('CONFIG_FILE', `no YAML and no JSON: ${messageOf(error)}`)
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ConfigError('CONFIG_INVALID', 'expected an object, such as "host: gw.example.org"')
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

function withFlags(source: Source, flags: Flags): Source {
  const { host, bind, data, logLevel, rtmpPort, httpPort, psycPort } = flags
  const ports = given({ rtmp: numberOf(rtmpPort), http: numberOf(httpPort), psyc: numberOf(psycPort) })
  const merged = { ...source, ...given({ host, bind, data, logLevel }) }
  if (Object.keys(ports).length === 0) return merged
  const fromFile = typeof source['ports'] === 'object' ? source['ports'] : {}
  return { ...merged, ports: { ...fromFile, ...ports } }
}

function given(table: Source): Source {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined))
}

function numberOf(value: string | number | undefined): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
