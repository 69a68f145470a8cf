/** What `watch` tells, whoever reads it. */
import type { Packet } from '../psyc/wire/packet.js'
import type { DataLine, Makeup, Tally } from './watch-media.js'
import type { Named } from './watch-values.js'

export interface Arrival {
  /** The server, by its own name. */
  readonly root: string
  readonly version: '1.0' | '0.9'
  /** Name and version of its program, "" when it does not say. */
  readonly implementation: string
  /** How it calls us, "" when it does not say. */
  readonly location: string
}

export interface WatchView {
  connected(arrival: Arrival): void
  /** @param answer the master's: it may list who is there */
  entered(context: string, nick: string, answer: Packet): void
  /** The full state, at that counter. @param isAgain it takes the place of one */
  state(state: readonly Named[], counter: number | undefined, isAgain: boolean): void
  /** To all. */
  cast(packet: Packet, counter: number | undefined): void
  /** What was cast before we came. */
  history(packet: Packet): void
  /** To us alone. */
  aside(packet: Packet): void
  makeup(makeup: Makeup): void
  /** What came in the last second. */
  tally(tally: Tally, counter: number): void
  /** What the publisher sent beside its media. */
  data(line: DataLine, counter: number | undefined): void
  /** Something is not as it should be, or worth knowing. */
  note(text: string): void
  /** The line is lost, and we try to come back: what follows is a new `connected`. */
  lost(reason: string): void
  left(): void
}
