/** The URL of `probe` taken apart. */
import { parseUniform } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { nearestName } from '../profile/nearest-name.js'
import { ConfigError, PsycError } from '../util/errors.js'

interface Address {
  /** Name or literal, without brackets. */
  readonly host: string
  readonly port: number
  readonly isEncrypted: boolean
}

export interface RtmpTarget extends Address {
  readonly scheme: 'rtmp'
  /** In requests of HTTP: RTMPT and its kin. */
  readonly isTunnelled: boolean
  /** RTMPE and RTMPTE. */
  readonly isEnciphered: boolean
  /** App, instance and query, as the client sends them. */
  readonly app: string
  readonly tcUrl: string
}

export interface PsycTarget extends Address {
  readonly scheme: 'psyc'
  readonly uniform: Uniform
}

export type Target = RtmpTarget | PsycTarget

interface Transport {
  readonly defaultPort: number
  readonly isEncrypted?: boolean
  readonly isTunnelled?: boolean
  readonly isEnciphered?: boolean
}

const rtmpTransports: Readonly<Record<string, Transport>> = {
  rtmp: { defaultPort: 1935 },
  rtmps: { defaultPort: 443, isEncrypted: true },
  rtmpt: { defaultPort: 80, isTunnelled: true },
  rtmpts: { defaultPort: 443, isTunnelled: true, isEncrypted: true },
  rtmpe: { defaultPort: 1935, isEnciphered: true },
  rtmpte: { defaultPort: 80, isTunnelled: true, isEnciphered: true },
}

const schemes = [...Object.keys(rtmpTransports), 'psyc']

/** @throws ConfigError CONFIG_INVALID  with what was expected */
export function parseTarget(url: string): Target {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined)
    throw invalid(url, 'expected a URL such as rtmp://localhost/chat or psyc://localhost/')
  if (scheme === 'psyc') return psycTarget(url)
  const transport = rtmpTransports[scheme]
  if (transport !== undefined) return rtmpTarget(url, transport)
  const nearest = nearestName(scheme, schemes)
  throw invalid(
    url,
    `expected one of ${schemes.join(', ')}, not ${scheme}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
  )
}

function invalid(url: string, problem: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', problem, url.slice(0, 200))
}

const rtmpUrl = /^[a-z]+:\/\/(?:\[([0-9a-f:.]+)\]|([^\s/:?#@[\]]+))(?::(\d{1,9}))?(?:\/(\S*))?$/i

function rtmpTarget(url: string, transport: Transport): RtmpTarget {
  const { defaultPort, isEncrypted = false, isTunnelled = false, isEnciphered = false } = transport
  const match = rtmpUrl.exec(url)
  if (match === null) throw invalid(url, 'expected rtmp://host[:port]/app[/instance]')
  const [, literal, name, port, app = ''] = match
  if (app === '' || app.startsWith('?'))
    throw invalid(url, 'the name of the application is missing: rtmp://host[:port]/app[/instance]')
  return {
    scheme: 'rtmp',
    host: literal ?? name ?? '',
    port: portOf(url, port, defaultPort),
    ...{ isEncrypted, isTunnelled, isEnciphered },
    app,
    tcUrl: url.replace(/\?.*$/, ''),
  }
}

function portOf(url: string, text: string | undefined, otherwise: number): number {
  const port = text === undefined ? otherwise : Number(text)
  if (port < 1 || port > 65_535) throw invalid(url, `expected a port from 1 to 65535, not ${port}`)
  return port
}

const PSYC_PORT = 4404
const PSYCS_PORT = 9404

function psycTarget(url: string): PsycTarget {
  const uniform = readUniform(url)
  const { host, transport } = uniform
  if (transport === 'd' || transport === 'g')
    throw invalid(url, 'only circuits over TCP and TLS (:4404c, :9404s) can be probed')
  const isEncrypted = transport === 's'
  const port = portOf(url, uniform.port?.toString(), isEncrypted ? PSYCS_PORT : PSYC_PORT)
  return { scheme: 'psyc', host, port, isEncrypted, uniform }
}

function readUniform(url: string): Uniform {
  try {
    return parseUniform(url)
  } catch (error) {
    if (!(error instanceof PsycError)) throw error
    throw invalid(url, `expected psyc://host[:port][/@place]; ${whatIsWrong(error)}`)
  }
}

function whatIsWrong({ code, message }: PsycError): string {
  if (code === 'PSYC_UNIFORM_HOST') return 'the host must be a name or an IPv4 address'
  return message.replace(/^".*?": /, '').replace(/ \(offset \d+\)$/, '')
}
