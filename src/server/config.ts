/** From what the configuration file and the command line say to a checked `Config`. */
import { resolve } from 'node:path'
import { hint } from '../profile/nearest-name.js'
import { PatternMap } from '../profile/name-pattern.js'
import { ProfileSet } from '../profile/profile.js'
import { validate } from '../profile/schema-error.js'
import { isLoopback } from '../psyc/session/address.js'
import { parseUniform } from '../psyc/wire/uniform.js'
import { placeFromTemplate } from '../translate/name.js'
import { ConfigError } from '../util/errors.js'
import { limitsWith, type Limits } from '../util/limits.js'
import { BATCH_MS, GATHER_MS, type AppConfig } from './app-schema.js'
import { configSchema, type Config } from './config-schema.js'

export type { AppConfig } from './app-schema.js'
export type { Config } from './config-schema.js'

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

/** What a configuration file holds, section by section, before anybody has looked at it. */
export type ConfigSource = Readonly<Record<string, unknown>>

/**
 * @param given {}: all defaults
 * @throws ConfigError CONFIG_INVALID with the path, what was expected there and the nearest valid name
 */
export function configOf(given: ConfigSource, flags: Flags = {}): Config {
  const source = validate(configSchema, withFlags(given, flags))
  const { bind, data, logLevel, workers, federation, ports, sharedObjects, http, tls, cameras, relay } =
    source
  refuseSamePorts([
    ...Object.entries(ports).map(([name, port]) => [`ports.${name}`, port] as const),
    ['tls.port', tls?.port],
    ['console.port', source.console?.port],
  ])
  const profiles = new ProfileSet(source.profiles)
  const { strict: isStrict, ...named } = source.apps
  const apps = appsOf(named, profiles, isStrict)
  const host = hostOf(source.host, bind)
  for (const [name, { place }] of apps) refuseOwnPlace(name, place, host)
  const unnamed: AppConfig = { ...defaultsOfApps, profile: profiles.get(DEFAULT_PROFILE) }
  return {
    ...{ host, bind, data, logLevel, workers, federation, apps, profiles, sharedObjects, http, tls },
    ...{ cameras, relay, psyc: source.psyc, degree: source.degree, relays: source.relays },
    recordings: {
      folder: resolve(data, source.recordings.folder),
      list: source.recordings.list,
    },
    console: source.console,
    rtmpPort: ports.rtmp,
    httpPort: ports.http,
    psycPort: ports.psyc,
    objectRules: new PatternMap(Object.entries(source.objects)),
    limits: limitsWith(source.limits as Partial<Limits>), // what zod calls optional is not there at all
    app: (name) => apps.get(name.toLowerCase()) ?? (isStrict ? undefined : unnamed),
  }
}

/** Two doors do not share a port; 0 stands for any that is free. */
function refuseSamePorts(ports: readonly (readonly [name: string, port: number | undefined])[]): void {
  const taken = new Map<number, string>()
  for (const [name, port = 0] of ports) {
    const other = taken.get(port)
    if (port !== 0 && other !== undefined)
      throw new ConfigError('CONFIG_INVALID', `${port} is the port of ${other}: choose another`, name)
    taken.set(port, name)
  }
}

const DEFAULT_PROFILE = 'plain'

/** Apps that have a profile without being named. */
const shippedApps: ReadonlyMap<string, string> = new Map([['chat', 'chat']])

interface AppSource extends Omit<AppConfig, 'profile'> {
  readonly profile?: string | undefined
}

const defaultsOfApps = { owners: [], gatherMs: GATHER_MS, batchMs: BATCH_MS, record: 'none' } as const

function appsOf(
  sources: Readonly<Record<string, AppSource>>,
  profiles: ProfileSet,
  isStrict: boolean,
): Map<string, AppConfig> {
  const apps = new Map<string, AppConfig>()
  for (const [name, { profile, ...settings }] of Object.entries(sources)) {
    const key = name.toLowerCase()
    if (key === '') throw new ConfigError('CONFIG_INVALID', 'an app without a name', 'apps')
    if (apps.has(key))
      throw new ConfigError('CONFIG_INVALID', 'given twice: apps compare without case', `apps.${name}`)
    const profileName = profile ?? shippedApps.get(key) ?? DEFAULT_PROFILE
    if (!profiles.names.includes(profileName))
      throw new ConfigError('CONFIG_INVALID', unknownProfile(profileName, profiles), `apps.${name}.profile`)
    apps.set(key, { ...settings, profile: profiles.get(profileName) })
  }
  if (isStrict) return apps
  for (const [name, profile] of shippedApps) {
    if (!apps.has(name)) apps.set(name, { ...defaultsOfApps, profile: profiles.get(profile) })
  }
  return apps
}

/** psyced takes packets for its own host whatever the port: it would take ours for its own [psyced.md 2.5]. */
function refuseOwnPlace(app: string, place: string | undefined, host: string): void {
  if (place === undefined || parseUniform(placeFromTemplate(place, app, 'x')).host !== host) return
  const problem = `expected a place of a psyced with another host name than this node, which is "${host}" too (--host NAME)`
  throw new ConfigError('CONFIG_INVALID', problem, `apps.${app}.place`)
}

function unknownProfile(name: string, profiles: ProfileSet): string {
  return `expected the name of a profile, not "${name}"${hint(name, profiles.names)}`
}

/** Our name, by which others reach us. */
function hostOf(given: string | undefined, bind: string): string {
  if (given !== undefined || bind === 'localhost' || isLoopback(bind))
    return (given ?? 'localhost').toLowerCase()
  const problem = `expected the name that others reach us by, since bind is ${bind} (--host NAME)`
  throw new ConfigError('CONFIG_INVALID', problem, 'host')
}

function withFlags(source: ConfigSource, flags: Flags): ConfigSource {
  const { host, bind, data, logLevel, rtmpPort, httpPort, psycPort } = flags
  const ports = given({ rtmp: numberOf(rtmpPort), http: numberOf(httpPort), psyc: numberOf(psycPort) })
  const merged = { ...source, ...given({ host, bind, data, logLevel }) }
  if (Object.keys(ports).length === 0) return merged
  const fromFile = typeof source['ports'] === 'object' ? source['ports'] : {}
  return { ...merged, ports: { ...fromFile, ...ports } }
}

function given(table: ConfigSource): ConfigSource {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined))
}

function numberOf(value: string | number | undefined): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
}
