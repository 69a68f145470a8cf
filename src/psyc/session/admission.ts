/**
 * Whose packets a circuit lets in: each must come from the root that the circuit is proven for, or from its far end.
 * While a claim is being looked up, packets wait in order; a peer may pipeline, so a full queue stops the reading and not
 * the circuit [psyc.md 2.13, 3.3].
 *
 * What names an entity of ours as its source passes: only the node knows, when its turn comes, whether a client on
 * this circuit is linked to that person.
 */
import type { Packet, Variables } from '../wire/packet.js'
import { parseUniform, uniformOf } from '../wire/uniform.js'
import type { Uniform } from '../wire/uniform.js'
import type { Limits } from '../../util/limits.js'
import type { Timers } from '../../util/timers.js'
import type { CircuitHost } from './circuit-host.js'
import type { Peer } from './peer.js'
import { Proof } from './proof.js'
import type { Belief, Disbelief, Resolve } from './proof.js'

export interface AdmissionOptions {
  readonly peer: Peer
  /** The far end of the circuit, as whom the peer may always speak. */
  readonly location: Uniform
  /** Our own root, which nobody else is. */
  readonly root: Uniform
  readonly resolve: Resolve
  readonly timers: Timers
  readonly limits: Limits
  /** Whether that node may talk to us, this way. */
  readonly admits: (root: Uniform) => boolean
  readonly carriage: CircuitHost['carriage']
  readonly circuit: {
    /** The packet was waiting and may be looked at again. */
    take(packet: Packet): void
    /** Its sender is proven. */
    admitted(packet: Packet, sender: Uniform): void
    proven(): void
    /** It claimed to be somebody it is not, and is refused next. */
    disbelieved(): void
    /** Stop and go on parsing. */
    hold(): void
    release(): void
    complain(method: string, variables: Variables, body: string, tagRelay?: string): void
    refuse(method: string, variables: Variables, body: string): void
    readonly isClosed: boolean
  }
}

export class Admission {
  private readonly proof: Proof
  private waiting: Packet[] = []
  /** Of the packets that wait. */
  waitingBytes = 0

  constructor(private readonly options: AdmissionOptions) {
    const { resolve, timers, limits } = options
    const decided = (belief: 'proven' | Disbelief): void => this.decided(belief)
    this.proof = new Proof({
      ...{ resolve, timers, timeoutMs: limits.psycUnprovenMs, decided },
      get peer() {
        return options.peer
      },
    })
  }

  /** The root that the circuit is proven to speak for. */
  get root(): Uniform | undefined {
    return this.proof.root
  }

  /** A claim is being looked up: packets are to wait. */
  get isPending(): boolean {
    return this.proof.isPending
  }

  /** We dialled that root ourselves. */
  accept(root: Uniform): void {
    this.proof.accept(parseUniform(root.rootKey))
  }

  cancel(): void {
    this.proof.cancel()
    this.takeWaiting()
  }

  wait(packet: Packet): void {
    const { limits, circuit } = this.options
    this.waiting.push(packet)
    this.waitingBytes += packet.wireBytes
    const isFull =
      this.waiting.length >= limits.psycUnprovenPackets || this.waitingBytes > limits.psycUnprovenBytes
    if (isFull) circuit.hold()
  }

  private takeWaiting(): readonly Packet[] {
    const { waiting } = this
    this.waiting = []
    this.waitingBytes = 0
    return waiting
  }

  /**
   * The peer says who it is, by any of its entities.
   * @returns 'pending' while its host is being looked up; a lie is refused and closes the circuit
   */
  claim(entity: Uniform): Belief {
    const { location, circuit } = this.options
    if (entity.rootKey === location.rootKey) return 'proven'
    const root = parseUniform(entity.rootKey)
    const hadRoot = this.proof.root !== undefined
    const belief = this.mayBeClaimed(root) ? this.proof.claim(root) : '_error_rejected_relay_incoming'
    if (belief === 'proven' && !hadRoot) circuit.proven()
    else if (belief !== 'proven' && belief !== 'pending') this.disbelieve(belief, root)
    return belief
  }

  /** Let the packet in, or not. */
  check(packet: Packet): void {
    const { circuit, location } = this.options
    const { source, context, tag } = packet
    const named = context ?? source
    if (source !== undefined && context !== undefined) {
      circuit.complain('_error_invalid_source', {}, 'A packet has a source or a context, not both.', tag)
    } else if (named === undefined) circuit.admitted(packet, this.proof.root ?? location)
    else this.checkSender(packet, named)
  }

  private checkSender(packet: Packet, named: string): void {
    const { circuit, root } = this.options
    const sender = uniformOf(named)
    if (sender === undefined) {
      circuit.refuse('_error_invalid_uniform', { _uniform: named }, '[_uniform] is no uniform.')
    } else if (!this.hasTransportOf(sender)) {
      circuit.complain('_error_invalid_uniform_transport', { _uniform: named }, '', packet.tag)
    } else if (sender.rootKey === root.rootKey && packet.context === undefined) {
      circuit.admitted(packet, sender)
    } else if (packet.context !== undefined && this.carriage(sender) !== 'never') {
      if (this.carriage(sender) === 'allowed') circuit.admitted(packet, sender)
    } else {
      const belief = this.claim(sender)
      if (belief === 'proven') circuit.admitted(packet, sender)
      else if (belief === 'pending') this.wait(packet)
    }
  }

  /** Whether the node at the far end may bring casts of that context of another node. */
  private carriage(context: Uniform): ReturnType<CircuitHost['carriage']> {
    const { root } = this.proof
    const isForeign = root !== undefined && root.rootKey !== context.rootKey
    return isForeign ? this.options.carriage(context, root) : 'never'
  }

  /** Never our own root, nor the far end of another circuit: those are no nodes. */
  private mayBeClaimed(root: Uniform): boolean {
    return root.rootKey !== this.options.root.rootKey && (root.port ?? 0) >= 0 && this.options.admits(root)
  }

  /** A TLS name on a plain circuit would be a promise that is not kept. */
  private hasTransportOf(sender: Uniform): boolean {
    return sender.transport === '' || sender.transport === (this.options.peer.isEncrypted ? 's' : 'c')
  }

  private decided(belief: 'proven' | Disbelief): void {
    const { circuit } = this.options
    if (circuit.isClosed) return
    if (belief !== 'proven') {
      this.disbelieve(belief, this.proof.claimed)
      return
    }
    circuit.proven()
    for (const packet of this.takeWaiting()) circuit.take(packet)
    circuit.release()
  }

  /** @param root whom the peer claimed to be */
  disbelieve(method: Disbelief, root: Uniform | undefined): void {
    this.options.circuit.disbelieved()
    this.options.circuit.refuse(method, { _host: root?.host }, disbeliefs[method])
  }
}

const disbeliefs: Readonly<Record<Disbelief, string>> = {
  _error_invalid_host: 'Could not resolve [_host].',
  _error_invalid_host_certificate: 'The certificate of this circuit is not for [_host].',
  _error_rejected_relay_incoming: 'This circuit does not speak for [_host].',
}
