/**
 * Talk at a psyced, which answers neither with tag nor counter [psyced.md 4.1, 4.7, 9.6]. A place casts what was said to
 * the speaker's own node too, a person sends it back: both keep every variable, so each saying carries a token of its
 * own and is known by it. Refusals do carry the tag.
 *
 * psyced takes what comes over one circuit in order. So when one saying is back, older ones to the same target were taken
 * as well, and only their copies were lost (a slow reader is not sent everything).
 */
import type { OnAnswer } from '../psyc/entity/pending-requests.js'
import type { Origin, PsycNode } from '../psyc/entity/node.js'
import { inherits } from '../psyc/wire/keyword.js'
import type { Packet } from '../psyc/wire/packet.js'
import { uniformOf } from '../psyc/wire/uniform.js'
import type { Timer } from '../util/timers.js'
import { askerOf } from './asker.js'
import type { Asker, Saying } from './asker.js'

/** The variable that comes back. */
const TOKEN = '_token_echo'

interface Waiting {
  readonly source: string
  readonly target: string
  settle(echo: Packet): void
}

export class BridgeAsker implements Asker {
  private readonly waiting = new Map<string, Waiting>()
  private readonly plain: Asker

  /**
   * @param rootKey of the psyced
   * @param evicted the place does not know the speaker, who has to enter again
   */
  constructor(
    private readonly node: PsycNode,
    private readonly rootKey: string,
    private readonly evicted: () => void,
  ) {
    this.plain = askerOf(node)
  }

  ask(saying: Saying, timeoutMs: number, onAnswer: OnAnswer): Timer {
    if (this.isCast(saying)) return this.say(asAction(saying), timeoutMs, onAnswer, true)
    if (!inherits(saying.method, '_request_set_topic')) return this.plain.ask(saying, timeoutMs, onAnswer)
    // Not answered; but what is asked after it is, in order.
    this.plain.tell(saying)
    return this.plain.ask({ ...saying, method: '_query_topic', variables: {}, body: '' }, timeoutMs, onAnswer)
  }

  /** @param mayRepeat behind an enter, when the speaker was put out without being told */
  private say(saying: Saying, timeoutMs: number, onAnswer: OnAnswer, mayRepeat: boolean): Timer {
    const token = this.node.token()
    const variables = { ...saying.variables, [TOKEN]: token }
    let repeated: Timer | undefined
    const request = this.plain.ask({ ...saying, variables }, timeoutMs, (answer, origin) => {
      this.waiting.delete(token)
      if (mayRepeat && answer !== undefined && inherits(answer.method, '_error_necessary_membership')) {
        this.evicted()
        repeated = this.say(saying, timeoutMs, onAnswer, false)
      } else onAnswer(answer, origin)
    })
    const { _source: source = '', _target: target = '' } = saying.routing
    this.waiting.set(token, {
      source: source.toLowerCase(),
      target: target.toLowerCase(),
      settle: (echo) => {
        request.cancel()
        onAnswer(echo, this.origin)
      },
    })
    const cancel = (): void => {
      this.waiting.delete(token)
      request.cancel()
      repeated?.cancel()
    }
    return { cancel }
  }

  tell(saying: Saying): void {
    this.plain.tell(this.isCast(saying) ? asAction(saying) : saying)
  }

  /** A cast of the place, or something that a person of psyced has sent. */
  heard(packet: Packet): void {
    const token = packet.text(TOKEN)
    const found = token === undefined ? undefined : this.waiting.get(token)
    if (found === undefined || !isBack(packet, found)) return
    for (const [other, waiting] of this.waiting) {
      if (waiting.source === found.source && waiting.target === found.target) {
        this.waiting.delete(other)
        waiting.settle(packet)
      }
      if (other === token) break
    }
  }

  private isCast({ routing, method }: Saying): boolean {
    const target = uniformOf(routing._target)
    const isNotice = inherits(method, '_notice') && target?.kind === 'place'
    return target?.rootKey === this.rootKey && (isNotice || inherits(method, '_message'))
  }

  private get origin(): Origin {
    return { rootKey: this.rootKey, isLocal: false, understandsState: false, syntax: '0.9' }
  }
}

/** Others see the token too: it counts only where it was sent, from where it was sent to. */
function isBack(packet: Packet, { source, target }: Waiting): boolean {
  if (packet.context === undefined) return packet.source?.toLowerCase() === target
  return packet.context.toLowerCase() === target && packet.sourceRelay?.toLowerCase() === source
}

/** What IRC users type, and what telnet users are shown: "/me waves" is "ann waves" [psyc.md 5.4]. */
function asAction(saying: Saying): Saying {
  const action = /^\/me[ \t]+(\S[^\n]*)$/.exec(saying.body)?.[1]
  if (action === undefined || !inherits(saying.method, '_message')) return saying
  return { ...saying, variables: { ...saying.variables, _action: action }, body: '' }
}
