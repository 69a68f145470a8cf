/** What the configuration says about one relay, checked. */
import type { StreamPlace } from '../../translate/relay-marks.js'
import { shownTarget } from './relay-url.js'
import type { RelayTarget } from './relay-url.js'

/** A stream of this node, or with "*" as its name all streams of an app instance. */
export interface RelayPattern {
  readonly app: string
  /** "" for none. */
  readonly instance: string
  readonly name: string
}

export interface RelayTls {
  /** File in PEM with what signed the certificate of the other end; the system's by default. */
  readonly ca?: string | undefined
  readonly rejectUnauthorized: boolean
  /** The name in the certificate, when it is not the host of the URL. */
  readonly servername?: string | undefined
}

export interface RelayEntry {
  readonly way: 'pull' | 'push'
  readonly target: RelayTarget
  readonly local: RelayPattern
  /** All the time; else while somebody plays it here (pull) or publishes it here (push). */
  readonly isAlways: boolean
  readonly tls: RelayTls
}

/** Whether it runs while somebody plays the stream here (pull) or publishes it here (push). */
export function isOnDemand(entry: RelayEntry, way: RelayEntry['way']): boolean {
  return entry.way === way && !entry.isAlways
}

/** "live/cam1", "chat/lobby/*". */
export function shownPattern({ app, instance, name }: RelayPattern): string {
  return instance === '' ? `${app}/${name}` : `${app}/${instance}/${name}`
}

/** Apps and instances compare without case, streams with it [design 2.1]. */
export function matches(pattern: RelayPattern, { app, instance, name }: StreamPlace): boolean {
  return (
    pattern.app.toLowerCase() === app.toLowerCase() &&
    pattern.instance.toLowerCase() === instance.toLowerCase() &&
    (pattern.name === '*' || pattern.name === name)
  )
}

/** @returns what was expected, when it is none */
export function parsePattern(text: string): RelayPattern | string {
  const parts = text.split('/')
  const [app = '', second = ''] = parts
  const name = parts.at(-1) ?? ''
  if (parts.length < 2 || app === '' || name === '' || second === '')
    return 'expected app[/instance]/stream, such as "live/cam1" or "live/*"'
  const instance = parts.slice(1, -1).join('/')
  if (app.includes('*') || instance.includes('*') || (name.includes('*') && name !== '*'))
    return 'expected * for the whole name of the stream, and nowhere else'
  return { app, instance: instance === '_definst_' ? '' : instance, name }
}

/** For a reader; nothing in it is secret. */
export interface RelayDescription extends Readonly<Record<string, string>> {
  readonly relay: RelayEntry['way']
  readonly from: string
  readonly to: string
  readonly when: string
}

export function describeRelay({ way, target, local, isAlways }: RelayEntry): RelayDescription {
  const there = shownTarget(target, way === 'push')
  const here = shownPattern(local)
  const when = isAlways ? 'always' : way === 'pull' ? 'wanted' : 'published'
  const [from, to] = way === 'pull' ? [there, here] : [here, there]
  return { relay: way, from, to, when }
}
