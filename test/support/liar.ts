/**
 * A node that says what is not true, by hand: lines of text over a connection of its own. It stops when it is not read,
 * as TCP would make it, and counts what it could not get rid of.
 */
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { CircuitSink } from '../../src/psyc/session/peer.js'
import { decodeUtf8, encodeUtf8 } from '../../src/util/utf8.js'
import type { TestWorld } from './world.js'

/** Among the variables, first: the state begins anew. */
export const RESET = '='

type Fields = Readonly<Record<string, string | undefined>>

export interface LiarGreeting {
  /** Whom it says it is; by default who it is. */
  readonly greeting?: string | undefined
  /** 'stream' for a circuit of streams. */
  readonly lane?: string | undefined
}

export class Liar implements CircuitSink {
  readonly circuit: Circuit
  /** Of what it was sent and has not read. */
  queuedBytes = 0
  /** It reads nothing any more. */
  isDeaf = false
  isOpen = true
  private received = ''
  private readonly waiting: string[] = []
  private isPaused = false

  constructor(
    readonly world: TestWorld,
    readonly host: string,
    address: string,
    port: number,
    { greeting = `psyc://${host}/`, lane }: LiarGreeting = {},
  ) {
    this.circuit = world.world.node.accept(this, { address, port, isEncrypted: false })
    this.write('|\n')
    this.packet({ _source: greeting }, '_notice_circuit_established', {
      _list_understand_modules: '| _context| _state| _route| _keepalive',
      _name_lane: lane,
    })
  }

  /** Text with ␉ for TAB. What is not read waits here. */
  write(text: string): void {
    this.waiting.push(text.replaceAll('␉', '\t'))
    this.flush()
    this.world.settle()
  }

  /** Many packets, without anybody looking in between. */
  flood(packets: readonly string[]): void {
    this.write(packets.join(''))
  }

  packet(routing: Fields, method: string, vars: Fields = {}, body?: string): void {
    this.write(this.text(routing, method, vars, body))
  }

  /** A packet as text; names of variables that begin with an operator have it, all others `:`. */
  text(routing: Fields, method: string, vars: Fields = {}, body?: string): string {
    const rest = method === '' ? '' : `${method}\n${body === undefined ? '' : `${body}\n`}`
    const content = lines(vars) + rest
    return `${lines(routing)}${encodeUtf8(content.replaceAll('␉', '\t')).length}\n${content}|\n`
  }

  /** Its own uniform of that resource. */
  own(resource: string): string {
    return `psyc://${this.host}/${resource}`
  }

  /** Bytes that nobody has read. */
  get unreadBytes(): number {
    return this.waiting.reduce((sum, { length }) => sum + length, 0)
  }

  /** Methods that came since last asked. */
  take(): string[] {
    const methods = this.received.split('\n').filter((line) => /^_\w+$/.test(line))
    this.received = ''
    return methods
  }

  /** How often that line came since last asked, state operations and methods alike. */
  count(line: string): number {
    return this.received.split('\n').filter((other) => other === line).length
  }

  /** The newest value of that variable that it was sent. */
  last(name: string): string {
    const values = [...this.received.matchAll(new RegExp(`^:${name}(?: \\d+)?\\t(.*)$`, 'gm'))]
    return values.at(-1)?.[1] ?? ''
  }

  /** The newest tag that it was sent, which it should answer by. */
  get lastTag(): string {
    return /.*^:_tag\t(\w+)$/ms.exec(this.received)?.[1] ?? ''
  }

  send(bytes: Uint8Array): void {
    if (this.isDeaf) this.queuedBytes += bytes.length
    else this.received += decodeUtf8(bytes)
  }

  end(): void {
    this.isOpen = false
  }

  abort(): void {
    this.isOpen = false
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    this.flush()
  }

  /** Sockets hand over what they have in pieces. */
  private flush(): void {
    const PIECE = 65_536
    for (let text = this.waiting[0]; text !== undefined && !this.isPaused; text = this.waiting[0]) {
      if (text.length <= PIECE) this.waiting.shift()
      else this.waiting[0] = text.slice(PIECE)
      this.circuit.receive(encodeUtf8(text.slice(0, PIECE)))
    }
  }
}

function lines(fields: Fields): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => {
      if (value === undefined) return []
      if (name === RESET) return ['=\n']
      const named = /^[=+\-@:]/.test(name) ? name : `:${name}`
      return [
        value.includes('\n') ? `${named} ${encodeUtf8(value).length}\t${value}\n` : `${named}\t${value}\n`,
      ]
    })
    .join('')
}
