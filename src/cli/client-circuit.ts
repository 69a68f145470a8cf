/**
 * A circuit of `probe` and `watch`: greets, asks, listens. It speaks as nobody but the far end of its circuit, so it
 * needs neither a name nor a port of its own [psyc.md 3.3].
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { offeredModules } from '../psyc/session/greeting.js'
import { modern } from '../psyc/session/syntax.js'
import type { PacketSource, Syntax } from '../psyc/session/syntax.js'
import { inherits } from '../psyc/wire/keyword.js'
import { PsycList } from '../psyc/wire/list.js'
import { Packet, modifiers } from '../psyc/wire/packet.js'
import type { Variables } from '../psyc/wire/packet.js'
import { displayText } from '../translate/text.js'
import { GatewayError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { adviceByFirstBytes, showBytes, socketFailure, tooLate } from './probe-advice.js'
import { within } from './probe-connection.js'
import { ProbeFailure } from './probe-report.js'
import { variableLines } from './probe-values.js'

const notPsyc = 'is it a PSYC port? 4404 is the usual one'
const MAX_MODULES = 64
const KEPT_BYTES = 64 // for telling what else may answer there

/** What we understand. Not `_route`: a client is fed by the master of a context and passes nothing on [design 5]. */
const ourModules = PsycList.ofTexts(['_context', '_state', '_keepalive'])

export type Listener = (packet: Packet) => void

export class ClientCircuit {
  /** Rejects when the circuit is over, or the peer is not understood. */
  readonly over: Promise<never>
  /** What the peer understands. */
  readonly modules = new Set<string>()
  /** Of what the peer sent first. */
  private firstBytes = new Uint8Array(0)

  private readonly parser: PacketSource
  private readonly listeners = new Set<Listener>()
  private break: (reason: ProbeFailure) => void = () => undefined
  private isBroken = false
  private hasSpoken = false
  private lastHeardMs = 0
  private keepAlive: NodeJS.Timeout | undefined

  constructor(
    private readonly socket: Socket,
    readonly syntax: Syntax,
    private readonly timeoutMs: number,
  ) {
    this.parser = syntax.parser(defaultLimits)
    this.over = new Promise<never>((_resolve, reject) => (this.break = reject))
    this.over.catch(() => undefined) // who waits for something hears of it
    socket.on('data', (bytes) => this.receive(new Uint8Array(bytes)))
    socket.on('error', (error) => this.break(socketFailure('circuit', error)))
    socket.on('close', () => {
      clearInterval(this.keepAlive)
      this.break(new ProbeFailure('the peer closed the circuit', 'its log may say why'))
    })
  }

  /**
   * Say hello, and wait for the peer to do so.
   * @returns its `_notice_circuit_established`, or undefined when it says other things only
   * @throws ProbeFailure  it closes, refuses, is not understood or stays silent
   */
  async greet(patienceMs: number): Promise<Packet | undefined> {
    const greeted = this.first((packet) => {
      if (isRefusal(packet)) this.break(refusalOf(packet))
      return inherits(packet.method, '_notice_circuit_established')
    })
    this.socket.write(this.syntax.emptyPacket)
    if (this.syntax === modern) this.send(requestFeatures())
    const late = tooLate('greeting', patienceMs, notPsyc)
    try {
      return await within(patienceMs, () => late, Promise.race([greeted, this.over]))
    } catch (error) {
      if (error === late && this.hasSpoken) return undefined
      throw error
    }
  }

  /**
   * Ask an entity.
   * @param family of the answer, which older programs do not tag
   * @throws ProbeFailure  also when the answer is an error
   */
  async ask(target: string, method: string, family: string, variables: Variables = {}): Promise<Packet> {
    const tag = newTag()
    const answer = this.first(
      ({ tagRelay, method: answered }) =>
        tagRelay === tag || (tagRelay === undefined && inherits(answered, family)),
    )
    this.send(Packet.of({ _target: target, _tag: tag }, method, variables))
    const late = (): ProbeFailure => tooLate(method, this.timeoutMs, 'the peer greets and does not answer')
    const packet = await within(this.timeoutMs, late, Promise.race([answer, this.over]))
    if (isError(packet.method)) throw refusalOf(packet)
    return packet
  }

  /** Hear every packet from now on. */
  listen(listener: Listener): void {
    this.listeners.add(listener)
  }

  /** @throws GatewayError  the syntax cannot hold the packet */
  send(packet: Packet): void {
    this.socket.write(this.syntax.render(packet))
  }

  /** For a circuit that stays: peers of our kind take a silent one for dead, and so do we [design 3]. */
  startKeepAlive(): void {
    const { psycSilenceMs, psycDeadMs } = defaultLimits
    this.lastHeardMs = performance.now()
    this.keepAlive ??= setInterval(() => {
      this.socket.write(this.syntax.emptyPacket)
      const silenceMs = performance.now() - this.lastHeardMs
      if (this.modules.has('_keepalive') && silenceMs > psycDeadMs)
        this.break(tooLate('circuit', psycDeadMs, 'the peer or the way to it is gone'))
    }, psycSilenceMs)
  }

  /**
   * Ask for TLS on this circuit: who asks is its client [psyc.md 2.12]. What follows is no PSYC any more.
   * @returns the socket, for TLS
   * @throws ProbeFailure  refused, or not answered
   */
  async leaveForTls(): Promise<Socket> {
    const answer = this.first(({ method }) => method === '' || isError(method)) // psyced's answer may be empty
    this.send(new Packet(modifiers({ _using_modules: '_encrypt' }), [], '', ''))
    const late = (): ProbeFailure => tooLate('_encrypt', this.timeoutMs, '')
    const packet = await within(this.timeoutMs, late, Promise.race([answer, this.over]))
    if (isError(packet.method)) throw refusalOf(packet)
    this.socket.removeAllListeners('data')
    return this.socket
  }

  /** @returns whether the peer closed in time, as it was asked to */
  async shutDown(graceMs: number): Promise<boolean> {
    const closed = new Promise<boolean>((resolve) => this.socket.once('close', () => resolve(true)))
    if (this.socket.closed) return true
    this.send(Packet.of({}, '_request_circuit_shutdown'))
    return within(graceMs, () => new ProbeFailure(''), closed).catch(() => false)
  }

  dispose(): void {
    clearInterval(this.keepAlive)
    this.socket.destroy()
  }

  private first(isWanted: (packet: Packet) => boolean): Promise<Packet> {
    return new Promise((resolve) => {
      const listener: Listener = (packet) => {
        if (!isWanted(packet)) return
        this.listeners.delete(listener)
        resolve(packet)
      }
      this.listeners.add(listener)
    })
  }

  private receive(bytes: Uint8Array): void {
    if (this.isBroken) return
    this.lastHeardMs = performance.now()
    if (this.firstBytes.length < KEPT_BYTES) {
      const kept = [...this.firstBytes, ...bytes.subarray(0, KEPT_BYTES - this.firstBytes.length)]
      this.firstBytes = Uint8Array.from(kept)
    }
    try {
      this.parser.receive(bytes)
      for (let packet = this.parser.next(); packet !== undefined; packet = this.parser.next())
        this.take(packet)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.isBroken = true
      const details = [`its first bytes: ${showBytes(this.firstBytes)}`]
      const advice = adviceByFirstBytes(this.firstBytes, notPsyc)
      const problem = `no PSYC ${this.syntax.version}: ${error.message}`
      this.break(new ProbeFailure(problem, advice, details, { cause: error }))
    }
  }

  private take(packet: Packet): void {
    this.hasSpoken = true
    for (const name of offeredModules(packet)) if (this.modules.size < MAX_MODULES) this.modules.add(name)
    for (const listener of [...this.listeners]) listener(packet)
  }
}

function requestFeatures(): Packet {
  const lists = { _list_understand_modules: ourModules, _list_using_modules: ourModules }
  return new Packet(modifiers({ ...lists, _tag: newTag() }), [], '_request_features', '')
}

function newTag(): string {
  return randomBytes(8).toString('hex')
}

function isError(method: string): boolean {
  return inherits(method, '_error') || inherits(method, '_failure')
}

/** The circuit itself is refused: no entity speaks. */
function isRefusal({ method, source }: Packet): boolean {
  return source === undefined && isError(method)
}

function refusalOf(packet: Packet): ProbeFailure {
  const text = displayText(packet)
  const advice = packet.method.includes('_invalid') ? 'check how the URL is spelled' : ''
  return new ProbeFailure(`${packet.method}${text === '' ? '' : `: ${text}`}`, advice, variableLines(packet))
}
