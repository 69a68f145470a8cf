/**
 * A PSYC peer of a TestWorld, naive on purpose: packets are text as in the reference, `␉` for TAB, and what comes is cut at
 * the delimiter.
 */
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { CircuitSink, Peer } from '../../src/psyc/session/peer.js'
import { decodeUtf8, encodeUtf8 } from '../../src/util/utf8.js'
import type { TestWorld } from './world.js'

/** A packet as a reader sees it. */
export interface SeenPacket {
  readonly method: string
  readonly body: string
  /** By name; of a list the elements joined by ", ". */
  readonly vars: Readonly<Record<string, string>>
}

export class WorldPsyc implements CircuitSink {
  readonly circuit: Circuit
  readonly queuedBytes = 0
  isOpen = true
  private received = ''

  constructor(
    readonly world: TestWorld,
    readonly syntax: '1.0' | '0.9',
    readonly peer: Peer,
  ) {
    this.circuit = world.world.node.accept(this, peer)
  }

  /** The delimiter of the syntax. */
  private get end1(): string {
    return this.syntax === '1.0' ? '|' : '.'
  }

  greet(): void {
    this.write(`${this.end1}\n`)
    this.received = ''
  }

  write(text: string): void {
    this.circuit.receive(encodeUtf8(text.replaceAll('␉', '\t')))
    this.world.settle()
  }

  /**
   * @param vars routing first, then after '' the entity's
   */
  packet(target: string, method: string, vars: Readonly<Record<string, string>> = {}, body?: string): void {
    const { _tag, _source, _source_relay, _tag_relay, ...entity } = vars
    const routing = { _source, _source_relay, _target: this.world.uniform(target), _tag, _tag_relay }
    const content = `${lines(entity)}${method}\n${body === undefined ? '' : `${body}\n`}`
    // A 1.0 body may hold anything only with its length.
    const length = this.syntax === '1.0' && body !== undefined ? `${utf8Length(content)}\n` : '\n'
    this.write(`${lines(routing)}${length}${content}${this.end1}\n`)
  }

  /** Become `~nick`. */
  link(nick: string): this {
    this.packet(`~${nick}`, '_request_link')
    return this
  }

  /** Enter as whoever it is: without a source that is the linked person. */
  enter(place: string, nick: string, vars: Readonly<Record<string, string>> = {}): this {
    const method = this.syntax === '1.0' ? '_request_context_enter' : '_request_enter'
    this.packet(place, method, { _tag: 'in', _nick: nick, ...vars })
    return this
  }

  /** The packets that came since last asked. */
  take(): SeenPacket[] {
    const text = this.received
    this.received = ''
    return text
      .split(this.syntax === '1.0' ? /(?<=^|\n)\|\n/ : /(?<=^|\n)\.\n/)
      .filter((packet) => packet !== '')
      .map(seen)
  }

  methods(): string[] {
    return this.take().map(({ method }) => method)
  }

  send(bytes: Uint8Array): void {
    this.received += decodeUtf8(bytes)
  }

  end(): void {
    this.isOpen = false
  }

  abort(): void {
    this.isOpen = false
  }

  pause(): void {
    // nothing is sent before the answer is there
  }

  resume(): void {
    // as above
  }

  /** The peer closes in order. */
  close(): void {
    this.circuit.end()
    this.world.settle()
  }

  /** The connection breaks. */
  breaks(): void {
    this.circuit.reset()
    this.world.settle()
  }
}

function lines(vars: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(vars)
    .flatMap(([name, value]) => (value === undefined ? [] : [`:${name}\t${value}\n`]))
    .join('')
}

function utf8Length(text: string): number {
  return encodeUtf8(text).length
}

const VARIABLE = /^([:=+\-@?])(_\w+)?(?: (\d+))?(?:\t([^]*))?$/

function seen(text: string): SeenPacket {
  const vars: Record<string, string> = {}
  let last = ''
  const rest = text.split('\n')
  for (let line = rest[0]; line !== undefined; line = rest[0]) {
    const variable = VARIABLE.exec(line)
    if (variable === null && line !== '' && !/^\d+$/.test(line)) break
    rest.shift()
    if (variable === null) continue
    const [, , name, length, value = ''] = variable
    if (name !== undefined) vars[(last = name)] = whole(value, length, rest)
    else vars[last] = `${vars[last] ?? ''}, ${value}`
  }
  const [method = '', ...body] = rest
  return { method, body: body.join('\n').replace(/\n$/, ''), vars }
}

/** A value with a length may go over lines. */
function whole(value: string, length: string | undefined, rest: string[]): string {
  let text = value
  while (length !== undefined && utf8Length(text) < Number(length)) text += `\n${rest.shift() ?? ''}`
  return text
}
