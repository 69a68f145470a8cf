/**
 * Uniforms: the addresses of PSYC [psyc.md 1.2]. Only the scheme psyc is taken apart; others are opaque to us
 * and give an error here. A port of any size is legal syntax: who dials checks 1..65535.
 */
import type { ErrorCode } from '../../util/error-codes.js'
import { PsycError } from '../../util/errors.js'
import { limitTable } from '../../util/limits.js'

export type EntityKind = 'root' | 'person' | 'place' | 'service' | 'other'

export interface Uniform {
  /** As it was written. */
  readonly text: string
  readonly scheme: string
  readonly host: string
  /** Undefined when none is written; negative for the far end of an accepted circuit. */
  readonly port: number | undefined
  /** "c" "d" "s" "g" or "". */
  readonly transport: string
  /** Without the slash: "~alice", "@chat-lobby", "" for the root. */
  readonly resource: string
  /** Without "#": "_so_users", "" for none. */
  readonly channel: string
  readonly kind: EntityKind
  /** The resource without its kind character. */
  readonly name: string
  /** For comparing: lower case, default port and transport c dropped, slash always: "psyc://gw/@chat#_so_users". */
  readonly key: string
  /** `key` without the channel: "psyc://gw/@chat". */
  readonly entityKey: string
  /** The key of the root: "psyc://gw/". */
  readonly rootKey: string
}

/** The parts as libpsyc names them, absent ones empty: what `decode uniform` prints. */
export interface UniformParts {
  readonly scheme: string
  readonly host: string
  readonly port: string
  readonly transport: string
  readonly resource: string
  readonly channel: string
  readonly nick: string
  readonly root: string
  readonly entity: string
  readonly host_port: string
  readonly body: string
  readonly path: string
}

/**
 * host, port with transport (or a transport alone, which libpsyc refuses and psyced sends [psyc.md 8 row 26]),
 * resource, channel.
 */
const whole =
  /^([Pp][Ss][Yy][Cc]):\/\/([0-9A-Za-z.-]+)(?::(?:(-?\d+|-)([cds]?)|([cdgs])))?(?:(\/)([$-;=?@A-Z_a-z~!]*)(?:#([$-;=?@A-Z_a-z~!]*))?)?$/

/** Looked at only when `whole` fails: the first row that does not match names the first offending part. */
const parts: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/^psyc:/i, 'PSYC_UNIFORM_SCHEME', 'the scheme is not psyc'],
  [/^psyc:(\/\/|\/?$)/i, 'PSYC_UNIFORM_SLASHES', 'two slashes must follow the scheme'],
  [/^psyc:\/\/[0-9a-z.-]+([:/]|$)/i, 'PSYC_UNIFORM_HOST', 'the host is missing or illegal'],
  [/^psyc:\/\/[^:/]+(:[-0-9cdgs]|\/|$)/i, 'PSYC_UNIFORM_PORT', 'the port is no number'],
  [/^psyc:\/\/[^:/]+(:(-?\d+[cds]?|-[cds]?|[cdgs]))?(\/|$)/i, 'PSYC_UNIFORM_TRANSPORT', 'bad transport'],
  [
    /^[^/]*\/\/[^/]*(\/[$-;=?@A-Z_a-z~!]*(#|$)|$)/,
    'PSYC_UNIFORM_RESOURCE',
    'illegal character in the resource',
  ],
  [/^$/, 'PSYC_UNIFORM_CHANNEL', 'illegal character in the channel'],
]

const kinds: Readonly<Record<string, EntityKind>> = { '~': 'person', '@': 'place', $: 'service' }
const defaultPorts: Readonly<Record<string, string>> = { '': '4404', c: '4404', d: '4404', s: '9404' }

/** @throws PsycError PSYC_UNIFORM_… by the first offending part */
export function parseUniform(text: string): Uniform {
  const match = whole.exec(text)
  if (match === null) throw offence(text)
  return fromMatch(text, match)
}

function fromMatch(text: string, match: RegExpExecArray): Uniform {
  const [, scheme = '', host = '', port, letter, alone, , resource = '', channel = ''] = match
  const transport = letter ?? alone ?? ''
  const kind = resource === '' ? 'root' : (kinds[resource.charAt(0)] ?? 'other')
  const rootKey = `psyc://${host.toLowerCase()}${portKey(port, transport)}/`
  const entityKey = rootKey + resource.toLowerCase()
  return {
    text,
    scheme,
    host,
    port: port === undefined ? undefined : port === '-' ? -1 : Number(port),
    transport,
    resource,
    channel,
    kind,
    name: kind === 'other' ? resource : resource.slice(1),
    key: channel === '' ? entityKey : `${entityKey}#${channel.toLowerCase()}`,
    entityKey,
    rootKey,
  }
}

/** "" for TCP at 4404, however that was written; other transports always with their port, as we send them. */
function portKey(port: string | undefined, transport: string): string {
  if (transport === 'g') return ':g'
  const number = port?.replace(/^(-?)0+(?=\d)/, '$1') ?? defaultPorts[transport] ?? ''
  const isTcp = transport === '' || transport === 'c'
  if (isTcp) return number === '4404' ? '' : `:${number}`
  return `:${number}${transport}`
}

function offence(text: string): PsycError {
  const [, code, message] = parts.find(([pattern]) => !pattern.test(text)) ?? parts[0] ?? []
  return new PsycError(
    code ?? 'PSYC_UNIFORM_SCHEME',
    `${JSON.stringify(text.slice(0, 64))}: ${message ?? ''}`,
  )
}

/**
 * Two generations of results by text: what is used again moves to the young one, the old one is dropped when the
 * young one is full. So at most twice `GENERATION` uniforms of at most `uniformBytes` are held.
 */
const GENERATION = 1024
let young = new Map<string, Uniform>()
let old = new Map<string, Uniform>()

/** The uniform, or undefined when the text is none or too long; recent results are remembered (bounded). */
export function uniformOf(text: string | undefined): Uniform | undefined {
  if (text === undefined || text.length > limitTable.uniformBytes.value) return undefined
  const known = young.get(text)
  if (known !== undefined) return known
  let uniform = old.get(text)
  if (uniform === undefined) {
    const match = whole.exec(text)
    if (match === null) return undefined
    uniform = fromMatch(text, match)
  }
  if (young.size >= GENERATION) {
    old = young
    young = new Map()
  }
  young.set(text, uniform)
  return uniform
}

/** The parts of a parsed uniform as libpsyc cuts them. */
export function uniformParts(uniform: Uniform): UniformParts {
  const { text, scheme, host, transport, resource, channel } = uniform
  const body = text.slice(scheme.length + 3)
  const slash = body.indexOf('/')
  const hostPort = slash < 0 ? body : body.slice(0, slash)
  const hash = text.indexOf('#')
  const port = hostPort.slice(host.length + 1)
  return {
    scheme,
    host,
    port: port.slice(0, port.length - transport.length),
    transport,
    resource,
    channel,
    nick: resource.slice(1),
    root: `${scheme}://${hostPort}`,
    entity: hash < 0 ? text : text.slice(0, hash),
    host_port: hostPort,
    body,
    path: slash < 0 ? '' : body.slice(slash),
  }
}
