/** How a client's requests go out, and how it is known what became of them. */
import type { OnAnswer } from '../psyc/entity/pending-requests.js'
import type { PsycNode } from '../psyc/entity/node.js'
import { Packet } from '../psyc/wire/packet.js'
import type { Routing, Variables } from '../psyc/wire/packet.js'
import type { Timer } from '../util/timers.js'

/** What is said, in a client's name. */
export interface Saying {
  /** `_source` and `_target`. */
  readonly routing: Routing
  readonly method: string
  readonly variables: Variables
  readonly body: string
}

export interface Asker {
  /** @param onAnswer once: the answer, or undefined after `timeoutMs`; not after the request was cancelled */
  ask(saying: Saying, timeoutMs: number, onAnswer: OnAnswer): Timer
  /** Nobody waits for an answer. */
  tell(saying: Saying): void
}

/** Requests are answered by their tag. */
export function askerOf(node: PsycNode): Asker {
  return {
    ask: ({ routing, method, variables, body }, timeoutMs, onAnswer) =>
      node.request(routing, method, variables, timeoutMs, onAnswer, body),
    // With a tag, so that what comes back is known for an answer that nobody waits for.
    tell: ({ routing, method, variables, body }) =>
      node.send(Packet.of({ ...routing, _tag: node.token() }, method, variables, body)),
  }
}
