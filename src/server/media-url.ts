/** The URLs of live streams over HTTP and WebSocket: `/<app>[/<instance>]/<stream>.flv` [design 5]. */
import type { IncomingMessage } from 'node:http'
import { AmfObject } from '../amf/value.js'
import type { ConnectRequest } from '../rtmp/session/events.js'

export interface MediaUrl {
  readonly app: string
  /** "" for none; may hold "/", as in RTMP. */
  readonly instance: string
  readonly name: string
  readonly query: ReadonlyMap<string, string>
}

const SUFFIX = '.flv'

/**
 * @param url as it stands in the request: a name may hold "%2F"
 * @returns undefined for any other path
 */
export function parseMediaUrl(url: string): MediaUrl | undefined {
  if (!URL.canParse(url, BASE)) return undefined
  const { pathname, searchParams } = new URL(url, BASE)
  const segments = decoded(pathname.split('/').slice(1))
  if (segments === undefined || segments.length < 2 || segments.includes('')) return undefined
  const [app = '', ...rest] = segments
  const file = rest.pop() ?? ''
  const name = file.slice(0, -SUFFIX.length)
  if (name === '' || !file.endsWith(SUFFIX)) return undefined
  return { app, instance: rest.join('/'), name, query: new Map(searchParams) }
}

/** The same path, split elsewhere: itself first, then one part after another moves from the instance to the name. */
export function* splitsOf(url: MediaUrl): Generator<MediaUrl> {
  yield url
  let { instance, name } = url
  while (instance !== '') {
    const at = instance.lastIndexOf('/')
    name = `${instance.slice(at + 1)}/${name}`
    instance = instance.slice(0, Math.max(at, 0))
    yield { ...url, instance, name }
  }
}

const BASE = 'http://localhost'

function decoded(segments: readonly string[]): string[] | undefined {
  try {
    return segments.map((segment) => decodeURIComponent(segment))
  } catch {
    return undefined
  }
}

/** The request as access control knows it: what an RTMP client would have said to connect. */
export function connectRequestOf(
  { headers }: IncomingMessage,
  url: MediaUrl,
  isEncoder: boolean,
): ConnectRequest {
  const { app, instance, query } = url
  return {
    ...{ app, instance, query, isEncoder },
    tcUrl: `http://${headers.host ?? ''}/${app}${instance && `/${instance}`}`,
    pageUrl: headers.referer ?? '',
    flashVersion: '',
    swfUrl: '',
    objectEncoding: 0,
    canReconnect: false,
    commandObject: new AmfObject(),
    args: [],
  }
}
