/** The shape of the configuration file, and what becomes of it [design 2.3, 3, 4, 7, 9]. */
import * as z from 'zod'
import type { ProfileSet } from '../profile/profile.js'
import { oneOf, someText, strict, tableOf, untold, wholeNumber } from '../profile/schema-error.js'
import type { PatternMap } from '../profile/name-pattern.js'
import type { Encryption } from '../psyc/session/circuit-host.js'
import { hostPattern } from '../util/host-pattern.js'
import { limitTable, type LimitName, type Limits } from '../util/limits.js'
import { LONGEST_TIMEOUT_MS } from './clock.js'
import { appSchema, type AppConfig } from './app-schema.js'
import type { RelayEntry } from './relay/relay-entry.js'
import { relaySchema } from './relay/relay-schema.js'

/** A checked configuration with every default filled in. */
export interface Config {
  /** The name in our uniforms, without port. */
  readonly host: string
  readonly bind: string
  readonly rtmpPort: number
  readonly httpPort: number
  readonly psycPort: number
  readonly data: string
  readonly logLevel: LogLevel
  /** Processes that carry RTMP players; 0: this one does. */
  readonly workers: number
  /** Whether strangers may talk to us over PSYC. */
  readonly federation: boolean
  /** Nodes that this one feeds with one stream, object or place; others are fed by those. */
  readonly degree: number
  /** Patterns of hosts that may feed others what is ours; none: any that may have it. */
  readonly relays: readonly string[]
  readonly psyc: {
    readonly tls: Encryption
    /** A file with certificates in PEM that nodes may be certified by, besides the well-known ones; "" for none. */
    readonly ca: string
  }
  /** The app of that name, in any case; undefined for one that is not named when `apps.strict` is set. */
  app(name: string): AppConfig | undefined
  /** Those that are named, by lower-case name. */
  readonly apps: ReadonlyMap<string, AppConfig>
  readonly profiles: ProfileSet
  readonly sharedObjects: { readonly namespace: 'separate' | 'joint' }
  /** By object name or pattern: rules for objects of all apps; those of a profile stand before them. */
  readonly objectRules: PatternMap<{ readonly strict: boolean }>
  readonly limits: Limits
  readonly http: { readonly origins: readonly string[] }
  readonly recordings: {
    readonly folder: string
    /** Whether HTTP says which recordings there are. */
    readonly list: boolean
  }
  readonly relay: readonly RelayEntry[]
  /** Streams of cameras, pulled over RTSP. */
  readonly cameras: readonly CameraConfig[]
  /** Undefined: no media console. */
  readonly console?: ConsoleConfig | undefined
  /** Undefined: no TLS. */
  readonly tls?: TlsConfig | undefined
}

/** One camera and the stream that it becomes. */
export interface CameraConfig {
  /** rtsp://, may hold user and password. */
  readonly url: string
  readonly app: string
  /** "" for none. */
  readonly instance: string
  readonly name: string
}

/** The media console of node-media-server. */
export interface ConsoleConfig {
  readonly port: number
  readonly user: string
  readonly password: string
}

/** Where the certificate is, and what TLS is spoken with it. */
export interface TlsConfig {
  /** Files in PEM; the certificate's with the chain. */
  readonly cert: string
  readonly key: string
  readonly passphrase?: string | undefined
  /** One more port for what the others answer too; 0 picks a free one. */
  readonly port?: number | undefined
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
}

export const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
export type TlsVersion = (typeof tlsVersions)[number]

/** Whether circuits to other nodes are encrypted. */
export const encryptions = ['prefer', 'require', 'off'] as const satisfies readonly Encryption[]

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const yesOrNo = z.boolean('expected true or false')
const port = wholeNumber('a port', 0, 65535)

const HOST = 'expected a host name such as gw.example.org'
const RELAYS = 'expected a host such as "gw.example.org", "*.example.org" or "*"'
const CAMERA = 'expected the address of a camera such as "rtsp://user:password@camera.example/stream"'
const PASSWORD = 'expected a password of 8 characters or more'
const PASSPHRASE = 'expected the passphrase of the key'
const ORIGIN = 'expected an origin such as "https://example.org", or "*"'

/** Text of that form, which may be a secret or hold one. */
const secretText = (form: RegExp, expected: string): z.ZodType<string> =>
  untold((value) => (typeof value === 'string' && form.test(value) ? { text: value } : expected)).transform(
    ({ text }) => text,
  )
const limitNames = Object.keys(limitTable) as LimitName[]
const LIMIT = 'expected a whole number, 0 or more'
const LIMIT_MS = `expected ms, at most ${LONGEST_TIMEOUT_MS}, which are 24 days`
const limit = z.int(LIMIT).min(0, LIMIT).optional()
const limitMs = z.int(LIMIT).min(0, LIMIT).max(LONGEST_TIMEOUT_MS, LIMIT_MS).optional()
const limitShape = Object.fromEntries(
  limitNames.map((name) => [name, name.endsWith('Ms') ? limitMs : limit]),
) as Record<LimitName, typeof limit>

/** `apps.chat:` without anything after it is an app with all defaults. */
const app = z.preprocess((value) => value ?? {}, appSchema)

export const configShape = {
  host: z
    .string(HOST)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, HOST)
    .optional(),
  bind: someText('an address to listen on, such as 127.0.0.1 or 0.0.0.0').default('127.0.0.1'),
  ports: strict({ rtmp: port.default(1935), http: port.default(8080), psyc: port.default(4404) }).prefault(
    {},
  ),
  data: someText('a folder').default('rtmpsyc-data'),
  logLevel: oneOf(logLevels).default('info'),
  workers: wholeNumber('a number of processes', 0, 64).default(0),
  federation: yesOrNo.default(true),
  degree: wholeNumber('a number of nodes', 1, 256).default(8),
  relays: z.array(z.string(RELAYS).regex(hostPattern, RELAYS), 'expected a list of hosts').default([]),
  psyc: strict({
    tls: oneOf(encryptions).default('prefer'),
    ca: z.string('expected a file with certificates in PEM').default(''),
  }).prefault({}),
  apps: z
    .object(
      { strict: z.boolean('expected true or false; no app can be called "strict"').default(false) },
      'expected an object',
    )
    .catchall(app)
    .prefault({}),
  profiles: tableOf(z.unknown()).default({}), // each is checked by compileProfile, with its own path
  sharedObjects: strict({ namespace: oneOf(['separate', 'joint']).default('separate') }).prefault({}),
  objects: tableOf(strict({ strict: yesOrNo.default(false) })).default({}),
  http: strict({
    origins: z
      .array(z.string(ORIGIN).regex(/^(?:\*|https?:\/\/[^/\s]+)$/, ORIGIN), 'expected a list of origins')
      .default([]),
  }).prefault({}),
  recordings: strict({
    folder: someText('a folder').default('recordings'),
    list: yesOrNo.default(false),
  }).prefault({}),
  relay: relaySchema.default([]),
  cameras: z
    .array(
      strict({
        url: secretText(/^rtsp:\/\/[^\s/]+/i, CAMERA),
        app: someText('the name of an app'),
        instance: z.string('expected the name of an instance').default(''),
        name: someText('the name of the stream'),
      }),
      'expected a list of cameras',
    )
    .default([]),
  console: strict({
    port,
    user: someText('a name'),
    password: secretText(/^.{8,}$/s, PASSWORD),
  }).optional(),
  tls: strict({
    cert: someText('a file with the certificate in PEM'),
    key: someText('a file with the private key in PEM'),
    passphrase: secretText(/./s, PASSPHRASE).optional(),
    port: port.optional(),
    minVersion: oneOf(tlsVersions).default('TLSv1.2'),
    maxVersion: oneOf(tlsVersions).default('TLSv1.3'),
  }).optional(),
  limits: strict(limitShape).default({}),
}

/** As the command line and `Config` call them. */
const elsewhere = new Map([
  ['rtmpPort', 'ports.rtmp'],
  ['httpPort', 'ports.http'],
  ['psycPort', 'ports.psyc'],
])

export const configSchema = strict(configShape, elsewhere)
