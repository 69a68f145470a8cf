/** Arguments of the stream commands as clients really send them [rtmp.md 3.6, 3.7]. */
import { AmfEcmaArray, AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import type { PlayRequest, PublishType } from './events.js'

const LIVE_OR_RECORDED = -2000
const LIVE = -1000
const ALL = -1000

/** Times are u32 on the wire: what is beyond, 1e308 or Infinity, is the last of them. */
const LAST_MS = 0xffff_ffff

/** `stop` for what means the end of it: `false`, null, an empty name. `invalid`: no name at all. */
export type Parsed<T> = T | 'stop' | 'invalid'

/** @param args of play, without the command object: name, start, duration, reset */
export function parsePlay(args: readonly AmfValue[]): Parsed<PlayRequest> {
  const [name, start, duration, reset] = args
  const named = parseName(name)
  if (typeof named === 'string') return named
  return {
    ...named,
    startMs: parseStart(start),
    durationMs: parseDuration(duration),
    how: parseReset(reset) ? 'reset' : 'append',
  }
}

/**
 * play2 [rtmp.md 3.7]: `stop` ends, `append` and `appendAndWait` queue, `reset` begins anew, any other transition
 * switches at once.
 */
export function parsePlay2(options: AmfValue): Parsed<PlayRequest> {
  if (!(options instanceof AmfObject || options instanceof AmfEcmaArray)) return 'invalid'
  const [streamName, start, len, transition] = ['streamName', 'start', 'len', 'transition'].map((name) =>
    options.get(name),
  )
  const request = parsePlay([streamName, start, len])
  if (typeof request === 'string') return 'invalid'
  if (transition === 'stop') return 'stop'
  const how = typeof transition === 'string' ? transitions.get(transition) : undefined
  return { ...request, how: how ?? 'switch' }
}

const transitions: ReadonlyMap<string, PlayRequest['how']> = new Map([
  ['append', 'append'],
  ['appendAndWait', 'append'],
  ['reset', 'reset'],
])

/** An empty name is one: where nothing is published it is to be refused, not passed over [rtmp.md 3.6]. */
export function parsePublish(
  args: readonly AmfValue[],
): Parsed<{ name: string; query: string; type: PublishType }> {
  const [name, type] = args
  const named = name === '' ? splitName(name) : parseName(name)
  return typeof named === 'string' ? named : { ...named, type: parsePublishType(type) }
}

/** A point in time: negative is the beginning. @returns undefined for what is no number */
export function parseTime(value: AmfValue): number | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined
  return Math.min(Math.max(0, value), LAST_MS)
}

/** Stream names carry tokens behind the first "?". */
export function splitName(nameAndQuery: string): { name: string; query: string } {
  const at = nameAndQuery.indexOf('?')
  if (at < 0) return { name: nameAndQuery, query: '' }
  return { name: nameAndQuery.slice(0, at), query: nameAndQuery.slice(at + 1) }
}

function parseName(name: AmfValue): Parsed<{ name: string; query: string }> {
  if (name === false || name === null || name === undefined || name === '') return 'stop'
  return typeof name === 'string' ? splitName(name) : 'invalid'
}

function parsePublishType(type: AmfValue): PublishType {
  if (type === 'record') return 'record'
  return type === 'append' || type === 'appendWithGap' ? 'append' : 'live'
}

/** Flash sends milliseconds, the specification says seconds, GStreamer sends -2: small negatives are seconds. */
function parseStart(start: AmfValue): number {
  if (typeof start !== 'number' || Number.isNaN(start)) return LIVE_OR_RECORDED
  if (start >= 0) return Math.min(start, LAST_MS)
  return start === -1 || start === LIVE ? LIVE : LIVE_OR_RECORDED
}

function parseDuration(duration: AmfValue): number {
  return typeof duration === 'number' && duration >= 0 && duration <= LAST_MS ? duration : ALL
}

/**
 * Boolean, or 0 to 3, of which 1 and 3 reset; missing is true. [CHOICE: 2 and 3, which want data messages at once, are
 * 0 and 1: data is never held back here.]
 */
function parseReset(reset: AmfValue): boolean {
  if (typeof reset === 'boolean') return reset
  return typeof reset === 'number' ? reset === 1 || reset === 3 : true
}
