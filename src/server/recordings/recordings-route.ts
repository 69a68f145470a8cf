/**
 * Recordings over plain HTTP, whole or in ranges, and a list of them where the configuration wants one [RFC 9110 §14].
 *
 *   /recordings/<app>[/<instance>]/<name>.flv     /recordings/<app>[/<instance>]/
 *
 * One that is being recorded is served as far as it has got. A slash in a name is written %2F.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { HttpRoute } from '../http.js'
import type { Access } from '../../translate/access.js'
import { connectRequestOf, parseMediaUrl } from '../media-url.js'
import type { MediaUrl } from '../media-url.js'
import { corsHeaders } from '../origin.js'
import { byteRange } from './byte-range.js'
import type { ByteRange } from './byte-range.js'
import type { FileFacts, RecordingHandle } from './file-source.js'
import type { FileRecordings } from './file-recordings.js'
import type { RecordingName } from './paths.js'

export interface RecordingsRouteOptions {
  readonly recordings: FileRecordings
  readonly list: boolean
  /** Whether there may be such an app. */
  isApp(name: string): boolean
  readonly access: Access
  readonly origins: readonly string[]
}

const PREFIX = '/recordings/'
const BLOCK = 131_072 // ours: read at once

export function recordingsRoute(options: RecordingsRouteOptions): HttpRoute {
  return async (request, response, path) => {
    if (!path.startsWith(PREFIX)) return false
    const cors = corsHeaders(request.headers, options.origins)
    for (const [name, value] of Object.entries(cors)) response.setHeader(name, value)
    response.setHeader('Access-Control-Expose-Headers', 'Content-Length, Content-Range, ETag')
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD')
      response.setHeader('Access-Control-Allow-Headers', 'Range, If-Range')
      response.writeHead(204).end()
    } else if (request.method !== 'GET' && request.method !== 'HEAD')
      response.writeHead(405, { Allow: 'GET, HEAD, OPTIONS' }).end()
    else await answer(options, request, response)
    return true
  }
}

async function answer(
  options: RecordingsRouteOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = nameOf(request.url ?? '')
  const isKnown = name !== undefined && options.isApp(name.app)
  if (!isKnown || !(await mayPlay(options.access, name, request))) notFound(response)
  else if (name.name === '') await answerList(options, name, request, response)
  else await answerFile(options, name, request, response)
}

async function answerList(
  { recordings, list }: RecordingsRouteOptions,
  name: RecordingName,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!list) {
    notFound(response)
    return
  }
  const body = JSON.stringify(await recordings.list(name))
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-cache',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answerFile(
  { recordings }: RecordingsRouteOptions,
  name: RecordingName,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const opened = await recordings.openBytes(name)
  if (opened === undefined) {
    notFound(response)
    return
  }
  try {
    const { facts, handle } = opened
    const range = writeFileHead(facts, request, response)
    if (range === undefined || request.method === 'HEAD') response.end()
    else await pipeline(Readable.from(bytesOf(handle, range), { objectMode: false }), response)
  } catch {
    response.destroy() // he went away, or the disk did
  } finally {
    opened.close()
  }
}

/** @returns what is to follow; undefined for nothing */
function writeFileHead(
  facts: FileFacts,
  request: IncomingMessage,
  response: ServerResponse,
): ByteRange | undefined {
  const { size } = facts
  const tag = `"${size.toString(36)}-${facts.modifiedMs.toString(36)}"`
  const modified = new Date(facts.modifiedMs).toUTCString()
  response.setHeader('ETag', tag)
  response.setHeader('Last-Modified', modified)
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Cache-Control', 'no-cache')
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304)
    return undefined
  }
  const condition = request.headers['if-range']
  const isSame = condition === undefined || condition === tag || condition === modified
  const range = byteRange(isSame ? request.headers.range : undefined, size)
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${size}` })
    return undefined
  }
  const { start, end, isWhole } = range
  if (!isWhole) response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${size}`)
  response.setHeader('Content-Type', 'video/x-flv')
  response.setHeader('Content-Length', end - start)
  response.writeHead(isWhole ? 200 : 206)
  return range
}

async function* bytesOf(handle: RecordingHandle, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end;) {
    const block = Buffer.allocUnsafeSlow(Math.min(BLOCK, end - at))
    const length = await handle.read(block, at)
    if (length === 0) throw new Error('the recording has become shorter')
    yield block.subarray(0, length)
    at += length
  }
}

/** From the path as it came. The name is "" for a list. */
function nameOf(url: string): MediaUrl | undefined {
  const path = url.slice(PREFIX.length - 1)
  const [folder = ''] = path.split('?')
  if (!folder.endsWith('/')) return parseMediaUrl(path)
  const inFolder = parseMediaUrl(`${folder}any.flv`)
  return inFolder && { ...inFolder, name: '' }
}

/** A list is of the app instance, as a stream without a name. */
function mayPlay(access: Access, url: MediaUrl, request: IncomingMessage): Promise<boolean> {
  const { app, instance, name } = url
  const wish = { action: 'play', app, instance, name, person: '' } as const
  return new Promise((resolve) => {
    const whole = { ...wish, request: connectRequestOf(request, url, false) }
    access.decide(whole, ({ allowed }) => resolve(allowed))
  })
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n')
}
