/** A place as a client of this node sees it, wherever it lives: here, or at another node that is followed. */
import type { Place } from '../psyc/entity/place.js'
import type { PsycNode } from '../psyc/entity/node.js'
import { sinceOf } from '../psyc/entity/remote-place.js'
import type { PlaceListener, PresentMember, Since } from '../psyc/entity/remote-place.js'
import type { RemotePlaces } from '../psyc/entity/remote-places.js'
import type { Packet } from '../psyc/wire/packet.js'
import type { Uniform } from '../psyc/wire/uniform.js'
import type { Asker } from './asker.js'

export interface PlaceView {
  /** Who is known to be there, in the order they came. */
  members(): readonly PresentMember[]
  /** Whether that person is among them. */
  has(personKey: string): boolean
  /** Whether comings and goings are told by the listener alone; else they are among what the person hears. */
  readonly isFollowed: boolean
  /** How to talk there, where that is not by tags. */
  readonly asker?: Asker
  listen(listener: PlaceListener): void
  /** What the client's person hears, as it comes. */
  heard(packet: Packet): void
  /** Whether the client has not heard that cast before. */
  isNew(packet: Packet): boolean
  /** The client is out. Once. */
  close(): void
}

export interface PlaceViewOptions {
  readonly node: PsycNode
  readonly remote: RemotePlaces
  localPlace(uniform: Uniform): Place | undefined
}

export function openPlaceView(options: PlaceViewOptions, place: Uniform): PlaceView {
  return options.node.isLocal(place) ? new LocalView(options, place) : new RemoteView(options.remote, place)
}

/** The place is asked each time: it is made by the first who enters. */
class LocalView implements PlaceView {
  readonly isFollowed = false

  constructor(
    private readonly options: PlaceViewOptions,
    private readonly place: Uniform,
  ) {}

  members(): readonly PresentMember[] {
    const listed = this.options.localPlace(this.place)?.members.listed ?? []
    return listed.map(({ person, nick, displayName }) => ({ person, name: displayName ?? nick }))
  }

  has(personKey: string): boolean {
    return this.options.localPlace(this.place)?.members.get(personKey)?.isSilent === false
  }

  listen(): void {
    // its persons hear everything
  }

  heard(): void {
    // the place itself knows who is there
  }

  isNew(): boolean {
    return true
  }

  close(): void {
    // nothing is held
  }
}

class RemoteView implements PlaceView {
  private readonly followed
  private listener: PlaceListener | undefined
  /** The client has come in: what was said before has been told as history, if at all. */
  private since: Since | undefined

  constructor(
    private readonly places: RemotePlaces,
    place: Uniform,
  ) {
    this.followed = places.open(place)
  }

  get isFollowed(): boolean {
    return this.followed.isFollowed
  }

  members(): readonly PresentMember[] {
    return this.followed.members()
  }

  has(personKey: string): boolean {
    return this.followed.has(personKey)
  }

  listen(listener: PlaceListener): void {
    this.listener = listener
    this.followed.listen(listener)
  }

  heard(packet: Packet): void {
    this.since ??= sinceOf(packet)
    this.followed.heard(packet)
  }

  isNew(packet: Packet): boolean {
    const { followed, since } = this
    return followed.isNew(packet) && (since === undefined || followed.isAfter(packet, since))
  }

  close(): void {
    if (this.listener !== undefined) this.followed.unlisten(this.listener)
    this.places.close(this.followed)
  }
}
