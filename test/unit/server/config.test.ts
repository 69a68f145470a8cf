import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { profileSchema } from '../../../src/profile/profile-schema.js'
import { appSchema } from '../../../src/server/app-schema.js'
import { configShape } from '../../../src/server/config-schema.js'
import { configTable } from '../../../src/server/config-table.js'
import { configFrom, loadConfig } from '../../../src/server/config-file.js'
import { configOf, type Flags } from '../../../src/server/config.js'
import { ConfigError } from '../../../src/util/errors.js'
import { defaultLimits } from '../../../src/util/limits.js'

test('without a file everything has its default [design 7]', () => {
  const config = configOf({})
  expect(config).toMatchObject({
    host: 'localhost',
    bind: '127.0.0.1',
    rtmpPort: 1935,
    httpPort: 8080,
    psycPort: 4404,
    data: 'rtmpsyc-data',
    logLevel: 'info',
    federation: true,
    degree: 8,
    relays: [],
    sharedObjects: { namespace: 'separate' },
    http: { origins: [] },
  })
  expect(config.limits).toEqual(defaultLimits)
  expect(config.app('chat')?.profile.name).toBe('chat')
  expect(config.app('CHAT')?.profile.name).toBe('chat')
  expect(config.app('anything')?.profile.name).toBe('plain')
  expect(config.objectRules.match('x')).toBeUndefined()
  for (const text of ['', '# nothing', '{}', 'apps:\nlimits:'])
    expect(configFrom(text).limits).toEqual(defaultLimits)
})

const FULL = `
host: GW.example.org
bind: 0.0.0.0
ports: { rtmp: 0, psyc: 4405 }
data: /var/lib/rtmpsyc
logLevel: debug
federation: false
degree: 3
relays: ['*.example.org']
apps:
  strict: true
  Game: { profile: game, handler: 'psyc://gw.example.org:4405/$game' }
  lobby:
    profile: chat
    owners: [alice]
  empty:
profiles:
  game: { calls: { move: { method: _notice_move, body: arg.0 } } }
sharedObjects: { namespace: joint }
objects: { ball: { strict: true }, '*': {} }
http: { origins: ['https://example.org', '*'] }
limits: { nickBytes: 32, amfDepth: 0 }
`

test('a file with everything, and the command line before it', () => {
  const config = configFrom(FULL, {
    rtmpPort: '1936',
    httpPort: 0,
    logLevel: 'warn',
    host: 'other.example.org',
  })
  expect(config).toMatchObject({
    rtmpPort: 1936,
    httpPort: 0,
    psycPort: 4405,
    logLevel: 'warn',
    host: 'other.example.org',
  })
  expect(configFrom(FULL)).toMatchObject({
    host: 'gw.example.org',
    bind: '0.0.0.0',
    rtmpPort: 0,
    httpPort: 8080,
    data: '/var/lib/rtmpsyc',
    federation: false,
    degree: 3,
    relays: ['*.example.org'],
    sharedObjects: { namespace: 'joint' },
    http: { origins: ['https://example.org', '*'] },
  })
  expect(config.limits).toEqual({ ...defaultLimits, nickBytes: 32, amfDepth: 0 })
  expect(config.app('game')).toMatchObject({ handler: 'psyc://gw.example.org:4405/$game' })
  expect(config.app('game')?.profile.matchCall('move')?.value.method).toBe('_notice_move')
  expect(config.app('lobby')).toMatchObject({
    owners: ['alice'],
  })
  expect(config.app('empty')?.profile.name).toBe('plain')
  expect(config.app('unknown')).toBeUndefined()
  expect(config.app('chat')).toBeUndefined()
  expect(config.app('__proto__')).toBeUndefined()
  expect(config.objectRules.match('ball')?.value.strict).toBe(true)
  expect(config.objectRules.match('other')?.value.strict).toBe(false)
})

test('several ports may be any that is free', () => {
  expect(configFrom('ports: { rtmp: 0, http: 0, psyc: 0 }')).toMatchObject({ rtmpPort: 0, psycPort: 0 })
})

test('JSON is as good as YAML', () => {
  expect(
    configFrom(JSON.stringify({ apps: { chat: { handler: 'psyc://a/$b' } } })).app('chat'),
  ).toMatchObject({
    handler: 'psyc://a/$b',
    profile: { name: 'chat' },
  })
})

// text, path, what the message says
const mistakes: readonly (readonly [string, string, string])[] = [
  ['[]', '', 'expected an object'],
  ['hello', '', 'expected an object'],
  ['prots: {}', 'prots', 'unknown entry; did you mean "ports"?'],
  ['rtmp-port: 1936', 'rtmp-port', 'unknown entry; did you mean "ports.rtmp"?'],
  ['httpPort: 8081', 'httpPort', 'unknown entry; did you mean "ports.http"?'],
  ['psyc_port: 4405', 'psyc_port', 'unknown entry; did you mean "ports.psyc"?'],
  ['log-level: info', 'log-level', 'unknown entry; did you mean "logLevel"?'],
  ['{ banana: 1, hots: 1 }', 'banana', 'unknown entry\nhots: unknown entry; did you mean "host"?'],
  [
    'apps: { live: { gatherms: 5, recrod: all } }',
    'apps.live.gatherms',
    'unknown entry; did you mean "gatherMs"?\n',
  ],
  ['ports: 1935', 'ports', 'expected an object, not 1935'],
  ['ports: { rtpm: 1 }', 'ports.rtpm', 'did you mean "rtmp"?'],
  ['ports: { rtmp: 65536 }', 'ports.rtmp', 'expected a port, 0 to 65535, not 65536'],
  ['ports: { rtmp: "1935" }', 'ports.rtmp', 'expected a port, 0 to 65535, not "1935"'],
  ['ports: { rtmp: 1.5 }', 'ports.rtmp', 'expected a port'],
  ['ports: { http: 1935 }', 'ports.http', '1935 is the port of ports.rtmp: choose another'],
  ['tls: { cert: c, key: k, port: 4404 }', 'tls.port', '4404 is the port of ports.psyc'],
  ['console: { port: 8080, user: a, password: 12345678x }', 'console.port', 'the port of ports.http'],
  ['host: a b', 'host', 'expected a host name'],
  ['host: 5', 'host', 'expected a host name'],
  ['bind: 0.0.0.0', 'host', 'expected the name that others reach us by, since bind is 0.0.0.0'],
  ['bind: ""', 'bind', 'expected an address'],
  ['logLevel: inf', 'logLevel', 'did you mean "info"?'],
  ['degree: 0', 'degree', 'expected a number of nodes, 1 to 256, not 0'],
  ['relays: [a b]', 'relays.0', 'expected a host such as'],
  ['federation: 1', 'federation', 'expected true or false, not 1'],
  ['apps: { strict: {} }', 'apps.strict', 'no app can be called "strict"'],
  ['apps: []', 'apps', 'expected an object, not []'],
  ['apps: { chat: chat }', 'apps.chat', 'expected an object, not "chat"'],
  ['apps: { chat: { profil: chat } }', 'apps.chat.profil', 'did you mean "profile"?'],
  ['apps: { x: { profile: chta } }', 'apps.x.profile', 'did you mean "chat"?'],
  ['apps: { x: {}, X: {} }', 'apps.X', 'given twice'],
  ['apps: { "": {} }', 'apps', 'an app without a name'],
  ['apps: { x: { place: "psyc://a/~bob" } }', 'apps.x.place', 'is a person'],
  ['apps: { x: { place: "psyc://localhost/@{instance}" } }', 'apps.x.place', 'another host name'],
  ['apps: { x: { home: "psyc://a/@b" } }', 'apps.x.home', 'is a place'],
  ['apps: { x: { home: "gw.example" } }', 'apps.x.home', 'expected the uniform of the gateway'],
  ['apps: { x: { handler: "psyc://a/" } }', 'apps.x.handler', 'is a root'],
  ['apps: { x: { handler: "psyc://a/$b#_c" } }', 'apps.x.handler', 'with a channel'],
  ['apps: { x: { script: main.js } }', 'apps.x.script', 'reserved for a later version'],
  ['profiles: { p: { nick: [agr.0] } }', 'profiles.p.nick.0', 'did you mean "arg"?'],
  ['profiles: { p: 5 }', 'profiles.p', 'expected an object, not 5'],
  ['sharedObjects: { namespace: both }', 'sharedObjects.namespace', 'expected one of separate, joint'],
  ['objects: { x: { stirct: true } }', 'objects.x.stirct', 'did you mean "strict"?'],
  ['http: { origins: example.org }', 'http.origins', 'expected a list of origins'],
  ['http: { origins: [example.org] }', 'http.origins.0', 'expected an origin'],
  ['limits: { amfdepth: 5 }', 'limits.amfdepth', 'did you mean "amfDepth"?'],
  ['limits: { doorMs: 9000000000 }', 'limits.doorMs', 'expected ms, at most 2147483647'],
  ['limits: { amfDepth: -1 }', 'limits.amfDepth', 'expected a whole number'],
  ['limits: { amfDepth: many }', 'limits.amfDepth', 'expected a whole number, 0 or more, not "many"'],
]

test.each(mistakes)('%s: %s: %s', (text, path, message) => {
  expect(() => configFrom(text)).toThrow(ConfigError)
  expect(() => configFrom(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path }) as Error)
  expect(() => configFrom(text)).toThrow(message)
})

const secrets: readonly (readonly [string, string, string])[] = [
  [
    'console: { port: 1, user: a, password: hunter2 }',
    'console.password',
    'a password of 8 characters or more',
  ],
  [
    'console: { port: 1, user: a, password: 20262026 }',
    'console.password',
    'a password of 8 characters or more',
  ],
  ['console: { port: 1, user: a }', 'console.password', 'a password of 8 characters or more'],
  ['tls: { cert: a, key: b, passphrase: 20262026 }', 'tls.passphrase', 'the passphrase of the key'],
  ['cameras: [{ url: "rtps://a:hunter2@b/c", app: a, name: b }]', 'cameras.0.url', 'the address of a camera'],
]

test.each(secrets)('%s: what may be a secret is not told', (text, path, message) => {
  const thrown = (() => {
    try {
      return configFrom(text)
    } catch (error) {
      return error
    }
  })()
  expect(thrown).toMatchObject({ code: 'CONFIG_INVALID', path })
  expect(String(thrown)).toContain(`expected ${message}`)
  expect(String(thrown)).not.toMatch(/hunter2|20262026/)
})

const flagMistakes: readonly (readonly [Flags, string])[] = [
  [{ rtmpPort: 'x' }, 'ports.rtmp'],
  [{ psycPort: '70000' }, 'ports.psyc'],
  [{ logLevel: 'loud' }, 'logLevel'],
  [{ bind: '192.0.2.1' }, 'host'],
]

test.each(flagMistakes)('a wrong flag %j names %s', (flags, path) => {
  expect(() => configOf({}, flags)).toThrow(expect.objectContaining({ path }) as Error)
})

test('text that is neither YAML nor JSON', () => {
  for (const text of ['{', 'a: b: c', 'a: 1\na: 2'])
    expect(() => configFrom(text)).toThrow(expect.objectContaining({ code: 'CONFIG_FILE' }) as Error)
})

test('the file is read, or the error names it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtmpsyc-config-'))
  const file = join(folder, 'config.yaml')
  try {
    writeFileSync(file, 'logLevel: error')
    expect(loadConfig(file).logLevel).toBe('error')
    expect(loadConfig(file, { logLevel: 'warn' }).logLevel).toBe('warn')
    const missing = join(folder, 'none.yaml')
    expect(() => loadConfig(missing)).toThrow(expect.objectContaining({ code: 'CONFIG_FILE' }) as Error)
    expect(() => loadConfig(missing)).toThrow('none.yaml cannot be read')
    writeFileSync(file, 'a: b: c')
    expect(() => loadConfig(file)).toThrow('config.yaml is no YAML and no JSON')
    writeFileSync(file, '- host')
    expect(() => loadConfig(file)).toThrow('config.yaml: expected an object')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('the table of entries', () => {
  const keysOf = (schema: z.ZodType): string[] => {
    let inner: unknown = schema
    while (inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault || inner instanceof z.ZodOptional)
      inner = inner.unwrap()
    return inner instanceof z.ZodObject ? Object.keys(inner.shape) : []
  }
  const paths = configTable.map(({ path }) => path)

  test('has every entry of the schema and no other', () => {
    const expected: string[] = []
    for (const [name, schema] of Object.entries(configShape)) {
      if (name === 'apps')
        expected.push('apps.strict', ...keysOf(appSchema).map((key) => `apps.<app>.${key}`))
      else if (name === 'profiles')
        expected.push(...keysOf(profileSchema).map((key) => `profiles.<profile>.${key}`))
      else if (name === 'objects') expected.push('objects.<object>.strict')
      else if (name === 'limits') expected.push('limits.<limit>')
      else if (keysOf(schema).length === 0) expected.push(name)
      else expected.push(...keysOf(schema).map((key) => `${name}.${key}`))
    }
    expect([...paths].sort()).toEqual(expected.sort())
  })

  test('shows the defaults that hold', () => {
    const source = z.strictObject({ ...configShape }).parse({}) as Record<string, unknown>
    for (const { path, byDefault } of configTable) {
      const [section = ''] = path.split('.')
      const isOptional = configShape[section as keyof typeof configShape] instanceof z.ZodOptional
      if (path.includes('<') || isOptional) continue // the whole of it is not there by default
      const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], source)
      expect([path, typeof value === 'string' ? value : JSON.stringify(value)]).toEqual([path, byDefault])
    }
    const profile = profileSchema.parse({}) as Record<string, unknown>
    for (const { path, byDefault } of configTable.filter((each) => each.path.startsWith('profiles.'))) {
      const value = profile[path.split('.')[2]!]
      expect([path, typeof value === 'string' ? value : JSON.stringify(value)]).toEqual([path, byDefault])
    }
  })
})

test('circles and mazes of YAML are refused', () => {
  for (const text of ['a: &a [*a]', 'profiles: &p { p: *p }', `a: ${'['.repeat(100)}${']'.repeat(100)}`])
    expect(() => configFrom(text)).toThrow(expect.objectContaining({ code: 'CONFIG_FILE' }) as Error)
})
