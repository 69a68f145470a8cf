/**
 * To be in a context of another node, and to stay in it: enter, ask for the state, enter again after each loss [design 4].
 *
 *   entering ── confirmed ──▶ in, the state is due ── it comes ──▶ current ── `?` ──▶ in, the state is due
 *      ▲  └──── refused ────▶ over                                    │
 *      │                                                              │ the circuit is lost, the state does not come,
 *      └──────────── 0.2 s, doubling to 30 s ◀────────────────────────┘ the master does not know us any more
 */
import { inherits } from '../wire/keyword.js'
import { Packet } from '../wire/packet.js'
import type { Variables } from '../wire/packet.js'
import type { Uniform } from '../wire/uniform.js'
import type { Timer } from '../../util/timers.js'
import type { ContextNode } from './context-node.js'

export interface EntryHost {
  /** What an enter says of us. */
  about(): Variables
  /** Everything of the master that is under way is void. */
  interrupted(): void
  /** About to enter: the state follows, if all goes well. */
  entering(): void
  /** Confirmed: the state follows, and then all casts. */
  entered(): void
  /** It is over. */
  refused(answer: Packet): void
}

const RETRY_FIRST_MS = 200
const RETRY_MOST_MS = 30_000

export class ContextEntry {
  isOpen = false
  /** The last enter was confirmed and the circuit did not break since. */
  isIn = false
  /** A full state is on its way: asked for by `?` or by entering. */
  isStateDue = false
  /** `_tag` of the `?` that was sent last; undefined: the state that is due is that of an enter. */
  private asked: string | undefined
  /** It is that of an enter: what we have missed follows it. */
  isEntering = false
  /** Answers to enter requests of an earlier round are nobody's. */
  private round = 0
  private retryMs = RETRY_FIRST_MS
  private retry: Timer | undefined
  /** A state has come, but not as the answer to what we asked, and that is still wanted. */
  private isAnswerDue = false
  /** For the moment to enter again. */
  private isWaiting = false

  constructor(
    private readonly node: ContextNode,
    private readonly uniform: Uniform,
    private readonly host: EntryHost,
  ) {}

  open(): void {
    this.isOpen = true
    this.enter()
  }

  /** Nothing is asked any more. */
  close(): void {
    this.isOpen = false
    this.retry?.cancel()
  }

  leave(): void {
    this.node.send(Packet.of(this.routing, '_request_context_leave'))
  }

  /** Ask for the full state, unless it is on its way. */
  resync(): void {
    if (this.isOpen && !this.isStateDue) this.ask()
  }

  /** Ask for the full state, on its way or not. */
  ask(): void {
    const { node } = this
    this.isStateDue = true
    // An answer that is overdue is not waited for anew with each question.
    if (!this.isAnswerDue) {
      this.retry?.cancel()
      this.retry = node.timers.after(node.limits.homeMs, () => this.enter())
    }
    this.asked = node.token()
    const { routing } = Packet.of({ ...this.routing, _tag: this.asked }, '')
    node.send(new Packet(routing, [], '', '', 'resync'))
  }

  /** Whether that state was sent after we asked for it. */
  isAnswer({ tagRelay }: Packet): boolean {
    return tagRelay === this.asked
  }

  /**
   * A state has come.
   * @param isAnswerDue what was asked is not answered by it: if nothing is within `homeMs`, we enter again
   */
  isNowCurrent(isAnswerDue: boolean): void {
    this.isStateDue = this.isEntering = false
    this.isAnswerDue = isAnswerDue
    this.retryMs = RETRY_FIRST_MS
    if (!isAnswerDue) this.retry?.cancel()
  }

  /** The master does not know us any more, as something it said shows. Before its echo to our enter that is no news. */
  reenter(): void {
    if (this.isOpen && this.isIn) this.enter()
  }

  /** The master's node is there: this is the moment to enter again, if we are to. */
  hurry(): void {
    if (this.isOpen && this.isWaiting) this.enter()
  }

  /** The circuit is lost, or what came was meant for somebody else. */
  enterLater(): void {
    this.beginAgain()
    this.isWaiting = true
    this.retry = this.node.timers.after(this.retryMs * this.jitter(), () => this.enter())
    this.retryMs = Math.min(2 * this.retryMs, RETRY_MOST_MS)
  }

  private enter(): void {
    const { node, host } = this
    this.beginAgain()
    this.isWaiting = false
    this.asked = undefined
    this.isEntering = true
    host.entering()
    const { round } = this
    const { homeMs } = node.limits
    node.request(this.routing, '_request_context_enter', host.about(), homeMs, (answer) => {
      if (this.isOpen && round === this.round) this.answered(answer)
    })
  }

  private beginAgain(): void {
    this.round++
    this.isStateDue = true
    this.isIn = this.isAnswerDue = false
    this.retry?.cancel()
    this.host.interrupted()
  }

  private answered(answer: Packet | undefined): void {
    if (answer === undefined || isUnreachable(answer)) this.enterLater()
    else if (inherits(answer.method, '_echo')) {
      this.isIn = true
      this.host.entered()
    } else this.host.refused(answer)
  }

  /** 0.75 to 1.25, so that not all contexts of a lost node come back in one moment. */
  private jitter(): number {
    return 0.75 + parseInt(this.node.token().slice(0, 4), 16) / 0x20000
  }

  private get routing(): { _source: string; _target: string } {
    return { _source: this.node.root.text, _target: this.uniform.text }
  }
}

function isUnreachable(answer: Packet): boolean {
  return (
    inherits(answer.method, '_failure_unsuccessful_delivery') || inherits(answer.method, '_failure_timeout')
  )
}
