/**
 * The names under which this node publishes in a place of another node [design 5]. The home has granted a name when it
 * says so; whenever it was out of reach it is asked again, for it may have forgotten or given the name away.
 *
 *   asking ── echo ──▶ held ── the home came back ──▶ asked again ── taken ──▶ lost
 *     ├── refused ──▶ refused
 *     └── silent for `homeMs` ──▶ given up, refused
 */
import { inherits } from '../wire/keyword.js'
import { Packet } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import type { PsycNode } from './node.js'

/** What becomes of a claim. Nothing is told after `refused`, `lost`, or its end. */
export interface ClaimEvents {
  granted(): void
  /** @param method `_error_stream_taken`, `_failure_…` */
  refused(method: string): void
  /** It was granted, and is somebody else's now. */
  lost(): void
}

export interface StreamClaim {
  /** The name is given up. May be called twice. */
  end(): void
}

interface Claim {
  readonly name: string
  readonly uniform: Uniform
  readonly events: ClaimEvents
  isGranted: boolean
  question: Timer | undefined
  /** What the home knows is uncertain: it is to be asked when it is there. */
  isDue: boolean
  readonly patience: Timer
}

export class StreamClaims {
  private readonly claims = new Set<Claim>()
  /** The home was lost, and has not let us in since: then it wants to hear of all that we have. */
  private isInterrupted = false

  constructor(
    private readonly node: PsycNode,
    private readonly home: Uniform,
  ) {}

  get size(): number {
    return this.claims.size
  }

  /** @param uniform of the stream's context, on this node */
  claim(name: string, uniform: Uniform, events: ClaimEvents): StreamClaim {
    const { timers, limits } = this.node
    const patience = timers.after(limits.homeMs, () => this.tired(claim))
    const claim: Claim = {
      name,
      uniform,
      events,
      isGranted: false,
      question: undefined,
      isDue: false,
      patience,
    }
    this.claims.add(claim)
    this.ask(claim)
    return { end: () => this.end(claim) }
  }

  /** The home was lost: what is under way may never arrive, and what it knows may be gone. */
  interrupt(): void {
    this.isInterrupted = true
    for (const claim of this.claims) {
      claim.question?.cancel()
      claim.isDue = true
    }
  }

  /** The home has let us in: does it still know? */
  renew(): void {
    this.isInterrupted = false
    for (const claim of [...this.claims]) if (claim.isDue) this.ask(claim)
  }

  /** The home does not let us in. */
  refuseAll(method: string): void {
    for (const claim of [...this.claims]) this.refuse(claim, method)
  }

  private ask(claim: Claim): void {
    claim.isDue = this.isInterrupted
    const variables = { _name_stream: claim.name, _uniform_stream: claim.uniform.text }
    const { node } = this
    claim.question = node.request(
      { _target: this.home.text },
      '_request_stream_publish',
      variables,
      node.limits.homeMs,
      (answer) => {
        if (this.claims.has(claim)) this.answered(claim, answer)
      },
    )
  }

  private answered(claim: Claim, answer: Packet | undefined): void {
    claim.question = undefined
    if (answer === undefined || isUnreachable(answer)) claim.isDue = true
    else if (!inherits(answer.method, '_echo')) this.refuse(claim, answer.method)
    else if (!claim.isGranted) {
      claim.isGranted = true
      claim.patience.cancel()
      claim.events.granted()
    }
  }

  /** Should the home hear of the claim yet, it hears at once that nobody wants it any more. */
  private tired(claim: Claim): void {
    if (claim.isGranted) return
    this.end(claim)
    claim.events.refused('_failure_timeout_stream')
  }

  private refuse(claim: Claim, method: string): void {
    this.forget(claim)
    if (claim.isGranted) claim.events.lost()
    else claim.events.refused(method)
  }

  /** Another claim of ours may go on with the same stream: then it stays. */
  private end(claim: Claim): void {
    if (!this.forget(claim)) return
    if (
      [...this.claims].some(({ name, uniform }) => name === claim.name && uniform.key === claim.uniform.key)
    )
      return
    const routing = { _source: this.node.root.text, _target: this.home.text }
    const variables = { _name_stream: claim.name, _uniform_stream: claim.uniform.text }
    this.node.send(Packet.of(routing, '_request_stream_unpublish', variables))
  }

  private forget(claim: Claim): boolean {
    claim.question?.cancel()
    claim.patience.cancel()
    return this.claims.delete(claim)
  }
}

function isUnreachable({ method }: Packet): boolean {
  return inherits(method, '_failure_unsuccessful_delivery') || inherits(method, '_failure_timeout')
}
