/**
 * PSYC clients on raw sockets, for both syntaxes. Written from the text of the specifications and without the
 * product's own code, naive on purpose: bytes are parsed again from the start until a packet is whole.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { Lines } from './lines.js'

export type Syntax = '1.0' | '0.9'

export interface NaivePacket {
  /** As it came, for the eyes. */
  readonly text: string
  /** Routing and entity variables by name; the last one of a name counts. State operators are kept as part of the name. */
  readonly vars: Readonly<Record<string, string>>
  readonly method: string
  readonly body: string
}

type Vars = Readonly<Record<string, string>>

/** Methods that the two generations name differently. */
const enterMethod = { '1.0': '_request_context_enter', '0.9': '_request_enter' } as const
const leaveMethod = { '1.0': '_request_context_leave', '0.9': '_request_leave' } as const

export class PsycSocket {
  readonly packets: Lines<NaivePacket>
  /** Set by `link`. */
  uniform = ''
  private buffer = Buffer.alloc(0)
  private tags = 0

  private constructor(
    private readonly socket: Socket,
    readonly syntax: Syntax,
    private readonly root: string,
  ) {
    this.packets = new Lines<NaivePacket>(`PSYC ${syntax} client`, ({ text }) => text)
    socket.on('data', (bytes: Buffer) => this.take(bytes))
    socket.on('close', () => this.packets.end())
    socket.on('error', () => undefined)
  }

  /**
   * Connect and greet.
   * @param root of the server, "psyc://localhost:4404/"
   */
  static async open(port: number, syntax: Syntax, root: string, host = '127.0.0.1'): Promise<PsycSocket> {
    const socket = connect({ port, host, noDelay: true })
    await once(socket, 'connect')
    const client = new PsycSocket(socket, syntax, root)
    client.write(syntax === '1.0' ? '|\n' : '.\n')
    return client
  }

  /** Any text or bytes. */
  write(text: string | Uint8Array): void {
    this.socket.write(text)
  }

  send(routing: Vars, vars: Vars, method: string, body = ''): void {
    this.write(
      this.syntax === '1.0' ? render10(routing, vars, method, body) : render09(routing, vars, method, body),
    )
  }

  /** Send with a `_tag` and wait for the packet that returns it. */
  async request(routing: Vars, vars: Vars, method: string, body = ''): Promise<NaivePacket> {
    const tag = `t${++this.tags}`
    const since = this.packets.all.length
    this.send({ ...routing, _tag: tag }, vars, method, body)
    return this.packets.wait(
      (packet) => (packet.vars['_tag_relay'] ?? packet.vars['_tag_reply']) === tag,
      since,
    )
  }

  /** Become the person of that nick on the server. */
  async link(nick: string): Promise<void> {
    this.uniform = `${this.root}~${nick}`
    this.send({ _target: this.uniform, _tag: 'link' }, { _nick: nick }, '_request_link')
    await this.packets.wait(({ method }) => method.startsWith('_notice_link'))
  }

  /** @param place "@chat", or the uniform of one at another server */
  async enter(place: string): Promise<NaivePacket> {
    const echo = await this.request(this.to(place), { _nick: this.nick }, enterMethod[this.syntax])
    if (!echo.method.startsWith('_echo')) throw new Error(`not let into ${place}: ${echo.text}`)
    return echo
  }

  leave(place: string): void {
    this.send(this.to(place), { _nick: this.nick }, leaveMethod[this.syntax])
  }

  say(place: string, text: string): void {
    this.send(this.to(place), { _nick: this.nick }, '_message_public', text)
  }

  close(): void {
    this.socket.end()
  }

  private get nick(): string {
    return this.uniform.slice(this.uniform.lastIndexOf('~') + 1)
  }

  private to(resource: string): Vars {
    return { _source: this.uniform, _target: resource.includes(':') ? resource : `${this.root}${resource}` }
  }

  private take(bytes: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, bytes])
    for (;;) {
      const read = this.syntax === '1.0' ? parse10(this.buffer) : parse09(this.buffer)
      if (read === undefined) return
      this.buffer = this.buffer.subarray(read.length)
      this.packets.push(read.packet)
    }
  }
}

interface Read {
  readonly packet: NaivePacket
  /** In bytes. */
  readonly length: number
}

/** The packet is not there yet. */
class Incomplete extends Error {}

class Cursor {
  at = 0

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  peek(): string {
    if (this.isAtEnd) throw new Incomplete()
    return String.fromCharCode(this.bytes[this.at]!)
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Incomplete()
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** Text up to a mark, which is taken too. */
  until(mark: string): string {
    const end = this.bytes.indexOf(mark, this.at)
    if (end < 0) throw new Incomplete()
    const text = this.take(end - this.at).toString()
    this.at += mark.length
    return text
  }

  rest(): string {
    return this.take(this.bytes.length - this.at).toString()
  }
}

const operators = ':=+-@?!'

/** ":" is the usual operator and not written into the name. */
const nameOf = (operator: string, name: string): string => (operator === ':' ? name : operator + name)

function parse10(bytes: Buffer): Read | undefined {
  try {
    const cursor = new Cursor(bytes)
    const vars = readModifiers10(cursor)
    let method = ''
    let body = ''
    if (cursor.peek() !== '|') {
      const length = cursor.until('\n')
      const content = length === '' ? cursor : new Cursor(cursor.take(Number(length)))
      Object.assign(vars, readModifiers10(content))
      if (length !== '') {
        method = content.isAtEnd ? '' : content.until('\n')
        body = content.rest().replace(/\n$/, '')
      } else if (content.peek() !== '|') {
        method = content.until('\n')
        if (content.peek() !== '|') {
          body = content.until('\n|\n')
          content.at -= 2
        }
      }
    }
    const end = cursor.until('\n')
    const text = bytes.toString('utf8', 0, cursor.at)
    if (end !== '|') throw new Error(`no end where it should be: ${JSON.stringify(text)}`)
    return { packet: { text, vars, method, body }, length: cursor.at }
  } catch (error) {
    if (error instanceof Incomplete) return undefined
    throw error
  }
}

function readModifiers10(cursor: Cursor): Record<string, string> {
  const vars: Record<string, string> = {}
  while (!cursor.isAtEnd && operators.includes(cursor.peek())) {
    const operator = cursor.take(1).toString()
    if (cursor.peek() === '\n') {
      cursor.take(1) // a state operation
      continue
    }
    let head = ''
    while (!' \t'.includes(cursor.peek())) head += cursor.take(1).toString()
    const name = nameOf(operator, head)
    if (cursor.take(1).toString() === '\t') {
      vars[name] = cursor.until('\n')
    } else {
      vars[name] = cursor.take(Number(cursor.until('\t'))).toString()
      cursor.take(1)
    }
  }
  return vars
}

/** Continuation lines and further elements of a list are joined by line feeds. */
function parse09(bytes: Buffer): Read | undefined {
  const text = bytes.toString()
  const end = text.startsWith('.\n') ? 0 : text.indexOf('\n.\n') + 1
  if (end === 0 && !text.startsWith('.\n')) return undefined
  const lines = text.slice(0, end).split('\n').slice(0, -1)
  const vars: Record<string, string> = {}
  let name = ''
  while (lines.length > 0 && !lines[0]!.startsWith('_')) {
    const [head = '', ...rest] = lines.shift()!.split('\t')
    if (head === '' && rest.length === 0) continue // between the headers
    if (head.length > 1) {
      name = nameOf(head[0]!, head.slice(1))
      vars[name] = rest.join('\t')
    } else {
      vars[name] = `${vars[name] ?? ''}\n${rest.join('\t')}`
    }
  }
  const [method = '', ...body] = lines
  const packet = { text: text.slice(0, end + 2), vars, method, body: body.join('\n') }
  return { packet, length: Buffer.byteLength(packet.text) }
}

function render10(routing: Vars, vars: Vars, method: string, body: string): string {
  const modifiers = Object.entries(vars).map(
    ([name, value]) => `:${name} ${Buffer.byteLength(value)}\t${value}\n`,
  )
  const content = `${modifiers.join('')}${method}\n${body === '' ? '' : `${body}\n`}`
  return `${renderRouting(routing)}${Buffer.byteLength(content)}\n${content}|\n`
}

function render09(routing: Vars, vars: Vars, method: string, body: string): string {
  const modifiers = Object.entries(vars).map(
    ([name, value]) => `:${name}\t${value.replaceAll('\n', '\n\t')}\n`,
  )
  return `${renderRouting(routing)}\n${modifiers.join('')}${method}\n${body === '' ? '' : `${body}\n`}.\n`
}

function renderRouting(routing: Vars): string {
  return Object.entries(routing)
    .map(([name, value]) => `:${name}\t${value}\n`)
    .join('')
}
