/**
 * Names of Flash applications, rooms, people, objects and streams as parts of uniforms, and back [design 2.1].
 * PSYC compares without case, so there are two mappings: *folded* (apps, instances, nicks) lower-cases first,
 * *exact* (objects, streams) keeps case by writing `A` as `=41`.
 *
 *   a–z 0–9 _ + -   as they are (in an app name `-` is escaped: the first `-` of a place ends the app)
 *   any other byte  `=xx`, two lower-case hex digits of the UTF-8
 *   a result that begins with a digit, `=`, `-`, `!` or `_` gets one `_` in front
 *
 * Lost: lone surrogates become U+FFFD, as everywhere on these wires.
 */
import type { StreamAddress } from '../media/stream-address.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { TranslateError } from '../util/errors.js'
import { defaultLimits, type Limits } from '../util/limits.js'
import { decodeUtf8Strict, encodeUtf8, utf8Length } from '../util/utf8.js'

export type NameLimits = Pick<Limits, 'nickBytes' | 'nameBytes' | 'uniformBytes'>

/** What Flash puts into a URL for "no instance". */
const DEFAULT_INSTANCE = '_definst_'

const VOLATILE_OBJECT = '_so_'
const PERSISTENT_OBJECT = '_sop_'
const STREAM = '_stream_'

/**
 * An instance, or another name that compares without case: "Lobby 1" is "lobby=201".
 * @throws TranslateError TRANSLATE_NAME when it is empty or longer than `nameBytes`
 */
export function foldName(name: string, limits: NameLimits = defaultLimits): string {
  return foldedForm(checked(name, limits.nameBytes))
}

/**
 * An app: folded, and `-` escaped too.
 * @throws TranslateError TRANSLATE_NAME
 */
export function foldApp(app: string, limits: NameLimits = defaultLimits): string {
  return appForm(checked(app, limits.nameBytes))
}

/**
 * A nick: folded; its spelling lives on in the display name.
 * @throws TranslateError TRANSLATE_NAME when it is empty or longer than `nickBytes`
 */
export function foldNick(nick: string, limits: NameLimits = defaultLimits): string {
  return foldedForm(checked(nick, limits.nickBytes))
}

/**
 * An object or stream: case is kept, "Users" is "_=55sers".
 * @throws TranslateError TRANSLATE_NAME when it is empty or longer than `nameBytes`
 */
export function exactName(name: string, limits: NameLimits = defaultLimits): string {
  return exactForm(checked(name, limits.nameBytes))
}

/** The inverse of foldName and foldNick, in lower case; undefined for text that they never yield. */
export function unfoldName(text: string): string | undefined {
  return unmapped(text, foldedForm)
}

/** The inverse of foldApp, in lower case; undefined for text that it never yields. */
export function unfoldApp(text: string): string | undefined {
  return unmapped(text, appForm)
}

/** The inverse of exactName; undefined for text that it never yields. */
export function unexactName(text: string): string | undefined {
  return unmapped(text, exactForm)
}

/**
 * The resource of an application instance: "@chat-lobby", "@chat" for no instance and for `_definst_`.
 * No two (app, instance) share one, except those that differ in case only.
 * @throws TranslateError TRANSLATE_NAME
 */
export function placeResource(app: string, instance: string, limits: NameLimits = defaultLimits): string {
  const place = `@${foldApp(app, limits)}`
  if (isNoInstance(instance)) return place
  return `${place}-${foldName(instance, limits)}`
}

function isNoInstance(instance: string): boolean {
  return instance === '' || instance.toLowerCase() === DEFAULT_INSTANCE
}

export interface PlaceName {
  readonly app: string
  /** "" for none. */
  readonly instance: string
}

/** The inverse of placeResource, in lower case; undefined for a resource that is no application instance. */
export function parsePlaceResource(resource: string): PlaceName | undefined {
  if (!resource.startsWith('@')) return undefined
  const dash = resource.indexOf('-')
  const app = unfoldApp(resource.slice(1, dash < 0 ? undefined : dash))
  const instance = dash < 0 ? '' : unfoldName(resource.slice(dash + 1))
  if (app === undefined || instance === undefined) return undefined
  return instance === DEFAULT_INSTANCE ? undefined : { app, instance }
}

/**
 * The place of a bridged app: `{app}` and `{instance}` of the template filled in, mapped. Without an instance
 * `{instance}` is the app, so that "psyc://psyced.example/@{instance}" names a place for every client.
 * @throws TranslateError TRANSLATE_NAME
 */
export function placeFromTemplate(
  template: string,
  app: string,
  instance: string,
  limits: NameLimits = defaultLimits,
): string {
  const room = isNoInstance(instance) ? app : instance
  const uniform = template.replace(/\{(app|instance)\}/g, (_, field) =>
    foldName(field === 'app' ? app : room, limits),
  )
  return checkedUniform(uniform, limits)
}

/**
 * The resource of a person: "~alice".
 * @throws TranslateError TRANSLATE_NAME
 */
export function personResource(nick: string, limits: NameLimits = defaultLimits): string {
  return `~${foldNick(nick, limits)}`
}

/**
 * The channel of a shared object: "_so_users", "_sop_users" when persistent. Without "#".
 * @throws TranslateError TRANSLATE_NAME
 */
export function objectChannel(name: string, persistent: boolean, limits: NameLimits = defaultLimits): string {
  return (persistent ? PERSISTENT_OBJECT : VOLATILE_OBJECT) + exactName(name, limits)
}

/**
 * The channel of a live stream: "_stream_cam1".
 * @throws TranslateError TRANSLATE_NAME
 */
export function streamChannel(name: string, limits: NameLimits = defaultLimits): string {
  return STREAM + exactName(name, limits)
}

/**
 * The address of a stream: its place and channel on the node with this root ("psyc://gw/"). Streams have URLs and may
 * become files, so a name that begins with "/" or holds a control character or a segment "." or ".." is none.
 * @throws TranslateError TRANSLATE_NAME
 */
export function streamAddress(
  root: string,
  { app, instance, name }: Omit<StreamAddress, 'key'>,
  limits: NameLimits = defaultLimits,
): StreamAddress {
  if (isUnsafe(name))
    throw new TranslateError('TRANSLATE_NAME', 'the name of a stream would be an unsafe path')
  const place = placeResource(app, instance, limits)
  const uniform = checkedUniform(`${root}${place}#${streamChannel(name, limits)}`, limits)
  return { key: uniform.toLowerCase(), app, instance, name }
}

/** The inverse of `streamAddress`, app and instance in lower case; undefined for a uniform that it never yields. */
export function parseStreamAddress(
  uniform: Pick<Uniform, 'key' | 'resource' | 'channel'>,
): StreamAddress | undefined {
  const place = parsePlaceResource(uniform.resource)
  const channel = parseChannel(uniform.channel)
  if (place === undefined || channel?.kind !== 'stream' || isUnsafe(channel.name)) return undefined
  return { key: uniform.key, ...place, name: channel.name }
}

function isUnsafe(name: string): boolean {
  return /\p{Cc}|^[\\/]|(?:^|[\\/])\.\.?(?:[\\/]|$)/u.test(name)
}

export type ChannelName =
  | { readonly kind: 'object'; readonly name: string; readonly persistent: boolean }
  | { readonly kind: 'stream'; readonly name: string }

const channelPrefixes: readonly (readonly [string, (name: string) => ChannelName])[] = [
  [VOLATILE_OBJECT, (name) => ({ kind: 'object', name, persistent: false })],
  [PERSISTENT_OBJECT, (name) => ({ kind: 'object', name, persistent: true })],
  [STREAM, (name) => ({ kind: 'stream', name })],
]

/** The inverse of objectChannel and streamChannel; undefined for any other channel. */
export function parseChannel(channel: string): ChannelName | undefined {
  const text = channel.toLowerCase()
  for (const [prefix, make] of channelPrefixes) {
    if (!text.startsWith(prefix)) continue
    const name = unexactName(text.slice(prefix.length))
    return name === undefined ? undefined : make(name)
  }
  return undefined
}

/**
 * The uniform itself, if it may travel.
 * @throws TranslateError TRANSLATE_NAME when it is longer than `uniformBytes`
 */
export function checkedUniform(uniform: string, limits: NameLimits = defaultLimits): string {
  const length = utf8Length(uniform)
  if (length > limits.uniformBytes) throw tooLong('the uniform', length, limits.uniformBytes)
  return uniform
}

/** The name itself, neither empty nor too long. */
function checked(name: string, most: number): string {
  if (name === '') throw new TranslateError('TRANSLATE_NAME', 'the name is empty')
  // UTF-8 has at least one byte per UTF-16 unit: a name of megabytes is not even measured
  const length = name.length > most ? name.length : utf8Length(name)
  if (length > most) throw tooLong('the name', length, most)
  return name
}

function tooLong(what: string, length: number, most: number): TranslateError {
  return new TranslateError('TRANSLATE_NAME', `${what} has ${length} bytes, more than ${most}`)
}

function exactForm(name: string): string {
  const text = /^[a-z0-9_+-]*$/.test(name) ? name : escaped(name)
  return /^[0-9=\-!_]/.test(text) ? `_${text}` : text
}

function foldedForm(name: string): string {
  return exactForm(name.toLowerCase())
}

function appForm(app: string): string {
  return foldedForm(app).replaceAll('-', '=2d')
}

function escaped(name: string): string {
  let text = ''
  for (const byte of encodeUtf8(name)) {
    const character = String.fromCharCode(byte)
    text += /[a-z0-9_+-]/.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`
  }
  return text
}

/** What `form` maps to `text`, whatever the case of that; undefined when nothing does. */
function unmapped(text: string, form: (name: string) => string): string | undefined {
  const lower = text.toLowerCase()
  const inner = lower.startsWith('_') ? lower.slice(1) : lower
  if (!/^(?:[a-z0-9_+-]|=[0-9a-f]{2})+$/.test(inner)) return undefined
  const name = inner.includes('=') ? unescaped(inner) : inner
  return name !== undefined && form(name) === lower ? name : undefined
}

function unescaped(text: string): string | undefined {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '=') {
      bytes.push(parseInt(text.slice(at + 1, at + 3), 16))
      at += 2
    } else bytes.push(text.charCodeAt(at))
  }
  return decodeUtf8Strict(Uint8Array.from(bytes))
}
