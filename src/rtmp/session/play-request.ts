/** Arguments of play, play2 and publish as clients really send them [rtmp.md 3.6, 3.7]. */
import { AmfEcmaArray, AmfObject } from '../../amf/value.js'
import type { AmfValue } from '../../amf/value.js'
import type { PlayRequest, PublishType } from './events.js'

const LIVE_OR_RECORDED = -2000
const LIVE = -1000
const ALL = -1000

/**
 * @param args of play, without the command object: name, start, duration, reset
 * @returns undefined for `false` or an empty name, which mean stop
 */
export function parsePlay(args: readonly AmfValue[]): PlayRequest | undefined {
  const [name, start, duration, reset] = args
  if (typeof name !== 'string' || name === '') return undefined
  return {
    ...splitName(name),
    startMs: parseStart(start),
    durationMs: parseDuration(duration),
    reset: parseReset(reset),
  }
}

/** @returns undefined when the options name no stream */
export function parsePlay2(options: AmfValue): { request: PlayRequest; transition: string } | undefined {
  if (!(options instanceof AmfObject || options instanceof AmfEcmaArray)) return undefined
  const [streamName, start, len, transition] = ['streamName', 'start', 'len', 'transition'].map((name) =>
    options.get(name),
  )
  const request = parsePlay([streamName, start, len, false])
  if (request === undefined) return undefined
  return { request, transition: typeof transition === 'string' ? transition : 'switch' }
}

/** @returns undefined for `false` or an empty name, which mean unpublish */
export function parsePublish(
  args: readonly AmfValue[],
): { name: string; query: string; type: PublishType } | undefined {
  const [name, type] = args
  if (typeof name !== 'string' || name === '') return undefined
  return { ...splitName(name), type: parsePublishType(type) }
}

/** Stream names carry tokens behind the first "?". */
export function splitName(nameAndQuery: string): { name: string; query: string } {
  const at = nameAndQuery.indexOf('?')
  if (at < 0) return { name: nameAndQuery, query: '' }
  return { name: nameAndQuery.slice(0, at), query: nameAndQuery.slice(at + 1) }
}

function parsePublishType(type: AmfValue): PublishType {
  if (type === 'record') return 'record'
  return type === 'append' || type === 'appendWithGap' ? 'append' : 'live'
}

/** Flash sends milliseconds, the specification says seconds, GStreamer sends -2: small negatives are seconds. */
function parseStart(start: AmfValue): number {
  if (typeof start !== 'number' || Number.isNaN(start)) return LIVE_OR_RECORDED
  if (start >= 0) return start
  return start === -1 || start === LIVE ? LIVE : LIVE_OR_RECORDED
}

function parseDuration(duration: AmfValue): number {
  return typeof duration === 'number' && duration >= 0 ? duration : ALL
}

/** Boolean, or 0 to 3, of which 1 and 3 reset; missing is true. */
function parseReset(reset: AmfValue): boolean {
  if (typeof reset === 'boolean') return reset
  return typeof reset === 'number' ? reset === 1 || reset === 3 : true
}
