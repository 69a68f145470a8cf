/** Human text between the two worlds: cleaned, as Flash's HTML, and from psyctext templates [design 2.2; psyc.md 1.4]. */
import { methodFamily } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'

const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f]/g

/** Chat text as every PSYC circuit can carry it: CR LF and CR become LF, other control characters are dropped. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(CONTROLS, '')
}

/** A tag, or an entity. Neither part can match across a second "<", so time is linear in the text. */
const MARKUP = /<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*|\/)?>|&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi

const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
])

/** Tags that stand on lines of their own; `br` is a line break itself, all others (`font`, `b`, `a` …) leave nothing. */
const blocks: ReadonlySet<string> = new Set(['p', 'li'])

/**
 * What a reader sees of a TextField's `htmlText`: tags stripped, paragraphs and `<br>` as LF, entities resolved
 * once; then cleaned.
 */
export function htmlToText(html: string): string {
  const lines = new LineJoiner()
  let at = 0
  for (const match of html.matchAll(MARKUP)) {
    lines.add(html.slice(at, match.index))
    at = match.index + match[0].length
    const tag = match[2]?.toLowerCase()
    if (tag === undefined) lines.add(entityText(match))
    else if (tag === 'br') lines.add('\n')
    else if (blocks.has(tag)) lines.breakLine()
  }
  lines.add(html.slice(at))
  return cleanText(lines.text)
}

/** Breaks lines between blocks, neither before the first nor after the last. */
class LineJoiner {
  text = ''
  private mustBreak = false

  add(text: string): void {
    if (text === '') return
    if (this.mustBreak) this.text += '\n'
    this.mustBreak = false
    this.text += text
  }

  breakLine(): void {
    if (this.text !== '') this.mustBreak = true
  }
}

function entityText([whole, , , decimal, hex, name]: RegExpMatchArray): string {
  if (name !== undefined) return entities.get(name.toLowerCase()) ?? whole
  const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal)
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? String.fromCodePoint(code) : ''
}

/** Text for a TextField's `htmlText`: nothing in it is markup any more. */
export function textToHtml(text: string): string {
  return cleanText(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\n/g, '<br>')
}

/** A chat line as the Chat component of FMS sends it: the name in bold, then what was said. */
export function chatLineHtml(nick: string, text: string): string {
  return `<b>${textToHtml(nick)}: </b>${textToHtml(text)}<br>`
}

/**
 * Fill a psyctext template: `[_nick]` becomes the value of that variable, or stays when there is none. A value
 * that looks like a template itself is not filled again.
 */
export function fillTemplate(template: string, lookup: (name: string) => string | undefined): string {
  return template.replace(/\[(_[A-Za-z0-9_]+)\]/g, (whole, name: string) => lookup(name) ?? whole)
}

/**
 * What a person reads of a packet: the body of a `_message`, else the body as a filled template [psyc.md 1.4].
 */
export function displayText(packet: Packet): string {
  const type = packet.text('_type_content')
  const isMessage = methodFamily(packet.method)?.name === '_message'
  const isPlain = type === undefined ? isMessage : type !== 'text/x-psyc'
  if (isPlain) return packet.bodyText === '' ? actionText(packet) : packet.bodyText
  return fillTemplate(packet.bodyText, (name) => variableText(packet, name))
}

/** "/me waves" of IRC and telnet users has no body: `_action` is what they do [psyc.md 5.4]. */
function actionText(packet: Packet): string {
  const action = packet.text('_action') ?? ''
  return action === '' ? '' : `*${action}*`
}

function variableText(packet: Packet, name: string): string | undefined {
  const text = packet.text(name) ?? packet.route(name)
  return text !== undefined && /^_list(?:_|$)/.test(name) ? (listText(packet, name) ?? text) : text
}

function listText(packet: Packet, name: string): string | undefined {
  try {
    return packet.list(name)?.texts().join(', ')
  } catch {
    return undefined // an ill-formed list is shown as it came
  }
}
