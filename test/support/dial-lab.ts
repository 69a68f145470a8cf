/** A PSYC node without sockets that calls others: the test decides what becomes of each attempt, and plays the peer. */
import type { Circuit } from '../../src/psyc/session/circuit.js'
import type { ConnectEvents, ConnectFailure, Destination } from '../../src/psyc/session/connect.js'
import type { CircuitSink, Peer } from '../../src/psyc/session/peer.js'
import { Packet } from '../../src/psyc/wire/packet.js'
import { decodeUtf8, encodeUtf8 } from '../../src/util/utf8.js'
import { FarEnd, LabTls, PsycLab } from './psyc-lab.js'
import type { LabOptions, RecordingEntity } from './psyc-lab.js'

export class DialLab extends PsycLab {
  /** All there were, in order. */
  readonly attempts: LabAttempt[]
  readonly sender: RecordingEntity

  constructor(options: Omit<LabOptions, 'connect'> = {}) {
    const attempts: LabAttempt[] = []
    super({
      ...options,
      connect: (to, events) => {
        const attempt = new LabAttempt(this, to, events)
        attempts.push(attempt)
        return attempt
      },
    })
    this.attempts = attempts
    this.sender = this.entity('~sender')
  }

  /** The attempt that was made last. */
  get attempt(): LabAttempt {
    const last = this.attempts.at(-1)
    if (last === undefined) throw new Error('nobody was called')
    return last
  }

  /** A packet of the sender, with its method's name as tag. */
  say(target: string, method = '_message_private'): void {
    this.node.send(Packet.of({ _source: this.sender.uniform.text, _target: target, _tag: method }, method))
    this.settle()
  }

  /** What has come back to the sender: reason and method. */
  failures(): string[] {
    return this.sender.packets
      .splice(0)
      .map(({ method, tagRelay = '-' }) =>
        `${method.replace('_failure_unsuccessful_delivery', '')} ${tagRelay}`.trim(),
      )
  }
}

export class LabAttempt {
  isCancelled = false
  /** Nothing has come of it yet. */
  isPending = true

  constructor(
    private readonly lab: DialLab,
    readonly to: Destination,
    private readonly events: ConnectEvents,
  ) {}

  cancel(): void {
    this.isCancelled = true
    this.isPending = false
  }

  fails(reason: ConnectFailure = '_disconnect'): void {
    this.isPending = false
    this.events.failed(reason)
    this.lab.settle()
  }

  opens(peer: Partial<Peer> = {}): LabCalled {
    this.isPending = false
    const called = new LabCalled(this.lab)
    called.circuit = this.events.opened(called, {
      address: '10.1.2.3',
      port: this.to.port,
      isEncrypted: this.to.isEncrypted,
      ...peer,
    })
    this.lab.settle()
    return called
  }
}

/** The peer that was called. */
export class LabCalled extends FarEnd implements CircuitSink {
  circuit: Circuit | undefined
  readonly queuedBytes = 0
  readonly tls: LabTls

  constructor(private readonly lab: PsycLab) {
    super()
    this.tls = new LabTls(lab, false)
  }

  send(bytes: Uint8Array): void {
    this.received += decodeUtf8(bytes)
  }

  says(text: string): this {
    this.circuit?.receive(encodeUtf8(text.replaceAll('␉', '\t')))
    this.lab.settle()
    return this
  }

  /** Greets in 1.0 as our own kind does; what we said before is read. */
  greets(root = 'psyc://b.example/', modules = '| _context| _state'): this {
    this.take()
    this.says(`|\n:_source␉${root}\n\n_notice_circuit_established\n|\n`)
    return this.says(`:_list_understand_modules␉${modules}\n\n_notice_features\n|\n`)
  }

  /** As psyced does. */
  greetsOld(root = 'psyc://b.example/', modules = '_context'): this {
    this.take()
    this.says(`.\n:_source␉${root}\n\n:_implementation␉psyced/0.99\n_notice_circuit_established\n.\n`)
    return this.says(`:_source␉${root}\n\n:_understand_modules␉${modules}\n_status_circuit\n.\n`)
  }

  pause(): void {
    // nothing is resolved slowly here
  }

  resume(): void {
    // as above
  }

  closes(): void {
    this.circuit?.end()
    this.lab.settle()
  }

  breaks(): void {
    this.circuit?.reset()
    this.lab.settle()
  }
}
