/** The other end of a relay: its URL taken apart, and how it may be shown [rtmp.md 1.5, 3.3]. */
import { inUrl } from '../../psyc/session/address.js'

export interface RelayTarget {
  /** Name or literal, without brackets. */
  readonly host: string
  readonly port: number
  readonly isEncrypted: boolean
  /** App and instance: "live", "chat/lobby". */
  readonly app: string
  /** Without query; "*" stands for the name that the stream has here. */
  readonly name: string
  /** What follows the name, with "?"; "" for none. Tokens live there. */
  readonly query: string
  readonly user: string
  readonly password: string
}

const RTMP_PORT = 1935
const RTMPS_PORT = 443

/** scheme, userinfo, literal or name, port, path */
const form = /^(rtmps?):\/\/(?:([^\s/?#]*)@)?(?:\[([0-9a-f:.]+)\]|([^\s/:?#@[\]]+))(?::(\d{1,5}))?\/(\S*)$/i

/** @returns what was expected, when it is no URL of a stream: a sentence that repeats nothing of it */
export function parseRelayUrl(url: string): RelayTarget | string {
  const match = form.exec(url)
  if (match === null) return 'expected rtmp://host[:port]/app[/instance]/stream, or rtmps'
  const [, scheme = '', userinfo, literal, hostName, portText, rest = ''] = match
  const isEncrypted = scheme.toLowerCase() === 'rtmps'
  const port = portText === undefined ? (isEncrypted ? RTMPS_PORT : RTMP_PORT) : Number(portText)
  if (port < 1 || port > 65_535) return 'expected a port from 1 to 65535'
  const queryAt = rest.indexOf('?')
  const path = queryAt < 0 ? rest : rest.slice(0, queryAt)
  const nameAt = path.lastIndexOf('/')
  const app = path.slice(0, Math.max(0, nameAt))
  const name = path.slice(nameAt + 1)
  if (app === '' || name === '') return 'expected an app and a stream behind the host: /app[/instance]/stream'
  if (app.includes('*') || (name.includes('*') && name !== '*'))
    return 'expected * for the whole name of the stream'
  return {
    ...{ host: literal ?? hostName ?? '', port, isEncrypted, app, name },
    query: queryAt < 0 ? '' : rest.slice(queryAt),
    ...credentials(userinfo),
  }
}

function credentials(userinfo = ''): { user: string; password: string } {
  const at = userinfo.indexOf(':')
  if (at < 0) return { user: decoded(userinfo), password: '' }
  return { user: decoded(userinfo.slice(0, at)), password: decoded(userinfo.slice(at + 1)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** For one stream of a pattern. */
export function withName(target: RelayTarget, name: string): RelayTarget {
  return target.name === '*' ? { ...target, name } : target
}

/** `tcUrl` of connect: neither credentials nor the stream are part of it. */
export function tcUrlOf({ host, port, isEncrypted, app }: RelayTarget): string {
  const usual = isEncrypted ? RTMPS_PORT : RTMP_PORT
  return `rtmp${isEncrypted ? 's' : ''}://${inUrl(host)}${port === usual ? '' : `:${port}`}/${app}`
}

/**
 * As logs show it: without credentials and query.
 * @param isNameSecret the name of a pushed stream is the key of the one who may push: it is shown as "…"
 */
export function shownTarget(target: RelayTarget, isNameSecret: boolean): string {
  return `${tcUrlOf(target)}/${isNameSecret && target.name !== '*' ? HIDDEN : target.name}`
}

const HIDDEN = '…'
const MOST_SHOWN = 200

/** What a server says, for a log: its words may repeat what we sent it. */
export function withoutSecrets(text: string, target: RelayTarget, isNameSecret: boolean): string {
  const { user, password, query, name } = target
  const parameters = [...new URLSearchParams(query)].map(([, value]) => value)
  const raw = query
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
  const secrets = [query.slice(1), ...parameters, ...raw, password, user, ...(isNameSecret ? [name] : [])]
  let clean = text
  const byLength = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length)
  for (const secret of byLength)
    for (const spelling of [secret, encodeURIComponent(secret)]) clean = clean.replaceAll(spelling, HIDDEN)
  // control bytes of a stranger have no place in a log
  clean = clean.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
  return clean.length > MOST_SHOWN ? `${clean.slice(0, MOST_SHOWN)}…` : clean
}

/**
 * Where a server sends us: a whole URL, or a path on the same server. Stream and credentials stay those of `target`; from
 * TLS nobody leads us back to the open.
 * @returns undefined when it leads nowhere
 */
export function redirected(target: RelayTarget, url: string): RelayTarget | undefined {
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(url)
  const whole = isWhole ? url : `${tcUrlOf({ ...target, app: '' })}${url.replace(/^\//, '')}`
  const appOnly = whole.replace(/[?#].*$/, '').replace(/\/$/, '')
  const parsed = parseRelayUrl(`${appOnly}/${ANY}`)
  if (typeof parsed === 'string' || (target.isEncrypted && !parsed.isEncrypted)) return undefined
  const { host, port, isEncrypted, app } = parsed
  return { ...target, host, port, isEncrypted, app }
}

const ANY = 'any'
