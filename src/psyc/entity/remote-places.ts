/** The places of other nodes that this node follows: each once, as long as somebody here needs it. */
import type { Uniform } from '../wire/uniform.js'
import type { PeerEvents, PsycNode } from './node.js'
import type { Relaying } from '../state/context-relays.js'
import { ExpiringMap } from '../../util/expiring-map.js'
import { RemotePlace } from './remote-place.js'

export class RemotePlaces {
  private readonly places = new Map<string, { readonly place: RemotePlace; users: number }>()

  /** Of this run of the node: a home that sees another one knows that the node began anew. */
  private readonly token: string
  /** Homes that were lost, for as long as they may believe in the old circuit. */
  private readonly lost: ExpiringMap<true>

  constructor(
    private readonly node: PsycNode & PeerEvents,
    private readonly relaying?: Relaying,
  ) {
    this.token = node.token()
    const { timers, limits } = node
    this.lost = new ExpiringMap(timers.clock, limits.dialRemembered, limits.psycDeadMs + limits.lostNodeMs)
    node.onPeerLost((rootKey) => this.lost.set(rootKey, true))
    node.onPeerBack((rootKey) => {
      for (const { place } of this.places.values()) if (place.uniform.rootKey === rootKey) place.hurry()
    })
  }

  get size(): number {
    return this.places.size
  }

  find(uniform: Uniform): RemotePlace | undefined {
    return this.places.get(uniform.entityKey)?.place
  }

  /** One more user; `close` takes it away. */
  open(uniform: Uniform): RemotePlace {
    const known = this.places.get(uniform.entityKey)
    const entry = known ?? { place: this.newPlace(uniform), users: 0 }
    entry.users++
    this.places.set(uniform.entityKey, entry)
    entry.place.open()
    return entry.place
  }

  /** Who left it last may have done so by a circuit that was lost. */
  private newPlace(uniform: Uniform): RemotePlace {
    const { node, token, relaying } = this
    return new RemotePlace(node, uniform, {
      token,
      isLost: this.lost.get(uniform.rootKey) === true,
      relaying,
    })
  }

  close(place: RemotePlace): void {
    const key = place.uniform.entityKey
    const entry = this.places.get(key)
    if (entry?.place !== place || --entry.users > 0) return
    this.places.delete(key)
    place.close()
  }
}
