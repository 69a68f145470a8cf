/**
 * The receiver's side of a context: one for all local users of this node [design 4; psyc.md 4.3].
 *
 * It enters as our root and is then sent the full state and every cast. What can go wrong, and what is done:
 *
 *   seen                                  done
 *   `_counter` one more than the last     apply, deliver
 *   `_counter` not more than the last     a duplicate: dropped
 *   `_counter` that leaves a gap          apply, deliver, ask for the full state (`?`), once until it comes;
 *                                         the master does not know us after all: enter again
 *   no `_counter`                         the master keeps none: apply, deliver
 *   a `_counter` that is no number        malformed: dropped, ask for the full state
 *   a full state that cannot be read      enter again, later each time
 *   full state (`_context` and `_target`) takes the place of what we had; run and counter are what it names. Casts that
 *                                         a parent has brought sooner follow it; if a state has come so, ask once more
 *   circuit lost, no answer, unreachable  enter again (context-entry.ts); what we have stays meanwhile
 *   history before our enter is answered  that of an earlier one, of another run perhaps: dropped
 *   told that we left                     a leave came late, out of a circuit that broke: enter again
 *   state for those who keep none         we entered before the master knew better: enter again
 *   the master has too many nodes         asks to be fed by another one (context-route.ts), whose casts are taken as the
 *                                         master's if they are of the same run, and whose state if it is farther on
 *   refused                               over: the owner is told, once
 *   state beyond our limits               ask for the full state once; if that is too big as well: over
 *
 * A parent may be wrong, or lie; of the master's own we believe everything:
 *
 *   brought by a parent                   done
 *   a cast that is not the next one       nobody here is told of it; a gap is asked about, the second sends us elsewhere
 *   what cannot be read, is too big, ends
 *     the run, or a cast without counter  ask for the full state, and ask to be fed by somebody else
 *   a counter or a run                    when the state of the master, asked for afterwards, does not come so far or is of
 *                                         another run it was a lie: the same, and what follows from it is taken back
 *   a pulse that is behind us for two     we were told of casts that have not been: ask
 *
 * A state in several packets is put together aside and takes effect with `_status_state`. Everything of a lost circuit
 * is void, so a gap across a reconnect needs no `?`: the enter brings the state. Until the first state has come casts
 * are dropped; it names the counter that they led to.
 *
 * One piece, because each row changes the same few things: the state, how far it has come, and what is missing in it.
 */
import { inherits } from '../wire/keyword.js'
import type { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import { LimitError, PsycError } from '../../util/errors.js'
import { ContextEntry } from './context-entry.js'
import type { EntryHost } from './context-entry.js'
import type { CastReceiver, ContextNode, ContextPeer } from './context-node.js'
import type { Relaying } from './context-relays.js'
import { ContextRoute } from './context-route.js'
import type { RoutedReplica } from './context-route.js'
import { ParentIntake } from './parent-intake.js'
import type { Claim } from './parent-intake.js'
import { CROWDED, pulseDepth, readHad } from './route-packets.js'
import { IncomingState, counterOf } from './incoming-state.js'
import type { StateVariables } from './variables.js'

/** Whom a replica serves. Calls come in the order of the master's packets. */
export interface ContextHandler {
  /**
   * A full state is in place. `before` is what it replaced, as the casts so far made it; undefined the first time, and
   * when it was thrown away.
   */
  state(state: StateVariables, before: StateVariables | undefined): void
  /** A cast; what it does to the state is done. */
  cast(packet: Packet, state: StateVariables): void
  /** There were no casts after that counter, whoever has brought them. The state follows. */
  disproved?(counter: number): void
  /** A packet with `_target` that is no state: history and such. */
  history?(packet: Packet): void
  /** The circuit to the master broke: answers to what was asked may never come. */
  lost?(): void
  /** We may not be in it, or cannot hold it. The replica has ended. @param answer the refusal, if there was one */
  refused(answer: Packet | undefined): void
}

export interface ReplicaOptions {
  /** What an enter says of us; nothing by default. */
  readonly about?: () => Variables
  /** Without it all casts come from the master. */
  readonly relaying?: Relaying | undefined
  /** Whether only the newest state counts, for those that we feed, when they are slow. */
  readonly mergesStates?: boolean
}

export class ContextReplica implements CastReceiver, RoutedReplica {
  private state: StateVariables | undefined
  /** A full state of the master of which not all packets are here. */
  private incoming: IncomingState | undefined
  private readonly parent: ParentIntake
  private readonly route: ContextRoute | undefined
  /** Casts are missing in the state that we have. */
  private hasGap = false
  private count = 0
  private isTooBig = false
  private admitted: Packet | undefined
  /** Whether the state has come with an enter, and not by itself. */
  isOfEnter = false
  private readonly entry: ContextEntry

  constructor(
    private readonly node: ContextNode,
    readonly uniform: Uniform,
    private readonly handler: ContextHandler,
    options: ReplicaOptions = {},
  ) {
    const { relaying, mergesStates = false, about = () => ({}) } = options
    this.entry = new ContextEntry(node, uniform, this.entryHost(about))
    this.parent = new ParentIntake(node.limits)
    if (relaying !== undefined) this.route = new ContextRoute(relaying, this, mergesStates)
  }

  /** `_token_run` of the state we have. */
  get run(): string | undefined {
    return this.state?.text('_token_run')
  }

  /** `_counter` of the last cast or state. */
  get counter(): number {
    return this.count
  }

  /** Whether the state is there and nothing is known to be missing. */
  get isCurrent(): boolean {
    return this.state !== undefined && !this.entry.isStateDue
  }

  /** The state if nothing is missing in it, be another one under way or not. */
  get whole(): StateVariables | undefined {
    return this.hasGap ? undefined : this.state
  }

  /** Whether the master knows that we are in, as far as we know. */
  get isIn(): boolean {
    return this.entry.isIn
  }

  /** Whether casts come from another node than the master, and so may come after what the master answers. */
  get isRelayed(): boolean {
    return this.route?.isRelayed === true
  }

  /** Nodes that are fed from here. */
  get childCount(): number {
    return this.route?.size ?? 0
  }

  parentChanged(): void {
    this.parent.begin()
  }

  open(): void {
    if (this.entry.isOpen) return
    this.node.subscribe(this.uniform.key, this)
    this.entry.open()
  }

  /** Leave, for nobody needs it any more. May be called twice. */
  close(): void {
    if (!this.entry.isOpen) return
    this.end()
    this.entry.leave()
  }

  /** Ask for the full state, unless it is on its way. */
  resync(): void {
    this.entry.resync()
  }

  /** The master does not know us any more, as something it said shows. Before its echo to our enter that is no news. */
  reenter(): void {
    this.entry.reenter()
  }

  /** The master's node is there: this is the moment to enter again, if we are to. */
  hurry(): void {
    this.entry.hurry()
  }

  lost(): void {
    if (!this.entry.isOpen) return
    this.handler.lost?.()
    this.entry.enterLater()
  }

  receive(packet: Packet, origin?: ContextPeer): void {
    if (!this.entry.isOpen) return
    const parentKey = origin?.parentKey
    if (packet.target === undefined && pulseDepth(packet) !== undefined) return this.pulsed(packet, parentKey)
    try {
      if (parentKey !== undefined) this.takeOfParent(packet, parentKey)
      else this.take(packet, origin?.understandsState === true)
    } catch (error) {
      if (!(error instanceof LimitError || error instanceof PsycError)) throw error
      if (parentKey !== undefined) {
        // A cast that has made the state too big has changed it.
        if (error instanceof LimitError && packet.target === undefined) this.state = undefined
        this.refuseParent(parentKey, error.code)
      } else if (error instanceof LimitError) this.tooBig(error)
      else this.skipped(error)
    }
  }

  /** A parent's cast counts when it is the next one, of our run. */
  admits(packet: Packet, { parentKey }: ContextPeer): boolean {
    if (parentKey === undefined || packet.target !== undefined || pulseDepth(packet) !== undefined)
      return true
    const isNext = this.isOfRun && packet.counter === this.count + 1
    if (isNext) this.admitted = packet
    return isNext
  }

  /** Whether a parent has brought that cast, which is the last that came. */
  isOfParent(packet: Packet): boolean {
    return this.admitted === packet
  }

  /** Whether the parent's casts are those of the state that we have. */
  private get isOfRun(): boolean {
    return this.run !== undefined && this.parent.run === this.run
  }

  private take(packet: Packet, isFromOurKind: boolean): void {
    if (packet.target === undefined) this.takeCast(packet)
    else if (this.isState(packet)) this.takeState(packet)
    else if (inherits(packet.method, '_echo_context_leave')) this.reenter()
    else if (isFromOurKind && packet.method === '_status_state') this.entry.enterLater()
    else if (packet.method === CROWDED) this.route?.crowded()
    else if (this.entry.isIn) this.handler.history?.(packet)
  }

  /** `_status_state` of a master that sends us `:` only has no reset: it is handed on like history. */
  private isState(packet: Packet): boolean {
    if (packet.stateOperation === 'reset') return true
    return this.incoming !== undefined && (packet.method === '' || packet.method === '_status_state')
  }

  /** Before the echo of our last enter it is the answer to an earlier one, which a leave may have followed. */
  private takeState(packet: Packet): void {
    if (!this.entry.isIn) return
    if (packet.stateOperation === 'reset') this.incoming = new IncomingState(this.node.limits)
    const { incoming } = this
    if (incoming?.take(packet) !== true) return
    const isAnswer = this.entry.isAnswer(packet)
    const isLie = isAnswer && !this.settle(incoming)
    if (isLie || this.bringForward(incoming)) this.replace(incoming)
    else this.passOver(isAnswer)
  }

  /** What a parent brought sooner than the master its state stays. @returns whether the state has come so far now */
  private bringForward(state: IncomingState): boolean {
    const { run } = this
    if (run === undefined || run !== state.run || state.counter >= this.count) return true
    const casts = this.route?.castsAfter(state.counter)
    if (casts === undefined) return false
    state.follow(casts)
    return true
  }

  /** A parent has brought a state that is farther on. If that is true, one that is asked for now is so as well. */
  private passOver(isAnswer: boolean): void {
    const { run, count, parent } = this
    this.incoming = undefined
    if (!isAnswer || run === undefined) return
    parent.claim = { run, counter: count, by: parent.broughtBy }
    this.entry.ask()
  }

  /** Whoever feeds us has sent us everything up to there. */
  private pulsed(packet: Packet, parentKey: string | undefined): void {
    const had = readHad(packet)
    if (had === undefined || !this.isCurrent) return
    if (had.run !== this.run) this.verify({ ...had, by: parentKey })
    else if (had.counter > this.count) this.holed({ ...had, by: parentKey })
    else if (this.parent.isBehindAgain(had.counter, this.count))
      this.verify({ run: had.run, counter: this.count, by: this.parent.broughtBy })
  }

  // ── what a parent brings ─────────────────────────────────────────────────────────────────────────────────

  /** @throws PsycError, LimitError */
  private takeOfParent(packet: Packet, by: string): void {
    const { parent, count } = this
    if (packet.target === undefined) return this.takeParentCast(packet, by)
    const state = parent.take(packet)
    if (parent.run === undefined || this.state === undefined) return
    // Who has heard of another run first shows by what the master says.
    if (parent.run !== this.run) this.verify({ run: parent.run, counter: 0, by })
    else if (state !== undefined && (state.counter > count || (state.counter === count && this.hasGap))) {
      parent.broughtBy = by
      this.replace(state)
    }
  }

  /** Nothing of it is taken on trust that does not follow what we have. */
  private takeParentCast(packet: Packet, by: string): void {
    const { count, parent } = this
    const counter = counterOf(packet)
    if (counter === undefined) throw new PsycError('PSYC_COUNTER', 'a cast in a tree has no counter')
    if (!this.isOfRun || counter <= count) return
    if (counter > count + 1) return this.holed({ run: parent.run ?? '', counter, by })
    if (!parent.keepsRun(packet)) return this.refuseParent(by, 'a cast that ends the run')
    this.takeCast(packet)
    parent.broughtBy = by
  }

  /** Casts are missing, if that is true. */
  private holed(claim: Claim): void {
    this.hasGap = true
    if (this.entry.isStateDue) return
    this.verify(claim)
    this.route?.holed()
  }

  /** What we were told is not what we have: the master knows. */
  private verify(claim: Claim): void {
    if (!this.entry.isOpen || this.entry.isStateDue) return
    this.parent.claim = claim
    this.resync()
  }

  /** What we were told is settled. @returns whether it was so */
  private settle(state: IncomingState): boolean {
    const lie = this.parent.disprovedBy(state)
    if (lie === undefined) return true
    if (lie.run === state.run) this.handler.disproved?.(state.counter)
    if (lie.by !== undefined) this.route?.betrayed(lie.by, 'what it says is not so')
    return false
  }

  /** What the parent has brought is of no use: only the master can help. */
  private refuseParent(by: string, why: string): void {
    this.route?.betrayed(by, why)
    this.parent.begin()
    this.missed()
  }

  private replace({ variables, counter }: IncomingState): void {
    const before = this.state
    const isSameRun = before?.text('_token_run') === variables.text('_token_run')
    const isLeap = this.hasGap || counter !== this.count || !isSameRun
    const isFartherOn = isSameRun && counter > this.count
    this.incoming = undefined
    this.state = variables
    this.count = counter
    this.hasGap = this.isTooBig = false
    // A parent's tells nothing of whether the master knows us.
    this.isOfEnter = this.entry.isIn && this.entry.isEntering
    if (this.entry.isIn) this.entry.isNowCurrent(this.parent.claim !== undefined)
    if (isLeap) this.route?.leapt(isFartherOn)
    this.handler.state(variables, before)
  }

  private takeCast(packet: Packet): void {
    const { state } = this
    if (state === undefined) return
    const counter = counterOf(packet)
    if (counter !== undefined) {
      if (counter <= this.count) return
      if (counter > this.count + 1) this.missed()
      this.count = counter
    }
    state.apply(packet)
    if (counter !== undefined) this.route?.cast(packet, counter)
    this.handler.cast(packet, state)
  }

  private missed(): void {
    this.hasGap = true
    this.resync()
  }

  /** A cast that cannot be read changed nothing here, but it did elsewhere. A state is not asked for again at once. */
  private skipped(error: PsycError): void {
    this.node.log.warn({ context: this.uniform.text, code: error.code }, 'a packet of a context is malformed')
    if (this.incoming === undefined) this.missed()
    else this.entry.enterLater()
  }

  private tooBig(error: LimitError): void {
    this.node.log.warn({ context: this.uniform.text, limit: error.limitName }, 'the state is too big')
    if (this.isTooBig) {
      this.close()
      this.handler.refused(undefined)
      return
    }
    this.isTooBig = true
    this.state = undefined
    this.incoming = undefined
    this.entry.ask()
  }

  private entryHost(about: () => Variables): EntryHost {
    return {
      about,
      interrupted: () => (this.incoming = undefined),
      entering: () => {
        const { run, count } = this
        this.parent.claim = run === undefined ? undefined : { run, counter: count, by: undefined }
      },
      entered: () => this.route?.rest(),
      refused: (answer) => {
        this.end()
        this.handler.refused(answer)
      },
    }
  }

  private end(): void {
    this.entry.close()
    this.route?.close()
    this.node.unsubscribe(this.uniform.key, this)
  }
}
