/** The connect command as a request: every property is optional, none is trusted [rtmp.md 3.3]. */
import { AmfEcmaArray, AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import { CAPS_EX_RECONNECT } from './constants.js'
import type { ConnectRequest } from './events.js'

/** @param commandObject what stood after the transaction ID; anything but an object counts as an empty one */
export function parseConnect(commandObject: AmfValue, args: readonly AmfValue[]): ConnectRequest {
  const properties = toObject(commandObject)
  const tcUrl = text(properties.get('tcUrl'))
  const fromUrl = splitQuery(pathOfUrl(tcUrl))
  const fromApp = splitQuery(text(properties.get('app')))
  const { app, instance } = splitPath(fromApp.path === '' ? fromUrl.path : fromApp.path)
  const flashVersion = text(properties.get('flashVer'))
  return {
    app,
    instance,
    query: parseQuery([fromApp.query, fromUrl.query]),
    tcUrl,
    flashVersion,
    pageUrl: text(properties.get('pageUrl')),
    swfUrl: text(properties.get('swfUrl')),
    objectEncoding: properties.get('objectEncoding') === 3 ? 3 : 0,
    isEncoder: flashVersion.startsWith('FMLE/') || properties.get('type') === 'nonprivate',
    canReconnect: hasReconnect(properties.get('capsEx')),
    commandObject: properties,
    args,
  }
}

function toObject(value: AmfValue): AmfObject {
  if (value instanceof AmfObject) return value
  if (value instanceof AmfEcmaArray) return new AmfObject('', true, 0, [...value.names], value.values)
  return new AmfObject()
}

function text(value: AmfValue): string {
  return typeof value === 'string' ? value : ''
}

function hasReconnect(capsEx: AmfValue): boolean {
  return typeof capsEx === 'number' && (capsEx & CAPS_EX_RECONNECT) !== 0
}

/** What follows the host, without the first slash. */
function pathOfUrl(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?]*\/?(.*)$/is.exec(url)?.[1] ?? ''
}

function splitQuery(pathAndQuery: string): { path: string; query: string } {
  const at = pathAndQuery.indexOf('?')
  if (at < 0) return { path: trimSlashes(pathAndQuery), query: '' }
  return { path: trimSlashes(pathAndQuery.slice(0, at)), query: pathAndQuery.slice(at + 1) }
}

/** One slash at either end is decoration: JW Player appends one. */
function trimSlashes(path: string): string {
  return path.replace(/^\//, '').replace(/\/$/, '')
}

function splitPath(path: string): { app: string; instance: string } {
  const at = path.indexOf('/')
  if (at < 0) return { app: decodePercent(path), instance: '' }
  const instance = path.slice(at + 1)
  return {
    app: decodePercent(path.slice(0, at)),
    instance: instance === '_definst_' ? '' : decodePercent(instance),
  }
}

/** Text that is no valid percent-encoding is taken as it stands. */
function decodePercent(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

/** The first of equal names counts; earlier queries go before later ones. */
function parseQuery(queries: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const query of queries)
    for (const [name, value] of new URLSearchParams(query))
      if (!parameters.has(name)) parameters.set(name, value)
  return parameters
}
