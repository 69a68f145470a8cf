/**
 * A double of psyced 0.99, written from the transcripts of a running one (test/vectors/psyced) and from what they taught
 * [psyced.md]: 0.9 only, trusts a circuit for the hosts it was resolved for, makes places on demand, sends one copy per
 * origin, keeps members without a circuit. It shares no code with the node that it judges.
 *
 * What goes wrong with a real one can be brought about: a reader who is slow, a circuit that comes back, a shutdown.
 */
import { DoubleLines, DoubleParser } from './psyced-double-parser.js'
import type { Croak, DoublePacket } from './psyced-double-parser.js'
import { DoublePlace } from './psyced-double-place.js'
import { DoubleUser } from './psyced-double-user.js'

/** The connection below a circuit of the double. Bytes as latin1. */
export interface DoubleSocket {
  readonly address: string
  readonly port: number
  write(bytes: string): void
  close(): void
}

export type Vars = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Said {
  readonly routing: Vars
  readonly vars: Vars
  readonly method: string
  readonly body: string
}

export interface DoubleOptions {
  /** Its own name; it takes packets for that host whatever the port. */
  readonly host?: string
  /** Of its uniforms; none by default. */
  readonly port?: number
  /** Addresses of hosts; those who are not there are not believed. */
  readonly resolve: (host: string) => readonly string[]
  /** "trust localhost": believes everything. */
  readonly isTrusting?: boolean
  /** Opens a connection to a node that it has no circuit to. */
  readonly dial?: (host: string, port: number) => void
  readonly now?: () => number
  /** The tags of its users' requests, in order. */
  readonly tags?: readonly string[]
}

/** psyced's own spelling of the shutdown. */
const SHUTDOWN = 'Server for [_nick_place] is being restarted: [_reason]'

export class PsycedDouble {
  readonly places = new Map<string, DoublePlace>()
  readonly users = new Map<string, DoubleUser>()
  circuits: DoubleCircuit[] = []
  /** Accepts connections and never answers [psyced.md 9, 18]. */
  isShuttingDown = false
  /** What it has croaked before closing, by method. */
  readonly croaked: string[] = []
  private readonly queued = new Map<string, string[]>()
  private tags = 0
  private bootedAt: number

  constructor(readonly options: DoubleOptions) {
    this.bootedAt = this.now() - 1_000_000
  }

  get upSeconds(): number {
    return this.now() - this.bootedAt
  }

  get host(): string {
    return this.options.host ?? 'localhost'
  }

  uniform(resource: string): string {
    const { port } = this.options
    return `psyc://${this.host}${port === undefined ? '' : `:${port}`}/${resource}`
  }

  now(): number {
    return this.options.now?.() ?? 1_795_217_692
  }

  newTag(): string {
    return this.options.tags?.[this.tags++] ?? `681c35955df26${this.tags}`
  }

  /** Somebody at the telnet or IRC door. */
  user(nick: string): DoubleUser {
    const user = this.users.get(nick) ?? new DoubleUser(this, nick)
    this.users.set(nick, user)
    return user
  }

  /** @param spelling how whoever made it wrote the name */
  place(name: string, spelling: string): DoublePlace {
    const key = name.toLowerCase()
    const place = this.places.get(key) ?? new DoublePlace(this, key, spelling)
    this.places.set(key, place)
    return place
  }

  accept(socket: DoubleSocket): DoubleCircuit {
    const circuit = new DoubleCircuit(this, socket)
    this.circuits.push(circuit)
    return circuit
  }

  /** Restarted by its operator: members are kept, circuits are not [psyced.md 3.4]. */
  shutDown(): void {
    for (const place of this.places.values())
      place.cast(
        '_warning_unavailable_temporary_shutdown',
        this.uniform(`@${place.key}`),
        { _reason: 'notify_shutdown: 0' },
        SHUTDOWN,
      )
    for (const circuit of [...this.circuits]) circuit.close()
  }

  /** It crashes and is up again: places are kept, its persons are gone without a word. */
  crash(): void {
    this.bootedAt = this.now()
    this.users.clear()
    for (const circuit of [...this.circuits]) circuit.close()
  }

  /**
   * To a node, over its circuit; without one it is kept until there is one, and whoever comes first overtakes it.
   * @param entity the one that it is for; a cast is for the node
   */
  toNode(root: string, text: string, entity = root): void {
    const circuit = this.circuits.find((one) => one.reaches(root, entity))
    if (circuit !== undefined) {
      circuit.write(text)
      return
    }
    this.queued.set(root, [...(this.queued.get(root) ?? []), text])
    const [, host = '', port = '4404'] = /^psyc:\/\/([^:/]+)(?::(\d+))?/.exec(root) ?? []
    this.options.dial?.(host, Number(port))
  }

  /** What was queued while there was no circuit: after what was said since [psyced.md 3.3]. */
  releaseQueued(root: string): void {
    const waiting = this.queued.get(root) ?? []
    this.queued.delete(root)
    for (const text of waiting) this.toNode(root, text)
  }

  queuedFor(root: string): number {
    return this.queued.get(root)?.length ?? 0
  }

  /** "Lost route": the members of that node are thrown out [psyced.md 3.4]. */
  burp(root: string): void {
    for (const place of this.places.values()) place.burp(root)
  }

  closed(circuit: DoubleCircuit): void {
    this.circuits = this.circuits.filter((other) => other !== circuit)
  }
}

export class DoubleCircuit {
  isClosed = false
  /** The root that greeted. */
  origin: string | undefined
  /** Packets that a slow reader may still be sent; the rest is dropped and nobody is told. */
  room: number | undefined
  dropped = 0
  private readonly lines = new DoubleLines()
  private readonly parser = new DoubleParser()
  private readonly hosts = new Set<string>()
  /** Entities that packets came from. */
  private readonly spoken = new Set<string>()
  private isCaller = false
  private readonly assigned = new Map<string, string[]>()

  constructor(
    readonly double: PsycedDouble,
    readonly socket: DoubleSocket,
  ) {}

  /** psyced connects, and speaks first. @param root whom it means to reach */
  call(target: string, root = target): void {
    this.isCaller = true
    this.spoken.add(root.replace(/\/$/, ''))
    this.greet(target)
  }

  receive(bytes: string): void {
    if (this.double.isShuttingDown) return
    for (const line of this.lines.add(bytes)) {
      if (this.isClosed) return
      this.take(this.parser.line(line))
    }
  }

  private take(read: DoublePacket | Croak | 'hello' | undefined): void {
    if (read === undefined) return
    if (read === 'hello') {
      if (!this.hasGreeted) this.greet(this.unnamed)
    } else if (read.kind === 'croak') this.croak(read)
    else this.packet(read)
  }

  private hasGreeted = false

  private greet(target: string): void {
    this.hasGreeted = true
    const own = this.double.uniform('')
    this.raw('.\n')
    this.raw(
      render({
        routing: { _source: own, _target_peer: target },
        vars: {
          _implementation: 'psyced/0.99 psyclpc/3.5.0 Linux/6.18 x86_64',
          _page_description: 'http://www.psyc.eu/',
        },
        method: '_notice_circuit_established',
        body: 'Hello [_target_peer].\nCircuit to [_source] running [_implementation] established.',
      }),
    )
    this.raw(
      render({
        routing: { _source: own },
        vars: {
          _available_hashes: 'sha1;md5;http-digest;digest-md5',
          _available_characters: 'UTF-8',
          _available_protocols:
            'PSYC/0.9 TCP IP/4;PSYC/0.9 UDP IP/4;XMPP-S2S/1;IRC/2;XMPP-C2S/1;Chatlet;Telnet;HTTP/1.0;WAP',
          _understand_modules: '_context',
          _using_characters: 'UTF-8',
          _using_protocols: 'PSYC/0.9 TCP IP/4',
          _using_modules: '_context',
        },
        method: '_status_circuit',
        body: 'Available protocols: [_available_protocols].',
      }),
    )
  }

  /**
   * Whether this way leads there. Casts go by the greeting; for one entity it must have spoken here, or its root must have,
   * without the slash [psyced.md 3.5].
   */
  reaches(root: string, entity: string): boolean {
    if (this.isClosed) return false
    if (root === this.unnamed) return true // a client, known by its connection
    return entity === root
      ? this.origin === root
      : this.spoken.has(entity) || this.spoken.has(root.replace(/\/$/, ''))
  }

  write(text: string): void {
    if (this.room !== undefined && this.room-- <= 0) {
      this.dropped++
      return
    }
    this.raw(text)
  }

  private raw(text: string): void {
    if (!this.isClosed) this.socket.write(text)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.socket.close()
    this.double.closed(this)
  }

  /** The far end is gone. */
  ended(): void {
    this.isClosed = true
    this.double.closed(this)
  }

  croak({ method, body, variables = {} }: Croak): void {
    this.double.croaked.push(method)
    this.raw(render({ routing: {}, vars: variables, method, body }))
    this.close()
  }

  private packet({ variables, method, body }: DoublePacket): void {
    const vars = this.merged(variables)
    if (method === '') return
    const named = vars['_context']?.[0] ?? vars['_source']?.[0]
    if (named !== undefined && !this.believes(named)) return
    if (named !== undefined) this.spoken.add(named.toLowerCase())
    if (method === '_request_circuit_shutdown') this.close()
    else if (method === '_notice_circuit_established') this.greeted(lower(vars['_source']?.[0]))
    else if (method !== '_status_circuit')
      this.dispatch(lower(named) ?? this.unnamed, vars, aliasOf(method), body)
  }

  private greeted(root: string | undefined): void {
    this.origin ??= root
    if (this.isCaller && root !== undefined) this.double.releaseQueued(root)
  }

  private get unnamed(): string {
    return `psyc://${this.socket.address}:-${this.socket.port}/`
  }

  /** `=` is kept for the circuit and stands in all that follows [psyced.md 5.1]. */
  private merged(variables: DoublePacket['variables']): Record<string, readonly string[]> {
    const vars: Record<string, readonly string[]> = Object.fromEntries(this.assigned)
    for (const { operator, name, values } of variables) {
      if (operator === '-') this.assigned.delete(name)
      else if (operator !== '?') vars[name] = values
      if (operator === '=') this.assigned.set(name, values)
    }
    return vars
  }

  private believes(uniform: string): boolean {
    const host = hostOf(uniform)
    if (this.double.options.isTrusting === true || this.hosts.has(host)) return true
    const addresses = /^[\d.]+$/.test(host) ? [this.socket.address] : this.double.options.resolve(host)
    if (addresses.includes(this.socket.address)) {
      this.hosts.add(host)
      return true
    }
    const [method, body] =
      addresses.length === 0
        ? ['_error_invalid_host', 'Could not resolve [_host].']
        : ['_error_rejected_relay_incoming', 'Relaying denied.']
    this.croak({ kind: 'croak', method, body, variables: { _host: host } })
    return false
  }

  private dispatch(
    source: string,
    vars: Record<string, readonly string[]>,
    method: string,
    body: string,
  ): void {
    const { double } = this
    const entity = Object.fromEntries(Object.entries(vars).filter(([name]) => !routingNames.has(name)))
    const said = {
      source,
      method,
      body,
      vars: entity,
      tag: vars['_tag']?.[0],
      tagReply: vars['_tag_reply']?.[0],
      circuit: this,
    }
    const context = lower(vars['_context']?.[0])
    if (context !== undefined) {
      const relay = lower(vars['_source_relay']?.[0])
      const alone = lower(vars['_target']?.[0])
      for (const user of double.users.values())
        if (alone === undefined || alone === user.uniform) user.heard(context, relay, method, entity, body)
      return
    }
    const target = vars['_target']?.[0] ?? double.uniform('')
    if (!target.startsWith('psyc://'))
      this.croak({
        kind: 'croak',
        method: '_failure_unsupported_notation_location',
        body: 'No support for fancy UNLs yet.',
      })
    else if (hostOf(target) !== double.host) {
      const text = 'Relaying denied: [_host] is not a hostname of ours.'
      this.write(
        render({
          routing: {},
          vars: { _host: hostOf(target) },
          method: '_failure_unsupported_relay',
          body: text,
        }),
      )
    } else this.toEntity(target.replace(/^psyc:\/\/[^/]*\/?/, ''), said)
  }

  private toEntity(resource: string, said: Incoming): void {
    const { double } = this
    const name = resource.slice(1)
    if (resource.startsWith('@')) {
      if (/^[A-Za-z_+][A-Za-z0-9_=+-]*$/.test(name)) double.place(name, capital(name)).take(said)
      else this.answerIllegal(resource, said)
    } else if (resource.startsWith('~')) {
      const user = double.users.get(name.toLowerCase())
      if (user !== undefined) user.told(said)
      else
        this.answer(
          said,
          double.uniform(resource),
          '_error_unknown_name_user',
          { _nick_target: name },
          'Cannot reach "[_nick_target]".',
        )
    } else if (resource === '' && said.method === '_request_description_time')
      this.answer(
        said,
        double.uniform(''),
        '_status_description_time',
        { _time_boot_duration: `${double.upSeconds}`, _nick: double.uniform('') },
        '[_nick] has been alive about [_time_idle] ago.',
      )
    else if (resource === '' && said.method.startsWith('_request'))
      this.answer(
        said,
        double.uniform(''),
        '_failure_unsupported_function_root',
        { _nick: double.uniform(''), _method_relay: said.method },
        '[_nick] does not provide [_method_relay].',
        { _source_relay: said.source },
      )
  }

  private answerIllegal(resource: string, said: Incoming): void {
    const own = `${this.double.uniform('')}S:psyc:${this.socket.address}:-${this.socket.port}`
    const vars = { _uniform: this.double.uniform(resource) }
    const routing = { _target: said.source, _source: own, _tag_reply: said.tag ?? '0' }
    this.write(
      render({
        routing,
        vars,
        method: '_error_illegal_uniform',
        body: '[_uniform] is not a legal address here.',
      }),
    )
  }

  answer(said: Incoming, source: string, method: string, vars: Vars, body: string, more: Vars = {}): void {
    const routing = { _target: said.source, ...more, _source: source, _tag_reply: said.tag }
    this.write(render({ routing, vars, method, body }))
  }
}

/** A packet for one of psyced's entities. */
export interface Incoming {
  readonly source: string
  readonly method: string
  readonly body: string
  readonly vars: Readonly<Record<string, readonly string[]>>
  readonly tag: string | undefined
  readonly tagReply: string | undefined
  readonly circuit: DoubleCircuit
}

const routingNames = new Set([
  '_source',
  '_target',
  '_context',
  '_source_relay',
  '_tag',
  '_tag_relay',
  '_tag_reply',
  '_source_identification',
])

const aliases = new Set(['_conversation', '_converse', '_talk'])

function aliasOf(method: string): string {
  return aliases.has(method) ? '_message' : method
}

function lower(text: string | undefined): string | undefined {
  return text?.toLowerCase()
}

function capital(name: string): string {
  const text = name.toLowerCase()
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

export function hostOf(uniform: string): string {
  return /^psyc:\/\/([^:/]*)/.exec(uniform)?.[1]?.toLowerCase() ?? ''
}

/** "psyc://gw:4496/" of one of its entities. */
export function rootOf(uniform: string): string {
  return `${/^psyc:\/\/[^/]*/.exec(uniform)?.[0] ?? ''}/`
}

export function render({ routing, vars, method, body }: Said): string {
  const text = body === '' ? '' : `${body}\n`
  return `${lines(routing)}\n${lines(vars)}${method}\n${text}.\n`
}

function lines(vars: Vars): string {
  return Object.entries(vars)
    .flatMap(([name, value]) => {
      if (value === undefined) return []
      const values = typeof value === 'string' ? [value] : value
      return values.map((text, at) => `:${at === 0 ? name : ''}\t${text.replaceAll('\n', '\n\t')}\n`)
    })
    .join('')
}
