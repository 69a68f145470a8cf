/**
 * The shared objects of places as this node's clients use them. A place's are kept as long as one of its clients is
 * here: there must never be two replicas of one object on a node, for the home knows the node and not its replicas.
 */
import type { Uniform } from '../psyc/wire/uniform.js'
import type { SharedObjects } from './shared-object.js'

export class PlaceObjects {
  private readonly places = new Map<string, { readonly objects: SharedObjects; clients: number }>()

  constructor(private readonly make: (place: Uniform) => SharedObjects) {}

  /** Number of objects that clients of this node use. */
  get size(): number {
    return [...this.places.values()].reduce((sum, { objects }) => sum + objects.size, 0)
  }

  /** A client is in the place; `close` ends it. */
  open(place: Uniform): SharedObjects {
    const known = this.places.get(place.entityKey)
    const entry = known ?? { objects: this.make(place), clients: 0 }
    entry.clients++
    this.places.set(place.entityKey, entry)
    return entry.objects
  }

  /** That client is gone; it has left its objects before. */
  close(place: Uniform): void {
    const entry = this.places.get(place.entityKey)
    if (entry === undefined || --entry.clients > 0) return
    this.places.delete(place.entityKey)
  }
}
