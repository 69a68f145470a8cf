/** A circuit that we open, as who asked for it sees it [design 3]. */
import type { Uniform } from '../wire/uniform.js'
import type { Circuit } from './circuit.js'
import type { Lane } from './lane.js'
import type { Version } from './syntax.js'

/**
 * Why a circuit that we opened never carried a packet.
 *
 *   refused    the peer closed, or what it said is no greeting: perhaps it does not speak our syntax
 *   silent     it said nothing: the same, or it is busy
 *   unwelcome  it speaks our syntax, and will not talk to us
 *   stranger   it goes by another name than the one we called
 *   self       it is this very node
 *   insecure   it cannot be encrypted as it must be
 *   modern     it was called in 0.9 because 1.0 had failed, and speaks 1.0 after all: that was a bad moment
 */
export type CallFailure = 'refused' | 'silent' | 'unwelcome' | 'stranger' | 'self' | 'insecure' | 'modern'

export interface Calling {
  /** Whom we mean to reach: whoever answers speaks for this root, and for no other. */
  readonly root: Uniform
  readonly version: Version
  readonly lane: Lane
  /** In 0.9 because the peer seemed not to speak 1.0. */
  readonly isFallback?: boolean
  /** The peer has told what it can: packets may be sent. */
  readonly usable?: (circuit: Circuit) => void
  /** It ended before that. Once, instead of `usable`. */
  readonly failed?: (why: CallFailure) => void
}
