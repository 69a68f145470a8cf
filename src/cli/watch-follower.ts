/**
 * One context as it lives: told of every packet of the circuit, it keeps count and state and tells the view. Unlike a
 * replica it hides nothing: what comes twice or is missing is said.
 */
import { randomBytes } from 'node:crypto'
import { END_METHOD, MEDIA_METHOD } from '../psyc/state/stream-cast.js'
import { StateVariables, stateLimits } from '../psyc/state/variables.js'
import { inherits } from '../psyc/wire/keyword.js'
import { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import { GatewayError } from '../util/errors.js'
import { defaultLimits } from '../util/limits.js'
import { displayText } from '../translate/text.js'
import type { ClientCircuit } from './client-circuit.js'
import type { ProbeFailure } from './probe-report.js'
import { Exclusion, enterFailure } from './watch-advice.js'
import { MediaWatch } from './watch-media.js'
import { valuesOf, variablesOf } from './watch-values.js'
import type { WatchView } from './watch-view.js'

const STREAM = '_stream_'

export class ContextFollower {
  /** Resolves once we are in. @throws ProbeFailure  refused */
  readonly entered: Promise<void>
  /** Rejects when the master has put us out. */
  readonly out: Promise<never>
  private readonly nick = `watch-${randomBytes(2).toString('hex')}`
  private readonly tag = randomBytes(8).toString('hex')
  private isIn = false
  private hasLeft = false
  private letIn: () => void = () => undefined
  private refuse: (reason: ProbeFailure) => void = () => undefined
  private putOut: (reason: ProbeFailure) => void = () => undefined
  private state: StateVariables | undefined
  /** A full state of which not all packets are here. */
  private incoming: StateVariables | undefined
  private counter: number | undefined
  private isStateDue = false
  private readonly media: MediaWatch | undefined

  constructor(
    private readonly circuit: ClientCircuit,
    private readonly context: Uniform,
    private readonly view: WatchView,
  ) {
    this.media = context.channel.toLowerCase().startsWith(STREAM) ? new MediaWatch() : undefined
    this.entered = new Promise<void>((resolve, reject) => {
      this.letIn = resolve
      this.refuse = reject
    })
    this.out = new Promise<never>((_resolve, reject) => (this.putOut = reject))
    for (const promise of [this.entered, this.out]) promise.catch(() => undefined) // who waits for it hears of it
    circuit.listen((packet) => this.take(packet))
  }

  /** Ask to be let in, to hear and not to be seen. */
  enter(): void {
    const variables = { _nick: this.nick, _flag_silent: 1 }
    this.circuit.send(
      Packet.of({ _target: this.context.text, _tag: this.tag }, '_request_context_enter', variables),
    )
  }

  /** Nothing more is told. */
  leave(): void {
    this.hasLeft = true
    this.circuit.send(
      Packet.of({ _target: this.context.text }, '_request_context_leave', { _nick: this.nick }),
    )
  }

  /** Tell what came of a stream since the last time. */
  tick(): void {
    if (this.media === undefined) return
    const makeup = this.media.takeMakeup()
    if (makeup !== undefined) this.view.makeup(makeup)
    const tally = this.media.takeTally()
    if (tally.packets > 0) this.view.tally(tally, this.counter ?? 0)
  }

  private take(packet: Packet): void {
    if (this.hasLeft) return
    if (packet.tagRelay === this.tag) this.answered(packet)
    else if (uniformOf(packet.context)?.key === this.context.key) this.takeOwn(packet)
    else if (packet.method !== '') this.takeOther(packet)
  }

  private answered(answer: Packet): void {
    if (this.isIn) return
    if (!inherits(answer.method, '_echo')) return this.refuse(enterFailure(answer, this.context))
    this.isIn = true
    this.view.entered(this.context.text, this.nick, answer)
    this.letIn()
  }

  private takeOwn(packet: Packet): void {
    try {
      if (packet.target === undefined) this.takeCast(packet)
      else if (packet.stateOperation === 'reset' || this.incoming !== undefined) this.takeState(packet)
      else if (packet.method === '_status_state') this.takePlainState(packet)
      else if (inherits(packet.method, '_echo_context_leave')) this.takeOther(packet)
      else this.takeHistory(packet)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      this.view.note(`a packet that cannot be read: ${error.message}`)
      this.resync()
    }
  }

  private takeState(packet: Packet): void {
    if (packet.stateOperation === 'reset') this.incoming = new StateVariables(stateLimits(defaultLimits))
    this.incoming?.apply(packet)
    if (packet.method !== '_status_state' || this.incoming === undefined) return
    const isAgain = this.state !== undefined
    this.state = this.incoming
    this.incoming = undefined
    this.isStateDue = false
    this.counter = packet.counter
    this.media?.restart(this.state)
    this.view.state(valuesOf(this.state), this.counter, isAgain)
  }

  /** From a master that has only `:` for us. */
  private takePlainState(packet: Packet): void {
    this.counter = packet.counter
    this.view.state(variablesOf(packet), this.counter, false)
  }

  private takeCast(packet: Packet): void {
    if (packet.method === END_METHOD) this.tick() // what came before it
    const missing = this.count(packet)
    if (missing === undefined) return
    this.state?.apply(packet)
    if (this.media !== undefined && packet.method === MEDIA_METHOD) this.takeMedia(packet, missing)
    else this.view.cast(packet, this.counter)
    if (packet.method === END_METHOD && this.media !== undefined) this.takeEnd()
    if (missing > 0 && this.media === undefined) {
      this.view.note(`${missing} packets are missing before this one`)
      this.resync()
    }
  }

  /** @returns how many are missing before it; undefined for one that came before */
  private count(packet: Packet): number | undefined {
    const { counter } = packet
    if (counter === undefined) return 0
    const before = this.counter
    if (before !== undefined && counter <= before) {
      this.view.note(`#${counter} ${packet.method} came twice, or late: #${before} was before it`)
      return undefined
    }
    this.counter = counter
    return before === undefined ? 0 : counter - before - 1
  }

  private takeMedia(packet: Packet, missing: number): void {
    for (const line of this.media?.take(packet.bodyBytes, missing) ?? []) this.view.data(line, this.counter)
  }

  /** That of a stream keeps its counters, and the state names the one before it: the casts go on behind it. */
  private takeHistory(packet: Packet): void {
    if (this.media === undefined || packet.method !== MEDIA_METHOD) return this.view.history(packet)
    const missing = this.count(packet)
    if (missing !== undefined) this.takeMedia(packet, missing)
  }

  /** Who publishes under that name next begins a new run; it brings its state. */
  private takeEnd(): void {
    this.counter = undefined
    this.view.note('the stream has ended; waiting for who publishes it next')
  }

  /** Of the entity itself, to us; or of the server. */
  private takeOther(packet: Packet): void {
    const from = uniformOf(packet.source ?? packet.context)
    const isOurs = from?.key === this.context.key
    const isServers = inherits(packet.method, '_warning') || inherits(packet.method, '_failure')
    if (isOurs && inherits(packet.method, '_status_state')) this.takePlainState(packet)
    else if (isOurs || isServers) this.view.aside(packet)
    if (isOurs && isLeave(packet.method) && this.isIn)
      this.putOut(new Exclusion(`put out: ${packet.method} ${displayText(packet)}`.trimEnd()))
  }

  /** Masters of streams are not asked: there a gap is what was dropped [design 5]. */
  private resync(): void {
    if (this.state === undefined || this.isStateDue || this.media !== undefined) return
    this.isStateDue = true
    const { routing } = Packet.of({ _target: this.context.text }, '')
    this.circuit.send(new Packet(routing, [], '', '', 'resync'))
  }
}

function isLeave(method: string): boolean {
  return /^_(?:notice|echo)_(?:context|place)_leave(?:_|$)/.test(method)
}
