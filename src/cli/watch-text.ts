/** `watch` for people: a line for each packet with its time, and what it holds below. */
import type { Writable } from 'node:stream'
import { AmfObject } from '../amf/value.js'
import type { AmfValue } from '../amf/value.js'
import { methodFamily } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import { displayText } from '../translate/text.js'
import { printable } from './probe-report.js'
import { readable } from './probe-values.js'
import type { DataLine, Makeup, Tally } from './watch-media.js'
import { changesOf, variablesOf } from './watch-values.js'
import type { Change, Named } from './watch-values.js'
import type { Arrival, WatchView } from './watch-view.js'

const HEAD_WIDTH = 9
const INDENT = ' '.repeat('00:00:00.000 '.length + HEAD_WIDTH + 1)
const MAX_DETAILS = 100

export class TextView implements WatchView {
  /** @param now ms since 1970 */
  constructor(
    private readonly output: Writable,
    private readonly now: () => number,
  ) {}

  connected({ root, version, implementation, location }: Arrival): void {
    const program = implementation === '' ? '' : `, ${implementation}`
    const seen = location === '' ? '' : `; it calls us ${location}`
    this.line('connected', `${root} in PSYC ${version}${program}${seen}`)
  }

  entered(context: string, nick: string, answer: Packet): void {
    this.line('entered', `${context} as ${nick}`, variablesOf(answer).flatMap(namedLines))
  }

  state(state: readonly Named[], counter: number | undefined, isAgain: boolean): void {
    const at = counter === undefined ? '' : ` at #${counter}`
    this.line('state', `${isAgain ? 'anew' : 'in full'}${at}`, state.flatMap(namedLines))
  }

  cast(packet: Packet, counter: number | undefined): void {
    this.packet(counter === undefined ? '' : `#${counter}`, packet)
  }

  history(packet: Packet): void {
    this.packet('history', packet)
  }

  aside(packet: Packet): void {
    this.packet('to us', packet)
  }

  makeup({ video, audio, size, rate, encoder }: Makeup): void {
    const picture = [video, size, rate === '' ? '' : `${rate} pictures a second`].filter(
      (part) => part !== '',
    )
    const parts = [
      video === '' ? '' : `video ${picture.join(', ')}`,
      audio === '' ? '' : `audio ${audio}`,
      encoder === '' ? '' : `by ${encoder}`,
    ]
    this.line('stream', parts.filter((part) => part !== '').join('; ') || 'no media yet')
  }

  tally({ packets, pictures, keyframes, sounds, bytes, missing, timeMs }: Tally, counter: number): void {
    const keys = keyframes === 0 ? '' : ` (${keyframes} key)`
    const lost = missing === 0 ? '' : `, ${missing} PACKETS MISSING`
    this.line(
      'media',
      `${pictures} pictures${keys}, ${sounds} sounds, ${Math.round((bytes * 8) / 1000)} kbit, ` +
        `${packets} packets to #${counter}, at ${(timeMs / 1000).toFixed(2)} s${lost}`,
    )
  }

  data({ handler, args }: DataLine, counter: number | undefined): void {
    const head = counter === undefined ? '' : `#${counter}`
    this.line(head, `${handler}(${args.map((value) => readable(value)).join(', ')})`)
  }

  note(text: string): void {
    this.line('--', text)
  }

  lost(): void {
    // People read it on stderr, where it belongs whatever becomes of what was seen.
  }

  left(): void {
    this.line('left', '')
  }

  private packet(head: string, packet: Packet): void {
    const by = packet.sourceRelay === undefined ? '' : ` by ${packet.sourceRelay}`
    const details = [...variablesOf(packet).flatMap(namedLines), ...changesOf(packet).map(changeLine)]
    const text = displayText(packet)
    const isSaid = methodFamily(packet.method)?.name === '_message'
    if (text !== '') details.push(isSaid ? JSON.stringify(text) : text)
    this.line(head, `${packet.method || '(state only)'}${by}`, details)
  }

  private line(head: string, text: string, details: readonly string[] = []): void {
    const time = new Date(this.now()).toTimeString().slice(0, 8)
    const ms = String(this.now() % 1000).padStart(3, '0')
    const shown = details.slice(0, MAX_DETAILS)
    if (shown.length < details.length) shown.push(`… and ${details.length - shown.length} more`)
    const lines = [`${time}.${ms} ${head.padEnd(HEAD_WIDTH)} ${printable(text)}`.trimEnd()]
    for (const detail of shown) lines.push(INDENT + printable(detail))
    this.output.write(`${lines.join('\n')}\n`)
  }
}

/** What has members gets a line for each. */
function namedLines({ name, value }: Named): string[] {
  const members = membersOf(value)
  if (members.length === 0) return [`${name}: ${readable(value)}`]
  return [`${name}:`, ...members.map((line) => `  ${line}`)]
}

function membersOf(value: AmfValue): string[] {
  if (!(value instanceof AmfObject)) return []
  return [...value.entries()].map(([name, member]) => `${name}: ${readable(member, 1)}`)
}

function changeLine({ operator, name, index = '', value }: Change): string {
  const what = index === '' ? name : `${name} ${index}`
  if (operator === '-') return value === undefined ? `${what} deleted` : `${what} less ${readable(value)}`
  if (operator === '+') return `${what} more ${readable(value)}`
  return `${what} = ${readable(value)}`
}
