/**
 * Who may speak on a circuit. The proof is of host and port: a circuit speaks for one root, the first it names (in its
 * greeting, or by the first `_source` or `_context`) or the one it was dialled for, once the root's host is shown
 * to be at the peer's address. Besides, a peer may always speak as the far end of its circuit [psyc.md 3.3; design 3].
 */
import type { Uniform } from '../wire/uniform.js'
import type { Timer, Timers } from '../../util/timers.js'
import { isLiteral, isSameAddress } from './address.js'
import type { Peer } from './peer.js'

/** Finds the addresses of a host name; none when it has none. May answer at once or later; only the first answer counts. */
export type Resolve = (host: string, done: (addresses: readonly string[]) => void) => void

/** Why a sender is not believed: the method to tell the peer. The circuit closes. */
export type Disbelief =
  '_error_invalid_host' | '_error_invalid_host_certificate' | '_error_rejected_relay_incoming'

export type Belief = 'proven' | 'pending' | Disbelief

export interface ProofOptions {
  readonly peer: Peer
  readonly resolve: Resolve
  readonly timers: Timers
  readonly timeoutMs: number
  /** The claim that was pending is decided. */
  readonly decided: (belief: 'proven' | Disbelief) => void
}

/** `*.` stands for one label. */
function isCertified(host: string, names: readonly string[]): boolean {
  return names.includes(host) || names.includes(host.replace(/^[^.]+/, '*'))
}

export class Proof {
  /** The root that was claimed first, believed or not. */
  claimed: Uniform | undefined
  private state: Belief = 'pending'
  private isDialled = false
  private timer: Timer | undefined

  constructor(private readonly options: ProofOptions) {}

  /** The root this circuit is proven to speak for. */
  get root(): Uniform | undefined {
    return this.state === 'proven' ? this.claimed : undefined
  }

  get isPending(): boolean {
    return this.claimed !== undefined && this.state === 'pending'
  }

  /** We dialled this root ourselves: whoever answers there speaks for it. */
  accept(root: Uniform): void {
    this.claimed = root
    this.isDialled = true
    this.state = 'proven'
  }

  /** The peer speaks as an entity of `root`. The first root claimed is the circuit's; any other is a lie. */
  claim(root: Uniform): Belief {
    const { claimed } = this
    if (claimed?.rootKey === root.rootKey || this.isCertifiedName(root)) return this.state
    if (claimed !== undefined) return '_error_rejected_relay_incoming'
    this.claimed = root
    this.state = this.beliefAtOnce(root.host) ?? 'pending'
    if (this.state === 'pending') this.ask(root.host)
    return this.state
  }

  /** Called by its TLS name, the peer may answer by its plain one: the certificate is for the host. */
  private isCertifiedName({ host }: Uniform): boolean {
    const { claimed, isDialled } = this
    return isDialled && claimed?.transport === 's' && claimed.host.toLowerCase() === host.toLowerCase()
  }

  cancel(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  private beliefAtOnce(host: string): 'proven' | Disbelief | undefined {
    const { address, certifiedHosts } = this.options.peer
    if (certifiedHosts !== undefined) {
      return isCertified(host.toLowerCase(), certifiedHosts) ? 'proven' : '_error_invalid_host_certificate'
    }
    if (!isLiteral(host)) return undefined
    return isSameAddress(host, address) ? 'proven' : '_error_rejected_relay_incoming'
  }

  private ask(host: string): void {
    const { peer, resolve, timers, timeoutMs, decided } = this.options
    let isAsking = true
    const decide = (belief: 'proven' | Disbelief): void => {
      if (this.state !== 'pending') return
      this.cancel()
      this.state = belief
      if (!isAsking) decided(belief)
    }
    this.timer = timers.after(timeoutMs, () => decide('_error_invalid_host'))
    resolve(host, (addresses) => {
      if (addresses.length === 0) decide('_error_invalid_host')
      else if (addresses.some((address) => isSameAddress(address, peer.address))) decide('proven')
      else decide('_error_rejected_relay_incoming')
    })
    isAsking = false // what was answered within the call is the result of `claim`
  }
}
