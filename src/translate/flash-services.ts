/** What all Flash clients of a node share. */
import type { Hub } from '../media/hub.js'
import type { Recordings } from '../media/recording.js'
import type { CompiledProfile, ProfileSet } from '../profile/profile.js'
import type { PsycNode } from '../psyc/entity/node.js'
import type { PersonRegistry } from '../psyc/entity/person-registry.js'
import type { Place } from '../psyc/entity/place.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Limits } from '../util/limits.js'
import type { Log } from '../util/log.js'
import type { Timers } from '../util/timers.js'
import type { Turn } from '../util/turn.js'
import type { Access } from './access.js'
import type { Bridges } from './bridges.js'
import type { FlashNames } from './flash-names.js'
import type { OddityLog } from './oddity-log.js'
import type { PlaceObjects } from './place-objects.js'
import type { PlaceView } from './place-view.js'
import type { RelayMarks } from './relay-marks.js'
import type { RoomNamesBook } from './room-names.js'
import type { RtmpForms } from './rtmp-form.js'
import type { StreamNames } from './stream-owner.js'
import type { StreamDirectories } from './stream-directory.js'

/** One app of the configuration, or the defaults for one that it does not name. */
export interface AppSettings {
  readonly profile: CompiledProfile
  /** Template of the places on a psyced where its talk is; undefined: at home. */
  readonly place?: string | undefined
  /** Uniform of the gateway where its places live; this node by default. */
  readonly home?: string | undefined
  /** A PSYC entity that answers the calls which the profile does not map; uniform. */
  readonly handler?: string | undefined
  /** The longest that media may wait to leave in one write with more, ms. */
  readonly gatherMs: number
}

export interface FlashServices {
  readonly node: PsycNode
  readonly persons: PersonRegistry
  /** Which connection holds which name. */
  readonly names: FlashNames
  readonly objects: PlaceObjects
  /** Who is called what in the rooms that clients of this node are in. */
  readonly roomNames: RoomNamesBook
  readonly profiles: ProfileSet
  readonly hub: Hub
  readonly streams: StreamNames
  readonly forms: RtmpForms
  /** Undefined: nothing is recorded here. */
  readonly recordings?: Recordings | undefined
  readonly access: Access
  /** Which relays of other nodes are connected here. */
  readonly relayMarks: RelayMarks
  readonly timers: Timers
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  /** What clients asked for and we do not have: each once, with its arguments. */
  readonly oddities: OddityLog

  /** Undefined: there is no such app (`apps.strict`). */
  app(name: string): AppSettings | undefined
  /** The place when it lives on this node; made when it is not there. */
  localPlace(uniform: Uniform): Place | undefined
  /** A place for one client of this node, wherever it lives. */
  openPlace(uniform: Uniform): PlaceView
  readonly bridges: Bridges
  /** The names of streams, by the home of their place. */
  readonly directories: StreamDirectories
  /** Four random characters for the nick of a guest. */
  guestSuffix(): string
}
