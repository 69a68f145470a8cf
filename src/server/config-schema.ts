/** The shape of the configuration file, and the table that documents it [design 2.3, 3, 4, 7, 9]. */
import * as z from 'zod'
import type { ProfileSet, CompiledProfile } from '../profile/profile.js'
import { oneOf, strict, tableOf } from '../profile/schema-error.js'
import type { PatternMap } from '../profile/name-pattern.js'
import type { Encryption } from '../psyc/session/circuit-host.js'
import { parseUniform, type EntityKind } from '../psyc/wire/uniform.js'
import { placeFromTemplate } from '../translate/name.js'
import { GatewayError } from '../util/errors.js'
import { hostPattern } from '../util/host-pattern.js'
import { limitTable, type LimitName, type Limits } from '../util/limits.js'
import type { RelayEntry } from './relay/relay-entry.js'
import { relaySchema } from './relay/relay-schema.js'

/** One app, or what holds for one that the configuration does not name. */
export interface AppConfig {
  readonly profile: CompiledProfile
  /** Uniform of the entity that answers calls which the profile does not map. */
  readonly handler?: string | undefined
  /** Template of the places on a psyced where the talk is, "psyc://psyced.example/@{instance}"; undefined: at home. */
  readonly place?: string | undefined
  /** Uniform of the gateway where the app's places live; this node by default. */
  readonly home?: string | undefined
  /** Uniforms or local nicks of the persons who may kick and ban in the app's places. */
  readonly owners: readonly string[]
  /** The longest that media may wait to leave in one write with more, ms. */
  readonly gatherMs: number
  /** The longest that media waits to go to other nodes in one packet with more, ms. */
  readonly batchMs: number
  /** Who may record streams. */
  readonly record: RecordRule
}

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

/** Who may record: nobody, publishers that ask for it, or everything that is published. */
export const recordRules = ['none', 'request', 'all'] as const
export type RecordRule = (typeof recordRules)[number]

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const yesOrNo = z.boolean('expected true or false')
const someText = (what: string): z.ZodString => z.string(`expected ${what}`).min(1, `expected ${what}`)

const PORT = 'expected a port, 0 to 65535'
const port = z.int(PORT).min(0, PORT).max(65535, PORT)

const HOST = 'expected a host name such as gw.example.org'
const CAMERA = 'expected the address of a camera such as "rtsp://user:password@camera.example/stream"'
const PASSWORD = 'expected a password of 8 characters or more'
const ORIGIN = 'expected an origin such as "https://example.org", or "*"'

function uniform(what: string, kinds: readonly EntityKind[]): z.ZodString {
  return z.string(`expected ${what}`).superRefine((text, context) => {
    const problem = uniformProblem(text, kinds)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: `expected ${what}: ${problem}` })
  })
}

function uniformProblem(text: string, kinds: readonly EntityKind[]): string | undefined {
  try {
    const { kind, channel } = parseUniform(placeFromTemplate(text, 'app', 'instance'))
    return kinds.includes(kind) && channel === ''
      ? undefined
      : `"${text}" is a ${kind}${channel && ' with a channel'}`
  } catch (error) {
    if (error instanceof GatewayError) return error.message
    throw error
  }
}

const GATHER = 'expected ms, 0 to 2000'
export const GATHER_MS = 44
const BATCH = 'expected ms, 0 to 1000'
export const BATCH_MS = 25

export const appSchema = strict({
  profile: someText('the name of a profile').optional(),
  place: uniform('the place on a psyced, such as "psyc://psyced.example/@{instance}"', ['place']).optional(),
  home: uniform('the uniform of the gateway where the app lives, such as "psyc://gw.example/"', [
    'root',
  ]).optional(),
  handler: uniform('the uniform of an entity, such as "psyc://gw.example/$game"', [
    'service',
    'person',
    'place',
    'other',
  ]).optional(),
  owners: z.array(someText('a nick or the uniform of a person'), 'expected a list').default([]),
  gatherMs: z.int(GATHER).min(0, GATHER).max(2000, GATHER).default(GATHER_MS),
  batchMs: z.int(BATCH).min(0, BATCH).max(1000, BATCH).default(BATCH_MS),
  record: oneOf(recordRules).default('none'),
  script: z.undefined('scripts of apps are reserved for a later version').optional(),
})

const limitNames = Object.keys(limitTable) as LimitName[]
const LIMIT = 'expected a whole number, 0 or more'
const limit = z.int(LIMIT).min(0, LIMIT).optional()
const limitShape = Object.fromEntries(limitNames.map((name) => [name, limit])) as Record<
  LimitName,
  typeof limit
>

/** `apps.chat:` without anything after it is an app with all defaults. */
const app = z.preprocess((value) => value ?? {}, appSchema)

const DEGREE = 'expected a number of nodes, 1 to 256'
const RELAYS = 'expected a host such as "gw.example.org", "*.example.org" or "*"'
const WORKERS = 'expected a number of processes, 0 to 64'

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
  workers: z.int(WORKERS).min(0, WORKERS).max(64, WORKERS).default(0),
  federation: yesOrNo.default(true),
  degree: z.int(DEGREE).min(1, DEGREE).max(256, DEGREE).default(8),
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
        url: z.string(CAMERA).regex(/^rtsp:\/\/[^\s/]+/i, CAMERA),
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
    password: z.string(PASSWORD).min(8, PASSWORD),
  }).optional(),
  tls: strict({
    cert: someText('a file with the certificate in PEM'),
    key: someText('a file with the private key in PEM'),
    passphrase: someText('the passphrase of the key').optional(),
    port: port.optional(),
    minVersion: oneOf(tlsVersions).default('TLSv1.2'),
    maxVersion: oneOf(tlsVersions).default('TLSv1.3'),
  }).optional(),
  limits: strict(limitShape).default({}),
}

export const configSchema = strict(configShape)

export interface ConfigEntry {
  /** `<name>` stands for a name of the user's own. */
  readonly path: string
  readonly expects: string
  /** As it is shown; "" for none. */
  readonly byDefault: string
  readonly meaning: string
  /** The same on the command line. */
  readonly flag?: string
}

const entry = (
  path: string,
  expects: string,
  byDefault: string,
  meaning: string,
  flag?: string,
): ConfigEntry =>
  flag === undefined ? { path, expects, byDefault, meaning } : { path, expects, byDefault, meaning, flag }

/** Every entry there is. README's table is made of this one, and a test compares it with the schema. */
export const configTable: readonly ConfigEntry[] = [
  entry('host', 'host name', 'localhost', 'our name in uniforms; required with a public `bind`', '--host'),
  entry('bind', 'address', '127.0.0.1', 'where to listen; 0.0.0.0 serves everybody', '--bind'),
  entry(
    'ports.rtmp',
    'port',
    '1935',
    'RTMP; every port answers every protocol, 0 picks a free one',
    '--rtmp-port',
  ),
  entry('ports.http', 'port', '8080', 'HTTP and WebSocket', '--http-port'),
  entry('ports.psyc', 'port', '4404', 'PSYC; in our uniforms when it is not 4404', '--psyc-port'),
  entry('data', 'folder', 'rtmpsyc-data', 'what has to survive a restart', '--data'),
  entry('workers', 'number, 0 to 64', '0', 'processes that carry RTMP clients, for machines with many cores'),
  entry('logLevel', logLevels.join(' '), 'info', 'how much is logged', '--log-level'),
  entry('federation', 'true, false', 'true', 'whether other nodes and PSYC clients may talk to us'),
  entry(
    'degree',
    'number, 1 to 256',
    '8',
    'nodes that this one sends a stream to, or, with `relays`, a room or an object; others get it from those',
  ),
  entry(
    'relays',
    'hosts',
    '[]',
    'who may pass on what is ours: `gw.example.org`, `*.example.org`; when none is named, any node for streams and nobody for rooms and objects',
  ),
  entry(
    'psyc.tls',
    encryptions.join(' '),
    'prefer',
    'circuits to other nodes: encrypted where both can, always with a valid certificate, or only where a uniform says so',
  ),
  entry(
    'psyc.ca',
    'file',
    '',
    'certificates in PEM that other nodes may be certified by, besides the well-known',
  ),
  entry('apps.strict', 'true, false', 'false', 'whether apps that are not named here are refused'),
  entry('apps.<app>.profile', 'profile', 'plain; for app chat: chat', 'what calls and chat mean in this app'),
  entry(
    'apps.<app>.place',
    'uniform',
    '',
    'the place on a psyced where the talk of the app is; {app} and {instance} are filled in',
  ),
  entry('apps.<app>.home', 'uniform', 'this node', 'the gateway where the places of the app live'),
  entry('apps.<app>.owners', 'nicks or uniforms', '[]', 'who may kick and ban in the places of the app'),
  entry('apps.<app>.handler', 'uniform', '', 'PSYC entity that answers calls which the profile does not map'),
  entry(
    'apps.<app>.gatherMs',
    'ms, 0 to 2000',
    '44',
    'the longest that media of many players waits to leave in one write; 350 is what SRS does',
  ),
  entry(
    'apps.<app>.batchMs',
    'ms, 0 to 1000',
    '25',
    'how long media is gathered to go to other nodes in one packet, unless `gatherMs` takes longer; 0: the least delay',
  ),
  entry(
    'apps.<app>.record',
    recordRules.join(' '),
    'none',
    'who may record: nobody, publishers that ask for it, or all that is published',
  ),
  entry('apps.<app>.script', '', '', 'reserved'),
  entry(
    'profiles.<profile>.nick',
    'expressions',
    '[]',
    'where the nick is: arg.0, query.user, arg.0.user|name',
  ),
  entry('profiles.<profile>.password', 'expressions', '[]', 'where the password is'),
  entry('profiles.<profile>.presence', 'act connect never', 'act', 'when a member is announced'),
  entry(
    'profiles.<profile>.duplicateNick',
    'suffix reject replace',
    'suffix',
    'when the nick is taken by one who is awake',
  ),
  entry(
    'profiles.<profile>.psyc',
    'true, false',
    'false',
    'whether what no callback takes arrives as onPsyc',
  ),
  entry('profiles.<profile>.onBWDone', 'true, false', 'true', 'whether onBWDone is called after connecting'),
  entry(
    'profiles.<profile>.gopCache',
    'true, false',
    'true',
    'whether late players begin with the running group of pictures, or with the next keyframe',
  ),
  entry(
    'profiles.<profile>.calls',
    'by call: {method, target, body, variables, answer}',
    '{}',
    'what calls become; * is one part of a name',
  ),
  entry(
    'profiles.<profile>.on',
    'by method: {call, args} or {object, send, args}, or a list',
    '{}',
    'what clients hear; also self, members, history',
  ),
  entry(
    'profiles.<profile>.objects',
    'by object: {members, removeOnLeave, strict}',
    '{}',
    'rules for shared objects; * is any',
  ),
  entry(
    'sharedObjects.namespace',
    'separate joint',
    'separate',
    'whether volatile and persistent objects of one name are two',
  ),
  entry(
    'objects.<object>.strict',
    'true, false',
    'false',
    'whether a set that somebody overtook is refused; * is any object',
  ),
  entry('http.origins', 'origins', '[]', 'pages of other hosts that may open WebSockets and read streams'),
  entry(
    'recordings.folder',
    'folder',
    'recordings',
    'where recordings are, below `data`: <app>/<instance>/<name>.flv',
  ),
  entry('recordings.list', 'true, false', 'false', 'whether /recordings/<app>/ says which there are'),
  entry(
    'relay',
    'list of {pull, to} and {push, from}, with when, user, password, tls',
    '[]',
    'streams pulled from other servers, and pushed to them',
  ),
  entry('cameras', 'list of {url, app, instance, name}', '[]', 'RTSP cameras, each published as a stream'),
  entry('console.port', 'port', '', 'the media console of node-media-server, for operators'),
  entry('console.user', 'name', '', 'who may use the console'),
  entry('console.password', '8 characters or more', '', 'with this password; there is no default'),
  entry(
    'tls.cert',
    'file',
    '',
    'certificate and chain in PEM: with it every port answers RTMPS, HTTPS, WSS too',
  ),
  entry('tls.key', 'file', '', 'its private key in PEM; both are read again when they change'),
  entry('tls.passphrase', 'text', '', 'of the key, when it is encrypted'),
  entry('tls.port', 'port', '', 'one more port, such as 443, where clients expect TLS'),
  entry(
    'tls.minVersion',
    tlsVersions.join(' '),
    'TLSv1.2',
    'TLSv1 serves Flash Player of before 2014, and is broken',
  ),
  entry(
    'tls.maxVersion',
    tlsVersions.join(' '),
    'TLSv1.3',
    'TLSv1.2 serves rtmpdump and its kin, which do not get on with the tickets of 1.3',
  ),
  entry('limits.<limit>', 'whole number', 'see the table of limits', 'how much a stranger may make us hold'),
]
