/** The transcripts of a running psyced, as steps: what its peers sent, and what it sent [test/vectors/psyced]. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Step {
  readonly from: 'peer' | 'psyced'
  /** Which connection. */
  readonly label: string
  /** Latin1: a character is a byte. */
  readonly bytes: string
}

const folder = join(__dirname, '../vectors/psyced')
const HEAD = /^(>>>|<<<) (.+) \((\d+) bytes\)$/

export function transcript(name: string): Step[] {
  const text = readFileSync(join(folder, name), 'latin1')
  const steps: Step[] = []
  let at = 0
  while (at < text.length) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    at = end < 0 ? text.length : end + 1
    const head = HEAD.exec(line)
    if (head === null) continue
    const [, arrow, label = '', count = '0'] = head
    steps.push({
      from: arrow === '>>>' ? 'peer' : 'psyced',
      label,
      bytes: text.slice(at, at + Number(count)),
    })
    at += Number(count)
  }
  return steps
}

/**
 * Packets in an order of their own: psyced keeps neither that of variables nor that of list elements, nor what it
 * says to several at once. Without what depends on the machine and the day.
 */
export function normal(bytes: string): string[] {
  return bytes
    .split(/(?<=^|\n)\.\n/)
    .filter((packet) => packet !== '')
    .map(sorted)
    .sort()
}

function sorted(packet: string): string {
  const [routing = '', ...rest] = packet.split(/(?<=\n|^)\n/)
  const content = rest.join('\n')
  const method = /^_/m.exec(content)?.index ?? content.length
  return [
    variables(routing).replace(/(S:psyc:)\S+/, '$1…'),
    variables(content.slice(0, method)),
    content.slice(method),
  ].join('\n')
}

const passing = /^:(_target_peer|_time_\w+|_implementation)\t.*/

function variables(text: string): string {
  const found: string[] = []
  let list = ''
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const name = /^:(_\w+)/.exec(line)?.[1]
    if (name !== undefined) list = name
    found.push(line.replace(/^:\t/, `:${list}\t`).replace(passing, ':$1\t…'))
  }
  return found.sort().join('\n')
}
