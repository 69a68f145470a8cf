/**
 * The seam for access control: one asynchronous decision for each thing a client may do [design 7]. Nobody decides
 * anything here yet: everybody may do everything.
 */
import type { ConnectRequest } from '../rtmp/session/events.js'

export interface Wish {
  readonly action: 'connect' | 'publish' | 'play' | 'object' | 'call'
  readonly app: string
  readonly instance: string
  /** Uniform of the person; "" before it has one. */
  readonly person: string
  /** Name of the stream, object or call; "" for connect. */
  readonly name: string
  /** What followed the name of a stream behind "?": tokens, never logged. */
  readonly query?: string
  /** The connect request, whose arguments and query hold what proves the person. Never logged. */
  readonly request: ConnectRequest
}

export type Decision =
  | { readonly allowed: true }
  /** `method` is a PSYC method `_error_…` or `_failure_…`, `message` a sentence for the user. */
  | { readonly allowed: false; readonly method: string; readonly message: string }

export interface Access {
  /** `decided` may be called at once or later, once. */
  decide(wish: Wish, decided: (decision: Decision) => void): void
}

export const openAccess: Access = {
  decide: (_wish, decided) => decided({ allowed: true }),
}
