/** The border between a stream of the hub and who watches it: an RTMP client, an HTTP response, a recorder, another node. */
import type { Form } from './form.js'

export interface Player {
  readonly form: Form
  /** Whole messages one behind the other, shared: they go out behind what was given before. */
  write(bytes: Uint8Array): void
  /**
   * Bytes given to `write` that the peer is not known to have taken: from its acknowledgements where it sends them, else
   * what the socket holds. The hub keeps this small and lets media wait with itself [design 10].
   */
  readonly outstandingBytes: number
  /**
   * The most that should be outstanding, so that a line of chat need not wait behind it; undefined for a player that is
   * known to keep up. With one, a large message may come in the parts of `form.split`.
   */
  readonly allowanceBytes?: number | undefined
  /** Media waits since there is no room. @param isLate it has waited for long, or was dropped */
  held?(isLate: boolean): void
  /** Where it sits, before anything is written; not told to who knows from `play`. */
  seated?(seat: Seat): void
  /** The seat is given up. */
  left?(): void
  /** A publisher came; the player stays whether or not there is one. */
  published(): void
  unpublished(): void
  /** It is so far behind that what may never be dropped has come to `limits.queueBytes`: close it. The seat is given up. */
  overrun(): void
}

/** Messages that a player did not get because it was too slow. */
export interface Drops {
  readonly disposable: number
  readonly video: number
  readonly audio: number
}

/** One player's place in a stream. */
export interface Seat {
  readonly drops: Drops
  /** Paused players get nothing but what is never dropped; they go on with the next keyframe. */
  pause(isPaused: boolean): void
  want(kind: 'audio' | 'video', wanted: boolean): void
  /** `outstandingBytes` has become less: call whenever that may be. */
  drained(): void
  leave(): void
}
