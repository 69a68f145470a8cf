/** What one try of a relay needs, and what it tells. */
import type { Hub } from '../../media/hub.js'
import type { StreamAddress } from '../../media/stream-address.js'
import type { Crypto } from '../../rtmp/wire/handshake.js'
import type { RelayMarks } from '../../translate/relay-marks.js'
import type { Limits } from '../../util/limits.js'
import type { Timers } from '../../util/timers.js'
import type { RelayTls } from './relay-entry.js'
import type { RelayTarget } from './relay-url.js'
import type { OpenWire } from './wire.js'

export interface LinkServices {
  readonly timers: Timers
  readonly limits: Limits
  readonly crypto: Crypto
  readonly marks: RelayMarks
  readonly openWire: OpenWire
  readonly hub: Hub
}

/** Both ends of a relay. */
export interface LinkEnds {
  readonly here: StreamAddress
  readonly there: RelayTarget
  readonly tls: RelayTls
}

/** How a try ended. `reason` is for the log: no secret is in it. */
export interface LinkEnd {
  /**
   * lost: try again. refused: the other end does not want us, so try again later. moved: it sends us to `to`.
   * taken: the name is published here by somebody else. ended: by our own `end`.
   */
  readonly how: 'lost' | 'refused' | 'moved' | 'taken' | 'ended'
  readonly reason: string
  readonly to?: RelayTarget | undefined
}

export interface LinkListener {
  /** Play or publish was taken. */
  up(): void
  over(end: LinkEnd): void
}
