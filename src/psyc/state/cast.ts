/**
 * What a master casts, and the forms in which it goes out [design 4]. The same cast has up to three, each built when first
 * needed and shared by all members that take it:
 *   1.0 with `_state`   `:` variables, then `=` and `@` on the state, or a state reset
 *   1.0 without, 0.9    `:` variables only; what the state modifiers say is told in variables of its own, whose
 *                       names and encodings differ between the two syntaxes
 */
import { Packet, type Modifier } from '../wire/packet.js'
import type { ContextPeer } from './context-node.js'

export type Syntax = ContextPeer['syntax']

/** A cast as its author sees it. */
export interface Cast {
  readonly method: string
  /** Uniform of the member it comes from. */
  readonly sourceRelay?: string | undefined
  /** For all members. */
  readonly entity?: readonly Modifier[] | undefined
  readonly body?: string | Uint8Array | undefined
  readonly state?: StateChange | undefined
  /** Does not get it. Only for members that keep no count: to others it looks like a loss. */
  readonly exceptMember?: string | undefined
}

export interface StateChange {
  /** Forget everything first. The modifiers must then hold the whole state; `_token_run` is added. */
  readonly operation?: 'reset' | undefined
  readonly modifiers: readonly Modifier[]
  /** `:` modifiers in their place for members that do not understand them. */
  plain(syntax: Syntax): readonly Modifier[]
}

/** The forms of one cast, each made when the first member needs it. */
export class CastForms {
  private stateForm: Packet | undefined
  private readonly plainForms = new Map<Syntax, Packet>()

  constructor(
    private readonly bare: Packet,
    private readonly state: StateChange | undefined,
    private readonly run: Modifier,
  ) {}

  get withState(): Packet {
    const { operation, modifiers = [] } = this.state ?? {}
    this.stateForm ??= this.with([...(operation === 'reset' ? [this.run] : []), ...modifiers], operation)
    return this.stateForm
  }

  plain(syntax: Syntax): Packet {
    if (this.state === undefined) return this.bare
    let form = this.plainForms.get(syntax)
    if (form === undefined) this.plainForms.set(syntax, (form = this.with(this.state.plain(syntax))))
    return form
  }

  private with(more: readonly Modifier[], operation?: 'reset'): Packet {
    const { routing, entity, method, body } = this.bare
    return new Packet(routing, [...entity, ...more], method, body, operation)
  }
}
