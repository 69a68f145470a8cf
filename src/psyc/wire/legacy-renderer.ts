/**
 * The renderer of PSYC 0.9 [psyc.md 2.10, 8; psyced.md 6]. What 0.9 cannot say is left out: dicts, state operations, the
 * operators + - @ ! (psyced closes the circuit of all its users for "+").
 */
import { encodeBase64 } from '../../util/base64.js'
import { PsycError } from '../../util/errors.js'
import { encodeUtf8, utf8Length } from '../../util/utf8.js'
import { PsycDict } from './dict.js'
import { inherits, isInternal, isKeyword, variableType } from './keyword.js'
import { PSYC_EPOCH, packedNames, shiftDate } from './legacy-values.js'
import { PsycList, parseList } from './list.js'
import type { Modifier, Packet, Value } from './packet.js'
import { valueBytes, valueText } from './packet.js'

/** Characters of a line of base64 [design.md 2.2]. */
const PACKED_LINE = 1800
/** Bytes of a line: psyced cuts lines at 2048 and reads the rest as another line [psyced.md 6.1]. */
const LINE = 1990
/** Elements of a list that psyced takes [psyc.md 2.10]. */
const LIST_ELEMENTS = 404

/**
 * The packet in the syntax of 0.9, owned. Text is made safe for readers of lines: CR LF and CR become LF, other
 * control bytes go, lines are wrapped below 2000 bytes, a lone "." gets a blank.
 * @throws PsycError PSYC_UNRENDERABLE: a `_data` method, data without a method, a name that is no keyword, a routing
 * value that is not one clean line, a list of more than 404 elements
 */
export function renderLegacyPacket(packet: Packet): Uint8Array {
  const { routing, entity, method } = packet
  const head = routing.map(routingLines).join('')
  const body = bodyLines(packet.bodyText)
  if (method === '' && body !== '') throw unrenderable('data without a method')
  if (method !== '' && !isKeyword(method)) throw unrenderable(`${JSON.stringify(method)} is no keyword`)
  if (inherits(method, '_data')) throw unrenderable(`${method} cannot travel in PSYC 0.9`)
  const content = entity.map(entityLines).join('') + (method === '' ? '' : `${method}\n${body}`)
  return encodeUtf8(content === '' ? `${head}.\n` : `${head}\n${content}.\n`)
}

function routingLines({ operator, name, value }: Modifier, at: number, all: readonly Modifier[]): string {
  if (!canTravel(operator, name)) return ''
  if (variableType(name) === '_list' || value instanceof PsycList) return listLines(operator, name, value)
  const text = valueText(value)
  if (text !== clean(text) || text.includes('\n') || utf8Length(text) > LINE - name.length - 2)
    throw unrenderable(`the routing variable ${name} is not one clean line`)
  const line = `${operator}${name}\t${text}\n`
  const others = all.slice(at + 1).map((other) => other.name)
  const isLastTag = name === '_tag_relay' && !others.includes(name)
  return isLastTag && !all.some((other) => other.name === '_tag_reply')
    ? `${line}${operator}_tag_reply\t${text}\n`
    : line
}

function entityLines({ operator, name, value }: Modifier): string {
  if (!canTravel(operator, name)) return ''
  const packed = packedNames.get(name)
  if (packed !== undefined) return packedLines(operator, packed, value)
  if (value instanceof PsycDict || variableType(name) === '_dict') return ''
  if (variableType(name) === '_list' || value instanceof PsycList) return listLines(operator, name, value)
  const text = valueText(value)
  return valueLines(`${operator}${name}`, variableType(name) === '_date' ? shiftDate(text, PSYC_EPOCH) : text)
}

function canTravel(operator: string, name: string): boolean {
  if (!isKeyword(name)) throw unrenderable(`${JSON.stringify(name)} is no keyword`)
  return ':=?'.includes(operator) && name !== '_length' && !isInternal(name)
}

function packedLines(operator: string, name: string, value: Value): string {
  const text = encodeBase64(valueBytes(value))
  const lines: string[] = []
  for (let at = 0; at < text.length; at += PACKED_LINE) lines.push(text.slice(at, at + PACKED_LINE))
  return `${operator}${name}\t${lines.join('\n\t')}\n`
}

/** The elements one by one behind the operator; a value that is no list is left out. */
function listLines(operator: string, name: string, value: Value): string {
  const list = listOfValue(value)
  if (list === undefined) return ''
  const texts = list.texts()
  if (texts.length === 0) return `${operator}${name}\t\n`
  if (texts.length > LIST_ELEMENTS) throw unrenderable(`${name} has ${texts.length} elements`)
  return texts.map((text, at) => valueLines(at === 0 ? operator + name : operator, text)).join('')
}

function listOfValue(value: Value): PsycList | undefined {
  if (value instanceof PsycList) return value
  try {
    return parseList(valueBytes(value))
  } catch {
    return undefined
  }
}

function valueLines(prefix: string, text: string): string {
  return `${prefix}\t${wrapped(text, LINE - prefix.length - 1).join('\n\t')}\n`
}

function bodyLines(text: string): string {
  if (text === '') return ''
  return wrapped(text, LINE)
    .map((line) => (line === '.' ? '. \n' : `${line}\n`))
    .join('')
}

/** Lines of clean text of at most `room` bytes. */
function wrapped(text: string, room: number): string[] {
  return clean(text)
    .split('\n')
    .flatMap((line) => (3 * line.length <= room || utf8Length(line) <= room ? [line] : pieces(line, room)))
}

function pieces(line: string, room: number): string[] {
  const found: string[] = []
  let piece = ''
  let bytes = 0
  for (const character of line) {
    const more = utf8Length(character)
    if (bytes + more > room) {
      found.push(piece)
      piece = ''
      bytes = 0
    }
    piece += character
    bytes += more
  }
  return [...found, piece]
}

/** Text without what upsets a reader of lines, telnet's above all [psyced.md 6.1]. */
function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f]/g, '')
}

function unrenderable(message: string): PsycError {
  return new PsycError('PSYC_UNRENDERABLE', message)
}
