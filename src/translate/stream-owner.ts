/** A Flash client as its streams see it. */
import type { Hub } from '../media/hub.js'
import type { Recordings } from '../media/recording.js'
import type { StreamAddress } from '../media/stream-address.js'
import { TranslateError } from '../util/errors.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import type { Timers } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import type { Decision } from './access.js'
import type { HubPlayerOwner } from './hub-player.js'
import { streamAddress } from './name.js'
import type { TellStream } from './stream-news.js'
import type { ClaimEvents, DirectoryClaim } from './stream-directory.js'

/** Who has which name, on all nodes. */
export interface StreamNames {
  claim(address: StreamAddress, events: ClaimEvents): DirectoryClaim
}

export interface StreamOwner extends HubPlayerOwner {
  readonly hub: Hub
  /** Undefined: every name that nobody has here is free. */
  readonly names?: StreamNames | undefined
  /** Undefined: nothing is recorded here. */
  readonly recordings: Recordings | undefined
  readonly limits: Limits
  readonly timers: Timers
  readonly turn: Turn
  readonly log: Log
  readonly tell: TellStream
  /** Uniform of the node that is master of the client's streams. */
  readonly root: string
  readonly app: string
  readonly instance: string
  /** @param query of the stream's name: tokens live there */
  mayDo(action: 'publish' | 'play', name: string, query: string, decided: (decision: Decision) => void): void
  /** It may publish: others hear of the member now. */
  act(): void
  ping(timeoutMs: number, answered: (isAlive: boolean) => void): void
}

/** Undefined for a name that makes no uniform, or that would leave its folder if it were a path. */
export function addressOf(owner: StreamOwner, name: string): StreamAddress | undefined {
  const { limits, root, app, instance } = owner
  try {
    return streamAddress(root, { app, instance, name }, limits)
  } catch (error) {
    if (error instanceof TranslateError) return undefined
    throw error
  }
}

/** A name for a sentence. */
export function shortened(name: string): string {
  return name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN)}…` : name
}

const MOST_SHOWN = 255 // ours
