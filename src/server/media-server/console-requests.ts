/** Which requests the media console makes. Everything else that node-media-server answers is refused before it. */
import type { IncomingMessage } from 'node:http'

const BASE = 'http://localhost'

/** Methods by path below /api/v1/; what changes the configuration of node-media-server or records is not among them. */
const api: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^login$/, ['POST']],
  [/^(?:health|info|stats|events|history|config|sessions|records)$/, ['GET']],
  [/^streams(?:\/[\w-]+\/[\w-]+(?:\/urls)?)?$/, ['GET']],
  [/^streams\/[\w-]+\/[\w-]+\/record$/, ['GET']],
  [/^sessions\/\w+$/, ['DELETE']],
  [/^history$/, ['DELETE']],
]

const API = '/api/v1/'
const isStream = /^\/[\w-]+\/[\w-]+\.flv$/
const isPage = /^\/admin\/[\w./-]*$/

/**
 * @returns "request": it may pass as one, "stream": as one and as a WebSocket, whose publishing is asked for by a
 * protocol; undefined: refuse it
 */
export function consoleRequest({
  method = '',
  url = '',
  headers,
}: IncomingMessage): 'request' | 'stream' | undefined {
  if (!URL.canParse(url, BASE)) return undefined
  const { pathname, searchParams } = new URL(url, BASE)
  if (method === 'GET' && isStream.test(pathname)) {
    // signed once: a second one makes a list of it, on which its check throws
    if (searchParams.getAll('sign').length !== 1) return undefined
    if (headers.upgrade === undefined) return 'request'
    return headers['sec-websocket-protocol'] === undefined ? 'stream' : undefined
  }
  if (headers.upgrade !== undefined) return undefined
  if ((method === 'GET' || method === 'HEAD') && isPage.test(pathname)) return 'request'
  if (!pathname.startsWith(API)) return undefined
  const path = pathname.slice(API.length)
  const isKnown = api.some(([pattern, methods]) => pattern.test(path) && methods.includes(method))
  return isKnown || method === 'OPTIONS' ? 'request' : undefined
}
