/** A circuit of `probe`: greets, asks, listens. It speaks as nobody but the far end of its circuit [psyc.md 3.3]. */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { features, offeredModules } from '../psyc/session/greeting.js'
import { modern } from '../psyc/session/syntax.js'
import type { PacketSource, Syntax } from '../psyc/session/syntax.js'
import { inherits } from '../psyc/wire/keyword.js'
import { Packet } from '../psyc/wire/packet.js'
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

type Listener = (packet: Packet) => void

export class ProbeCircuit {
  readonly modules = new Set<string>()
  /** Of what the peer sent first. */
  private firstBytes = new Uint8Array(0)

  private readonly parser: PacketSource
  private readonly listeners = new Set<Listener>()
  /** Rejects when the circuit is over, or the peer is not understood. */
  private readonly over: Promise<never>
  private break: (reason: ProbeFailure) => void = () => undefined
  private isBroken = false
  private hasSpoken = false

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
    socket.on('close', () =>
      this.break(new ProbeFailure('the peer closed the circuit', 'its log may say why')),
    )
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
    if (this.syntax === modern) this.send(features('_request_features', { _tag: newTag() }))
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
  async ask(target: string, method: string, family: string): Promise<Packet> {
    const tag = newTag()
    const answer = this.first(
      ({ tagRelay, method: answered }) =>
        tagRelay === tag || (tagRelay === undefined && inherits(answered, family)),
    )
    this.send(Packet.of({ _target: target, _tag: tag }, method))
    const late = (): ProbeFailure => tooLate(method, this.timeoutMs, 'the peer greets and does not answer')
    const packet = await within(this.timeoutMs, late, Promise.race([answer, this.over]))
    if (isError(packet.method)) throw refusalOf(packet)
    return packet
  }

  /** @returns whether the peer closed in time, as it was asked to */
  async shutDown(graceMs: number): Promise<boolean> {
    const closed = new Promise<boolean>((resolve) => this.socket.once('close', () => resolve(true)))
    if (this.socket.closed) return true
    this.send(Packet.of({}, '_request_circuit_shutdown'))
    return within(graceMs, () => new ProbeFailure(''), closed).catch(() => false)
  }

  dispose(): void {
    this.socket.destroy()
  }

  private send(packet: Packet): void {
    this.socket.write(this.syntax.render(packet))
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
