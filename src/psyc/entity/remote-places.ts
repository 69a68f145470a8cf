/** The places of other nodes that this node follows: each once, as long as somebody here needs it. */
import type { Uniform } from '../wire/uniform.js'
import type { PeerEvents, PsycNode } from './node.js'
import type { Relaying } from '../state/context-relays.js'
import { RemotePlace } from './remote-place.js'

export class RemotePlaces {
  private readonly places = new Map<string, { readonly place: RemotePlace; users: number }>()

  /** Of this run of the node: a home that sees another one knows that the node began anew. */
  private readonly token: string

  constructor(
    private readonly node: PsycNode & PeerEvents,
    private readonly relaying?: Relaying,
  ) {
    this.token = node.token()
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
    const entry = known ?? { place: new RemotePlace(this.node, uniform, this.token, this.relaying), users: 0 }
    entry.users++
    this.places.set(uniform.entityKey, entry)
    entry.place.open()
    return entry.place
  }

  close(place: RemotePlace): void {
    const key = place.uniform.entityKey
    const entry = this.places.get(key)
    if (entry?.place !== place || --entry.users > 0) return
    this.places.delete(key)
    place.close()
  }
}
